import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseCql2Json, parseCql2Text, QueryError } from '../../../src/query/index.ts'
import { toCql2Json } from '../../support/cql2-writers.ts'
import { filters } from '../../support/filter-arbitrary.ts'
import { COLUMNS, faultOf as faultIn, withoutPositions } from './trial.ts'

const faultOf = (json: unknown) => faultIn(() => parseCql2Json(json))

const EQUIVALENTS: [json: unknown, text: string][] = [
  [{ op: '=', args: [{ property: 'a' }, 'x'] }, "a='x'"],
  [{ op: 'not', args: [{ op: 'isNull', args: [{ property: 'a' }] }] }, 'a IS NOT NULL'],
  [{ op: 'in', args: [{ property: 'a' }, [1, 2.5, -3]] }, 'a IN (1,2.5,-3)'],
  [{ op: 'between', args: [{ property: 'a' }, 1, 2] }, 'a BETWEEN 1 AND 2'],
  [
    {
      op: 'like',
      args: [
        { op: 'casei', args: [{ property: 'a' }] },
        { op: 'casei', args: ['x%'] },
      ],
    },
    "CASEI(a) LIKE CASEI('x%')",
  ],
  [
    { op: 's_intersects', args: [{ property: 'a' }, { type: 'Point', coordinates: [1, 2] }] },
    'S_INTERSECTS(a,POINT(1 2))',
  ],
  [
    { op: 's_within', args: [{ property: 'a' }, { bbox: [160, -55, -170, -25] }] },
    'S_WITHIN(a,BBOX(160,-55,-170,-25))',
  ],
  [
    {
      op: 's_equals',
      args: [
        { property: 'a' },
        {
          type: 'GeometryCollection',
          geometries: [
            { type: 'Point', coordinates: [], bbox: [0, 0, 0, 0] },
            {
              type: 'MultiPolygon',
              coordinates: [
                [
                  [
                    [0, 0],
                    [1, 0],
                    [1, 1],
                    [0, 0],
                  ],
                ],
              ],
            },
          ],
        },
      ],
    },
    'S_EQUALS(a,GEOMETRYCOLLECTION(POINT EMPTY,MULTIPOLYGON(((0 0,1 0,1 1,0 0)))))',
  ],
  [
    {
      op: 't_finishedBy',
      args: [{ interval: [{ property: 'a' }, '..'] }, { interval: ['2020-01-01', '2020-02-01'] }],
    },
    "T_FINISHEDBY(INTERVAL(a,'..'),INTERVAL('2020-01-01','2020-02-01'))",
  ],
  [
    { op: 't_after', args: [{ timestamp: '1969-07-20T20:17:40Z' }, { date: '1969-07-20' }] },
    "T_AFTER(TIMESTAMP('1969-07-20T20:17:40Z'),DATE('1969-07-20'))",
  ],
  [{ op: 'a_containedBy', args: [{ property: 'a' }, ['x', true, [1]]] }, "A_CONTAINEDBY(a,('x',true,[1]))"],
  [
    {
      op: '>',
      args: [
        { op: 'avg', args: [{ property: 'a' }] },
        { op: 'div', args: [7, 2] },
      ],
    },
    'avg(a) > 7 div 2',
  ],
  [true, 'TRUE'],
]

describe('CQL2 JSON', () => {
  it.each(EQUIVALENTS)('%j is %s', (json, text) => {
    const expected = withoutPositions(parseCql2Text(text))
    expect(withoutPositions(parseCql2Json(json))).toEqual(expected)
    expect(withoutPositions(parseCql2Json(JSON.stringify(json, null, 2)))).toEqual(expected)
  })

  it('keeps integers that a double does not hold', () => {
    const filter = parseCql2Json('{"op":"=","args":[{"property":"a"},9007199254740993]}')
    expect(filter).toMatchObject({ right: { value: 9007199254740993n } })
  })

  it.each([
    ['', 0, /the JSON ends/],
    ['{"op":"=",}', 10, /a string is expected/],
    ['[1,2', 4, /“,” or “]”/],
    ['true false', 5, /the end is expected/],
    ['{"op":"=","args":[{"property":"a"},null]}', 35, /null is no value/],
    ['{"op":"=","args":[{"property":"a"}]}', 17, /takes two arguments, not 1/],
    ['{"op":"and","args":[true]}', 19, /two arguments or more/],
    ['{"op":1}', 6, /a string is expected/],
    ['{"property":["a"]}', 12, /a string is expected/],
    ['{}', 0, /one of the members/],
    ['{"op":"f","args":{}}', 17, /an array is expected/],
    ['{"op":"like","args":[{"property":"a"},{"property":"b"}]}', 38, /the pattern is/],
    ['{"date":"2021-13-01"}', 8, /not a date/],
    ['{"interval":["2021-01-01"]}', 12, /takes two arguments, not 1/],
    ['{"type":"Sphere","coordinates":[]}', 8, /no type of a geometry/],
    ['{"type":"Point"}', 0, /has no coordinates/],
    ['{"type":"Point","coordinates":[1,"2"]}', 33, /a number is expected/],
    ['{"type":"Polygon","coordinates":[[[0,0],[1,1],[1,0],[0,1]]]}', 0, /ends where it begins/],
    ['{"bbox":[1,2,3]}', 8, /four numbers, or six/],
    ['"a\\u0000"', 0, /NUL/],
    ['"\\ud800"', 0, /surrogate/],
    ['1e999', 0, /too large/],
  ])('refuses %s at %i', (json, position, message) => {
    const fault = faultOf(json)
    expect(fault.message).toMatch(message)
    expect(fault.position).toBe(position)
  })

  it('refuses values that JSON does not have', () => {
    const circle: unknown[] = []
    circle.push(circle)
    for (const value of [undefined, () => true, 1n, circle]) expect(faultOf(value).position).toBe(0)
  })

  it('refuses what is nested too deeply, however it is', () => {
    let nested: unknown = true
    for (let i = 0; i < 1600; i++) nested = { op: 'not', args: [nested] }
    expect(faultOf(nested).message).toMatch(/levels deep/)
    expect(faultOf('['.repeat(100_000)).message).toMatch(/levels deep/)
    expect(faultOf('{"a":'.repeat(20_000)).message).toMatch(/levels deep/)
    let deep: unknown = 1
    for (let i = 0; i < 50_000; i++) deep = [deep]
    expect(faultOf(deep).position).not.toBeNull()
  })

  it('is read as the same filter as the text', () => {
    fc.assert(
      fc.property(filters(COLUMNS), (filter) => {
        expect(withoutPositions(parseCql2Json(toCql2Json(filter)))).toEqual(withoutPositions(filter))
      }),
      { numRuns: 200, endOnFailure: true },
    )
  })

  it('throws nothing but its error, with a place in the text', () => {
    const operators = [
      'and',
      '=',
      'like',
      'in',
      'isNull',
      's_within',
      't_meets',
      'a_equals',
      '+',
      'casei',
      'f',
    ]
    const tree = fc.letrec((tie) => ({
      value: fc.oneof(
        { depthSize: 'medium' },
        fc.jsonValue({ maxDepth: 2 }),
        fc.array(tie('value'), { maxLength: 4 }),
        fc.record({ op: fc.constantFrom(...operators), args: fc.array(tie('value'), { maxLength: 3 }) }),
        fc.record({ property: tie('value') }),
        fc.record({ interval: tie('value') }),
        fc.record({
          type: fc.constantFrom('Point', 'Polygon', 'GeometryCollection'),
          coordinates: tie('value'),
        }),
        fc.record({ bbox: tie('value') }),
      ),
    })).value
    const mutated = fc.tuple(tree, fc.nat(), fc.string({ maxLength: 3 })).map(([value, at, inserted]) => {
      const text = JSON.stringify(value)
      const cut = at % (text.length + 1)
      return text.slice(0, cut) + inserted + text.slice(cut)
    })
    fc.assert(
      fc.property(fc.oneof(tree, mutated), (json) => {
        try {
          parseCql2Json(json)
        } catch (error) {
          expect(error).toBeInstanceOf(QueryError)
          expect((error as QueryError).position).toBeGreaterThanOrEqual(0)
        }
      }),
      { numRuns: 500, endOnFailure: true },
    )
  })
})
