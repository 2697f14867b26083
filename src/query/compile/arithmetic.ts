import { type SQL, sql } from 'drizzle-orm'
import type { Arithmetic, ArithmeticOperator, Expression } from '../ast.ts'
import { QueryError } from '../query-error.ts'
import { isWhole } from './integers.ts'
import { numberLiteral } from './number-literal.ts'
import { type Compilation, typed, type Value } from './value.ts'

/**
 * Sums, products and powers, in double precision. What is known without a feature is computed at once; what has no value
 * for a feature, such as a quotient by 0, is null for it.
 */
export function compileArithmetic(expression: Arithmetic, compilation: Compilation): Value {
  const known = constantOf(expression, compilation)
  if (known !== null) return numberLiteral(known)
  const { left, right } = expression
  const operator = divisionOf(expression, compilation)
  const a = sql`${typed(compilation, left, 'number').sql}::double precision`
  const b = sql`${typed(compilation, right, 'number').sql}::double precision`
  return { sql: operation(operator, a, b), type: 'number' }
}

type Operator = Exclude<ArithmeticOperator, 'quotient'>

/** The operator, in whose place another stands for SQL's division. */
function divisionOf(
  { operator, left, right }: Arithmetic,
  { target }: Pick<Compilation, 'target'>,
): Operator {
  if (operator !== 'quotient') return operator
  return isWhole(left, target) && isWhole(right, target) ? 'div' : '/'
}

function operation(operator: Operator, a: SQL, b: SQL): SQL {
  switch (operator) {
    case '+':
    case '-':
    case '*':
      return sql`(${a} ${sql.raw(operator)} ${b})`
    case '/':
      return sql`(${a} / nullif(${b}, 0))`
    case 'div':
      return sql`trunc(${a} / nullif(${b}, 0))`
    case '%':
      return sql`mod(${a}::numeric, nullif(${b}, 0)::numeric)::double precision`
    case '^':
      return sql`(select ${POWER} from (select ${a} as base, ${b} as exponent) as operands)`
  }
}

/** What exp can be taken of in double precision, in either direction. */
const EXPONENT_MAX = 700

const POWER = sql.raw(`case
  when base = 0 and exponent < 0 or base < 0 and exponent <> trunc(exponent) then null
  when base <> 0 and abs(exponent * ln(abs(base))) > ${EXPONENT_MAX} then null
  else power(base, exponent) end`)

/** @returns null where a feature has to be seen. @throws QueryError for what has no value */
function constantOf(expression: Expression, compilation: Compilation): number | null {
  if (expression.kind === 'number') return Number(expression.value)
  if (expression.kind !== 'arithmetic') return null
  const left = constantOf(expression.left, compilation)
  const right = constantOf(expression.right, compilation)
  if (left === null || right === null) return null
  const operator = divisionOf(expression, compilation)
  const result = compute(operator, left, right)
  if (Number.isFinite(result)) return result
  throw new QueryError(`${left} ${operator} ${right} has no value`, expression.position)
}

function compute(operator: Operator, a: number, b: number): number {
  switch (operator) {
    case '+':
      return a + b
    case '-':
      return a - b
    case '*':
      return a * b
    case '/':
      return a / b
    case 'div':
      return Math.trunc(a / b)
    case '%':
      return a % b
    case '^':
      return a ** b
  }
}
