import { type SQL, sql } from 'drizzle-orm'
import type { DatasetColumn } from './dataset-types.ts'
import type { DatasetSchema } from './datasets.ts'
import {
  CREATED,
  FID,
  featureTable,
  GEOMETRY,
  MODIFIED,
  OWNER,
  propertyColumn,
  REVISION,
} from './feature-table.ts'

/** A page of a table's rows, before anything is made of them. */
export interface RowSelection {
  /** False for all rows without looking at any of them, or true: whether the page is wanted at all. */
  isWanted: SQL
  where?: SQL | undefined
  /** Terms of an order by, over `t`, the last of them unique. */
  order: readonly SQL[]
  limit: number
  offset?: number | undefined
  /** Columns that are wanted, in this order; `c1`, `c2`, ... in the result. */
  columns: readonly Pick<DatasetColumn, 'columnName' | 'type'>[]
  withGeometry: boolean
  /** Further members of the rows, over `t`. */
  more?: readonly SQL[] | undefined
  /** Stored bytes after which the page ends. */
  maxBytes: number
}

export const valueName = (index: number): SQL => sql`${sql.identifier(`c${index + 1}`)}`

/** Columns whose values may be large. */
const LARGE = ['text', 'json', 'binary']

/**
 * A query for a page of rows in their order: `fid`, `geom`, `c1`, `c2`, ..., `revision`, `owner`, `created`, `modified`;
 * `place` from 1, and `is_next`, whether a row follows, on this page or not. Stored sizes are told without fetching what is
 * stored, so that rows beyond the page's bytes cost nothing.
 */
export function rowsQuery(schema: DatasetSchema, selection: RowSelection): SQL {
  const { columns, withGeometry, limit, where } = selection
  const t = sql.identifier('t')
  const members = [
    sql`t.${sql.identifier(FID)} as fid`,
    sql`t.${sql.identifier(REVISION)} as revision`,
    sql`t.${sql.identifier(OWNER)} as owner`,
    sql`t.${sql.identifier(CREATED)} as created`,
    sql`t.${sql.identifier(MODIFIED)} as modified`,
    ...(withGeometry ? [sql`t.${sql.identifier(GEOMETRY)} as geom`] : []),
    ...columns.map((column, i) => sql`t.${propertyColumn(column)} as ${valueName(i)}`),
    ...(selection.more ?? []),
  ]
  const large = [
    ...(withGeometry ? [sql`geom`] : []),
    ...columns.flatMap(({ type }, i) => (LARGE.includes(type) ? [valueName(i)] : [])),
  ]
  const size = sql.join(
    [sql`0`, ...large.map((value) => sql`coalesce(pg_column_size(${value}), 0)`)],
    sql` + `,
  )
  return sql`
    select * from (
      select *, row_number() over page as place, lead(true, 1, false) over page as is_next,
        sum(${size}) over page as through
      from (
        select ${sql.join(members, sql`, `)} from ${featureTable(schema.id)} ${t}
        where ${selection.isWanted}${where ? sql` and ${where}` : sql``}
        order by ${sql.join([...selection.order], sql`, `)}
        limit ${limit + 1} offset ${selection.offset ?? 0}
      ) ordered
      window page as (rows unbounded preceding)
    ) sized
    where place <= ${limit} and (place = 1 or through <= ${selection.maxBytes})`
}
