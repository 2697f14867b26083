import { PgDialect } from 'drizzle-orm/pg-core'
import {
  compileFilter,
  type Expression,
  type Filter,
  QueryError,
  type QueryTarget,
} from '../../../src/query/index.ts'
import type { ColumnType, DatasetColumn } from '../../../src/store/dataset-types.ts'

const column = (name: string, type: ColumnType, columnName = name): DatasetColumn => ({
  ...{ name, columnName, type },
  ...{ title: null, description: null },
})

/** One of each type. */
export const COLUMNS: readonly DatasetColumn[] = [
  column('name', 'text'),
  column('Straße "groß"', 'text', 'Straße "groß"'),
  column('count', 'integer'),
  column('big', 'bigint'),
  column('size', 'double'),
  column('open', 'boolean'),
  column('day', 'date'),
  column('seen', 'timestamp'),
  column('hour', 'time'),
  column('tags', 'json'),
  column('picture', 'binary'),
]

export const TARGET: QueryTarget = { columns: COLUMNS, geometry: { srid: 4326 } }

/** Statement and parameters of a filter. */
export const queryOf = (filter: Filter, target: QueryTarget = TARGET) =>
  new PgDialect().sqlToQuery(compileFilter(filter, target))

/** An expression without its places. */
export const withoutPositions = (expression: Expression): unknown =>
  JSON.parse(
    JSON.stringify(expression, (key, value) =>
      key === 'position' ? undefined : typeof value === 'bigint' ? String(value) : value,
    ),
  )

/** What a filter is refused for, and where. */
export function faultOf(read: () => unknown): { message: string; position: number | null } {
  try {
    read()
  } catch (error) {
    if (error instanceof QueryError) return { message: error.message, position: error.position }
    throw error
  }
  throw new Error('nothing was refused')
}
