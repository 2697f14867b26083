import type { BoxLiteral, Expression, GeometryLiteral, LiteralGeometry } from '../ast.ts'
import type { FilterBudget } from '../limits.ts'
import { clip } from '../literals.ts'
import { QueryError } from '../query-error.ts'
import { TokenStream } from '../text/token-stream.ts'
import type { Token } from '../text/tokens.ts'
import { isGeometryWord, readGeometry } from '../text/wkt.ts'
import { SQL_LEXICON } from './lexicon.ts'

type Literal = GeometryLiteral | BoxLiteral
type WithoutPlace<T> = Omit<T, 'position'>

export const isGeometry = (expression: Expression): expression is Literal =>
  expression.kind === 'geometry' || expression.kind === 'box'

/** The EPSG code that a number is. @throws QueryError */
export function systemOf({ kind, value, position }: Token): number {
  if (kind === 'number' && /^[1-9]\d{0,5}$/.test(value)) return Number(value)
  throw new QueryError('an EPSG code is expected', position)
}

/**
 * The geometry that a text in quotes is: well-known text, before which `SRID=<EPSG code>;` may stand.
 * @throws QueryError, whose position is that in the filter
 */
export function geometryText(
  { value, position }: Pick<Token, 'value' | 'position'>,
  budget: FilterBudget,
): Pick<GeometryLiteral, 'geometry' | 'srid'> {
  const [prefix = '', code] = /^\s*SRID=([1-9]\d{0,5});/i.exec(value) ?? []
  try {
    const geometry = wholeGeometry(value.slice(prefix.length), budget)
    return { geometry, ...(code === undefined ? {} : { srid: Number(code) }) }
  } catch (error) {
    if (!(error instanceof QueryError)) throw error
    throw new QueryError(error.message, position + 1 + prefix.length + (error.position ?? 0))
  }
}

function wholeGeometry(text: string, budget: FilterBudget): LiteralGeometry {
  const tokens = new TokenStream(text, SQL_LEXICON)
  const { value, position } = tokens.take()
  const word = value.toLowerCase()
  if (!isGeometryWord(word, tokens)) throw new QueryError(`“${clip(text)}” is no well-known text`, position)
  const geometry = readGeometry(word, position, tokens, budget)
  if (tokens.next.kind !== 'end') throw tokens.unexpected('the end of the geometry')
  return geometry
}

/** Of four numbers and perhaps an EPSG code. @throws QueryError */
export function boxOf(numbers: readonly number[], position: number): WithoutPlace<BoxLiteral> {
  if (numbers.length !== 4 && numbers.length !== 5)
    throw new QueryError('an envelope has four numbers, and an EPSG code', position)
  return { kind: 'box', bounds: numbers.slice(0, 4), srid: systemOr(numbers[4], position) }
}

/** Of two numbers and perhaps an EPSG code. @throws QueryError */
export function pointOf(numbers: readonly number[], position: number): WithoutPlace<GeometryLiteral> {
  if (numbers.length !== 2 && numbers.length !== 3)
    throw new QueryError('a point has two numbers, and an EPSG code', position)
  const coordinates = numbers.slice(0, 2)
  return { kind: 'geometry', geometry: { type: 'Point', coordinates }, srid: systemOr(numbers[2], position) }
}

const systemOr = (srid: number | undefined, position: number) =>
  srid === undefined ? 'features' : systemOf({ kind: 'number', value: String(srid), position })
