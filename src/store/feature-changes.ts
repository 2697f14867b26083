import { type SQL, sql } from 'drizzle-orm'
import { actor } from './activity.ts'
import type { Database } from './database.ts'
import type { DatasetReference, DatasetSchema } from './datasets.ts'
import { conditionsOf, type FeatureConditions } from './feature-conditions.ts'
import { BOX_SIDES, SIDES } from './feature-extents.ts'
import type { FeatureRows } from './feature-input-rows.ts'
import { valueName } from './feature-rows.ts'
import { FID, featureTable, GEOMETRY, MODIFIED, OWNER, propertyColumn, REVISION } from './feature-table.ts'
import { type ChangeResult, changeFeatures, isPermitted } from './feature-transaction.ts'
import type { Read } from './features.ts'
import type { Verb } from './permissions.ts'
import type { Principal } from './principal.ts'

/** What must hold for a feature to be changed. */
export interface RowPrecondition {
  revisions: readonly number[] | null
  unmodifiedSince: Date | null
}

/** Inserts features, all of them, or none where one is faulty or the principal may not. They are numbered in their order. */
export function insertRows(
  db: Database,
  principal: Principal,
  reference: DatasetReference,
  schema: DatasetSchema,
  rows: FeatureRows,
): Promise<Read<ChangeResult> | null> {
  const targets = [
    sql.identifier(OWNER),
    ...(rows.geometries ? [sql.identifier(GEOMETRY)] : []),
    ...rows.columns.map(propertyColumn),
  ]
  const sources = [
    sql`${actor(principal)}::int`,
    ...(rows.geometries ? [sql`shaped`] : []),
    ...rows.columns.map((_, i) => valueName(i)),
  ]
  const writing = sql`written as (
      insert into ${featureTable(schema.id)} (${sql.join(targets, sql`, `)})
      select ${sql.join(sources, sql`, `)} from fitting
      where ${isPermitted(schema, 'insert')} and not exists (select 1 from faulty)
      order by place
      returning *),
    change as (
      select count(*)::int as delta, count(*) as touched, false as is_stale, ${bounds(schema.geometryType !== null)}
      from written)`
  return changeFeatures(db, principal, reference, schema, { verb: 'insert', rows, writing, isOfOne: false })
}

/** Changes the columns of a feature that `rows`, one of them, has. */
export function updateRow(
  db: Database,
  principal: Principal,
  reference: DatasetReference,
  schema: DatasetSchema,
  fid: string,
  rows: FeatureRows,
  precondition: RowPrecondition,
): Promise<Read<ChangeResult> | null> {
  const sets = [
    sql`${sql.identifier(REVISION)} = t.${sql.identifier(REVISION)} + 1`,
    sql`${sql.identifier(MODIFIED)} = clock_timestamp()`,
    ...(rows.geometries ? [sql`${sql.identifier(GEOMETRY)} = fitting.shaped`] : []),
    ...rows.columns.map((column, i) => sql`${propertyColumn(column)} = fitting.${valueName(i)}`),
  ]
  const isMoved = rows.geometries !== null
  const isStale = isMoved
    ? sql`coalesce((select ${isOnEdge(schema, 'allowed')} from allowed), false)`
    : sql`false`
  const writing = sql`${former(schema, fid, 'update', precondition)},
    written as (
      update ${featureTable(schema.id)} t set ${sql.join(sets, sql`, `)}
      from fitting
      where t.${sql.identifier(FID)} in (select ${sql.identifier(FID)} from allowed)
        and not exists (select 1 from faulty)
      returning t.*),
    change as (select 0 as delta, count(*) as touched, ${isStale} as is_stale, ${bounds(isMoved)} from written)`
  return changeFeatures(db, principal, reference, schema, { verb: 'update', rows, writing, isOfOne: true })
}

/** Deletes a feature. */
export function deleteRow(
  db: Database,
  principal: Principal,
  reference: DatasetReference,
  schema: DatasetSchema,
  fid: string,
  precondition: RowPrecondition,
): Promise<Read<ChangeResult> | null> {
  const writing = sql`${former(schema, fid, 'delete_rows', precondition)},
    written as (
      delete from ${featureTable(schema.id)} t
      where t.${sql.identifier(FID)} in (select ${sql.identifier(FID)} from allowed)
      returning t.*),
    ${removal(schema)}`
  return changeFeatures(db, principal, reference, schema, { verb: 'delete_rows', writing, isOfOne: true })
}

/** Deletes the features that are meant. */
export function deleteRows(
  db: Database,
  principal: Principal,
  reference: DatasetReference,
  schema: DatasetSchema,
  conditions: FeatureConditions,
): Promise<Read<ChangeResult> | null> {
  const where = conditionsOf(schema, conditions)
  const writing = sql`written as (
      delete from ${featureTable(schema.id)} t
      where ${isPermitted(schema, 'delete_rows')}${where ? sql` and ${where}` : sql``}
      returning t.*),
    ${removal(schema)}`
  return changeFeatures(db, principal, reference, schema, { verb: 'delete_rows', writing, isOfOne: false })
}

const removal = (schema: DatasetSchema): SQL => sql`change as (
  select -count(*)::int as delta, count(*) as touched,
    coalesce(bool_or(${isOnEdge(schema, 'written')}), false) as is_stale, ${bounds(false)} from written)`

/** `former`, a feature as it is, and `allowed`, the same where it may be changed. */
function former(schema: DatasetSchema, fid: string, verb: Verb, precondition: RowPrecondition): SQL {
  const { revisions, unmodifiedSince } = precondition
  const held = [
    sql`true`,
    ...(revisions ? [sql`${sql.identifier(REVISION)} = any (${`{${revisions.join(',')}}`}::int[])`] : []),
    ...(unmodifiedSince
      ? [
          sql`date_trunc('second', ${sql.identifier(MODIFIED)}) <= ${unmodifiedSince.toISOString()}::timestamptz`,
        ]
      : []),
  ]
  return sql`former as materialized (
      select * from ${featureTable(schema.id)}
      where ${isPermitted(schema, verb)} and ${sql.identifier(FID)} = ${fid}::bigint),
    allowed as materialized (select * from former where ${sql.join(held, sql` and `)})`
}

/** The box around the geometries of `written`; without any where they have not been moved. */
function bounds(areMoved: boolean): SQL {
  const box = sql`ST_Extent(written.${sql.identifier(GEOMETRY)})`
  const side = (i: number) => (areMoved ? sql`${sql.raw(BOX_SIDES[i]!)}(${box})` : sql`null::float8`)
  return sql.join(
    SIDES.map((name, i) => sql`${side(i)} as ${sql.raw(name)}`),
    sql`, `,
  )
}

/** Whether the extent of the dataset may be smaller without a geometry. */
function isOnEdge({ geometryType }: DatasetSchema, from: string): SQL {
  if (!geometryType) return sql`false`
  const sides = BOX_SIDES.map(
    (side, i) => sql`${sql.raw(side)}(${sql.identifier(from)}.${sql.identifier(GEOMETRY)})
      ${sql.raw(i < 2 ? '<=' : '>=')} (select native_extent[${sql.raw(String(i + 1))}] from dataset)`,
  )
  return sql`(${sql.join(sides, sql` or `)})`
}
