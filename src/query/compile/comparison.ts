import { type SQL, sql } from 'drizzle-orm'
import type { Between, Comparison, Expression, In } from '../ast.ts'
import { QueryError } from '../query-error.ts'
import { asDate } from './temporal.ts'
import { anyOf, textsOf } from './texts.ts'
import { isUntyped, type Untyped, untypedAs } from './untyped.ts'
import { type Compilation, TYPE_NAMES, typed, type Value, type ValueType } from './value.ts'

const COMPARABLE: readonly ValueType[] = ['text', 'number', 'boolean', 'date', 'timestamp', 'time']
const TIME_OF_DAY = /^([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,6})?)?$/

export function compileComparison({ operator, left, right }: Comparison, compilation: Compilation): SQL {
  const list = textsOf(compilation, left)
  if (list) {
    const text = typed(compilation, right, 'text').sql
    return anyOf(list, (item) => compared({ sql: item, type: 'text' }, operator, text))
  }
  const [a, b] = comparable(compilation, left, right)
  return compared(a!, operator, b!.sql)
}

function compared(a: Value, operator: Comparison['operator'], b: SQL): SQL {
  const isOrder = operator !== '=' && operator !== '<>'
  return sql`(${isOrder ? ordered(a) : a.sql} ${sql.raw(operator)} ${b})`
}

export function compileBetween({ operand, lower, upper }: Between, compilation: Compilation): SQL {
  const [value, from, to] = comparable(compilation, operand, lower, upper)
  return sql`(${ordered(value!)} between ${from!.sql} and ${to!.sql})`
}

export function compileIn({ operand, items }: In, compilation: Compilation): SQL {
  const [value, ...values] = comparable(compilation, operand, ...items)
  if (values.length === 0) return sql`false`
  return sql`(${value!.sql} in (${sql.join(
    values.map((item) => item.sql),
    sql`, `,
  )}))`
}

/** Texts are in the order of their code points, whatever the database's own order is. */
export const ordered = ({ sql: value, type }: Value): SQL =>
  type === 'text' ? sql`${value} collate "C"` : value

/**
 * The values of expressions in a type that all of them have. A date and a timestamp are compared by their days (UTC), a
 * time of day with a text that is one.
 */
export function comparable(compilation: Compilation, ...expressions: Expression[]): Value[] {
  const values = sameType(compilation, expressions)
  const has = (type: ValueType) => values.some((value) => value.type === type)
  const isByDay = has('date') && has('timestamp')
  const isByTime = has('time')
  const converted = values.map((value, i) => {
    if (isByDay && value.type === 'timestamp') return asDate(value)
    return (isByTime && timeOfDay(expressions[i]!)) || value
  })
  const type = converted[0]!.type
  for (const [i, value] of converted.entries()) {
    if (!COMPARABLE.includes(value.type))
      throw new QueryError(`${TYPE_NAMES[value.type]} cannot be compared`, expressions[i]!.position)
    if (value.type !== type)
      throw new QueryError(
        `${TYPE_NAMES[type]} cannot be compared with ${TYPE_NAMES[value.type]}`,
        expressions[i]!.position,
      )
  }
  return converted
}

/** The values, of which those that have no type of their own take that of the others. */
function sameType(compilation: Compilation, expressions: readonly Expression[]): Value[] {
  const known = expressions.map((expression) =>
    isUntyped(expression) ? null : compilation.value(expression),
  )
  const types = known.flatMap((value) => (value ? [value.type] : []))
  const type = types.find((other) => other === 'timestamp') ?? types[0] ?? 'text'
  return expressions.map((expression, i) => known[i] ?? untypedAs(expression as Untyped, [type]))
}

function timeOfDay(expression: Expression): Value | null {
  if (expression.kind !== 'text' || !TIME_OF_DAY.test(expression.value)) return null
  return { sql: sql`${expression.value}::time`, type: 'time' }
}
