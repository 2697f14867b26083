import type { ComparisonOperator, Expression, Filter } from '../ast.ts'
import { clip } from '../literals.ts'
import { QueryError } from '../query-error.ts'

export type ItemValue = string | number | boolean | readonly string[]
/** Something that expressions are asked of, by the names of its properties. */
export type Item = Readonly<Record<string, ItemValue>>

/**
 * Whether an expression, as `parseFilterExpression` gives it, holds for something that is in no database.
 * @throws QueryError where it means nothing of it
 */
export function holdsFor(filter: Filter, item: Item): boolean {
  switch (filter.kind) {
    case 'and':
      return filter.operands.every((operand) => holdsFor(operand, item))
    case 'or':
      return filter.operands.some((operand) => holdsFor(operand, item))
    case 'not':
      return !holdsFor(filter.operand, item)
    case 'comparison':
      return compare(propertyValue(filter.left, item), filter.operator, filter.right)
    case 'like':
      return matches(propertyValue(unfolded(filter.operand), item), unfolded(filter.pattern))
    default:
      throw new QueryError('a condition is expected', filter.position)
  }
}

const unfolded = (expression: Expression): Expression =>
  expression.kind === 'fold' ? unfolded(expression.operand) : expression

function propertyValue(expression: Expression, item: Item): ItemValue {
  if (expression.kind !== 'property') throw new QueryError('a property is expected', expression.position)
  const { name, position } = expression
  const value = Object.hasOwn(item, name) ? item[name] : undefined
  if (value === undefined) throw new QueryError(`there is no property “${clip(name)}”`, position)
  return value
}

function textOf(expression: Expression): string {
  if (expression.kind !== 'text') throw new QueryError('a value is expected', expression.position)
  return expression.value
}

function compare(value: ItemValue, operator: ComparisonOperator, literal: Expression): boolean {
  const text = textOf(literal)
  if (typeof value === 'number') return isOrdered(value - numberOf(text, literal.position), operator)
  if (typeof value === 'boolean')
    return isOrdered(Number(value) - Number(truthOf(text, literal.position)), operator)
  return [value].flat().some((own) => isOrdered(codePointOrder(own as string, text), operator))
}

function numberOf(text: string, position: number): number {
  const number = text.trim() === '' ? Number.NaN : Number(text)
  if (!Number.isFinite(number))
    throw new QueryError(`a number is expected, “${clip(text)}” is none`, position)
  return number
}

function truthOf(text: string, position: number): boolean {
  const word = text.trim().toLowerCase()
  if (word !== 'true' && word !== 'false')
    throw new QueryError(`a truth value is expected, “${clip(text)}” is none`, position)
  return word === 'true'
}

function isOrdered(difference: number, operator: ComparisonOperator): boolean {
  switch (operator) {
    case '=':
      return difference === 0
    case '<>':
      return difference !== 0
    case '<':
      return difference < 0
    case '<=':
      return difference <= 0
    case '>':
      return difference > 0
    case '>=':
      return difference >= 0
  }
}

/** The order of UTF-8, which is that of code points. */
function codePointOrder(a: string, b: string): number {
  const [left, right] = [[...a], [...b]]
  for (let i = 0; i < left.length && i < right.length; i++)
    if (left[i] !== right[i]) return left[i]!.codePointAt(0)! - right[i]!.codePointAt(0)!
  return left.length - right.length
}

const folded = (text: string): string => text.toLowerCase().toUpperCase()

/** By going back to the last `%` alone, which takes no more than the product of the lengths. */
function matches(value: ItemValue, literal: Expression): boolean {
  if (typeof value === 'number' || typeof value === 'boolean')
    throw new QueryError('a text is expected', literal.position)
  const pattern = [...folded(textOf(literal)).matchAll(/\\([\s\S])|([\s\S])/gu)].map(
    ([, escaped, plain]) => ({ character: (escaped ?? plain)!, isWild: escaped === undefined }),
  )
  return [value].flat().some((text) => isMatch([...folded(text as string)], pattern))
}

function isMatch(
  text: readonly string[],
  pattern: readonly { character: string; isWild: boolean }[],
): boolean {
  let [at, inPattern, star, resume] = [0, 0, -1, 0]
  while (at < text.length) {
    const part = pattern[inPattern]
    if (part?.isWild && part.character === '%') {
      star = inPattern++
      resume = at
    } else if (part && ((part.isWild && part.character === '_') || part.character === text[at])) {
      inPattern++
      at++
    } else if (star >= 0) {
      inPattern = star + 1
      at = ++resume
    } else return false
  }
  return pattern.slice(inPattern).every(({ character, isWild }) => isWild && character === '%')
}
