import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseCql2Text, QueryError } from '../../../src/query/index.ts'
import { FILTER_DEPTH_MAX, FILTER_NODES_MAX, FILTER_VERTICES_MAX } from '../../../src/query/limits.ts'
import { toCql2Text } from '../../support/cql2-writers.ts'
import { filters } from '../../support/filter-arbitrary.ts'
import { COLUMNS, faultOf as faultIn, withoutPositions } from './trial.ts'

/** The filter in one form, with all the parentheses it could do without. */
const shape = (text: string): string => toCql2Text(parseCql2Text(text))

const faultOf = (text: string) => faultIn(() => parseCql2Text(text))

describe('CQL2 text', () => {
  it.each([
    ['a=1 or b=2 and c=3', '(("a" = 1) or (("b" = 2) and ("c" = 3)))'],
    ['not a=1 and b=2', '((NOT ("a" = 1)) and ("b" = 2))'],
    ['not not true', '(NOT (NOT true))'],
    ['a+b*c^2-d div 2 > 1', '((("a" + ("b" * ("c" ^ 2))) - ("d" div 2)) > 1)'],
    ['-a<-1', '((-1 * "a") < -1)'],
    ['-2^2 = 4', '((-2 ^ 2) = 4)'],
    ['10-4-3=3', '(((10 - 4) - 3) = 3)'],
    ['2^3^2=512', '((2 ^ (3 ^ 2)) = 512)'],
    ['a NOT BETWEEN 1 AND 2 AND b', '((NOT ("a" BETWEEN 1 AND 2)) and "b")'],
    ['a is not null', '(NOT ("a" IS NULL))'],
    ['(a>1)=true', '(("a" > 1) = true)'],
    ['a not in (1, 2+3)', '(NOT ("a" IN (1, (2 + 3))))'],
    ["casei(a) LIKE CaseI('x%')", '(CASEI("a") LIKE CASEI(\'x%\'))'],
    ["date = date('2020-01-01')", '("date" = DATE(\'2020-01-01\'))'],
    ["t_during(a,interval('..',b))", 't_during("a", INTERVAL(\'..\', "b"))'],
    ["A_CONTAINS(layer:ids, ('x'))", 'a_contains("layer:ids", [\'x\'])'],
    ["a_overlaps(['x',1],())", "a_overlaps(('x', 1), ())"],
    ['f((1,2),(3))', 'f((1, 2), 3)'],
    ['point = 1', '("point" = 1)'],
    [
      's_within(point(1 2),polygon z((0 0 1,1 0 1,1 1 1,0 0 1)))',
      's_within(POINT(1 2), POLYGON ((0 0 1, 1 0 1, 1 1 1, 0 0 1)))',
    ],
    [
      's_equals(MULTIPOINT(1 2,(3 4)),GEOMETRYCOLLECTION(POINT EMPTY,LINESTRING(0 0,1 -1e-3)))',
      's_equals(MULTIPOINT (1 2, 3 4), GEOMETRYCOLLECTION(POINT EMPTY, LINESTRING (0 0, 1 -0.001)))',
    ],
    ['størrelse.x_1=.5', '("størrelse.x_1" = 0.5)'],
    ['a=9007199254740993', '("a" = 9007199254740993)'],
    ['"say ""hi""" = 1', '("say ""hi""" = 1)'],
  ])('reads %s', (text, expected) => {
    expect(shape(text)).toBe(expected)
  })

  it.each([
    ["'it''s'", "it's"],
    ["'it\\'s'", "it's"],
    ["'a\\tb\\nc'", 'a\tb\nc'],
    ["'50\\%'", '50\\%'],
    ["'\\\\'", '\\'],
    ["''", ''],
  ])('unescapes %s', (literal, value) => {
    expect(withoutPositions(parseCql2Text(`a=${literal}`))).toMatchObject({ right: { kind: 'text', value } })
  })

  it.each([
    ['', 0, /the filter ends where a property/],
    ['a=', 2, /the filter ends/],
    ['a = = 1', 4, /“=” where a property/],
    ['a=1 b', 4, /“b” where AND, OR or the end/],
    ['a=1)', 3, /“\)” where AND/],
    ['(a=1', 4, /ends where “\)”/],
    ["a='open", 2, /not closed/],
    ['"open', 0, /not closed/],
    ['a ! b', 2, /"!" has no meaning/],
    ['a not b', 6, /LIKE, BETWEEN or IN/],
    ['a like b', 7, /what follows LIKE/],
    ['a in ()', 6, /“\)” where/],
    ['a = null', 4, /null cannot stand here/],
    ["DATE('2020-02-30') = a", 5, /not a date/],
    ["TIMESTAMP('2020-01-01') = a", 10, /not a time/],
    ["T_AFTER(a,INTERVAL('x','..'))", 19, /neither a date/],
    ['T_AFTER(a)', 0, /two arguments/],
    ['S_INTERSECTS(a,POLYGON((0 0,1 1,1 0,0 1)))', 15, /ends where it begins/],
    ['S_INTERSECTS(a,POLYGON((0 0,1 1,0 0)))', 15, /at least 4/],
    ['S_INTERSECTS(a,LINESTRING(0 0))', 15, /at least 2/],
    ['S_INTERSECTS(a,LINESTRING(0 0,1 1 1))', 15, /same number/],
    ['S_INTERSECTS(a,POINT(1 NaN))', 23, /a coordinate is expected/],
    ['S_INTERSECTS(a,POINT(1 1e999))', 23, /too large/],
    ['S_INTERSECTS(a,POINT(1 2 3 4))', 27, /“4” where “\)”/],
    ['S_INTERSECTS(a,BBOX(1,2,3))', 15, /four numbers, or six/],
    ['S_INTERSECTS(a,CIRCLE(1))x', 25, /AND, OR or the end/],
    ['a=1e400', 2, /too large/],
    ["a='\0'", 2, /NUL/],
    ["a='\ud800'", 2, /surrogate/],
  ])('refuses %j at %i', (text, position, message) => {
    const fault = faultOf(text)
    expect(fault.message).toMatch(message)
    expect(fault.position).toBe(position)
  })

  it.each([
    ['parentheses', `${'('.repeat(1600)}a${')'.repeat(1600)}`, FILTER_DEPTH_MAX],
    ['negations', `${'not '.repeat(1600)}a`, 4 * FILTER_DEPTH_MAX],
    ['calls', `${'f('.repeat(100_000 / 2)}`, 2 * FILTER_DEPTH_MAX],
    ['powers', `${'2^'.repeat(1600)}2=a`, 2 * FILTER_DEPTH_MAX + 1],
    ['arrays', `f${'(['.repeat(1600)}`, null],
    ['collections', `s_equals(a,${'GEOMETRYCOLLECTION('.repeat(1600)}`, null],
    ['sums', `${'a+'.repeat(1600)}a=1`, null],
  ])('refuses %s in one another', (_what, text, position) => {
    const fault = faultOf(text)
    expect(fault.message).toMatch(/levels deep/)
    if (position !== null) expect(fault.position).toBe(position)
  })

  it('refuses what is too large', () => {
    const longest = 'a '.repeat(70_000)
    expect(faultOf(longest).message).toMatch(/longer than 131072 characters/)
    const many = Array.from({ length: FILTER_NODES_MAX }, () => 'a').join(' or ')
    expect(faultOf(many).message).toMatch(/more than 10000 parts/)
    const vertices = Array.from({ length: FILTER_VERTICES_MAX + 1 }, (_, i) => `${i % 90} 1`).join(',')
    expect(faultOf(`s_equals(a,MULTIPOINT(${vertices}))`).message).toMatch(/more than 10000 positions/)
    expect(faultOf(`a='${"''".repeat(60_000)}`).message).toMatch(/not closed/)
  })

  it('reads back every filter that is written', () => {
    fc.assert(
      fc.property(filters(COLUMNS), (filter) => {
        expect(withoutPositions(parseCql2Text(toCql2Text(filter)))).toEqual(withoutPositions(filter))
      }),
      { numRuns: 200, endOnFailure: true },
    )
  })

  it('throws nothing but its error, with a place in the text', () => {
    const fragments = [
      'a',
      '1',
      "'",
      "'x'",
      '"',
      '(',
      ')',
      ',',
      '=',
      '<',
      '-',
      '^',
      ' and ',
      ' not ',
      ' in ',
      ' like ',
    ]
    const more = [
      'POINT',
      ' Z',
      ' EMPTY',
      'BBOX(',
      'INTERVAL(',
      'DATE(',
      's_within(',
      't_meets(',
      '\\',
      '\0',
      '\ud800',
      '[',
      ']',
    ]
    const garbage = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(fc.constantFrom(...fragments, ...more), { maxLength: 12 }).map((parts) => parts.join('')),
      fc
        .tuple(filters(COLUMNS), fc.nat(), fc.nat({ max: 5 }), fc.constantFrom(...fragments, ...more, ''))
        .map(([filter, at, length, inserted]) => {
          const text = toCql2Text(filter)
          const cut = at % (text.length + 1)
          return text.slice(0, cut) + inserted + text.slice(cut + length)
        }),
    )
    fc.assert(
      fc.property(garbage, (text) => {
        try {
          parseCql2Text(text)
        } catch (error) {
          expect(error).toBeInstanceOf(QueryError)
          const { position } = error as QueryError
          expect(position).toBeGreaterThanOrEqual(0)
          expect(position).toBeLessThanOrEqual(text.length)
        }
      }),
      { numRuns: 500, endOnFailure: true },
    )
  })
})
