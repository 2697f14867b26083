import { sql } from 'drizzle-orm'
import { PgDialect } from 'drizzle-orm/pg-core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compileFilter, holdsFor, parseFilterExpression, QueryError } from '../../../src/query/index.ts'
import { conditions, holds, itemTexts, toExpression } from '../../support/expression-arbitrary.ts'

const PROPERTIES = new Map([
  ['title', { sql: sql.raw('title'), type: 'text' as const }],
  ['createdAt', { sql: sql.raw('ms'), type: 'number' as const }],
  ['preoptimized', { sql: sql.raw('made'), type: 'boolean' as const }],
  ['sharedInGroups', { sql: sql.raw('names'), type: 'texts' as const }],
])

function compiled(text: string) {
  const filter = compileFilter(parseFilterExpression(text), {
    columns: [],
    geometry: null,
    properties: PROPERTIES,
  })
  const { sql: statement, params } = new PgDialect().sqlToQuery(filter)
  return { sql: statement, params }
}

describe('a filter expression', () => {
  it.each([
    ['title="My App"', '(title = $1::text)', ['My App']],
    ['(and title="My App";createdAt>"5")', '((title = $1::text) and (ms > $2::bigint))', ['My App', '5']],
    ['( OR title = a ; title = 5 )', '((title = $1::text) or (title = $2::text))', ['a', '5']],
    ['(not title="a";title="b")', '(not ((title = $1::text) or (title = $2::text)))', ['a', 'b']],
    ['((title="a"))', '(title = $1::text)', ['a']],
    ['title!="a"', '(not (title = $1::text))', ['a']],
    ['createdAt=-1.5', '(ms = $1::double precision)', ['-1.5']],
    ['preoptimized=true', '(made = $1::boolean)', [true]],
    ['title="a\\"b;)\\\\"', '(title = $1::text)', ['a"b;)\\']],
    ['title="a""b"', '(title = $1::text)', ['a"b']],
    ['title="C:\\dir*"', '(title = $1::text)', ['C:\\dir*']],
    [
      'sharedInGroups="x"',
      '(exists (select 1 from jsonb_array_elements_text(names) as item (value) where (item.value = $1::text)))',
      ['x'],
    ],
  ])('%s', (text, statement, params) => expect(compiled(text)).toEqual({ sql: statement, params }))

  it.each([
    ['title like "A*"', 'A%'],
    ['title like "?*"', '_%'],
    ['title like "5%_\\*\\?\\\\"', '5\\%\\_*?\\\\'],
    ['title like "a\\b"', 'a\\\\b'],
    ['title like 17*', null],
  ])('%s', (text, pattern) => {
    if (pattern === null) expect(() => compiled(text)).toThrow(QueryError)
    else expect(compiled(text).params).toEqual([pattern])
  })

  it.each([
    ['the filter ends where a property is expected', '', 0],
    ['the filter ends where like, or one of', 'title', 5],
    ['the filter ends where a text in double quotes', 'title=', 6],
    ['is not closed', 'title="x', 6],
    ['where the end of the filter is expected', 'title="x" y', 10],
    ['the filter ends where “)” is expected', '(and title="x"', 14],
    ['where a property is expected', '(and)', 4],
    ['where “)” is expected', '(title="a";title="b")', 10],
    ['is not closed', "title='x'", 6],
    ['there is no property “owner”', 'owner="x"', 0],
    ['a number is expected, “soon” is none', 'createdAt="soon"', 10],
    ['a text is expected', 'createdAt like "1*"', 0],
    ['a truth value is expected', 'preoptimized="maybe"', 13],
    ['NUL', 'title="\0"', 6],
    ['levels deep', `${'(not '.repeat(200)}title=1${')'.repeat(200)}`, null],
    ['longer than', `title="${'a'.repeat(200_000)}"`, null],
    ['wildcards', `title like "${'*a'.repeat(101)}"`, 11],
  ])('is refused: %s', (message, text, position) => {
    expect(() => compiled(text)).toThrow(
      expect.objectContaining({
        name: 'QueryError',
        message: expect.stringContaining(message),
        ...(position === null ? {} : { position }),
      }),
    )
  })

  it('means what it says, whatever stands between its quotes', () => {
    const number = fc.integer({ min: 0, max: 3 })
    const properties = { text: itemTexts, list: itemTexts, number, truth: fc.boolean() }
    const filters = conditions(properties, ['text', 'list'])
    const items = fc.record({
      text: itemTexts,
      list: fc.array(itemTexts, { maxLength: 3 }),
      number,
      truth: fc.boolean(),
    })
    fc.assert(
      fc.property(filters, items, (condition, item) => {
        expect(holdsFor(parseFilterExpression(toExpression(condition)), item)).toBe(holds(condition, item))
      }),
      { numRuns: 1000 },
    )
  })

  it('is a filter or refused, whatever it is made of', () => {
    const pieces = fc.constantFrom(
      '(',
      ')',
      ';',
      'and',
      'or',
      'not',
      'title',
      'like',
      '=',
      '!=',
      '"a"',
      '"',
      '-',
      '5',
      ' ',
      '\\',
    )
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 20 }), (parts) => {
        try {
          compiled(parts.join(''))
        } catch (error) {
          expect(error).toBeInstanceOf(QueryError)
        }
      }),
      { numRuns: 2000 },
    )
  })
})
