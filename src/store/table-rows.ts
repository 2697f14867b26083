import { type SQL, sql } from 'drizzle-orm'
import type { Database } from './database.ts'
import type { ColumnType, DatasetColumn } from './dataset-types.ts'
import { type DatasetReference, type DatasetSchema, datasetQuery, recordOfJson } from './datasets.ts'
import { rowsQuery, valueName } from './feature-rows.ts'
import { FID, propertyColumn } from './feature-table.ts'
import { PAGE_MAX_BYTES, type Read } from './features.ts'
import type { Principal } from './principal.ts'

/** How geometries are given: not at all, as well-known text, or as hexadecimal digits of extended well-known binary. */
export type RowGeometry = 'none' | 'wkt' | 'wkb'

export interface TextRowRequest {
  columns: readonly DatasetColumn[]
  geometry: RowGeometry
  /** Null for the numbers of the rows. */
  order: { column: DatasetColumn | null; descending: boolean } | null
  limit: number
  offset: number
  /** Only the row of this number. */
  fid?: string | undefined
}

/** A row of a table as text. */
export interface TextRow {
  fid: string
  /** Null where there is none, or none was asked for. */
  geometry: string | null
  /** In the order of the columns, as Postgres prints them. */
  values: (string | null)[]
  createdAt: Date
  modifiedAt: Date
  ownerId: number | null
}

/**
 * A page of a table's rows in one statement. It ends early where its rows are too large for one answer.
 * @param schema of the dataset as it was
 * @returns null where the reference means nothing to the principal
 */
export async function readTextRows(
  db: Database,
  principal: Principal,
  reference: DatasetReference,
  schema: DatasetSchema,
  { columns, geometry, order, limit, offset, fid }: TextRowRequest,
): Promise<Read<TextRow[]> | null> {
  const isCurrent = sql`(select id = ${schema.id} and schema_version = ${schema.schemaVersion} from dataset)`
  const withGeometry = schema.geometryType !== null && geometry !== 'none'
  const direction = sql.raw(order?.descending ? 'desc' : 'asc')
  const number = sql`t.${sql.identifier(FID)}`
  const rows = rowsQuery(schema, {
    isWanted: isCurrent,
    where: fid === undefined ? undefined : sql`${number} = ${fid}::bigint`,
    order: order?.column
      ? [sql`t.${propertyColumn(order.column)} ${direction} nulls last`, number]
      : [sql`${number} ${direction}`],
    maxBytes: PAGE_MAX_BYTES / 2,
    ...{ columns, withGeometry, limit, offset },
  })
  const values = columns.map(({ type }, i) => printed(type, valueName(i)))
  const { rows: found } = await db.execute<{ record: unknown; made: TextRowJson[] | null }>(sql`
    with dataset as materialized (${datasetQuery(principal, reference)}),
    page as materialized (${rows})
    select record, (select json_agg(json_build_object('fid', fid::text,
        'geometry', ${withGeometry ? shapeText(geometry) : sql`null::text`}, 'values', ${jsonList(values)},
        'createdAt', created, 'modifiedAt', modified, 'ownerId', owner) order by place) from page) as made
    from dataset`)
  const [row] = found
  if (!row) return null
  const dataset = recordOfJson(row.record)
  if (dataset.id !== schema.id || dataset.schemaVersion !== schema.schemaVersion)
    return { dataset, result: null }
  return {
    dataset,
    result: (row.made ?? []).map(({ createdAt, modifiedAt, ...made }) => ({
      ...made,
      createdAt: new Date(createdAt),
      modifiedAt: new Date(modifiedAt),
    })),
  }
}

type TextRowJson = Omit<TextRow, 'createdAt' | 'modifiedAt'> & Record<'createdAt' | 'modifiedAt', string>

/** Decimals with which every double from 10 on comes back as it was. */
const EXACT_DECIMALS = 15

const shapeText = (form: RowGeometry): SQL =>
  form === 'wkt' ? sql`ST_AsText(geom, ${sql.raw(String(EXACT_DECIMALS))})` : sql`geom::text`

/** A value as the `/1` API has it: truths by one letter, times in UTC. */
function printed(type: ColumnType, value: SQL): SQL {
  switch (type) {
    case 'boolean':
      return sql`case ${value} when true then 't' when false then 'f' end`
    case 'timestamp':
      return sql`(${value} at time zone 'UTC')::text || '+00'`
    case 'binary':
      return sql`'\\x' || encode(${value}, 'hex')`
    default:
      return sql`${value}::text`
  }
}

/** Arguments that a function takes in Postgres, and some less. */
const ARGUMENTS_MAX = 90

/** A list of texts as JSON. */
function jsonList(values: readonly SQL[]): SQL {
  const groups = Array.from({ length: Math.ceil(values.length / ARGUMENTS_MAX) }, (_, i) =>
    values.slice(i * ARGUMENTS_MAX, (i + 1) * ARGUMENTS_MAX),
  )
  if (groups.length === 0) return sql`'[]'::jsonb`
  return sql.join(
    groups.map((group) => sql`jsonb_build_array(${sql.join(group, sql`, `)})`),
    sql` || `,
  )
}
