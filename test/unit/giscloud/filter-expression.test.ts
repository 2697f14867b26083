import { createRequire } from 'node:module'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { filterExpression } from '../../../src/domain/maps/maplibre/filter-expression.ts'
import type { Expression, Filter } from '../../../src/query/index.ts'
import { parseWhere } from '../../../src/query/index.ts'
import type { ColumnType, DatasetColumn } from '../../../src/store/dataset-types.ts'

type Value = string | number | boolean | null
type Row = Record<string, Value>

/** The library's own evaluation of filters. */
const { featureFilter } = createRequire(createRequire(import.meta.url).resolve('maplibre-gl/package.json'))(
  '@maplibre/maplibre-gl-style-spec',
) as {
  featureFilter(
    filter: unknown,
    rootKey: string,
  ): {
    filter(globals: { zoom: number }, feature: { type: number; properties: object }): boolean
  }
}

const COLUMNS: DatasetColumn[] = (
  [
    ['a', 'integer'],
    ['b', 'double'],
    ['n', 'bigint'],
    ['s', 'text'],
    ['Name', 'text'],
    ['t', 'boolean'],
    ['d', 'date'],
  ] satisfies [string, ColumnType][]
).map(([name, type]) => ({ name, columnName: name, type, title: null, description: null }))

/** A row as a tile has it: without what is null. */
const featureOf = (row: Row) => ({
  type: 1,
  properties: Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null)),
})

function isDrawn(filter: Filter, row: Row): boolean | null {
  const expression = filterExpression(filter, COLUMNS)
  if (expression === null) return null
  // The shortest texts of true and false are no expressions to the library.
  return featureFilter(['all', expression], 'layers[0].filter').filter({ zoom: 0 }, featureOf(row))
}

const drawn = (where: string, row: Partial<Row>) => isDrawn(parseWhere(where), row as Row)

describe('a filter as an expression of MapLibre', () => {
  test.each([
    ["s = 'x'", { s: 'x' }, true],
    ["s = 'x'", { s: 'y' }, false],
    ["s <> 'x'", {}, false],
    ["not s = 'x'", {}, false],
    ['a > 5', { a: 6 }, true],
    ["a > '5'", { a: 6 }, true],
    ["A = 6 and NAME = 'q'", { a: 6, Name: 'q' }, true],
    ['a between 1 and 3', { a: 3 }, true],
    ['a not between 1 and 3', { a: 3 }, false],
    ['a not between 1 and 3', {}, false],
    ['a in (1, 2)', { a: 2 }, true],
    ['a not in (1, 2)', { a: 3 }, true],
    ['a not in (1, 2)', {}, false],
    ['a in (1, b)', { a: 1 }, true],
    ['a not in (1, b)', { a: 2 }, false],
    ["s like 'ab%'", { s: 'abc' }, true],
    ["s like '%bc'", { s: 'abc' }, true],
    ["s like '%b%'", { s: 'abc' }, true],
    ["s like 'a%c'", { s: 'ac' }, true],
    ["s like 'ab%bc'", { s: 'abc' }, false],
    ["s like 'abc'", { s: 'abcd' }, false],
    ["s not like 'a%'", { s: 'b' }, true],
    ["s not like 'a%'", {}, false],
    ["s ilike 'AB%'", { s: 'aBc' }, true],
    ['s is null', {}, true],
    ['s is not null', { s: '' }, true],
    ['not (s is null or a > 1)', { s: 'x', a: 1 }, true],
    ['a + 1 = 3 and a * b > 4', { a: 2, b: 2.5 }, true],
    ["lower(s) = 'straße' and upper(s) = 'STRASSE'", { s: 'Straße' }, true],
    ["s >= 'b'", { s: 'c' }, true],
    ["s < '\u{10000}'", { s: '\uFFFD' }, null],
    ['t', { t: true }, true],
    ['not t', { t: false }, true],
    ['not t', {}, false],
    ['t = true', { t: true }, true],
    ["d > '2020-01-01'", { d: '2021-01-01' }, null],
    ["s like 'a_c'", { s: 'abc' }, null],
    ['n = 9007199254740993', { n: 1 }, null],
    ['a % 2 = 0', { a: 2 }, null],
    ['missing = 1', { a: 2 }, null],
    ["st_intersects(geom, st_geomfromtext('POINT(1 1)'))", {}, null],
  ] satisfies [string, Partial<Row>, boolean | null][])('%s of %j: %s', (where, row, expected) => {
    expect(drawn(where, row)).toBe(expected)
  })

  test('divides by 0 to nothing, as filters do', () => {
    const over = (left: Expression, right: Expression): Filter => ({
      ...{ kind: 'not', position: 0 },
      operand: {
        ...{
          kind: 'comparison',
          operator: '=',
          position: 0,
          right: { kind: 'number', value: 7, position: 0 },
        },
        left: { kind: 'arithmetic', operator: '/', left, right, position: 0 },
      },
    })
    const a: Expression = { kind: 'property', name: 'a', position: 0 }
    const b: Expression = { kind: 'property', name: 'b', position: 0 }
    expect(isDrawn(over(a, b), { a: 1, b: 0 })).toBe(false)
    expect(isDrawn(over(a, b), { a: 1, b: 2 })).toBe(true)
  })

  test('is true of the same features as the filter', () => {
    let translated = 0
    fc.assert(
      fc.property(condition, row, (filter, values) => {
        const outcome = isDrawn(filter, values)
        if (outcome === null) return
        translated++
        expect(outcome).toBe(evaluate(filter, values) === true)
      }),
      { numRuns: 600 },
    )
    expect(translated).toBeGreaterThan(200)
  })
})

const position = 0
const TEXTS = ['', 'a', 'ab', 'abc', 'bc', 'B', 'ä', 'x%y', '😀', 'a😀b']
const NUMBERS = [-2, -1, 0, 0.5, 1, 2, 3]

const row: fc.Arbitrary<Row> = fc.record({
  a: fc.constantFrom(null, -2, 0, 1, 2, 3),
  b: fc.constantFrom(null, ...NUMBERS),
  n: fc.constantFrom(null, 0, 1, 2 ** 40),
  s: fc.constantFrom(null, ...TEXTS),
  Name: fc.constantFrom(null, ...TEXTS),
  t: fc.constantFrom(null, true, false),
})

const property = (...names: string[]) =>
  fc.constantFrom(...names).map((name): Expression => ({ kind: 'property', name, position }))
const literal = (value: string | number): Expression =>
  typeof value === 'string' ? { kind: 'text', value, position } : { kind: 'number', value, position }

const { number } = fc.letrec<{ number: Expression }>((tie) => ({
  number: fc.oneof(
    { maxDepth: 2, withCrossShrink: true },
    fc.oneof(property('a', 'b', 'n'), fc.constantFrom(...NUMBERS).map(literal)),
    fc.record({
      kind: fc.constant('arithmetic' as const),
      operator: fc.constantFrom('+' as const, '-' as const, '*' as const, '/' as const),
      left: tie('number'),
      right: tie('number'),
      position: fc.constant(position),
    }),
  ),
}))
const text = fc.oneof(property('s', 'Name'), fc.constantFrom(...TEXTS).map(literal))
const pattern = fc
  .array(fc.constantFrom('%', '%', 'a', 'b', 'c', 'ab', '\\%', '😀'), { maxLength: 4 })
  .map((parts) => literal(parts.join('')))

const operator = fc.constantFrom(
  ...(['=', '<>', '<', '>', '<=', '>='] satisfies Extract<Expression, { kind: 'comparison' }>['operator'][]),
)
const same = fc.oneof(fc.tuple(number, number, number), fc.tuple(text, text, text))

const { condition } = fc.letrec<{ condition: Filter }>((tie) => ({
  condition: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fc.oneof(
      fc
        .tuple(operator, same)
        .map(([op, [left, right]]): Filter => ({ kind: 'comparison', operator: op, left, right, position })),
      same.map(([operand, lower, upper]): Filter => ({ kind: 'between', operand, lower, upper, position })),
      same.map(([operand, ...items]): Filter => ({ kind: 'in', operand, items, position })),
      fc
        .tuple(text, pattern)
        .map(([operand, like]): Filter => ({ kind: 'like', operand, pattern: like, position })),
      fc.oneof(text, number).map((operand): Filter => ({ kind: 'isNull', operand, position })),
      property('t'),
      fc.boolean().map((value): Filter => ({ kind: 'boolean', value, position })),
    ),
    fc.record({
      kind: fc.constantFrom('and' as const, 'or' as const),
      operands: fc.array(tie('condition'), { minLength: 2, maxLength: 3 }),
      position: fc.constant(position),
    }),
    tie('condition').map((operand): Filter => ({ kind: 'not', operand, position })),
  ),
}))

/** What SQL makes of it. */
function evaluate(expression: Expression, values: Row): Value {
  const valuesOf = (...expressions: Expression[]) => expressions.map((part) => evaluate(part, values))
  switch (expression.kind) {
    case 'text':
    case 'boolean':
      return expression.value
    case 'number':
      return Number(expression.value)
    case 'property':
      return values[expression.name] ?? null
    case 'arithmetic': {
      const [left, right] = valuesOf(expression.left, expression.right) as (number | null)[]
      if (left === null || right === null) return null
      if (expression.operator === '+') return left! + right!
      if (expression.operator === '-') return left! - right!
      if (expression.operator === '*') return left! * right!
      return right === 0 ? null : left! / right!
    }
    case 'and':
    case 'or': {
      const truths = valuesOf(...expression.operands)
      const decisive = expression.kind === 'or'
      if (truths.includes(decisive)) return decisive
      return truths.includes(null) ? null : !decisive
    }
    case 'not': {
      const truth = evaluate(expression.operand, values)
      return truth === null ? null : !truth
    }
    case 'isNull':
      return evaluate(expression.operand, values) === null
    case 'comparison': {
      const [left, right] = valuesOf(expression.left, expression.right)
      return compare(expression.operator, left!, right!)
    }
    case 'between': {
      const { operand, lower, upper } = expression
      const part = (op: '>=' | '<=', right: Expression): Filter => ({
        ...{ kind: 'comparison', operator: op, left: operand, right, position },
      })
      return evaluate({ kind: 'and', operands: [part('>=', lower), part('<=', upper)], position }, values)
    }
    case 'in': {
      const { operand, items } = expression
      const equal = items.map(
        (right): Filter => ({ kind: 'comparison', operator: '=', left: operand, right, position }),
      )
      return evaluate({ kind: 'or', operands: equal, position }, values)
    }
    case 'like': {
      const [left, like] = valuesOf(expression.operand, expression.pattern) as (string | null)[]
      if (left === null) return null
      const parts = [...like!.matchAll(/\\?./gsu)].map(([part]) =>
        part === '%' ? '.*' : part.replace(/^\\(?=.)/s, '').replace(/[.*+?^${}()|[\]\\]/g, '\\$&'),
      )
      return new RegExp(`^${parts.join('')}$`, 'su').test(left!)
    }
    default:
      throw new Error(expression.kind)
  }
}

/** Texts by their code points. */
function compare(op: string, left: Value, right: Value): boolean | null {
  if (left === null || right === null) return null
  const order =
    typeof left === 'string' && typeof right === 'string'
      ? Buffer.compare(Buffer.from(left), Buffer.from(right))
      : Number(left > right) - Number(left < right)
  return (
    {
      '=': order === 0,
      '<>': order !== 0,
      '<': order < 0,
      '>': order > 0,
      '<=': order <= 0,
      '>=': order >= 0,
    }[op] ?? null
  )
}
