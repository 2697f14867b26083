import { type FlatGeometry, GEOMETRY_CODES, type GeometryCode } from '../geo/flat-geometry.ts'
import { FormatError } from './format-error.ts'

const HAS_BBOX = 1
const HAS_SIZE = 2
const HAS_IDS = 4
const HAS_DIMENSIONS = 8
const IS_EMPTY = 16

/** Collections within collections, at most. */
const DEPTH_MAX = 32

const { Point, LineString, Polygon, MultiPoint, MultiLineString, MultiPolygon, GeometryCollection } =
  GEOMETRY_CODES

/**
 * A geometry of two dimensions of its tiny well-known binary (https://github.com/TWKB/Specification): integers, told from
 * the position before, of the unit that its precision says.
 * @throws FormatError `bad-twkb` where it is cut off, or has more than coordinates
 */
export function decodeTwkb(bytes: Uint8Array): FlatGeometry {
  return new TwkbReader(bytes).geometry(0)
}

class TwkbReader {
  readonly #bytes: Uint8Array
  #at = 0
  #x = 0
  #y = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  geometry(depth: number): FlatGeometry {
    if (depth > DEPTH_MAX) throw new FormatError('bad-twkb', 'the geometry is nested too deeply')
    const head = this.#byte()
    const flags = this.#byte()
    const type = (head & 15) as GeometryCode
    if (type < Point || type > GeometryCollection)
      throw new FormatError('bad-twkb', `the geometry type ${type} is not known`)
    if (flags & (HAS_IDS | HAS_DIMENSIONS))
      throw new FormatError('bad-twkb', 'only coordinates of two dimensions are read')
    if (flags & HAS_SIZE) this.#count()
    if (flags & HAS_BBOX) for (let i = 0; i < 4; i++) this.#signed()
    if (flags & IS_EMPTY) return { type, xy: [], ...(type >= MultiPolygon ? { parts: [] } : {}) }
    this.#x = 0
    this.#y = 0
    const digits = unzigzag(head >> 4)
    const geometry = this.#body(type, depth)
    // A collection's members have their own digits.
    return digits === 0 || type === GeometryCollection ? geometry : scaled(geometry, 10 ** -digits)
  }

  #body(type: GeometryCode, depth: number): FlatGeometry {
    const xy: number[] = []
    switch (type) {
      case Point:
        this.#points(xy, 1)
        return { type, xy }
      case LineString:
      case MultiPoint:
        this.#points(xy, this.#count())
        return { type, xy }
      case Polygon:
      case MultiLineString: {
        const ends: number[] = []
        for (let left = this.#count(); left > 0; left--) {
          this.#points(xy, this.#count())
          ends.push(xy.length >> 1)
        }
        return { type, xy, ends }
      }
      default: {
        const parts: FlatGeometry[] = []
        for (let left = this.#count(); left > 0; left--)
          parts.push(type === MultiPolygon ? this.#body(Polygon, depth) : this.geometry(depth + 1))
        return { type, xy, parts }
      }
    }
  }

  #points(xy: number[], count: number): void {
    for (let left = count; left > 0; left--) {
      this.#x += this.#signed()
      this.#y += this.#signed()
      xy.push(this.#x, this.#y)
    }
  }

  #byte(): number {
    const byte = this.#bytes[this.#at++]
    if (byte === undefined) throw new FormatError('bad-twkb', 'the geometry is cut off')
    return byte
  }

  /** An unsigned number of up to 53 bits. */
  #count(): number {
    let value = 0
    for (let unit = 1; ; unit *= 128) {
      const byte = this.#byte()
      value += (byte & 127) * unit
      if (byte < 128) return value
    }
  }

  #signed(): number {
    return unzigzag(this.#count())
  }
}

const unzigzag = (value: number): number => (value % 2 === 0 ? value / 2 : -(value + 1) / 2)

const scaled = ({ xy, parts, ...geometry }: FlatGeometry, scale: number): FlatGeometry => ({
  ...geometry,
  xy: Array.from(xy, (value) => value * scale),
  ...(parts ? { parts: parts.map((part) => scaled(part, scale)) } : {}),
})
