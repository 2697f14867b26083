import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { QueryError } from '../../../src/query/index.ts'
import { parseDatetime } from '../../../src/standards/ogc/datetime.ts'
import { InvalidParameterError } from '../../../src/standards/ogc/errors.ts'
import { parseItemsQuery } from '../../../src/standards/ogc/items-query.ts'
import { undeclaredParameters } from '../../../src/standards/ogc/parameters.ts'
import { preconditionOf } from '../../../src/standards/ogc/preconditions.ts'

const EPSG = 'http://www.opengis.net/def/crs/EPSG/0/'
const parsed = (query: string | Record<string, string>) =>
  parseItemsQuery(new URLSearchParams(query), [], null).query

describe('datetime', () => {
  test.each([
    ['2024-02-29', '2024-02-29', '2024-02-29'],
    ['2018-02-12T23:20:50Z', '2018-02-12T23:20:50Z', '2018-02-12T23:20:50Z'],
    ['2018-02-12t23:20:50.5+01:00/..', '2018-02-12T23:20:50.5+01:00', null],
    ['/2018-02-12', null, '2018-02-12'],
    ['../2018-02-12', null, '2018-02-12'],
    ['2018-02-12/', '2018-02-12', null],
    ['2018-02-12/2018-02-12T10:00:00Z', '2018-02-12', '2018-02-12T10:00:00Z'],
    ['2018-02-12T10:00:00Z/2018-02-12', '2018-02-12T10:00:00Z', '2018-02-12'],
    ['2016-12-31T23:59:60Z', '2016-12-31T23:59:60Z', '2016-12-31T23:59:60Z'],
  ])('%s', (text, from, to) => {
    expect(parseDatetime(text)).toEqual({ from, to })
  })

  test.each([
    ...['', '..', '../..', '/', 'now', '2024', '2024-13-01', '2023-02-29', '2024-00-10', '2024-01-00'],
    ...['2024-01-01T24:00:00Z', '2024-01-01T10:00:00', '2024-01-01 10:00:00Z', '2024-01-01T10:60:00Z'],
    ...['2024-01-01/2023-01-01', 'a/b', '2024-01-01/2024-01-02/2024-01-03', '0000-01-01', '2024-1-1'],
  ])('refuses %s', (text) => {
    expect(() => parseDatetime(text)).toThrow(InvalidParameterError)
  })
})

describe('bbox', () => {
  test('is easting first for the domain, whatever order its system has', () => {
    expect(parsed({ bbox: '5.9,45.8,10.5,47.8' }).bbox).toEqual({
      extent: [5.9, 45.8, 10.5, 47.8],
      srid: 4326,
    })
    expect(parsed({ bbox: '45.8,5.9,47.8,10.5', 'bbox-crs': `${EPSG}4326` }).bbox).toEqual({
      extent: [5.9, 45.8, 10.5, 47.8],
      srid: 4326,
    })
    expect(parsed({ bbox: '1,2,3,4', 'bbox-crs': `${EPSG}3857` }).bbox).toEqual({
      extent: [1, 2, 3, 4],
      srid: 3857,
    })
  })

  test('may have heights, which do not matter, and may cross longitude 180', () => {
    expect(parsed({ bbox: '1,2,-10,3,4,10' }).bbox?.extent).toEqual([1, 2, 3, 4])
    expect(parsed({ bbox: '170,-10,-170,10' }).bbox?.extent).toEqual([170, -10, -170, 10])
  })

  test.each([
    ...[
      '',
      '1,2,3',
      '1,2,3,4,5',
      '1,2,3,4,5,6,7',
      '1,2,3,x',
      '1,2,3,',
      'NaN,0,1,1',
      '1e400,0,1,1',
      '0x1,0,1,1',
    ],
    ...['0,10,10,0', '0,0,10,10,10,0', '1;2;3;4', 'Infinity,0,1,1', '1 2,3,4,5'],
  ])('refuses %j', (bbox) => {
    expect(() => parsed({ bbox })).toThrow(InvalidParameterError)
  })

  test('does not cross anything in metres', () => {
    expect(() => parsed({ bbox: '3,2,1,4', 'bbox-crs': `${EPSG}3857` })).toThrow('least easting')
  })
})

describe('parameters of features', () => {
  test('have defaults', () => {
    expect(parsed('')).toEqual({ limit: 10, sortBy: [], skipGeometry: false })
  })

  test('limit is bounded, not refused, above', () => {
    expect(parsed('limit=1').limit).toBe(1)
    expect(parsed('limit=10001').limit).toBe(10_000)
    expect(parsed(`limit=${'9'.repeat(400)}`).limit).toBe(10_000)
    for (const limit of ['0', '-1', '', ' 1', '1.5', '1e2', 'ten', '١', '0x10'])
      expect(() => parsed({ limit }), limit).toThrow(InvalidParameterError)
  })

  test('sortby has a sign before each name, and a plus that came as a space', () => {
    const expected = [
      { name: 'a', descending: false },
      { name: 'b', descending: true },
      { name: 'c', descending: false },
    ]
    expect(parsed('sortby=+a,-b,c').sortBy).toEqual(expected)
    expect(parsed('sortby=%2Ba,-b,c').sortBy).toEqual(expected)
    expect(() => parsed('sortby=-')).toThrow('has no name')
  })

  test('crs gives the axes in the order that its URI means', () => {
    expect(parsed({ crs: `${EPSG}4326` })).toMatchObject({ srid: 4326, axisOrder: 'yx' })
    expect(parsed({ crs: 'http://www.opengis.net/def/crs/OGC/1.3/CRS84' })).toMatchObject({
      ...{ srid: 4326, axisOrder: 'xy' },
    })
    expect(parsed({ crs: `[EPSG:3857]` })).toMatchObject({ srid: 3857, axisOrder: 'xy' })
    for (const crs of [
      '',
      'x',
      `${EPSG}0`,
      `${EPSG}999999`,
      `${EPSG}abc`,
      'http://www.opengis.net/def/crs/unsupported',
    ])
      expect(() => parsed({ crs }), crs).toThrow(InvalidParameterError)
  })

  test('after and offset do not go together', () => {
    expect(() => parsed('after=x&offset=1')).toThrow('offset')
  })

  test('never throw anything but what names its place', () => {
    const name = fc.constantFrom(
      ...['limit', 'offset', 'after', 'bbox', 'bbox-crs', 'datetime', 'crs', 'properties', 'skipGeometry'],
      ...['sortby', 'filter', 'filter-lang', 'filter-crs'],
    )
    const value = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 40 }),
      fc.constantFrom('cql2-json', '1,2,3,4', '{', '..'),
    )
    fc.assert(
      fc.property(fc.dictionary(name, value), (query) => {
        try {
          parsed(query)
        } catch (error) {
          expect(error instanceof InvalidParameterError || error instanceof QueryError, String(error)).toBe(
            true,
          )
        }
      }),
    )
  })
})

describe('names of the query', () => {
  const undeclared = (query: string) => undeclaredParameters(new Request(`http://host/?${query}`), ['a'])

  test('are told apart from the declared ones and from credentials', () => {
    expect(undeclared('a=1&b=2&user_id=1&user_token=x')).toEqual(['b'])
  })

  test('are there once, without NUL', () => {
    expect(() => undeclared('a=1&a=2')).toThrow('a: is given more than once')
    expect(() => undeclared('a=%00')).toThrow('NUL')
  })
})

describe('preconditions', () => {
  const of = (headers: Record<string, string>) => preconditionOf(new Request('http://host', { headers }))

  test('name tags, strong ones only', () => {
    expect(of({ 'if-match': '"1-2", W/"3", "4"' })).toEqual({ tags: ['1-2', '4'] })
    expect(of({ 'if-match': '*' })).toEqual({})
    expect(of({ 'if-match': 'W/"1"' })).toEqual({ tags: [] })
    expect(of({ 'if-match': 'nonsense' })).toEqual({ tags: [] })
  })

  test('or a date, unless there are tags or it is none', () => {
    const date = 'Sun, 06 Nov 1994 08:49:37 GMT'
    expect(of({ 'if-unmodified-since': date })).toEqual({ unmodifiedSince: new Date(date) })
    expect(of({ 'if-unmodified-since': 'soon' })).toEqual({})
    expect(of({ 'if-unmodified-since': date, 'if-match': '"1"' })).toEqual({ tags: ['1'] })
  })
})
