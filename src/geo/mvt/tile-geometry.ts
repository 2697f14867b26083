import { type FlatGeometry, GEOMETRY_CODES } from '../flat-geometry.ts'
import { clipLine, clipPoints, clipRing } from './clip.ts'

/** The geometry types of vector tiles, by their numbers. */
export const TILE_GEOMETRY_TYPES = { point: 1, line: 2, polygon: 3 } as const
export type TileGeometryType = (typeof TILE_GEOMETRY_TYPES)[keyof typeof TILE_GEOMETRY_TYPES]

/**
 * A geometry in whole units of a tile, x to the right and y down from its top left corner, within the tile and its buffer.
 * Points have one part each; rings do not repeat their first point, and an exterior ring (clockwise as it is seen, of
 * positive area by the surveyor's formula) comes before the interior ones it holds (of negative area).
 */
export interface TileGeometry {
  type: TileGeometryType
  parts: number[][]
}

const { Point, LineString, Polygon, MultiPoint, MultiLineString } = GEOMETRY_CODES
const { point, line, polygon } = TILE_GEOMETRY_TYPES

/**
 * What of a geometry in units of a tile is to be seen in it: clipped to the tile and its buffer, rounded, without parts that
 * come to nothing. One geometry for each type there is: a collection may give three, what lies outside gives none.
 */
export function tileGeometries(geometry: FlatGeometry): TileGeometry[] {
  const parts: Record<TileGeometryType, number[][]> = { [point]: [], [line]: [], [polygon]: [] }
  collect(geometry, parts)
  return [point, line, polygon]
    .filter((type) => parts[type].length > 0)
    .map((type) => ({ type, parts: parts[type] }))
}

function collect(geometry: FlatGeometry, parts: Record<TileGeometryType, number[][]>): void {
  const { type, xy } = geometry
  switch (type) {
    case Point:
    case MultiPoint:
      for (const place of pairs(rounded(clipPoints(xy)))) parts[point].push(place)
      return
    case LineString:
    case MultiLineString:
      for (const [from, to] of stretches(geometry))
        for (const piece of clipLine(xy, from, to)) {
          const whole = rounded(piece)
          if (whole.length >= 4) parts[line].push(whole)
        }
      return
    case Polygon:
      parts[polygon].push(...polygonRings(geometry))
      return
    default:
      for (const part of geometry.parts ?? []) collect(part, parts)
  }
}

/** The exterior ring and the interior ones of a polygon; none where the exterior comes to nothing. */
function polygonRings(geometry: FlatGeometry): number[][] {
  const rings: number[][] = []
  for (const [from, to] of stretches(geometry)) {
    const ring = openRing(rounded(clipRing(geometry.xy, from, to)))
    const area = ringArea(ring)
    if (area === 0) {
      if (rings.length === 0) return []
      continue
    }
    const isWound = area > 0 === (rings.length === 0)
    rings.push(isWound ? ring : reversed(ring))
  }
  return rings
}

function* pairs(xy: readonly number[]): Iterable<[x: number, y: number]> {
  for (let i = 0; i < xy.length; i += 2) yield [xy[i]!, xy[i + 1]!]
}

/** First point and end of each line or ring of a geometry. */
function* stretches({ xy, ends }: FlatGeometry): Iterable<[from: number, to: number]> {
  const points = xy.length >> 1
  let from = 0
  for (const to of ends?.length ? Array.from(ends) : [points]) {
    if (to > from) yield [from, to]
    from = to
  }
}

/** Coordinates to whole units; points that are then the same as the one before are left out, but for single points. */
function rounded(xy: readonly number[]): number[] {
  const whole: number[] = []
  for (let i = 0; i < xy.length; i += 2) {
    // Not -0, which would be another number than 0 to whoever compares.
    const [x, y] = [Math.round(xy[i]!) + 0, Math.round(xy[i + 1]!) + 0]
    if (i === 0 || x !== whole.at(-2) || y !== whole.at(-1)) whole.push(x, y)
  }
  return whole
}

function openRing(ring: number[]): number[] {
  while (ring.length > 2 && ring[0] === ring.at(-2) && ring[1] === ring.at(-1)) ring.length -= 2
  return ring
}

/** Twice the area of a ring by the surveyor's formula: positive where it turns clockwise as it is seen, y down. */
export function ringArea(ring: readonly number[]): number {
  let area = 0
  let previous = ring.length - 2
  for (let i = 0; i < ring.length; previous = i, i += 2)
    area += ring[previous]! * ring[i + 1]! - ring[i]! * ring[previous + 1]!
  return area
}

function reversed(ring: readonly number[]): number[] {
  const turned: number[] = []
  for (let i = ring.length - 2; i >= 0; i -= 2) turned.push(ring[i]!, ring[i + 1]!)
  return turned
}
