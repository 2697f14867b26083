import type { Bounds } from './bounds.ts'

/** The bounds of GeoJSON in degrees; null where it has no place. @throws Error for what is no GeoJSON */
export function geoJsonBounds(data: unknown): Bounds | null {
  const bounds: Bounds = [
    Number.POSITIVE_INFINITY,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
  ]
  for (const [x, y] of positionsOf(data)) {
    if (!Number.isFinite(x) || !Number.isFinite(y)) throw new Error('it has a place without numbers')
    bounds[0] = Math.min(bounds[0], x)
    bounds[1] = Math.min(bounds[1], y)
    bounds[2] = Math.max(bounds[2], x)
    bounds[3] = Math.max(bounds[3], y)
  }
  return bounds[0] <= bounds[2] ? bounds : null
}

interface GeoJson {
  type?: unknown
  features?: unknown
  geometries?: unknown
  geometry?: unknown
  coordinates?: unknown
}

const GEOMETRY = /^(?:Multi)?(?:Point|LineString|Polygon)$/

function* positionsOf(data: unknown): Iterable<[number, number]> {
  const { type, features, geometries, geometry, coordinates } = Object(data) as GeoJson
  if (type === 'FeatureCollection' && Array.isArray(features))
    for (const feature of features) yield* positionsOf(feature)
  else if (type === 'GeometryCollection' && Array.isArray(geometries))
    for (const part of geometries) yield* positionsOf(part)
  else if (type === 'Feature') {
    if (geometry) yield* positionsOf(geometry)
  } else if (GEOMETRY.test(String(type)) && Array.isArray(coordinates)) yield* positionsIn(coordinates)
  else throw new Error('it is no GeoJSON')
}

function* positionsIn(coordinates: unknown[]): Iterable<[number, number]> {
  if (Array.isArray(coordinates[0])) for (const part of coordinates) yield* positionsIn(part as unknown[])
  else if (coordinates.length > 0) yield coordinates as [number, number]
}
