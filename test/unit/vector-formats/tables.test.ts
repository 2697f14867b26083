import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { RecordSplitter } from '../../../src/formats/csv/record-splitter.ts'
import { csvLayout } from '../../../src/formats/csv/table.ts'
import { kindOfCell, kindOfJson, typeOfKinds } from '../../../src/formats/field-census.ts'
import { fieldValueOf, jsonOfList } from '../../../src/formats/field-values.ts'
import { FormatError } from '../../../src/formats/format-error.ts'
import { isIsoDate, isIsoTimestamp } from '../../../src/formats/iso-time.ts'
import { memorySyncSource } from '../../../src/formats/sync-bytes.ts'
import { encodeEwkb } from '../../../src/formats/wkb.ts'
import { parseWkt } from '../../../src/formats/wkt.ts'

const source = (text: string) => memorySyncSource(new TextEncoder().encode(text))

function readAll(text: string, delimiter: string, position = 0): string[][] {
  const splitter = new RecordSplitter(source(text), delimiter, 'utf-8', position)
  const records = []
  for (let next = splitter.next(); next; next = splitter.next()) records.push(next.cells)
  return records
}

describe('records', () => {
  const cell = fc.string({ unit: fc.constantFrom('a', 'é', '"', ',', ';', '\n', '\r\n', ' ', '1') })

  it('come out as they were put in', () => {
    const table = fc.array(fc.array(cell, { minLength: 2, maxLength: 4 }), { minLength: 1, maxLength: 5 })
    fc.assert(
      fc.property(
        table,
        fc.constantFrom(',', ';', '\t'),
        fc.constantFrom('\n', '\r\n', '\r'),
        (rows, delimiter, end) => {
          const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`
          const text = rows.map((cells) => cells.map(quoted).join(delimiter)).join(end)
          expect(readAll(text, delimiter)).toEqual(rows)
        },
      ),
      { numRuns: 200, endOnFailure: true },
    )
  })

  it('are found from any position that was told', () => {
    const text = 'a,b\n"x\ny",2\n\n3,"4"",5"\r\n6,'
    const splitter = new RecordSplitter(source(text), ',', 'utf-8', 0)
    const all = readAll(text, ',')
    expect(all).toEqual([
      ['a', 'b'],
      ['x\ny', '2'],
      ['3', '4",5'],
      ['6', ''],
    ])
    for (let done = 1; splitter.next(); done++)
      expect(readAll(text, ',', splitter.position)).toEqual(all.slice(done))
  })

  it('are refused where a quote stays open', () => {
    expect(() => readAll('a,b\n"c,d\n', ',')).toThrow(/byte 4/)
  })
})

describe('tables', () => {
  it.each([
    ['a,lon,lat\nx,8.5,47.1', ',', { x: 1, y: 2 }],
    ['X;Y\n600000,5;200000,1', ';', { x: 0, y: 1 }],
    ['id\tthe_geom\n1\tPOINT(1 2)', '\t', { wkt: 1 }],
    ['id|geometry\n1|0101000000000000000000F03F0000000000000040', '|', { wkt: 1 }],
    ['lon,lat\nhere,there', ',', null],
    ['one\ntwo', ',', null],
  ])('%j', (text, delimiter, geometry) => {
    expect(csvLayout(source(text), 'utf-8')).toMatchObject({ delimiter, geometry })
  })

  it('have a name for every column', () => {
    expect(csvLayout(source('a,,a\n1,2,3'), 'utf-8').columns).toEqual(['a', 'column_2', 'a_2'])
  })
})

describe('types', () => {
  const typeOf = (...cells: string[]) =>
    typeOfKinds(cells.reduce((kinds, cell) => kinds | kindOfCell(cell, false), 0))

  it.each([
    ['integer', ['1', '-5', '', ' 7 ']],
    ['bigint', ['1', '3000000000']],
    ['double', ['1', '2.5', '1e3', '99999999999999999999999']],
    ['text', ['007', '1']],
    ['text', ['08001']],
    ['boolean', ['true', 'FALSE']],
    ['date', ['2024-02-29']],
    ['timestamp', ['2024-02-29', '2024-02-29T10:00:00+02:00']],
    ['time', ['10:30']],
    ['text', ['2023-02-29']],
    ['text', ['10:30', '5']],
    ['text', ['']],
  ])('%s of %j', (type, cells) => expect(typeOf(...cells)).toBe(type))

  it('hold what JSON has', () => {
    const of = (...values: unknown[]) =>
      typeOfKinds(values.reduce<number>((kinds, value) => kinds | kindOfJson(value), 0))
    expect([
      of(1, 2.5),
      of(1, 'a'),
      of([1], 'a'),
      of(true, null),
      of(2 ** 40),
      of(1e300),
      of(9007199254740993n),
    ]).toEqual([...['double', 'text', 'json', 'boolean', 'bigint', 'double', 'bigint']])
  })

  it('know the days there are', () => {
    expect(['2024-02-29', '2000-02-29'].every(isIsoDate)).toBe(true)
    expect(['1900-02-29', '2024-13-01', '0000-01-01', '2024-04-31'].some(isIsoDate)).toBe(false)
    expect(isIsoTimestamp('2024-01-01T10:00:00+99:00')).toBe(false)
  })

  it('hold no text that a database cannot', () => {
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: 'binary' }), (value) => {
        const json = fieldValueOf({ value, '\ud800\0': '\0\\u0000' }, 'json') as string
        expect(json).not.toMatch(/(?<!\\)(?:\\\\)*\\u0000/)
        expect(() => JSON.parse(json)).not.toThrow()
      }),
      { numRuns: 50 },
    )
    expect(fieldValueOf('a\0b\ud800', 'text')).toBe('ab\ufffd')
    expect([jsonOfList('(2:a,b)'), jsonOfList('(2:1,2.5)'), jsonOfList('(0:)'), jsonOfList('plain')]).toEqual(
      [...['["a","b"]', '[1,2.5]', '[]', '"plain"']],
    )
  })
})

describe('well-known text', () => {
  it.each([
    ['POINT(1 2)', { type: 1, xy: [1, 2] }],
    ['srid=2056;Point Z (1 2 3)', { type: 1, xy: [1, 2], z: [3] }],
    ['POINT M (1 2 3)', { type: 1, xy: [1, 2], m: [3] }],
    ['MULTIPOINT((1 2),(3 4))', { type: 4, xy: [1, 2, 3, 4] }],
    ['MULTIPOINT(1 2,3 4)', { type: 4, xy: [1, 2, 3, 4] }],
    ['POLYGON ((0 0, 1 0, 1 1, 0 0),(2 2,3 2,3 3,2 2))', { type: 3, ends: [4, 8] }],
    ['GEOMETRYCOLLECTION(POINT(1 2),LINESTRING(0 0,1 1))', { type: 7, parts: [{ type: 1 }, { type: 2 }] }],
    ['LINESTRING EMPTY', { type: 2, xy: [] }],
  ])('%s', (text, geometry) => {
    const read = parseWkt(text)
    expect(read.geometry).toMatchObject(geometry)
    expect(read.srid).toBe(text.startsWith('srid') ? 2056 : null)
    expect(encodeEwkb(read.geometry).length).toBeGreaterThan(8)
  })

  it.each([
    '',
    'POINT',
    'POINT(1)',
    'POINT(1 2',
    'POINT(1 2) x',
    'CIRCLE(1 2)',
    'POINT Z (1 2)',
    'LINESTRING(0 0 1, 1 1)',
    '('.repeat(2000),
  ])('refuses %j', (text) => expect(() => parseWkt(text)).toThrow(FormatError))
})
