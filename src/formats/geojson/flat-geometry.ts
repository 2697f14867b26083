import { type FlatGeometry, GEOMETRY_CODES, type GeometryCode } from '../../geo/flat-geometry.ts'
import { FormatError } from '../format-error.ts'

/** Collections within collections, at most. */
const DEPTH_MAX = 32

/**
 * A geometry of GeoJSON (RFC 7946) in flat arrays. Positions have a height where the first one has; the numbers behind it
 * are left out. What has no coordinates is an empty geometry.
 * @throws FormatError `bad-geometry`, whose message says which member is wrong
 */
export function flatGeometryOf(geometry: unknown): FlatGeometry | null {
  return geometry === null || geometry === undefined ? null : flatten(geometry, hasHeights(geometry), 0)
}

/** Whether the first position has a height. */
function hasHeights(geometry: unknown): boolean {
  for (let value = geometry; ; ) {
    if (Array.isArray(value)) {
      if (typeof value[0] === 'number') return typeof value[2] === 'number'
      value = value[0]
    } else if (typeof value === 'object' && value !== null)
      value = (value as Record<string, unknown>).coordinates ?? (value as Record<string, unknown>).geometries
    else return false
  }
}

function flatten(geometry: unknown, hasZ: boolean, depth: number): FlatGeometry {
  if (typeof geometry !== 'object' || geometry === null) throw bad('it is not an object')
  const { type, coordinates, geometries } = geometry as Record<string, unknown>
  if (typeof type !== 'string' || !Object.hasOwn(GEOMETRY_CODES, type))
    throw bad(`its type is ${JSON.stringify(type)?.slice(0, 40) ?? 'missing'}, none of GeoJSON's`)
  const code = GEOMETRY_CODES[type as keyof typeof GEOMETRY_CODES]
  if (code === GEOMETRY_CODES.GeometryCollection) {
    if (depth >= DEPTH_MAX) throw bad('collections are nested too deeply')
    const parts = listOf(geometries, 'geometries').map((part) => flatten(part, hasZ, depth + 1))
    return { type: code, xy: [], parts }
  }
  const list = listOf(coordinates, 'coordinates')
  const sink = new PositionSink(hasZ)
  switch (code) {
    case GEOMETRY_CODES.Point:
      if (list.length > 0) sink.add(list)
      return sink.geometry(code)
    case GEOMETRY_CODES.LineString:
    case GEOMETRY_CODES.MultiPoint:
      sink.addAll(list)
      return sink.geometry(code)
    case GEOMETRY_CODES.Polygon:
    case GEOMETRY_CODES.MultiLineString:
      return sink.withLines(list).geometry(code)
    default: {
      let first = 0
      const parts = list.map((polygon) => {
        const part = new PositionSink(hasZ, first).withLines(listOf(polygon, 'coordinates'))
        first += part.count
        return part.geometry(GEOMETRY_CODES.Polygon)
      })
      return { type: code, xy: [], parts }
    }
  }
}

class PositionSink {
  readonly #xy: number[] = []
  readonly #z: number[] | null
  readonly #first: number
  #ends: number[] | null = null

  /** @param first how many positions of the geometry come before */
  constructor(hasZ: boolean, first = 0) {
    this.#z = hasZ ? [] : null
    this.#first = first
  }

  get count(): number {
    return this.#xy.length >> 1
  }

  add(position: unknown): void {
    if (!Array.isArray(position) || position.length < 2) throw this.#bad('has fewer than two numbers')
    const [x, y, z] = position as unknown[]
    if (typeof x !== 'number' || typeof y !== 'number')
      throw this.#bad('has a coordinate that is not a number')
    this.#z?.push(typeof z === 'number' ? z : 0)
    this.#xy.push(x, y)
  }

  #bad(why: string): FormatError {
    return bad(`position ${this.#first + this.count} ${why}`)
  }

  addAll(positions: readonly unknown[]): void {
    for (const position of positions) this.add(position)
  }

  withLines(lines: readonly unknown[]): this {
    this.#ends = []
    for (const line of lines) {
      this.addAll(listOf(line, 'coordinates'))
      this.#ends.push(this.count)
    }
    return this
  }

  geometry(type: GeometryCode): FlatGeometry {
    return {
      type,
      xy: this.#xy,
      ...(this.#z ? { z: this.#z } : {}),
      ...(this.#ends && this.#ends.length > 0 ? { ends: this.#ends } : {}),
    }
  }
}

function listOf(value: unknown, name: string): unknown[] {
  if (!Array.isArray(value)) throw bad(`its ${name} are not a list`)
  return value
}

const bad = (why: string): FormatError =>
  new FormatError('bad-geometry', `the geometry is not GeoJSON: ${why}`)
