import fc from 'fast-check'
import type { Expression, Filter } from '../../src/query/ast.ts'
import type { ColumnType, DatasetColumn } from '../../src/store/dataset-types.ts'

const at = { position: 0 }
const COMPARISONS = ['=', '<>', '<', '>', '<=', '>='] as const
const EQUALITIES = ['=', '<>'] as const
/** What a text may hold that SQL or patterns could take amiss. */
const HOSTILE = [
  "'",
  "''",
  '"',
  '\\',
  '%',
  '_',
  '$1',
  '--',
  ';',
  '{}',
  'é',
  '😀',
  '\n',
  ' or 1=1',
  '/*',
  'A',
  'b',
]

/**
 * Conditions whose types go together, as `parseWhere` reads them. None has a quotient by 0, a number that overflows, or two
 * texts whose order two locales might see differently, so that every Postgres has the same answer.
 */
export function conditions(columns: readonly DatasetColumn[]): fc.Arbitrary<Filter> {
  const property = (...types: ColumnType[]): fc.Arbitrary<Expression>[] => {
    const names = columns.filter(({ type }) => types.includes(type)).map(({ name }) => name)
    if (names.length === 0) return []
    return [
      fc.constantFrom(...names).map((name): Expression => ({ kind: 'property', name, anyCase: true, ...at })),
    ]
  }
  const literal = (value: string): Expression => ({ kind: 'text', value, isUntyped: true, ...at })
  const text = fc
    .array(fc.oneof(fc.constantFrom(...HOSTILE), fc.string({ maxLength: 4 })), { maxLength: 5 })
    .map((parts) => parts.join('').replaceAll('\0', ''))
    .filter((value) => value.isWellFormed())
  const pattern = text.filter((value) => !value.includes('\\')).map(literal)
  const number = (value: number): Expression => {
    const isDecimal = /\D/.test(String(Math.abs(value))) ? { isDecimal: true as const } : {}
    return { kind: 'number', value, ...at, ...isDecimal }
  }
  const numberLiteral = fc
    .oneof(
      fc.integer({ min: -9, max: 9 }),
      fc.integer({ min: 1, max: 9 }).map((half) => half + 0.5),
    )
    .map(number)
  const divisor = fc.constantFrom(1, 2, 4, 0.5, -2).map(number)
  const whole = fc.oneof(fc.integer({ min: -9, max: 9 }).map(number), ...property('integer', 'bigint'))
  const day = fc
    .date({ min: new Date('1900-01-01'), max: new Date('2100-01-01'), noInvalidDate: true })
    .map((date) => literal(date.toISOString().slice(0, 10)))
  const call = (name: string, ...operands: Expression[]): Expression => ({
    kind: 'call',
    name,
    operands,
    ...at,
  })
  const nothing: Expression = { kind: 'null', ...at }

  return fc.letrec<Record<string, Expression>>((tie) => {
    const compared = (
      type: 'number' | 'text' | 'day',
      operators: readonly ('=' | '<>' | '<' | '>' | '<=' | '>=')[],
    ) => [
      fc
        .tuple(fc.constantFrom(...operators), tie(type), tie(type))
        .map(([operator, left, right]): Expression => ({ kind: 'comparison', operator, left, right, ...at })),
      fc
        .tuple(tie(type), fc.array(tie(type), { minLength: 1, maxLength: 4 }))
        .map(([operand, items]): Expression => ({ kind: 'in', operand, items, ...at })),
    ]
    const chosen = (type: 'number' | 'text') => [
      fc
        .tuple(tie(type), tie(type))
        .map(
          ([a, b]): Expression => ({ kind: 'choice', choice: 'coalesce', operands: [a, nothing, b], ...at }),
        ),
      fc
        .tuple(tie(type), tie(type))
        .map(([a, b]): Expression => ({ kind: 'choice', choice: 'nullif', operands: [a, b], ...at })),
      fc.tuple(tie('filter'), tie(type), fc.oneof(fc.constant(nothing), tie(type))).map(
        ([when, value, otherwise]): Expression => ({
          kind: 'case',
          branches: [{ when, value }],
          otherwise,
          ...at,
        }),
      ),
    ]
    return {
      filter: fc.oneof(
        { depthSize: 'small', withCrossShrink: true },
        fc.boolean().map((value): Expression => ({ kind: 'boolean', value, ...at })),
        ...property('boolean'),
        fc
          .tuple(fc.constantFrom('and', 'or'), fc.array(tie('filter'), { minLength: 2, maxLength: 3 }))
          .map(([kind, operands]) => ({ kind, operands, ...at }) as Expression),
        tie('filter').map((operand): Expression => ({ kind: 'not', operand, ...at })),
        fc
          .oneof(tie('filter'), tie('number'), tie('text'))
          .map((operand): Expression => ({ kind: 'isNull', operand, ...at })),
        ...compared('number', COMPARISONS),
        ...compared('text', EQUALITIES),
        ...(property('date').length > 0 ? compared('day', COMPARISONS) : []),
        fc
          .tuple(tie('number'), tie('number'), tie('number'))
          .map(([operand, lower, upper]): Expression => ({ kind: 'between', operand, lower, upper, ...at })),
        fc
          .tuple(tie('text'), pattern)
          .map(([operand, sought]): Expression => ({ kind: 'like', operand, pattern: sought, ...at })),
      ),
      text: fc.oneof(
        { depthSize: 'small' },
        text.map(literal),
        ...property('text'),
        tie('text').map((operand) => call('lower', operand)),
        fc.tuple(tie('text'), fc.integer({ min: -3, max: 5 })).map(([a, n]) => call('left', a, number(n))),
        fc
          .tuple(tie('text'), fc.integer({ min: -2, max: 5 }), fc.integer({ min: 0, max: 5 }))
          .map(([a, from, length]) => call('substring', a, number(from), number(length))),
        fc.tuple(tie('text'), text.map(literal), text.map(literal)).map((three) => call('replace', ...three)),
        ...chosen('text'),
      ),
      number: fc.oneof(
        { depthSize: 'small' },
        numberLiteral,
        ...property('integer', 'bigint'),
        fc
          .tuple(fc.constantFrom('+', '-'), tie('number'), tie('number'))
          .map(
            ([operator, left, right]) => ({ kind: 'arithmetic', operator, left, right, ...at }) as Expression,
          ),
        fc
          .tuple(tie('number'), divisor)
          .map(
            ([left, right]): Expression => ({ kind: 'arithmetic', operator: 'quotient', left, right, ...at }),
          ),
        fc
          .tuple(whole, fc.constantFrom(3, -7).map(number))
          .map(([left, right]): Expression => ({ kind: 'arithmetic', operator: '%', left, right, ...at })),
        tie('text').map((operand) => call('char_length', operand)),
        fc.tuple(tie('text'), text.map(literal)).map(([a, b]) => call('strpos', a, b)),
        tie('number').map((operand) => call('abs', operand)),
        tie('number').map((operand) => call('floor', operand)),
        ...chosen('number'),
      ),
      day: fc.oneof(day, ...property('date')),
    }
  }).filter as fc.Arbitrary<Filter>
}

const NAMES: Readonly<Record<string, string>> = { substring: 'substr' }

/** A condition in SQL, with every parenthesis that it could need. */
export function toSql(expression: Expression): string {
  const list = (items: readonly Expression[]) => items.map(toSql).join(', ')
  switch (expression.kind) {
    case 'text':
      return `'${expression.value.replaceAll("'", "''")}'`
    case 'null':
      return 'NULL'
    case 'number':
    case 'boolean':
      return String(expression.value)
    case 'property':
      return `"${expression.name.replaceAll('"', '""')}"`
    case 'call':
      return `${NAMES[expression.name] ?? expression.name}(${list(expression.operands)})`
    case 'choice':
      return `${expression.choice}(${list(expression.operands)})`
    case 'case': {
      const cases = expression.branches.map(({ when, value }) => `WHEN ${toSql(when)} THEN ${toSql(value)}`)
      const otherwise = expression.otherwise.kind === 'null' ? '' : ` ELSE ${toSql(expression.otherwise)}`
      return `CASE ${cases.join(' ')}${otherwise} END`
    }
    case 'and':
    case 'or':
      return `(${expression.operands.map(toSql).join(` ${expression.kind} `)})`
    case 'not':
      return `(NOT ${toSql(expression.operand)})`
    case 'isNull':
      return `(${toSql(expression.operand)} IS NULL)`
    case 'comparison':
      return `(${toSql(expression.left)} ${expression.operator} ${toSql(expression.right)})`
    case 'arithmetic': {
      const operator = expression.operator === 'quotient' ? '/' : expression.operator
      return `(${toSql(expression.left)} ${operator} ${toSql(expression.right)})`
    }
    case 'like':
      return `(${toSql(expression.operand)} LIKE ${toSql(expression.pattern)})`
    case 'between':
      return `(${toSql(expression.operand)} BETWEEN ${toSql(expression.lower)} AND ${toSql(expression.upper)})`
    case 'in':
      return `(${toSql(expression.operand)} IN (${list(expression.items)}))`
    default:
      throw new Error(`there is no SQL for ${expression.kind}`)
  }
}
