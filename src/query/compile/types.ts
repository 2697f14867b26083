import type { SQL } from 'drizzle-orm'

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
  | 'texts'
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
  texts: 'a list of texts',
  binary: 'binary data',
}

/** An expression in SQL: a parameter, a column, a call or something in parentheses, so that it can stand anywhere. */
export interface Value {
  sql: SQL
  type: ValueType
}
