import type { Expression } from '../ast.ts'
import { columnOf, systemColumnOf } from './property.ts'
import { isUntyped } from './untyped.ts'
import type { QueryTarget } from './value.ts'

/** Functions whose values are integers to SQL, and those whose value is one where its operand is. */
const WHOLE_FUNCTIONS = ['char_length', 'strpos', 'to_integer']
const KEEPING_FUNCTIONS = ['abs']
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
    case 'call': {
      const { name, operands } = expression
      return (
        WHOLE_FUNCTIONS.includes(name) || (KEEPING_FUNCTIONS.includes(name) && isWhole(operands[0]!, target))
      )
    }
    case 'choice':
      return areWhole(expression.operands, target)
    case 'case':
      return areWhole([...expression.branches.map(({ value }) => value), expression.otherwise], target)
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

/** Whether of several values the one that is chosen is an integer; what has no type of its own takes that of the others. */
function areWhole(expressions: readonly Expression[], target: Pick<QueryTarget, 'columns'>): boolean {
  const typed = expressions.filter((expression) => !isUntyped(expression))
  return typed.length > 0 && typed.every((expression) => isWhole(expression, target))
}
