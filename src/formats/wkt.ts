import { type FlatGeometry, GEOMETRY_CODES, type GeometryCode } from '../geo/flat-geometry.ts'
import { FormatError } from './format-error.ts'

/** Collections within collections, at most. */
const DEPTH_MAX = 32
const TYPES: Readonly<Record<string, GeometryCode>> = Object.fromEntries(
  Object.entries(GEOMETRY_CODES).map(([name, code]) => [name.toUpperCase(), code]),
)

const SRID = /^\s*SRID\s*=\s*(\d{1,6})\s*;/i
const WORD = /\s*([A-Za-z]+)/y
const NUMBER = /\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|[+-]?(?:nan|inf(?:inity)?)\b)/iy
const BEGINNING =
  /^\s*(?:SRID\s*=\s*\d{1,6}\s*;\s*)?(?:MULTI)?(?:POINT|LINESTRING|POLYGON|GEOMETRYCOLLECTION)\s*(?:Z|M|ZM)?\s*(?:\(|EMPTY)/i

/** Whether a text begins as well-known text does. */
export const looksLikeWkt = (text: string): boolean => BEGINNING.test(text)

/** A geometry of text, with the system that PostGIS' extended text tells; null where it tells none. */
export interface WktGeometry {
  geometry: FlatGeometry
  srid: number | null
}

/**
 * Reads a geometry in well-known text (OGC 06-103r4, PostGIS' `SRID=n;` before it). Heights are told by `Z`, measures by
 * `M`; without a word a third number is a height.
 * @throws FormatError `bad-wkt` with the place in the text
 */
export function parseWkt(text: string): WktGeometry {
  const srid = SRID.exec(text)
  const parser = new WktParser(text, srid ? srid[0].length : 0)
  return { geometry: parser.whole(), srid: srid ? Number(srid[1]) : null }
}

interface Layout {
  hasZ: boolean
  hasM: boolean
}

class WktParser {
  readonly #text: string
  #at: number
  #xy: number[] = []
  #z: number[] = []
  #m: number[] = []

  constructor(text: string, at: number) {
    this.#text = text
    this.#at = at
  }

  whole(): FlatGeometry {
    const geometry = this.#geometry(0)
    if (this.#text.slice(this.#at).trim() !== '') throw this.#fault('nothing is to come')
    return geometry
  }

  #geometry(depth: number): FlatGeometry {
    if (depth > DEPTH_MAX) throw this.#fault('collections are nested too deeply')
    const type = TYPES[this.#word().toUpperCase()]
    if (type === undefined) throw this.#fault('a type of geometry is to come')
    const layout = this.#layout()
    if (this.#isEmpty()) return { type, xy: [] }
    if (type === GEOMETRY_CODES.GeometryCollection || type === GEOMETRY_CODES.MultiPolygon) {
      const parts = this.#list(() =>
        type === GEOMETRY_CODES.MultiPolygon
          ? this.#lines(GEOMETRY_CODES.Polygon, layout)
          : this.#geometry(depth + 1),
      )
      return { type, xy: [], parts }
    }
    if (type === GEOMETRY_CODES.Polygon || type === GEOMETRY_CODES.MultiLineString)
      return this.#lines(type, layout)
    this.#begin()
    // The points of a multi point may stand in brackets of their own.
    this.#list(() => {
      const isBracketed = type === GEOMETRY_CODES.MultiPoint && this.#take('(')
      if (!(type === GEOMETRY_CODES.MultiPoint && this.#isEmpty())) this.#position(layout)
      if (isBracketed) this.#expect(')')
    })
    if (type === GEOMETRY_CODES.Point && this.#xy.length !== 2) throw this.#fault('one position is to come')
    return this.#sink(type)
  }

  #lines(type: GeometryCode, layout: Layout): FlatGeometry {
    if (this.#isEmpty()) return { type, xy: [] }
    this.#begin()
    const ends: number[] = []
    this.#list(() => {
      if (!this.#isEmpty()) this.#list(() => this.#position(layout))
      ends.push(this.#xy.length >> 1)
    })
    return { ...this.#sink(type), ends }
  }

  #begin(): void {
    this.#xy = []
    this.#z = []
    this.#m = []
  }

  #sink(type: GeometryCode): FlatGeometry {
    const points = this.#xy.length >> 1
    const whole = (numbers: number[]) => numbers.length > 0 && numbers.length === points
    if ((this.#z.length > 0 && !whole(this.#z)) || (this.#m.length > 0 && !whole(this.#m)))
      throw this.#fault('positions have as many numbers each')
    return {
      type,
      xy: this.#xy,
      ...(whole(this.#z) ? { z: this.#z } : {}),
      ...(whole(this.#m) ? { m: this.#m } : {}),
    }
  }

  #layout(): Layout {
    WORD.lastIndex = this.#at
    const word = WORD.exec(this.#text)?.[1]?.toUpperCase()
    if (word !== 'Z' && word !== 'M' && word !== 'ZM') return { hasZ: false, hasM: false }
    this.#at = WORD.lastIndex
    return { hasZ: word.includes('Z'), hasM: word.includes('M') }
  }

  #position({ hasZ, hasM }: Layout): void {
    const numbers: number[] = []
    for (let number = this.#number(); number !== null; number = this.#number()) numbers.push(number)
    const wanted = 2 + (hasZ ? 1 : 0) + (hasM ? 1 : 0)
    if (numbers.length < 2 || numbers.length > 4 || (wanted > 2 && numbers.length !== wanted))
      throw this.#fault(`a position of ${wanted} numbers is to come`)
    const [x, y, third, fourth] = numbers
    this.#xy.push(x!, y!)
    if (third !== undefined) (hasM && !hasZ ? this.#m : this.#z).push(third)
    if (fourth !== undefined) this.#m.push(fourth)
  }

  #list<T>(item: () => T): T[] {
    this.#expect('(')
    const items = [item()]
    while (this.#take(',')) items.push(item())
    this.#expect(')')
    return items
  }

  #word(): string {
    WORD.lastIndex = this.#at
    const word = WORD.exec(this.#text)?.[1]
    if (word === undefined) throw this.#fault('a word is to come')
    this.#at = WORD.lastIndex
    return word
  }

  #isEmpty(): boolean {
    WORD.lastIndex = this.#at
    if (WORD.exec(this.#text)?.[1]?.toUpperCase() !== 'EMPTY') return false
    this.#at = WORD.lastIndex
    return true
  }

  #number(): number | null {
    NUMBER.lastIndex = this.#at
    const found = NUMBER.exec(this.#text)?.[1]
    if (found === undefined) return null
    this.#at = NUMBER.lastIndex
    return /^[+-]?[\d.]/.test(found) ? Number(found) : Number.NaN
  }

  #take(mark: string): boolean {
    while (this.#at < this.#text.length && this.#text.charCodeAt(this.#at) <= 0x20) this.#at++
    if (this.#text[this.#at] !== mark) return false
    this.#at++
    return true
  }

  #expect(mark: string): void {
    if (!this.#take(mark)) throw this.#fault(`"${mark}" is to come`)
  }

  #fault(what: string): FormatError {
    return new FormatError('bad-wkt', `not well-known text: ${what} at character ${this.#at + 1}`)
  }
}
