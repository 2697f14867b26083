import { type SQL, sql } from 'drizzle-orm'
import type { Bbox } from '../geo/bbox.ts'
import { WGS_84 } from '../geo/crs/reference-system.ts'
import type { Database } from './database.ts'
import type { DatasetRecord, DatasetSchema } from './datasets.ts'
import { featureTable, GEOMETRY } from './feature-table.ts'
import { datasets, resources } from './schema.ts'

export const SIDES = ['minx', 'miny', 'maxx', 'maxy'] as const
export const BOX_SIDES = ['ST_XMin', 'ST_YMin', 'ST_XMax', 'ST_YMax']

/** Moves the dataset's version, number of features and extents by what `change` says. */
export function accounted(schema: DatasetSchema, extent: Bbox | null): SQL {
  const grown = BOX_SIDES.map(
    (side, i) =>
      sql`${sql.raw(i < 2 ? 'least' : 'greatest')}(${sql.raw(side)}(${resources.extent}), ${extent?.[i] ?? null}::float8)`,
  )
  const native = SIDES.map(
    (side, i) =>
      sql`${sql.raw(i < 2 ? 'least' : 'greatest')}(${datasets.nativeExtent}[${sql.raw(String(i + 1))}], change.${sql.raw(side)})`,
  )
  return sql`versioned as (
      update ${resources} set version = ${resources.version} + 1, modified_at = clock_timestamp()${
        extent ? sql`, extent = ST_MakeEnvelope(${sql.join(grown, sql`, `)}, ${WGS_84}::int)` : sql``
      }
      from change where ${resources.id} = ${schema.id} and change.touched > 0),
    accounted as (
      update ${datasets} set feature_count = ${datasets.featureCount} + change.delta,
        native_extent = case when change.is_stale then null when change.minx is null then ${datasets.nativeExtent}
          else array[${sql.join(native, sql`, `)}] end
      from change where ${datasets.id} = ${schema.id} and change.touched > 0)`
}

/** Measures the extents anew where they are not known, with the changes of the transaction. */
export function measured(schema: DatasetSchema): SQL {
  if (!schema.geometryType) return sql`select 1`
  const box = BOX_SIDES.map((side) => sql`${sql.raw(side)}(box)`)
  const limits = [-180, -90, 180, 90]
  const inDegrees = box.map(
    (side, i) => sql`${sql.raw(i < 2 ? 'greatest' : 'least')}(${side}, ${sql.raw(String(limits[i]))})`,
  )
  return sql`with stale as materialized (
      select ${datasets.id} as id from ${datasets} where ${datasets.id} = ${schema.id} and ${datasets.nativeExtent} is null),
    measured as materialized (
      select ST_Extent(${sql.identifier(GEOMETRY)}) as box from ${featureTable(schema.id)}
      where exists (select 1 from stale)),
    bounded as (
      update ${resources} set extent = case when box is null then null
        when ${schema.srid === WGS_84} then ST_MakeEnvelope(${sql.join(inDegrees, sql`, `)}, ${WGS_84}::int)
        else ${resources.extent} end
      from measured where ${resources.id} in (select id from stale))
    update ${datasets} set native_extent = case when box is null then null else array[${sql.join(box, sql`, `)}] end
    from measured where ${datasets.id} in (select id from stale)`
}

/** Keeps the extent in degrees of a dataset that became smaller, unless it has been changed since. */
export async function boundAnew(
  db: Database,
  { id, version, extent }: Pick<DatasetRecord, 'id' | 'version' | 'extent'>,
): Promise<void> {
  if (!extent) return
  const sides = extent.map((side) => sql`${side}::float8`)
  await db.execute(sql`update ${resources} set extent = ST_MakeEnvelope(${sql.join(sides, sql`, `)}, ${WGS_84}::int)
    where ${resources.id} = ${id} and ${resources.version} = ${version}`)
}
