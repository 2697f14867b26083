import { type SQL, sql } from 'drizzle-orm'
import type { Dimensions, GeometryType } from './dataset-types.ts'

/** What `ST_CollectionExtract` calls points, lines and polygons. */
const EXTRACTS: Partial<Record<GeometryType, number>> = {
  Point: 1,
  MultiPoint: 1,
  LineString: 2,
  MultiLineString: 2,
  Polygon: 3,
  MultiPolygon: 3,
}

const FORCE: Record<Dimensions, string> = {
  XY: 'ST_Force2D',
  XYZ: 'ST_Force3DZ',
  XYM: 'ST_Force3DM',
  XYZM: 'ST_Force4D',
}

/** A geometry with the dimensions of a column: heights and measures are cut, or set to 0. */
export const withDimensions = (geometry: SQL, dimensions: Dimensions): SQL =>
  sql`${sql.raw(FORCE[dimensions])}(${geometry})`

/** A geometry put into the type of a column where it fits in: a polygon into a multi polygon, a lone part out of one. */
export function withType(geometry: SQL, type: GeometryType): SQL {
  if (type === 'Geometry') return geometry
  if (type === 'GeometryCollection') return sql`ST_ForceCollection(${geometry})`
  if (type.startsWith('Multi')) return sql`ST_Multi(${geometry})`
  return sql`case when ST_NumGeometries(${geometry}) = 1 then ST_GeometryN(${geometry}, 1) else ${geometry} end`
}

/** Whether a geometry is of a column's type. */
export const isOfType = (geometry: SQL, type: GeometryType): SQL =>
  type === 'Geometry' ? sql`true` : sql`GeometryType(${geometry}) like ${`${type.toUpperCase()}%`}`

/**
 * A geometry made valid by what its rings enclose. The other method, which goes by lines, takes seconds where rings cross
 * often.
 */
export const madeValid = (geometry: SQL): SQL =>
  sql`ST_MakeValid(${geometry}, 'method=structure keepcollapsed=true')`

/** An invalid geometry made valid, without the points and lines that come of it where the column has none. */
export function repaired(geometry: SQL, type: GeometryType): SQL {
  const extract = EXTRACTS[type]
  return extract
    ? sql`ST_CollectionExtract(${madeValid(geometry)}, ${sql.raw(String(extract))})`
    : madeValid(geometry)
}
