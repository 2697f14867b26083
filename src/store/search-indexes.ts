import { type SQL, sql } from 'drizzle-orm'
import type { Database } from './database.ts'
import type { DatasetColumn } from './dataset-types.ts'
import { featureTable } from './feature-table.ts'
import type { SystemPrincipal } from './principal.ts'
import { isIndexable, searchedText } from './search-text.ts'

/** Columns of a dataset that have an index for searching, at most. */
export const SEARCH_INDEXES_MAX = 20

/** A column that is to have an index. */
export interface UnindexedColumn extends Pick<DatasetColumn, 'name' | 'columnName' | 'type'> {
  /** Number of the column in its table, which no other column ever has. */
  position: number
}

/** Those of the columns that have no index for searching, and may have one. */
export async function findUnindexedColumns(
  db: Database,
  _system: SystemPrincipal,
  datasetId: number,
  names: readonly string[],
): Promise<UnindexedColumn[]> {
  const { rows } = await db.execute<Pick<UnindexedColumn, keyof UnindexedColumn> & { taken: number }>(sql`
    select c.name, c.column_name as "columnName", c.type, a.attnum::int as position,
      (select count(*)::int from dataset_columns i where i.dataset_id = c.dataset_id and i.is_search_indexed) as taken
    from dataset_columns c
    join pg_attribute a on a.attrelid = to_regclass(${`data.d_${Number(datasetId)}`}) and a.attname = c.column_name
    where c.dataset_id = ${datasetId} and not c.is_search_indexed
      and c.name in (select jsonb_array_elements_text(${JSON.stringify(names)}::jsonb))
    order by c.position`)
  const free = SEARCH_INDEXES_MAX - (rows[0]?.taken ?? 0)
  return rows
    .filter(({ type }) => isIndexable(type))
    .slice(0, Math.max(0, free))
    .map(({ taken: _all, ...column }) => column)
}

const indexName = (datasetId: number, { position }: UnindexedColumn): string =>
  `d_${Number(datasetId)}_${Number(position)}_search_idx`

/** Makes the trigram index of a column while its table is read and written. What is left of an attempt is removed before. */
export async function buildSearchIndex(
  db: Database,
  _system: SystemPrincipal,
  datasetId: number,
  column: UnindexedColumn,
): Promise<void> {
  const name = indexName(datasetId, column)
  const index = sql`${sql.identifier('data')}.${sql.identifier(name)}`
  const { rows } = await db.execute<{ is_valid: boolean }>(
    sql`select indisvalid as is_valid from pg_index where indexrelid = to_regclass(${`data.${name}`})`,
  )
  if (rows[0]?.is_valid) return
  if (rows[0]) await db.execute(sql`drop index ${index}`)
  await db.execute(sql`create index concurrently ${sql.identifier(name)}
    on ${featureTable(datasetId)} using gin ((${searchedText(column)}) gin_trgm_ops)`)
}

/** Notes that columns have their indexes, and measures the table, so that the indexes are chosen when they are of use. */
export async function noteSearchIndexes(
  db: Database,
  _system: SystemPrincipal,
  datasetId: number,
  columns: readonly UnindexedColumn[],
): Promise<void> {
  await db.execute(sql`analyze ${featureTable(datasetId)}`)
  const indexed: SQL[] = columns.map(
    (column) => sql`(c.column_name = ${column.columnName} and exists (select 1 from pg_index
      where indisvalid and indexrelid = to_regclass(${`data.${indexName(datasetId, column)}`})))`,
  )
  await db.execute(sql`update dataset_columns c set is_search_indexed = true
    where c.dataset_id = ${datasetId} and (${sql.join([sql`false`, ...indexed], sql` or `)})`)
}
