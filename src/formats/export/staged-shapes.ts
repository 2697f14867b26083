import { type FlatGeometry, GEOMETRY_CODES } from '../../geo/flat-geometry.ts'
import type { ExportFormat } from './export-format.ts'

const { Point, LineString, Polygon, MultiPoint, MultiLineString, MultiPolygon, GeometryCollection } =
  GEOMETRY_CODES

/** What parts of an export go into files, or layers, of their own. */
export type StagedLayerName =
  | 'features'
  | 'points'
  | 'multipoints'
  | 'lines'
  | 'polygons'
  | 'table'
  | 'waypoints'
  | 'tracks'

export interface StagedShape {
  layer: StagedLayerName
  geometry: FlatGeometry | null
}

/**
 * Where a feature's geometry goes: nowhere in particular but for GPX, which has points and lines apart, and for Shapefiles
 * of any geometries, which have one type each. MIF and DXF have no collections, nor points that belong together.
 * @returns null where the format cannot hold the geometry; nothing where there is nothing to be held
 */
export function stagedShapes(
  format: ExportFormat,
  isMixed: boolean,
  geometry: FlatGeometry | null,
): StagedShape[] | null {
  if (format === 'gpx') return geometry ? waypointsAndTracks(geometry) : []
  if (format === 'dxf' && (!geometry || isEmptyGeometry(geometry))) return []
  if (geometry && (format === 'dxf' || format === 'mif'))
    return singles(geometry).map((single) => ({ layer: 'features', geometry: single }))
  if (format !== 'shp' || !isMixed) return [{ layer: 'features', geometry }]
  if (!geometry || isEmptyGeometry(geometry)) return [{ layer: 'table', geometry: null }]
  return geometry.type === GeometryCollection ? apart(geometry) : [{ layer: shapeLayer(geometry), geometry }]
}

export const isEmptyGeometry = ({ xy, parts }: FlatGeometry): boolean =>
  xy.length === 0 && (parts ?? []).every(isEmptyGeometry)

function shapeLayer({ type }: FlatGeometry): StagedLayerName {
  if (type === Point) return 'points'
  if (type === MultiPoint) return 'multipoints'
  return type === LineString || type === MultiLineString ? 'lines' : 'polygons'
}

function waypointsAndTracks(geometry: FlatGeometry): StagedShape[] | null {
  if (isEmptyGeometry(geometry)) return []
  switch (geometry.type) {
    case Point:
      return [{ layer: 'waypoints', geometry }]
    case MultiPoint:
      return pointsOf(geometry).map((point) => ({ layer: 'waypoints', geometry: point }))
    case LineString:
    case MultiLineString:
      return [{ layer: 'tracks', geometry }]
    case GeometryCollection: {
      const parts = (geometry.parts ?? []).map(waypointsAndTracks)
      return parts.some((part) => part === null) ? null : parts.flatMap((part) => part!)
    }
    default:
      return null
  }
}

function singles(geometry: FlatGeometry): FlatGeometry[] {
  if (geometry.type === MultiPoint) return pointsOf(geometry)
  return geometry.type === GeometryCollection ? (geometry.parts ?? []).flatMap(singles) : [geometry]
}

function pointsOf({ xy, z, m }: FlatGeometry): FlatGeometry[] {
  return Array.from({ length: xy.length / 2 }, (_, i) => ({
    type: Point,
    xy: [xy[2 * i]!, xy[2 * i + 1]!],
    ...(z ? { z: [z[i]!] } : {}),
    ...(m ? { m: [m[i]!] } : {}),
  }))
}

/** The points, lines and polygons of a collection, those of one kind together. */
function apart(collection: FlatGeometry): StagedShape[] {
  const simple = simpleParts(collection)
  const kinds = [
    { layer: 'multipoints', of: [Point, MultiPoint], into: MultiPoint },
    { layer: 'lines', of: [LineString, MultiLineString], into: MultiLineString },
    { layer: 'polygons', of: [Polygon, MultiPolygon], into: MultiPolygon },
  ] as const
  return kinds.flatMap(({ layer, of, into }) => {
    const parts = simple.filter(({ type }) => (of as readonly number[]).includes(type))
    if (parts.length === 0) return []
    const geometry = into === MultiPolygon ? polygonsOf(parts) : joined(into, parts)
    return [{ layer, geometry }]
  })
}

const simpleParts = (geometry: FlatGeometry): FlatGeometry[] =>
  geometry.type === GeometryCollection
    ? (geometry.parts ?? []).flatMap(simpleParts)
    : isEmptyGeometry(geometry)
      ? []
      : [geometry]

const polygonsOf = (geometries: readonly FlatGeometry[]): FlatGeometry => ({
  type: MultiPolygon,
  xy: [],
  parts: geometries.flatMap((geometry) =>
    geometry.type === MultiPolygon ? (geometry.parts ?? []) : [geometry],
  ),
})

function joined(
  type: typeof MultiPoint | typeof MultiLineString,
  parts: readonly FlatGeometry[],
): FlatGeometry {
  const all = (pick: (part: FlatGeometry) => ArrayLike<number> | null | undefined): number[] =>
    parts.flatMap((part) => Array.from(pick(part) ?? []))
  const [z, m] = [all((part) => part.z), all((part) => part.m)]
  const geometry = {
    type,
    xy: all((part) => part.xy),
    ...(z.length > 0 ? { z } : {}),
    ...(m.length > 0 ? { m } : {}),
  }
  if (type === MultiPoint) return geometry
  let before = 0
  const ends = parts.flatMap((part) => {
    const points = part.xy.length / 2
    const own = part.ends && part.ends.length > 0 ? Array.from(part.ends) : [points]
    const shifted = own.map((end) => end + before)
    before += points
    return shifted
  })
  return { ...geometry, ends }
}
