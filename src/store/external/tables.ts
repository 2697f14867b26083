import { type SQL, sql } from 'drizzle-orm'
import type { RowGeometry } from '../table-rows.ts'
import type { ExternalDatabase } from './session.ts'

/** Bytes of rows, as text, after which a page ends. */
export const EXTERNAL_PAGE_MAX_BYTES = 8 * 1024 * 1024

export interface ExternalColumn {
  name: string
  /** Name of the type in Postgres, without what is in its brackets. */
  type: string
  /** With it: `geometry(MultiPolygon,4326)`. */
  fullType: string
  /** The schema that the type is in. */
  typeSchema: string
  isRequired: boolean
}

/** A table, or view, of a database elsewhere, that may be read there. */
export interface ExternalTable {
  schema: string
  name: string
  isView: boolean
  /** How many rows there may be, as the database last counted; null where it has not. */
  estimate: number | null
  columns: ExternalColumn[]
  /** Null without one, or with one of several columns. */
  primaryKey: string | null
}

export interface ExternalListing {
  limit: number
  offset: number
  isSpatial?: boolean | undefined
  /** Part of the name, whatever the case. */
  query?: string | undefined
}

/** Tables and views of all schemas but the system's, and none that extensions have made. */
const catalogue = (condition: SQL): SQL => sql`
  select n.nspname as schema, c.relname as name, c.relkind in ('v', 'm') as "isView",
    case when c.reltuples >= 0 and c.relkind in ('r', 'm', 'p') then c.reltuples::float8 end as estimate,
    (select coalesce(json_agg(json_build_object('name', a.attname, 'type', ty.typname,
        'fullType', pg_catalog.format_type(a.atttypid, a.atttypmod), 'typeSchema', tn.nspname,
        'isRequired', a.attnotnull) order by a.attnum), '[]'::json)
      from pg_catalog.pg_attribute a
      join pg_catalog.pg_type ty on ty.oid = a.atttypid join pg_catalog.pg_namespace tn on tn.oid = ty.typnamespace
      where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
        and pg_catalog.has_column_privilege(c.oid, a.attnum, 'select')) as columns,
    (select min(a.attname::text) from pg_catalog.pg_index i
      join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum = any (i.indkey)
      where i.indrelid = c.oid and i.indisprimary having count(*) = 1) as "primaryKey",
    count(*) over () as total
  from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'v', 'm', 'f', 'p') and n.nspname !~ '^(pg_|information_schema$)'
    and pg_catalog.has_schema_privilege(n.oid, 'usage')
    and (pg_catalog.has_table_privilege(c.oid, 'select') or pg_catalog.has_any_column_privilege(c.oid, 'select'))
    and not exists (select 1 from pg_catalog.pg_depend d
      where d.classid = 'pg_catalog.pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')
    and ${condition}`

type CatalogueRow = ExternalTable & { total: string }

const tableOf = ({ total: _all, ...table }: CatalogueRow): ExternalTable => table

/** A page of the tables that may be read, by schema and name. */
export async function listExternalTables(
  database: ExternalDatabase,
  { limit, offset, isSpatial, query }: ExternalListing,
): Promise<{ tables: ExternalTable[]; total: number }> {
  const hasGeometry = sql`exists (select 1 from pg_catalog.pg_attribute g join pg_catalog.pg_type gt on gt.oid = g.atttypid
    where g.attrelid = c.oid and gt.typname = 'geometry' and not g.attisdropped)`
  const conditions = [
    sql`true`,
    ...(isSpatial === undefined ? [] : [isSpatial ? hasGeometry : sql`not ${hasGeometry}`]),
    ...(query ? [sql`strpos(lower(c.relname::text), lower(${query}::text)) > 0`] : []),
  ]
  const rows = await database.execute<CatalogueRow>(sql`${catalogue(sql.join(conditions, sql` and `))}
    order by n.nspname <> 'public', n.nspname, c.relname limit ${limit} offset ${offset}`)
  return { tables: rows.map(tableOf), total: Number(rows[0]?.total ?? 0) }
}

/** The table of a name, or of `schema.name`; null where there is none. */
export async function findExternalTable(
  database: ExternalDatabase,
  name: string,
): Promise<ExternalTable | null> {
  const [row] = await database.execute<CatalogueRow>(
    sql`${catalogue(
      sql`(c.relname::text = ${name}::text or n.nspname || '.' || c.relname = ${name}::text)`,
    )} order by c.relname::text <> ${name}::text, n.nspname <> 'public', n.nspname limit 1`,
  )
  return row ? tableOf(row) : null
}

/** The column whose values are the rows' geometries: the first of the type. */
export const geometryColumnOf = ({ columns }: Pick<ExternalTable, 'columns'>): ExternalColumn | undefined =>
  columns.find(({ type }) => type === 'geometry')

const relation = ({ schema, name }: ExternalTable): SQL =>
  sql`${sql.identifier(schema)}.${sql.identifier(name)}`

export async function countExternalRows(database: ExternalDatabase, table: ExternalTable): Promise<number> {
  const [row] = await database.execute<{ total: string }>(
    sql`select count(*) as total from ${relation(table)}`,
  )
  return Number(row!.total)
}

export interface ExternalRowRequest {
  /** Columns of the table, none of them a geometry. */
  columns: readonly ExternalColumn[]
  geometry: RowGeometry
  order: { column: ExternalColumn; descending: boolean } | null
  limit: number
  offset: number
}

export interface ExternalRow {
  geometry: string | null
  /** In the order of the columns. */
  values: (string | null)[]
}

/** A page of rows as text, by the primary key unless told otherwise. It ends early where its rows are too large. */
export async function readExternalRows(
  database: ExternalDatabase,
  table: ExternalTable,
  { columns, geometry, order, limit, offset }: ExternalRowRequest,
): Promise<ExternalRow[]> {
  const shape = geometry === 'none' ? undefined : geometryColumnOf(table)
  const values = columns.map((column) => printed(column))
  const keys = [
    ...(order
      ? [sql`t.${sql.identifier(order.column.name)} ${sql.raw(order.descending ? 'desc' : 'asc')} nulls last`]
      : []),
    ...(table.primaryKey === null ? [] : [sql`t.${sql.identifier(table.primaryKey)}`]),
  ]
  const ordered = keys.length > 0 ? sql`order by ${sql.join(keys, sql`, `)}` : sql``
  return database.execute<ExternalRow>(sql`
    select geometry, "values" from (
      select *, sum(coalesce(octet_length(geometry), 0) + octet_length("values"::text)) over page as bytes,
        row_number() over page as place
      from (
        select ${shape ? shapeText(shape, geometry) : sql`null::text`} as geometry, to_json(array[${sql.join(
          [...values, ...(values.length === 0 ? [sql`null::text`] : [])],
          sql`, `,
        )}]) as "values"
        from ${relation(table)} t ${ordered} limit ${limit} offset ${offset}) rows
      window page as (rows unbounded preceding)) sized
    where place = 1 or bytes <= ${EXTERNAL_PAGE_MAX_BYTES}`)
}

/** Functions are where their extension is, which need not be on the path. */
const shapeText = ({ name, typeSchema }: ExternalColumn, form: RowGeometry): SQL => {
  const value = sql`t.${sql.identifier(name)}`
  return form === 'wkt' ? sql`${sql.identifier(typeSchema)}.ST_AsText(${value})` : sql`${value}::text`
}

function printed({ name, type }: ExternalColumn): SQL {
  const value = sql`t.${sql.identifier(name)}`
  return type === 'bool' ? sql`case ${value} when true then 't' when false then 'f' end` : sql`${value}::text`
}

/** The version of the database's PostGIS; null where it has none. */
export async function findPostgis(database: ExternalDatabase): Promise<string | null> {
  const [row] = await database.execute<{ version: string }>(
    sql`select extversion as version from pg_catalog.pg_extension where extname = 'postgis'`,
  )
  return row?.version ?? null
}
