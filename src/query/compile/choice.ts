import { sql } from 'drizzle-orm'
import type { Case, Choice } from '../ast.ts'
import { comparable, ordered } from './comparison.ts'
import { type Compilation, typed, type Value } from './value.ts'

/** Values that do not have the same type cannot be chosen between. */
export function compileChoice({ choice, operands }: Choice, compilation: Compilation): Value {
  const values = comparable(compilation, ...operands)
  const parts = values.map((value) => (choice === 'coalesce' ? value.sql : ordered(value)))
  return { sql: sql`${sql.raw(choice)}(${sql.join(parts, sql`, `)})`, type: values[0]!.type }
}

export function compileCase({ branches, otherwise }: Case, compilation: Compilation): Value {
  const values = comparable(compilation, ...branches.map(({ value }) => value), otherwise)
  const cases = branches.map(
    ({ when }, i) => sql`when ${typed(compilation, when, 'boolean').sql} then ${values[i]!.sql}`,
  )
  return {
    sql: sql`(case ${sql.join(cases, sql` `)} else ${values.at(-1)!.sql} end)`,
    type: values[0]!.type,
  }
}
