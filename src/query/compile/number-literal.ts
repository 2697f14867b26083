import { sql } from 'drizzle-orm'
import type { Value } from './types.ts'

const BIGINT_MAX = 2n ** 63n - 1n

/** Integers are bound as such, so that they are compared exactly. */
export function numberLiteral(value: number | bigint): Value {
  const isBigint =
    typeof value === 'bigint' ? value <= BIGINT_MAX && -value <= BIGINT_MAX : Number.isSafeInteger(value)
  return {
    sql: isBigint ? sql`${String(value)}::bigint` : sql`${String(value)}::double precision`,
    type: 'number',
  }
}
