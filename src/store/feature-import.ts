import { and, eq, type SQL, sql } from 'drizzle-orm'
import { hexOf } from '../formats/hex.ts'
import { encodeEwkb } from '../formats/wkb.ts'
import { lonLatExtent } from '../geo/crs/lonlat-extent.ts'
import type { FlatGeometry } from '../geo/flat-geometry.ts'
import { tidyGeometry } from '../geo/tidy-geometry.ts'
import { boundArray, boundPlainArray } from './array-literal.ts'
import type { Database } from './database.ts'
import { type DatasetSchema, selectUnfinished } from './datasets.ts'
import { isOfType, repaired, withDimensions, withType } from './feature-geometry.ts'
import { FID, featureTable, GEOMETRY, indexFeatureTable, OWNER, propertyColumn } from './feature-table.ts'
import type { SystemPrincipal } from './principal.ts'
import { datasets, resources } from './schema.ts'

/** Rows of a batch, and bytes of its geometries and values, beyond which a greater batch is no quicker. */
export const BATCH_ROWS = 5_000
export const BATCH_MAX_BYTES = 4 * 1024 * 1024

/** Consecutive features on their way into a dataset, column by column. */
export interface FeatureBatch {
  /** Number of the first feature; the others follow one by one. Features are numbered from 1. */
  firstFid: number
  /** How many they are. */
  count: number
  /** One a feature; left out for a dataset without geometry. Coordinates are in the dataset's own system. */
  geometries?: readonly (FlatGeometry | null)[]
  /**
   * The values of each column, in the order of the dataset's columns: booleans, numbers, bigints (or their digits as
   * text), texts, dates `YYYY-MM-DD`, timestamps and times as ISO 8601 (UTC where no offset is told), JSON as text, bytes;
   * null or undefined for none.
   */
  values: readonly (readonly unknown[])[]
}

export interface AppendedBatch {
  /** Geometries that were invalid and have been made valid. */
  repaired: number
  /** Geometries that no repair makes one of the dataset's type; they are left out, their features are there. */
  dropped: number
}

/** A dataset that is being imported, with its columns; null where there is none, or it is whole. */
export async function findUnfinishedDataset(
  db: Database,
  _system: SystemPrincipal,
  id: number,
): Promise<DatasetSchema | null> {
  const [found] = await selectUnfinished(db).where(and(eq(datasets.id, id), eq(datasets.status, 'importing')))
  return found ?? null
}

/**
 * Appends features to a dataset that is being imported. Repeating a batch changes nothing: what the table has from
 * `firstFid` on is deleted first. Polygons go into multi polygons and so on, heights are cut or set to 0 as the column has
 * it, invalid geometries are repaired. Import files of polygons into `MultiPolygon` columns: a repaired polygon may have
 * more than one part, and is dropped where the column takes only one.
 * @param dataset as `findUnfinishedDataset` gave it
 * @throws where the dataset is gone, or whole
 */
export async function appendFeatures(
  db: Database,
  _system: SystemPrincipal,
  dataset: DatasetSchema,
  batch: FeatureBatch,
): Promise<AppendedBatch> {
  const table = featureTable(dataset.id)
  const isImporting = sql`exists (select 1 from ${datasets} where ${datasets.id} = ${dataset.id}
    and ${datasets.status} = 'importing')`
  const tidy = dataset.geometryType ? tidied(batch) : null
  const names = dataset.columns.map((_, i) => sql.identifier(`c${i + 1}`))
  const arrays = [
    tidy ? boundPlainArray('text', tidy.hex) : sql`array_fill(null::text, array[${batch.count}::int])`,
    ...dataset.columns.map(({ type }, i) => boundArray(type, batch.values[i]!)),
  ]
  const given = sql`select rows.*, rows.at - 1 + ${batch.firstFid}::bigint as new_fid
    from unnest(${sql.join(arrays, sql`, `)}) with ordinality
      as rows(${sql.join([sql`shape`, ...names, sql`at`], sql`, `)})`
  const shaped = shapedGeometries(dataset)
  const targets = [
    sql.identifier(FID),
    sql.identifier(OWNER),
    ...(dataset.geometryType ? [sql.identifier(GEOMETRY)] : []),
    ...dataset.columns.map(propertyColumn),
  ]
  const sources = [
    sql`new_fid`,
    sql`(select ${resources.ownerId} from ${resources} where ${resources.id} = ${dataset.id})`,
    ...(dataset.geometryType ? [sql`shaped`] : []),
    ...names,
  ]
  const appending = sql`with given as materialized (${given}), ${shaped},
    appended as (
      insert into ${table} (${sql.join(targets, sql`, `)})
      select ${sql.join(sources, sql`, `)} from fitting where ${isImporting}
      returning 1)
    select (select count(*) from appended)::int as appended,
      (count(*) filter (where was_repaired and shaped is not null))::int as repaired,
      (count(*) filter (where shape is not null and shaped is null))::int as dropped
    from fitting`
  const [, { rows }] = await db.batch([
    db.execute(
      sql`delete from ${table} where ${sql.identifier(FID)} >= ${batch.firstFid} and ${isImporting}`,
    ),
    db.execute<{ appended: number; repaired: number; dropped: number }>(appending),
  ])
  const told = rows[0]!
  if (told.appended !== batch.count) throw new Error(`dataset ${dataset.id} is not being imported`)
  return { repaired: told.repaired + (tidy?.changed ?? 0), dropped: told.dropped + (tidy?.dropped ?? 0) }
}

/** Statements that make `fitting` of `given`: its rows with `shaped`, the geometry as the column takes it. */
function shapedGeometries({ geometryType, dimensions, srid }: DatasetSchema): SQL {
  if (!geometryType)
    return sql`fitting as (select *, false as was_repaired, null::geometry as shaped from given)`
  const read = sql`ST_SetSRID(shape::geometry, ${srid}::int)`
  const valid = sql`case when is_valid then read when ${isUnusable} then null else ${repaired(sql`read`, geometryType)} end`
  return sql`
    read as materialized (select *, ${withDimensions(read, dimensions)} as read from given),
    checked as materialized (select *, ST_IsValid(read) as is_valid from read),
    valid as materialized (select *, ${withType(valid, geometryType)} as valid from checked),
    fitting as materialized (select *, not is_valid as was_repaired,
      case when ${isOfType(sql`valid`, geometryType)} then valid end as shaped from valid)`
}

/** Coordinates that are no finite numbers are beyond repair. */
const isUnusable = sql`ST_IsValidReason(read) like 'Invalid Coordinate%'`

/** Geometries in hexadecimal digits, with the number of those that had to be tidied up, and of those nothing was left of. */
function tidied({ geometries, count }: FeatureBatch) {
  const hex: (string | null)[] = []
  let changed = 0
  let dropped = 0
  for (let i = 0; i < count; i++) {
    const geometry = geometries?.[i] ?? null
    const tidy = geometry && tidyGeometry(geometry)
    if (geometry && !tidy) dropped++
    else if (tidy !== geometry) changed++
    hex.push(tidy && hexOf(encodeEwkb(tidy)))
  }
  return { hex, changed, dropped }
}

/**
 * Ends an import: index, statistics, number of features, extents and status in one transaction. Doing it again changes
 * nothing.
 */
export async function publishImported(
  db: Database,
  _system: SystemPrincipal,
  dataset: DatasetSchema,
): Promise<{ featureCount: number }> {
  const { id, srid } = dataset
  const table = featureTable(id)
  const box = dataset.geometryType
    ? sql`ST_XMin(box) as minx, ST_YMin(box) as miny, ST_XMax(box) as maxx, ST_YMax(box) as maxy`
    : sql`null as minx, null as miny, null as maxx, null as maxy`
  const extent = dataset.geometryType ? sql`, ST_Extent(${sql.identifier(GEOMETRY)}) as box` : sql``
  const measured = await db.execute<{
    count: number
    minx: number | null
    miny: number
    maxx: number
    maxy: number
  }>(sql`select count, ${box} from (select count(*)::int as count${extent} from ${table}) measured`)
  const { count, minx, miny, maxx, maxy } = measured.rows[0]!
  const native = minx === null ? null : [minx, miny, maxx, maxy]
  const lonLat = native && lonLatExtent(native, srid)
  const isImporting = sql`${datasets.id} = ${id} and ${datasets.status} = 'importing'`
  await db.batch([
    ...(dataset.geometryType ? [db.execute(indexFeatureTable(id))] : []),
    db.execute(sql`analyze ${table}`),
    db.execute(sql`select setval(pg_get_serial_sequence(${`data.d_${id}`}, ${FID}), coalesce(max(${sql.identifier(FID)}), 1),
      count(*) > 0) from ${table} having exists (select 1 from ${datasets} where ${isImporting})`),
    db.execute(sql`update ${resources} set modified_at = now(),
      extent = ${lonLat && sql`ST_MakeEnvelope(${sql.join(lonLat, sql`, `)}, 4326)`}
      where ${resources.id} = ${id} and exists (select 1 from ${datasets} where ${isImporting})`),
    db
      .update(datasets)
      .set({ status: 'ready', featureCount: count, nativeExtent: native })
      .where(isImporting),
  ] as unknown as Parameters<typeof db.batch>[0])
  return { featureCount: count }
}
