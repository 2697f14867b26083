import { type SQL, sql } from 'drizzle-orm'
import { actor } from './activity.ts'
import { type Database, INTERNAL_ERROR, postgresError } from './database.ts'
import type { DatasetColumn } from './dataset-types.ts'
import { type DatasetSchema, datasetQuery } from './datasets.ts'
import { isOfType, madeValid, withDimensions, withType } from './feature-geometry.ts'
import { FID, featureTable, GEOMETRY, OWNER, propertyColumn } from './feature-table.ts'
import type { Principal, SystemPrincipal } from './principal.ts'
import { datasets } from './schema.ts'

/** How the geometries of one dataset become those of another. */
export type Derivation =
  | { kind: 'buffer'; distance: number; segments: number; isGeodesic: boolean; isDissolved: boolean }
  | { kind: 'clip'; mask: DatasetSchema | { ewkb: string } }
  | { kind: 'dissolve' }
  | { kind: 'reproject' }

export interface DerivedRequest {
  derivation: Derivation
  source: DatasetSchema
  /** A dataset that is being imported, as `findUnfinishedDataset` gave it. */
  target: DatasetSchema
  /** Columns of the source, one for each of the target's, in the same order. */
  kept: readonly DatasetColumn[]
  afterFid: number
  limit: number
}

export interface DerivedBatch {
  read: number
  /** Features that were made. */
  made: number
  /** `afterFid` of the next batch; null at the end. */
  next: number | null
}

/** The geometries of some features could not be computed; the reason is the database's. */
export class GeometryFailure extends Error {
  override readonly name = 'GeometryFailure'
}

/** What coordinates are rounded to where their exact values are too much for an overlay. */
const GRID_DEGREES = 1e-8
const GRID_UNITS = 1e-3
/** Straight pieces of a box's side in another system. */
const BOX_PIECES = 16

/** Whether the features that are made are many to one of the features they are made of. */
export const isMerging = (derivation: Derivation): boolean =>
  derivation.kind === 'dissolve' || (derivation.kind === 'buffer' && derivation.isDissolved)

/**
 * Makes the features of one dataset out of a batch of another's, by their numbers. Repeating a batch changes nothing.
 * Where features are merged, those of one batch are; `mergeDerived` does the rest.
 * @param isGeographic whether the source's coordinates are degrees
 * @returns null where the principal may not see a dataset (any more), or columns have changed since it was read
 * @throws GeometryFailure
 */
export async function appendDerived(
  db: Database,
  principal: Principal,
  request: DerivedRequest,
  isGeographic: boolean,
): Promise<DerivedBatch | null> {
  return withGrid(isGeographic, async (grid) => {
    const { rows } = await db.execute<{ seen: boolean; read: number; made: number; last: string | null }>(
      appending(principal, request, grid),
    )
    const told = rows[0]
    if (!told) throw new GeometryFailure('the geometries are beyond what can be computed')
    const { read, made, last } = told
    if (!told.seen) return null
    return { read, made, next: read < request.limit ? null : Number(last) }
  })
}

/** Tries exact coordinates first, then rounded ones. */
async function withGrid<T>(isGeographic: boolean, work: (grid: number | null) => Promise<T>): Promise<T> {
  try {
    return await failing(() => work(null))
  } catch (error) {
    if (!(error instanceof GeometryFailure)) throw error
    return failing(() => work(isGeographic ? GRID_DEGREES : GRID_UNITS))
  }
}

async function failing<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    const known = postgresError(error)
    throw known?.code === INTERNAL_ERROR ? new GeometryFailure(known.message) : error
  }
}

function appending(
  principal: Principal,
  { derivation, source, target, kept, afterFid, limit }: DerivedRequest,
  grid: number | null,
): SQL {
  const fid = sql.identifier(FID)
  const named = kept.map((column, i) => sql`b.${propertyColumn(column)} as ${sql.identifier(`c${i}`)}`)
  const names = kept.map((_, i) => sql.identifier(`c${i}`))
  const shape = shapeOf(derivation, source, target, grid)
  const shaped = isMerging(derivation)
    ? sql`select min(fid) as fid, ${listed([...names, sql`${union(sql`shape`, grid)} as shape`])}
        from (select b.fid, ${listed([...named, sql`${shape} as shape`])} from batch b) single
        ${names.length > 0 ? sql`group by ${listed(names)}` : sql`having count(*) > 0`}`
    : sql`select b.fid, ${listed([...named, sql`${shape} as shape`])} from batch b`
  const mask = derivation.kind === 'clip' ? maskTables(derivation.mask, principal, source) : []
  const isSeen =
    mask.length > 0 && derivation.kind === 'clip' && 'id' in derivation.mask
      ? sql`exists (select 1 from dataset) and exists (select 1 from mask_dataset)`
      : sql`exists (select 1 from dataset)`
  const targets = [
    fid,
    sql.identifier(OWNER),
    sql.identifier(GEOMETRY),
    ...target.columns.map(propertyColumn),
  ]
  return sql`with dataset as materialized (${seenQuery(principal, source)}),
    ${listed([
      ...mask,
      sql`batch as materialized (
        select s.* from ${featureTable(source.id)} s
        where s.${fid} > ${afterFid}::bigint and ${isSeen}
        order by s.${fid} limit ${limit})`,
      sql`shaped as materialized (${shaped})`,
      sql`fitting as materialized (select *, ${fitted(sql`shape`, target)} as fitted from shaped
        where not ST_IsEmpty(shape) and ${isPlaced})`,
      sql`made as (
        insert into ${featureTable(target.id)} (${listed(targets)})
        select ${listed([sql`fid`, sql`${actor(principal)}::int`, sql`fitted`, ...names])} from fitting
        where ${isOfType(sql`fitted`, target.geometryType!)} and exists (
          select 1 from ${datasets} where ${datasets.id} = ${target.id} and ${datasets.status} = 'importing')
        on conflict (${fid}) do nothing)`,
    ])}
    select ${isSeen} as seen, (select count(*) from batch)::int as read,
      (select count(*) from fitting where ${isOfType(sql`fitted`, target.geometryType!)})::int as made,
      (select max(fid) from batch)::text as last`
}

const listed = (parts: readonly SQL[] | readonly unknown[]): SQL => sql.join(parts as SQL[], sql`, `)

const seenQuery = (principal: Principal, { id, schemaVersion }: DatasetSchema): SQL =>
  sql`select id from (${datasetQuery(principal, id)}) visible where id = ${id} and schema_version = ${schemaVersion}`

const valid = (geometry: SQL): SQL =>
  sql`case when ST_IsValid(${geometry}) then ${geometry} else ${madeValid(geometry)} end`

const union = (geometry: SQL, grid: number | null): SQL =>
  grid === null ? sql`ST_Union(${geometry})` : sql`ST_Union(${geometry}, ${grid}::float8)`

const fitted = (geometry: SQL, { geometryType, dimensions }: DatasetSchema): SQL =>
  withType(withDimensions(geometry, dimensions), geometryType!)

/** Some systems have no place for some coordinates of others. */
const isPlaced = sql`greatest(abs(ST_XMin(shape)), abs(ST_XMax(shape)), abs(ST_YMin(shape)), abs(ST_YMax(shape))) < 'Infinity'`

/** The geometry that comes of a row `b` of the source. */
function shapeOf(
  derivation: Derivation,
  source: DatasetSchema,
  target: DatasetSchema,
  grid: number | null,
): SQL {
  const geometry = sql`b.${sql.identifier(GEOMETRY)}`
  switch (derivation.kind) {
    case 'buffer': {
      const { distance, segments, isGeodesic } = derivation
      const options = `quad_segs=${segments}`
      const flat = valid(sql`ST_Force2D(${geometry})`)
      const buffer = isGeodesic
        ? sql`ST_Transform(${geodesicBuffer(sql`ST_Transform(${flat}, 4326)`, sql`${distance}::float8, ${options}`)}, ${source.srid}::int)`
        : sql`ST_Buffer(${flat}, ${distance}::float8, ${options})`
      return sql`ST_CollectionExtract(${madeValid(buffer)}, 3)`
    }
    case 'clip':
      return clipped(geometry, derivation.mask, source, grid)
    case 'dissolve':
      return valid(sql`ST_Force2D(${geometry})`)
    case 'reproject':
      return sql`ST_Transform(${geometry}, ${target.srid}::int)`
  }
}

/**
 * The buffer of a geometry in degrees, by metres on the ground. Where it reaches across the antimeridian it is cut there:
 * its longitudes lie between -180 and 180, so that it would go round the whole world otherwise.
 */
const geodesicBuffer = (geometry: SQL, size: SQL): SQL =>
  sql`(select case when ST_XMax(round) - ST_XMin(round) > 180 and ST_XMax(core) - ST_XMin(core) <= 180
      then ST_WrapX(ST_ShiftLongitude(round), 180, -360) else round end
    from (select core, ST_Buffer(core::geography, ${size})::geometry as round from (select ${geometry} as core) given) buffered)`

/** The part of a geometry inside a mask, of the same dimension; the geometry itself where all of it is. */
function clipped(
  geometry: SQL,
  mask: DatasetSchema | { ewkb: string },
  source: DatasetSchema,
  grid: number | null,
): SQL {
  const found =
    'ewkb' in mask
      ? sql`select m.shape from mask m where m.shape && ${geometry}`
      : sql`select ${union(valid(sql`ST_CollectionExtract(ST_Force2D(${inSystem(sql`m.${sql.identifier(GEOMETRY)}`, mask.srid, source.srid)}), 3)`), grid)} as shape
          from ${featureTable(mask.id)} m
          where m.${sql.identifier(GEOMETRY)} && ${boxIn(geometry, source.srid, mask.srid)}`
  const overlay =
    grid === null ? sql`ST_Intersection(g, shape)` : sql`ST_Intersection(g, shape, ${grid}::float8)`
  return sql`(select case when ST_CoveredBy(g, shape) then g
      else ST_CollectionExtract(${overlay}, ST_Dimension(g) + 1) end
    from (select ${valid(geometry)} as g, shape from (${found}) found where shape is not null) pair
    where ST_Intersects(g, shape))`
}

const inSystem = (geometry: SQL, from: number, to: number): SQL =>
  from === to ? geometry : sql`ST_Transform(${geometry}, ${to}::int)`

/** A box in another system that holds that of a geometry; its sides are followed piece by piece. */
function boxIn(geometry: SQL, from: number, to: number): SQL {
  if (from === to) return geometry
  const box = sql`ST_Envelope(${geometry})`
  const piece = sql`greatest(ST_XMax(${geometry}) - ST_XMin(${geometry}), ST_YMax(${geometry}) - ST_YMin(${geometry}), 1e-9) / ${BOX_PIECES}`
  return sql`ST_Envelope(ST_Transform(ST_Segmentize(${box}, ${piece}), ${to}::int))`
}

function maskTables(
  mask: DatasetSchema | { ewkb: string },
  principal: Principal,
  { srid }: DatasetSchema,
): SQL[] {
  if ('id' in mask) return [sql`mask_dataset as materialized (${seenQuery(principal, mask)})`]
  const shape = madeValid(inSystem(sql`ST_Force2D(${mask.ewkb}::geometry)`, 4326, srid))
  return [sql`mask as materialized (select ST_CollectionExtract(${shape}, 3) as shape)`]
}

/**
 * Makes one feature of all those of a dataset that is being imported which have the same values. Doing it again changes
 * nothing.
 * @throws GeometryFailure
 */
export async function mergeDerived(
  db: Database,
  _system: SystemPrincipal,
  target: DatasetSchema,
  isGeographic: boolean,
): Promise<void> {
  await withGrid(isGeographic, async (grid) => {
    const table = featureTable(target.id)
    const fid = sql.identifier(FID)
    const geometry = sql.identifier(GEOMETRY)
    const partition =
      target.columns.length > 0 ? sql`partition by ${listed(target.columns.map(propertyColumn))}` : sql``
    const { rows } = await db.execute(sql`with groups as materialized (
        select ${fid} as fid, min(${fid}) over (${partition}) as first, ${geometry} as shape from ${table}
        where exists (select 1 from ${datasets} where ${datasets.id} = ${target.id} and ${datasets.status} = 'importing')),
      merged as materialized (
        select first, ${union(sql`shape`, grid)} as shape from groups group by first having count(*) > 1),
      gone as (delete from ${table} t using groups g where t.${fid} = g.fid and g.fid <> g.first),
      kept as (update ${table} t set ${geometry} = ${fitted(sql`m.shape`, target)}
        from merged m where t.${fid} = m.first)
      select count(*) from merged`)
    if (rows.length === 0) throw new GeometryFailure('the geometries are beyond what can be computed')
  })
}
