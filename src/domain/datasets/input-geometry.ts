import { FormatError } from '../../formats/format-error.ts'
import { type FlatGeometry, GEOMETRY_CODES } from '../../geo/flat-geometry.ts'

const { LineString, Polygon, MultiLineString } = GEOMETRY_CODES

const LINE_MIN_POSITIONS = 2
const RING_MIN_POSITIONS = 4

/** Refuses what a reader of geometries would trip over. @throws FormatError that says where, counting from 0 */
export function checkPositions(geometry: FlatGeometry, isInDegrees: boolean, path = ''): void {
  geometry.parts?.forEach((part, i) => {
    checkPositions(part, isInDegrees, `part ${i}${path && ` of ${path}`}`)
  })
  const { xy, z } = geometry
  const told = (at: number) => `position ${at}${path && ` of ${path}`}`
  for (let at = 0; 2 * at < xy.length; at++) {
    if (!Number.isFinite(xy[2 * at]) || !Number.isFinite(xy[2 * at + 1]) || (z && !Number.isFinite(z[at])))
      throw bad(`a coordinate of ${told(at)} is not finite`)
    if (isInDegrees && Math.abs(xy[2 * at + 1]!) > 90)
      throw bad(`the latitude of ${told(at)} is beyond a pole: ${xy[2 * at + 1]}`)
  }
  if (geometry.type === LineString || geometry.type === Polygon || geometry.type === MultiLineString)
    checkLines(geometry, path)
}

function checkLines({ type, xy, ends }: FlatGeometry, path: string): void {
  const isRing = type === Polygon
  const within = path && ` of ${path}`
  let start = 0
  for (const [i, end] of Array.from(ends ?? (xy.length > 0 ? [xy.length >> 1] : [])).entries()) {
    const name = type === LineString ? `the line${within}` : `${isRing ? 'ring' : 'line'} ${i}${within}`
    const min = isRing ? RING_MIN_POSITIONS : LINE_MIN_POSITIONS
    if (end - start < min) throw bad(`${name} has fewer than ${min} positions`)
    if (isRing && (xy[2 * start] !== xy[2 * end - 2] || xy[2 * start + 1] !== xy[2 * end - 1]))
      throw bad(`${name} is not closed: its last position is not its first one`)
    start = end
  }
}

const bad = (why: string): FormatError => new FormatError('bad-geometry', why)

/** A geometry whose two first coordinates change places. */
export function flipped(geometry: FlatGeometry): FlatGeometry {
  const { xy, parts } = geometry
  return {
    ...geometry,
    xy: Array.from(xy, (_, i) => xy[i ^ 1]!),
    ...(parts ? { parts: parts.map(flipped) } : {}),
  }
}

/** The box around geometries. */
export class Bounds {
  readonly #sides = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, -Infinity, -Infinity]

  include({ xy, parts }: FlatGeometry): void {
    const sides = this.#sides
    for (let i = 0; i < xy.length; i += 2) {
      sides[0] = Math.min(sides[0]!, xy[i]!)
      sides[1] = Math.min(sides[1]!, xy[i + 1]!)
      sides[2] = Math.max(sides[2]!, xy[i]!)
      sides[3] = Math.max(sides[3]!, xy[i + 1]!)
    }
    for (const part of parts ?? []) this.include(part)
  }

  /** Smallest x, y, greatest x, y; null where nothing has coordinates. */
  box(): number[] | null {
    return Number.isFinite(this.#sides[0]) ? this.#sides : null
  }
}
