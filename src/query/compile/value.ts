import type { SQL } from 'drizzle-orm'
import type { DatasetColumn } from '../../store/dataset-types.ts'
import type { Expression } from '../ast.ts'
import { QueryError } from '../query-error.ts'

/** What a filter is asked of. */
export interface QueryTarget {
  columns: readonly DatasetColumn[]
  /** Null where the features have none. */
  geometry: { srid: number } | null
  /** The system of the filter's coordinates; CRS84 (degrees, longitude first) unless told. */
  filterSrid?: number
  /** The order of the filter's coordinates; `yx` where the system has its northing, or latitude, first. */
  axisOrder?: 'xy' | 'yx'
}

export type ValueType =
  | 'text'
  | 'number'
  | 'boolean'
  | 'date'
  | 'timestamp'
  | 'time'
  | 'interval'
  | 'geometry'
  | 'array'
  | 'binary'

/** A type as a sentence has it. */
export const TYPE_NAMES: Record<ValueType, string> = {
  text: 'a text',
  number: 'a number',
  boolean: 'a truth value',
  date: 'a date',
  timestamp: 'a timestamp',
  time: 'a time of day',
  interval: 'an interval',
  geometry: 'a geometry',
  array: 'an array',
  binary: 'binary data',
}

/** An expression in SQL: a parameter, a column, a call or something in parentheses, so that it can stand anywhere. */
export interface Value {
  sql: SQL
  type: ValueType
}

/** What the parts of the compiler have of one another. */
export interface Compilation {
  readonly target: QueryTarget
  value(expression: Expression): Value
}

/** The expression's SQL. @throws QueryError where it is of another type */
export function typed(compilation: Compilation, expression: Expression, ...types: ValueType[]): Value {
  const value = compilation.value(expression)
  if (!types.includes(value.type))
    throw new QueryError(
      `${types.map((type) => TYPE_NAMES[type]).join(' or ')} is expected, this is ${TYPE_NAMES[value.type]}`,
      expression.position,
    )
  return value
}
