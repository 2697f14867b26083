import { type SQL, sql } from 'drizzle-orm'
import { bytesOfHex } from '../formats/hex.ts'
import type { Database } from './database.ts'
import type { ColumnType } from './dataset-types.ts'
import { type DatasetSchema, datasetQuery } from './datasets.ts'
import { timestampText } from './feature-json.ts'
import { rowsQuery, valueName } from './feature-rows.ts'
import { FID } from './feature-table.ts'
import type { Principal } from './principal.ts'

/** Stored bytes after which a page of rows ends, though there is more. */
export const ROW_PAGE_MAX_BYTES = 4 * 1024 * 1024

export interface RowPageRequest {
  /** Features with greater numbers are wanted; 0 for all. */
  afterFid: number
  limit: number
  /** The system of the geometries; the dataset's own unless given. */
  srid?: number
  /** Over the dataset's columns, as `compileFilter` gives it. */
  filter?: SQL
  /** Without geometry. */
  skipGeometry?: boolean
}

export interface FeatureRow {
  fid: number
  /** Extended well-known binary; null where there is none. */
  geometry: Uint8Array<ArrayBuffer> | null
  /**
   * In the order of the dataset's columns: boolean; number for integer and double (NaN and infinities as they are); digits
   * as text for bigint; text; `YYYY-MM-DD`; `YYYY-MM-DDTHH:MM:SS[.ssssss]Z`; `HH:MM:SS[.ssssss]`; JSON as text; bytes.
   */
  values: (boolean | number | string | Uint8Array<ArrayBuffer> | null)[]
}

export interface RowPage {
  rows: FeatureRow[]
  /** `afterFid` of the page after this one; null at the end. A page may have fewer rows than its limit. */
  next: number | null
}

/**
 * A page of a dataset's features by ascending number.
 * @returns null where the principal may not see the dataset (any more), or its columns have changed since `dataset` was read
 */
export async function readRowPage(
  db: Database,
  principal: Principal,
  dataset: DatasetSchema,
  { afterFid, limit, srid = dataset.srid, filter, skipGeometry = false }: RowPageRequest,
): Promise<RowPage | null> {
  const withGeometry = dataset.geometryType !== null && !skipGeometry
  const after = sql`t.${sql.identifier(FID)} > ${afterFid}::bigint`
  const rows = rowsQuery(dataset, {
    isWanted: sql`(select true from dataset)`,
    where: filter ? sql`${after} and ${filter}` : after,
    order: [sql`t.${sql.identifier(FID)}`],
    columns: dataset.columns,
    maxBytes: ROW_PAGE_MAX_BYTES,
    ...{ limit, withGeometry },
  })
  const shape = srid === dataset.srid ? sql`geom` : sql`ST_Transform(geom, ${srid}::int)`
  const values = dataset.columns.map(({ type }, i) => sql`${textOf(type, valueName(i))} as ${valueName(i)}`)
  const members = [
    sql`fid::text as fid`,
    sql`is_next`,
    ...(withGeometry ? [sql`${shape}::text as shape`] : []),
    ...values,
  ]
  const { rows: found } = await db.execute<Record<string, unknown>>(
    sql`
    with dataset as materialized (
      select id from (${datasetQuery(principal, dataset.id)}) visible
      where id = ${dataset.id} and schema_version = ${dataset.schemaVersion}),
    page as materialized (${rows})
    select page.* from (select 1 from dataset) seen
    left join (select place, ${sql.join(members, sql`, `)} from page) page on true
    order by page.place`,
  )
  if (found.length === 0) return null
  const present = found.filter(({ fid }) => fid !== null)
  const last = present.at(-1)
  return {
    rows: present.map((row) => ({
      fid: Number(row.fid),
      geometry: typeof row.shape === 'string' ? bytesOfHex(row.shape) : null,
      values: dataset.columns.map(({ type }, i) => bytesOr(type, row[`c${i + 1}`])),
    })),
    next: last?.is_next ? Number(last.fid) : null,
  }
}

function textOf(type: ColumnType, value: SQL): SQL {
  if (type === 'boolean' || type === 'integer' || type === 'double') return value
  if (type === 'timestamp') return timestampText(value)
  return type === 'binary' ? sql`encode(${value}, 'hex')` : sql`${value}::text`
}

const bytesOr = (type: ColumnType, value: unknown): FeatureRow['values'][number] =>
  type === 'binary' && typeof value === 'string' ? bytesOfHex(value) : (value as FeatureRow['values'][number])
