import { type SQL, sql } from 'drizzle-orm'
import type { Expression } from '../ast.ts'
import type { Compilation } from './value.ts'

/** The JSON array of texts that an expression is, a property of such a type, folded or not; null for anything else. */
export function textsOf(compilation: Compilation, expression: Expression): SQL | null {
  let property = expression
  while (property.kind === 'fold') property = property.operand
  if (property.kind !== 'property') return null
  const isList = compilation.target.properties?.get(property.name)?.type === 'texts'
  return isList ? compilation.value(expression).sql : null
}

/** Whether a condition holds for any text of a list. */
export const anyOf = (list: SQL, condition: (text: SQL) => SQL): SQL =>
  sql`(exists (select 1 from jsonb_array_elements_text(${list}) as item (value) where ${condition(sql`item.value`)}))`

/** A list of what has been made of each text of a list. */
export const eachOf = (list: SQL, made: (text: SQL) => SQL): SQL =>
  sql`(select coalesce(jsonb_agg(${made(sql`item.value`)}), '[]') from jsonb_array_elements_text(${list}) as item (value))`
