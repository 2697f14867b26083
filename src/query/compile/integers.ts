import type { Expression } from '../ast.ts'
import { columnOf, systemColumnOf } from './property.ts'
import type { QueryTarget } from './value.ts'

/** Functions whose values are integers to SQL. */
const WHOLE_FUNCTIONS = ['char_length', 'strpos']
const WHOLE_OPERATORS = ['+', '-', '*', '%', 'div', 'quotient']

/** Whether SQL takes an expression for an integer, by which it divides otherwise than by a number with decimals. */
export function isWhole(expression: Expression, target: Pick<QueryTarget, 'columns'>): boolean {
  switch (expression.kind) {
    case 'number':
      return !expression.isDecimal && Number.isInteger(Number(expression.value))
    case 'property': {
      const column = columnOf(expression, target)
      if (column) return column.type === 'integer' || column.type === 'bigint'
      return systemColumnOf(expression)?.[1] === 'number'
    }
    case 'call':
      return WHOLE_FUNCTIONS.includes(expression.name)
    case 'arithmetic':
      return (
        WHOLE_OPERATORS.includes(expression.operator) &&
        isWhole(expression.left, target) &&
        isWhole(expression.right, target)
      )
    default:
      return false
  }
}
