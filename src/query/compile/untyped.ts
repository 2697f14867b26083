import { sql } from 'drizzle-orm'
import type { Expression, NullLiteral, TextLiteral } from '../ast.ts'
import { clip, sqlInstant } from '../literals.ts'
import { QueryError } from '../query-error.ts'
import { numberLiteral } from './number-literal.ts'
import { TYPE_NAMES, type Value, type ValueType } from './types.ts'

/** A literal of SQL whose type its place decides. */
export type Untyped = NullLiteral | (TextLiteral & { isUntyped: true })

/** Whether an expression is a literal of SQL whose type its place decides. */
export const isUntyped = (expression: Expression): expression is Untyped =>
  expression.kind === 'null' || (expression.kind === 'text' && expression.isUntyped === true)

const POSTGRES_TYPES: Record<ValueType, string> = {
  text: 'text',
  number: 'double precision',
  boolean: 'boolean',
  date: 'date',
  timestamp: 'timestamptz',
  time: 'time',
  interval: 'text',
  geometry: 'geometry',
  array: 'jsonb',
  texts: 'jsonb',
  binary: 'bytea',
}

const NUMBER = /^\s*[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?\s*$/
const TIME_OF_DAY = /^([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,6})?)?$/
/** What Postgres reads as truths. */
const TRUTHS = new Map<string, boolean>([
  ...['t', 'true', 'y', 'yes', 'on', '1'].map((word) => [word, true] as const),
  ...['f', 'false', 'n', 'no', 'off', '0'].map((word) => [word, false] as const),
])

/** A literal as the first of these types that it can be of. @throws QueryError where it can be of none */
export function untypedAs(literal: Untyped, types: readonly ValueType[]): Value {
  if (literal.kind === 'null') {
    const type = types[0]!
    return { sql: sql`null::${sql.raw(POSTGRES_TYPES[type])}`, type }
  }
  for (const type of types) {
    const value = read(literal.value, type)
    if (value) return { sql: value, type }
  }
  const wanted = types.map((type) => TYPE_NAMES[type]).join(' or ')
  throw new QueryError(`${wanted} is expected, “${clip(literal.value)}” is none`, literal.position)
}

function read(text: string, type: ValueType) {
  switch (type) {
    case 'text':
      return sql`${text}::text`
    case 'number': {
      const number = NUMBER.test(text) ? Number(text) : Number.NaN
      if (!Number.isFinite(number)) return null
      const isExact = Number.isSafeInteger(number) || !/^\s*[+-]?\d+\s*$/.test(text)
      return numberLiteral(isExact ? number : BigInt(text.trim().replace(/^\+/, ''))).sql
    }
    case 'boolean': {
      const truth = TRUTHS.get(text.trim().toLowerCase())
      return truth === undefined ? null : sql`${truth}::boolean`
    }
    case 'date': {
      const instant = sqlInstant(text)
      return instant && sql`${instant.value.slice(0, 10)}::date`
    }
    case 'timestamp': {
      const instant = sqlInstant(text)
      const midnight = instant?.kind === 'date' ? 'T00:00:00Z' : ''
      return instant && sql`${instant.value + midnight}::timestamptz`
    }
    case 'time':
      return TIME_OF_DAY.test(text) ? sql`${text}::time` : null
    default:
      return null
  }
}
