import type { LiteralGeometry, Position } from '../ast.ts'
import type { FilterBudget } from '../limits.ts'
import { checkGeometry, parseNumber } from '../literals.ts'
import { QueryError } from '../query-error.ts'
import type { TokenStream } from './token-stream.ts'

const TYPES = {
  point: 'Point',
  linestring: 'LineString',
  polygon: 'Polygon',
  multipoint: 'MultiPoint',
  multilinestring: 'MultiLineString',
  multipolygon: 'MultiPolygon',
  geometrycollection: 'GeometryCollection',
} as const satisfies Record<string, LiteralGeometry['type']>
type Keyword = keyof typeof TYPES

/** Whether a word, in lower case, begins a geometry, seen from what follows it. */
export function isGeometryWord(word: string, tokens: TokenStream): word is Keyword {
  if (!Object.hasOwn(TYPES, word)) return false
  return tokens.next.value === '(' || tokens.isWord('empty') || isDimension(tokens)
}

const isDimension = (tokens: TokenStream): boolean =>
  tokens.isWord('z') && (tokens.afterNext.value === '(' || tokens.isWord('empty', tokens.afterNext))

/**
 * A geometry in well-known text, whose first word has been taken.
 * @throws QueryError where it is none, or one that cannot be compared with
 */
export function readGeometry(
  word: Keyword,
  position: number,
  tokens: TokenStream,
  budget: FilterBudget,
): LiteralGeometry {
  const hasZ = tokens.takeWord('z') !== null
  const reader = new WktReader(tokens, budget, hasZ)
  const geometry = reader.geometry(TYPES[word], position)
  checkGeometry(geometry, position)
  return geometry
}

class WktReader {
  readonly #tokens: TokenStream
  readonly #budget: FilterBudget
  readonly #hasZ: boolean

  constructor(tokens: TokenStream, budget: FilterBudget, hasZ: boolean) {
    this.#tokens = tokens
    this.#budget = budget
    this.#hasZ = hasZ
  }

  geometry(type: LiteralGeometry['type'], position: number): LiteralGeometry {
    const line = () => this.#list(() => this.#position())
    const lines = () => this.#list(line)
    switch (type) {
      case 'Point':
        return { type, coordinates: this.#point() }
      case 'LineString':
        return { type, coordinates: line() }
      case 'MultiPoint':
        return { type, coordinates: this.#list(() => this.#memberPoint()) }
      case 'Polygon':
      case 'MultiLineString':
        return { type, coordinates: lines() }
      case 'MultiPolygon':
        return { type, coordinates: this.#list(lines) }
      case 'GeometryCollection':
        return { type, geometries: this.#list(() => this.#budget.nested(position, () => this.#member())) }
    }
  }

  #member(): LiteralGeometry {
    const { value, position } = this.#tokens.take()
    const word = value.toLowerCase()
    if (!isGeometryWord(word, this.#tokens)) throw new QueryError('a geometry is expected', position)
    return readGeometry(word, position, this.#tokens, this.#budget)
  }

  #list<T>(read: () => T): T[] {
    if (this.#tokens.takeWord('empty')) return []
    this.#tokens.expectSymbol('(')
    const items = [read()]
    while (this.#tokens.takeSymbol(',')) items.push(read())
    this.#tokens.expectSymbol(')')
    return items
  }

  #point(): Position {
    if (this.#tokens.takeWord('empty')) return []
    this.#tokens.expectSymbol('(')
    const position = this.#position()
    this.#tokens.expectSymbol(')')
    return position
  }

  /** A point of several, in parentheses of its own or without. */
  #memberPoint(): Position {
    if (!this.#tokens.takeSymbol('(')) return this.#position()
    const position = this.#position()
    this.#tokens.expectSymbol(')')
    return position
  }

  #position(): Position {
    const { position } = this.#tokens.next
    this.#budget.vertex(position)
    const coordinates = [readNumber(this.#tokens), readNumber(this.#tokens)]
    const { kind, value } = this.#tokens.next
    if (this.#hasZ || kind === 'number' || value === '-' || value === '+')
      coordinates.push(readNumber(this.#tokens))
    return coordinates
  }
}

function readNumber(tokens: TokenStream): number {
  const sign = tokens.takeSymbol('-', '+')
  if (tokens.next.kind !== 'number') throw tokens.unexpected('a coordinate')
  const { value, position } = tokens.take()
  return Number(parseNumber(sign?.value === '-' ? `-${value}` : value, position))
}

const BOX_NUMBERS = [4, 6]

/** The numbers of a box and the parenthesis behind them. */
export function readBox(position: number, tokens: TokenStream): number[] {
  const bounds = [readNumber(tokens)]
  while (tokens.takeSymbol(',')) bounds.push(readNumber(tokens))
  tokens.expectSymbol(')')
  if (!BOX_NUMBERS.includes(bounds.length)) throw new QueryError('a BBOX has four numbers, or six', position)
  return bounds
}
