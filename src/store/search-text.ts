import { type SQL, sql } from 'drizzle-orm'
import type { ColumnType, DatasetColumn } from './dataset-types.ts'
import { propertyColumn } from './feature-table.ts'

/** Letters that a search may take for others, in both cases: not every database knows both as one letter. */
const SPECIAL = 'åäöčćđšžÅÄÖČĆĐŠŽ'
const PLAIN = 'aaoccdszaaoccdsz'
/** A letter of its own that stands for two. */
const DIGRAPH = 'ǆ'

const NUMBERS: readonly ColumnType[] = ['integer', 'bigint', 'double']
const TEMPORAL: readonly ColumnType[] = ['date', 'timestamp', 'time']

/** Whether values of a type are texts in which others can be found. */
export const isSearchable = (type: ColumnType): boolean =>
  type === 'text' || NUMBERS.includes(type) || TEMPORAL.includes(type)

/** Whether an index can answer the search: how times are written depends on settings, so those have none. */
export const isIndexable = (type: ColumnType): boolean => type === 'text' || NUMBERS.includes(type)

/** A text in lower case with plain letters for special ones; of immutable functions, so that an index can be made of it. */
export const plainText = (text: SQL): SQL =>
  sql`replace(translate(lower(${text}), ${sql.raw(`'${SPECIAL}', '${PLAIN}'`)}), ${sql.raw(`'${DIGRAPH}', 'dz'`)})`

/** What of a column is searched by index, over the columns of a table as `from` names it. */
export function searchedText(
  { type, columnName }: Pick<DatasetColumn, 'type' | 'columnName'>,
  from?: SQL,
): SQL {
  const column = from ? sql`${from}.${propertyColumn({ columnName })}` : propertyColumn({ columnName })
  return type === 'text' ? plainText(column) : sql`(${column})::text`
}

/**
 * Whether a column of `t` contains a text, whatever the case.
 * @param isPlain whether special letters are taken for the plain ones
 */
export function containsText(
  column: Pick<DatasetColumn, 'type' | 'columnName'>,
  text: string,
  isPlain: boolean,
): SQL {
  const pattern = sql`${`%${text.replaceAll(/[\\%_]/g, '\\$&')}%`}::text`
  const searched = searchedText(column, sql`t`)
  if (column.type !== 'text') return sql`${searched} like ${pattern}`
  const found = sql`${searched} like ${plainText(pattern)}`
  // What contains the text contains it with plain letters, too, and only that is looked up in an index.
  return isPlain ? found : sql`(${found} and lower(t.${propertyColumn(column)}) like lower(${pattern}))`
}
