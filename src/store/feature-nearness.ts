import { type SQL, sql } from 'drizzle-orm'
import { WGS_84 } from '../geo/crs/reference-system.ts'
import type { DatasetSchema } from './datasets.ts'
import { GEOMETRY } from './feature-table.ts'

/** A place in degrees and the greatest distance from it, on the ellipsoid. */
export interface Nearness {
  lon: number
  lat: number
  metres: number
}

/** Whether a feature `t` lies so near to a place; false where there are no geometries. */
export function isWithin(
  { geometryType, srid }: Pick<DatasetSchema, 'geometryType' | 'srid'>,
  { lon, lat, metres }: Nearness,
): SQL {
  if (!geometryType) return sql`false`
  const geometry = sql`t.${sql.identifier(GEOMETRY)}`
  const inDegrees = srid === WGS_84 ? geometry : sql`ST_Transform(${geometry}, ${WGS_84}::int)`
  const place = sql`ST_SetSRID(ST_MakePoint(${lon}::float8, ${lat}::float8), ${WGS_84}::int)`
  return sql`ST_DWithin(${inDegrees}::geography, ${place}::geography, ${metres}::float8)`
}
