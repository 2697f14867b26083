import type { Expression } from '../../../query/index.ts'
import type { ColumnType, DatasetColumn } from '../../../store/dataset-types.ts'

/** An expression of MapLibre's style language, as JSON. */
export type MapLibreExpression = string | number | boolean | null | MapLibreExpression[]

/** A value of a feature of a vector tile. */
export interface TileValue {
  expression: MapLibreExpression
  type: 'number' | 'text' | 'boolean'
  /** What has to hold for it to be there; where it does not, the value is null. */
  present: MapLibreExpression[]
  /** What it is of every feature. */
  constant?: string | number | boolean
  /** A text that is a number, or a truth, where it is compared with one. */
  isUntyped?: boolean
  /** A number that may be greater than tiles hold exactly. */
  isWide?: boolean
}

const COLUMN_VALUES: Partial<Record<ColumnType, TileValue['type']>> = {
  boolean: 'boolean',
  integer: 'number',
  bigint: 'number',
  double: 'number',
  text: 'text',
}

type Columns = readonly DatasetColumn[]

/** Null where tiles do not tell it exactly. */
export function tileValue(expression: Expression, columns: Columns): TileValue | null {
  switch (expression.kind) {
    case 'text':
      return { ...constant(expression.value, 'text'), ...(expression.isUntyped ? { isUntyped: true } : {}) }
    case 'number':
      return typeof expression.value === 'number' && isExact(expression.value)
        ? constant(expression.value, 'number')
        : null
    case 'boolean':
      return constant(expression.value, 'boolean')
    case 'property':
      return propertyValue(expression, columns)
    case 'arithmetic':
      return arithmeticValue(expression, columns)
    case 'call':
      return callValue(expression, columns)
    case 'fold': {
      const operand = tileValue(expression.operand, columns)
      if (expression.fold !== 'case' || operand?.type !== 'text') return null
      if (operand.constant !== undefined) return constant(foldedCase(String(operand.constant)), 'text')
      return { ...operand, expression: ['upcase', ['downcase', operand.expression]] }
    }
    default:
      return null
  }
}

/** Values of one type, an untyped text among them taken for what the others are; null where there is no such type. */
export function comparedValues(expressions: readonly Expression[], columns: Columns): TileValue[] | null {
  const values = expressions.map((expression) => tileValue(expression, columns))
  if (!values.every((value) => value !== null)) return null
  if (values.filter(({ isWide }) => isWide).length > 1) return null
  const type = values.find(({ isUntyped }) => !isUntyped)?.type ?? 'text'
  const converted = values.map((value) => (value.isUntyped ? typedAs(value, type) : value))
  return converted.every((value) => value !== null && value.type === type) ? (converted as TileValue[]) : null
}

/** A text without regard to case, as filters fold it. */
const foldedCase = (text: string): string => text.toLowerCase().toUpperCase()

const NUMBER = /^\s*[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?\s*$/

function typedAs({ constant: text }: TileValue, type: TileValue['type']): TileValue | null {
  if (type === 'text') return constant(text!, 'text')
  if (type !== 'number' || !NUMBER.test(String(text))) return null
  const number = Number(text)
  return isExact(number) ? constant(number, 'number') : null
}

const isExact = (value: number): boolean =>
  Number.isFinite(value) && Math.abs(value) <= Number.MAX_SAFE_INTEGER

const constant = (value: string | number | boolean, type: TileValue['type']): TileValue => ({
  // Comparisons of bare constants are filters of an older kind to the library.
  ...{ expression: ['literal', value], type, present: [], constant: value },
})

/** Whether a feature has a property; unlike `has`, whatever its name. */
export const isThere = (name: string): MapLibreExpression => ['!=', ['get', name], null]

function propertyValue(
  { name, anyCase }: Extract<Expression, { kind: 'property' }>,
  columns: Columns,
): TileValue | null {
  const folded = anyCase
    ? columns.filter((candidate) => candidate.name.toLowerCase() === name.toLowerCase())
    : []
  const column =
    columns.find((candidate) => candidate.name === name) ?? (folded.length === 1 ? folded[0] : undefined)
  const type = column && COLUMN_VALUES[column.type]
  if (!type) return null
  return {
    ...{ expression: ['get', column.name], type, present: [isThere(column.name)] },
    ...(column.type === 'bigint' ? { isWide: true } : {}),
  }
}

function arithmeticValue(
  { operator, left, right }: Extract<Expression, { kind: 'arithmetic' }>,
  columns: Columns,
): TileValue | null {
  if (operator !== '+' && operator !== '-' && operator !== '*' && operator !== '/') return null
  const [a, b] = [tileValue(left, columns), tileValue(right, columns)]
  if (a?.type !== 'number' || b?.type !== 'number' || a.isWide || b.isWide) return null
  return {
    expression: [operator, a.expression, b.expression],
    type: 'number',
    // A quotient by 0 has no value.
    present: [
      ...a.present,
      ...b.present,
      ...(operator === '/' ? [['!=', b.expression, 0] satisfies MapLibreExpression] : []),
    ],
  }
}

/** Functions that both know, and that are the same to the last digit. */
const FUNCTIONS: Readonly<Record<string, { name: string; of: TileValue['type'] }>> = {
  lower: { name: 'downcase', of: 'text' },
  upper: { name: 'upcase', of: 'text' },
  abs: { name: 'abs', of: 'number' },
  floor: { name: 'floor', of: 'number' },
  ceil: { name: 'ceil', of: 'number' },
}

function callValue(
  { name, operands }: Extract<Expression, { kind: 'call' }>,
  columns: Columns,
): TileValue | null {
  const lower = name.toLowerCase()
  const known = Object.hasOwn(FUNCTIONS, lower) ? FUNCTIONS[lower] : undefined
  const values = operands.map((operand) => tileValue(operand, columns))
  const [first, second] = values
  if (lower === 'concat' && values.length === 2 && first?.type === 'text' && second?.type === 'text')
    return {
      expression: ['concat', first.expression, second.expression],
      type: 'text',
      present: [...first.present, ...second.present],
    }
  if (!known || values.length !== 1 || first?.type !== known.of || first.isWide) return null
  return { expression: [known.name, first.expression], type: known.of, present: first.present }
}
