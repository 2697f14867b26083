import type { Expression, Filter } from '../../../query/index.ts'
import type { DatasetColumn } from '../../../store/dataset-types.ts'
import { VALUE_KINDS } from '../../datasets/tile-drawing.ts'
import { comparedValues, type MapLibreExpression, type TileValue, tileValue } from './value-expression.ts'

/** A predicate in both of SQL's ways to be told: what is neither true nor false is null. */
interface Truth {
  isTrue: MapLibreExpression
  isFalse: MapLibreExpression
}

/** An expression that MapLibre has no like for, or none that gives exactly what SQL gives. */
class UntranslatableError extends Error {
  override readonly name = 'UntranslatableError'
}

/**
 * A filter as an expression of MapLibre's that is true of a feature of a vector tile exactly where the filter is true of the
 * feature in the database; what is null there is false here. Null where there is no such expression.
 * @param columns of the dataset
 */
export function filterExpression(
  filter: Filter,
  columns: readonly DatasetColumn[],
): MapLibreExpression | null {
  try {
    return truthOf(
      filter,
      columns.filter(({ type }) => VALUE_KINDS[type] !== null),
    ).isTrue
  } catch (error) {
    if (error instanceof UntranslatableError) return null
    throw error
  }
}

type Columns = readonly DatasetColumn[]

function truthOf(expression: Expression, columns: Columns): Truth {
  switch (expression.kind) {
    case 'boolean':
      return { isTrue: expression.value, isFalse: !expression.value }
    case 'and':
    case 'or': {
      const operands = expression.operands.map((operand) => truthOf(operand, columns))
      const isTrue = operands.map((operand) => operand.isTrue)
      const isFalse = operands.map((operand) => operand.isFalse)
      return expression.kind === 'and'
        ? { isTrue: ['all', ...isTrue], isFalse: ['any', ...isFalse] }
        : { isTrue: ['any', ...isTrue], isFalse: ['all', ...isFalse] }
    }
    case 'not': {
      const { isTrue, isFalse } = truthOf(expression.operand, columns)
      return { isTrue: isFalse, isFalse: isTrue }
    }
    case 'isNull': {
      const { present } = read(expression.operand, columns)
      return { isTrue: ['!', ['all', ...present]], isFalse: ['all', ...present] }
    }
    case 'comparison': {
      const [left, right] = compared([expression.left, expression.right], columns)
      return comparison(expression.operator, left!, right!)
    }
    case 'between': {
      const [value, lower, upper] = compared(
        [expression.operand, expression.lower, expression.upper],
        columns,
      )
      const [from, to] = [comparison('>=', value!, lower!), comparison('<=', value!, upper!)]
      return { isTrue: ['all', from.isTrue, to.isTrue], isFalse: ['any', from.isFalse, to.isFalse] }
    }
    case 'in': {
      const [value, ...items] = compared([expression.operand, ...expression.items], columns)
      const equal = items.map((item) => comparison('=', value!, item))
      return {
        isTrue: ['any', ...equal.map(({ isTrue }) => isTrue)],
        isFalse: ['all', ...equal.map(({ isFalse }) => isFalse)],
      }
    }
    case 'like':
      return likeTruth(expression.operand, expression.pattern, columns)
    case 'property': {
      const { expression: value, type, present } = read(expression, columns)
      if (type !== 'boolean') throw new UntranslatableError()
      const is = (truth: boolean): MapLibreExpression => ['all', ...present, ['==', value, truth]]
      return { isTrue: is(true), isFalse: is(false) }
    }
    default:
      throw new UntranslatableError()
  }
}

const read = (expression: Expression, columns: Columns): TileValue => {
  const value = tileValue(expression, columns)
  if (!value) throw new UntranslatableError()
  return value
}

function compared(expressions: readonly Expression[], columns: Columns): TileValue[] {
  const values = comparedValues(expressions, columns)
  if (!values) throw new UntranslatableError()
  return values
}

const OPERATORS = { '=': '==', '<>': '!=', '<': '<', '>': '>', '<=': '<=', '>=': '>=' } as const
const OPPOSITES = { '=': '!=', '<>': '==', '<': '>=', '>': '<=', '<=': '>', '>=': '<' } as const

/** Code units from here on are not in the order of the characters they are part of. */
const ORDERED_CODE_MAX = 0xd7ff

function comparison(operator: keyof typeof OPERATORS, left: TileValue, right: TileValue): Truth {
  const isOrder = operator !== '=' && operator !== '<>'
  if (isOrder && (left.type === 'boolean' || !isOrderExact(left, right))) throw new UntranslatableError()
  const present = [...left.present, ...right.present]
  const both = (name: string): MapLibreExpression => [
    'all',
    ...present,
    [name, left.expression, right.expression],
  ]
  return { isTrue: both(OPERATORS[operator]), isFalse: both(OPPOSITES[operator]) }
}

/** Whether texts come in the order of their characters, which for some is not that of their code units. */
const isOrderExact = (left: TileValue, right: TileValue): boolean =>
  left.type !== 'text' ||
  [left, right].some(
    ({ constant }) =>
      typeof constant === 'string' && [...constant].every((c) => c.codePointAt(0)! <= ORDERED_CODE_MAX),
  )

/** A pattern without wildcards, with one at its beginning, at its end, or both, or with one in its middle. */
function likeTruth(operand: Expression, pattern: Expression, columns: Columns): Truth {
  const { expression: text, type, present } = read(operand, columns)
  const { constant } = read(pattern, columns)
  if (type !== 'text' || typeof constant !== 'string') throw new UntranslatableError()
  const matches = matching(text, pieces(constant))
  return { isTrue: ['all', ...present, matches], isFalse: ['all', ...present, ['!', matches]] }
}

/** The texts between the `%` of a pattern, with the characters that backslashes stand before as they are. */
function pieces(pattern: string): string[] {
  const found = ['']
  for (const [part] of pattern.matchAll(/\\?[\s\S]/gu)) {
    if (part === '_' || part === '\\') throw new UntranslatableError()
    if (part === '%') found.push('')
    else found[found.length - 1] += part.length > 1 && part.startsWith('\\') ? part.slice(1) : part
  }
  return found
}

function matching(text: MapLibreExpression, [first = '', ...others]: readonly string[]): MapLibreExpression {
  if (others.length === 0) return ['==', text, first]
  const last = others.at(-1)!
  const middle = others.slice(0, -1).filter((piece) => piece !== '')
  const conditions: MapLibreExpression[] = []
  if (first !== '') conditions.push(['==', ['index-of', first, text], 0])
  if (last !== '') conditions.push(['==', ['slice', text, -[...last].length], last])
  if (middle.length === 0) {
    if (first !== '' && last !== '')
      conditions.push(['>=', ['length', text], [...first].length + [...last].length])
    return ['all', ...conditions]
  }
  if (middle.length > 1 || conditions.length > 0) throw new UntranslatableError()
  return ['>=', ['index-of', middle[0]!, text], 0]
}
