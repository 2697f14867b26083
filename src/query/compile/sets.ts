import { type SQL, sql } from 'drizzle-orm'
import type { ArrayLiteral, ArrayPredicate, ArrayRelation, Expression } from '../ast.ts'
import { type Compilation, typed, type Value } from './value.ts'

/** Elements that a feature has to be seen for. */
const ELEMENT_TYPES = ['text', 'number', 'boolean', 'date', 'array'] as const

/** An array in JSON. */
export function compileArray(array: ArrayLiteral, compilation: Compilation): Value {
  const known = jsonOf(array)
  if (known !== null) return { sql: sql`${known}::jsonb`, type: 'array' }
  const elements = array.items.map((item) => sql`to_jsonb(${typed(compilation, item, ...ELEMENT_TYPES).sql})`)
  return { sql: sql`to_jsonb(array[${sql.join(elements, sql`, `)}])`, type: 'array' }
}

/** @returns null for what a feature has to be seen for */
function jsonOf(expression: Expression): string | null {
  switch (expression.kind) {
    case 'text':
    case 'date':
    case 'timestamp':
      return JSON.stringify(expression.value)
    case 'number':
    case 'boolean':
      return String(expression.value)
    case 'array': {
      const items = expression.items.map(jsonOf)
      return items.includes(null) ? null : `[${items.join(',')}]`
    }
    default:
      return null
  }
}

const RELATIONS: Record<ArrayRelation, SQL> = {
  equals: sql.raw('a @> b and a <@ b'),
  contains: sql.raw('a @> b'),
  containedBy: sql.raw('a <@ b'),
  overlaps: sql.raw(`case when a is not null and b is not null then exists (
    select 1 from jsonb_array_elements(b) as element where a @> jsonb_build_array(element.value)) end`),
}

/** Arrays are compared as sets. What is no array in a column of JSON is like null. */
export function compileSets({ relation, left, right }: ArrayPredicate, compilation: Compilation): SQL {
  const a = arrayOf(left, compilation)
  const b = arrayOf(right, compilation)
  return sql`(select ${RELATIONS[relation]} from (select ${a} as a, ${b} as b) as sets)`
}

function arrayOf(expression: Expression, compilation: Compilation): SQL {
  const { sql: value } = typed(compilation, expression, 'array')
  if (expression.kind !== 'property') return value
  return sql`(case when jsonb_typeof(${value}) = 'array' then ${value} end)`
}
