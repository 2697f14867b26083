import { type FlatGeometry, GEOMETRY_CODES } from './flat-geometry.ts'

const { Point, LineString, Polygon, MultiLineString } = GEOMETRY_CODES

/** Points of a line and of a ring, at least. */
const LINE_MIN_POINTS = 2
const RING_MIN_POINTS = 4

/**
 * A geometry without what no reader of well-known binary takes: rings are closed; lines of one point, rings without area
 * and parts with coordinates that are no finite numbers are left out. The geometry itself where it has none of that, null
 * where nothing is left.
 */
export function tidyGeometry(geometry: FlatGeometry): FlatGeometry | null {
  if (geometry.parts) return tidyParts(geometry, geometry.parts)
  if (geometry.type === LineString || geometry.type === Polygon || geometry.type === MultiLineString)
    return tidyLines(geometry)
  if (isFinite2d(geometry, 0, geometry.xy.length >> 1)) return geometry
  if (geometry.type === Point) return null
  const kept = Array.from({ length: geometry.xy.length >> 1 }, (_, i) => i).filter((i) =>
    isFinite2d(geometry, i, i + 1),
  )
  return kept.length === 0 ? null : pick(geometry, kept)
}

function tidyParts(geometry: FlatGeometry, parts: readonly FlatGeometry[]): FlatGeometry | null {
  const tidy = parts.map(tidyGeometry)
  if (tidy.every((part, i) => part === parts[i])) return geometry
  const kept = tidy.filter((part) => part !== null)
  return kept.length === 0 ? null : { ...geometry, parts: kept }
}

function tidyLines(geometry: FlatGeometry): FlatGeometry | null {
  const points = geometry.xy.length >> 1
  if (points === 0) return geometry
  const isRing = geometry.type === Polygon
  const given = geometry.ends && geometry.ends.length > 0 ? geometry.ends : [points]
  const kept: number[] = []
  const ends: number[] = []
  let isTidy = true
  for (let i = 0, start = 0; i < given.length; i++) {
    const end = given[i]!
    const isOpen = isRing && end - start >= RING_MIN_POINTS - 1 && !isClosed(geometry, start, end)
    const length = end - start + (isOpen ? 1 : 0)
    const isWanted =
      length >= (isRing ? RING_MIN_POINTS : LINE_MIN_POINTS) && isFinite2d(geometry, start, end)
    if (isOpen || !isWanted) isTidy = false
    if (isWanted) {
      for (let at = start; at < end; at++) kept.push(at)
      if (isOpen) kept.push(start)
      ends.push(kept.length)
    } else if (isRing && i === 0) return null
    start = end
  }
  if (isTidy) return geometry
  return kept.length === 0 ? null : { ...pick(geometry, kept), ends }
}

const isClosed = ({ xy }: FlatGeometry, start: number, end: number): boolean =>
  xy[2 * start] === xy[2 * end - 2] && xy[2 * start + 1] === xy[2 * end - 1]

function isFinite2d({ xy }: FlatGeometry, from: number, to: number): boolean {
  for (let i = 2 * from; i < 2 * to; i++) if (!Number.isFinite(xy[i])) return false
  return true
}

/** The points of these numbers. */
function pick({ type, xy, z, m }: FlatGeometry, points: readonly number[]): FlatGeometry {
  return {
    type,
    xy: points.flatMap((i) => [xy[2 * i]!, xy[2 * i + 1]!]),
    ...(z ? { z: points.map((i) => z[i]!) } : {}),
    ...(m ? { m: points.map((i) => m[i]!) } : {}),
  }
}
