import { describe, expect, it } from 'vitest'
import { tableInput } from '../../../src/dialects/giscloud/table-input.ts'
import { columnValue } from '../../../src/domain/datasets/column-values.ts'
import { valueOfText } from '../../../src/domain/datasets/text-values.ts'
import type { ColumnType } from '../../../src/store/dataset-types.ts'

describe('a table to be made', () => {
  it('is read as the documentation writes it', () => {
    const columns = { name: { type: 'text' }, num_of_houses: { type: 'number' } }
    expect(tableInput({ geometry: 'POINT', name: 'counties7', columns })).toEqual({
      ...{ name: 'counties7', geometryType: 'Point', dimensions: undefined, srid: undefined },
      columns: [
        { name: 'name', type: 'text' },
        { name: 'num_of_houses', type: 'double' },
      ],
    })
  })

  it.each([
    ['multipolygon', 'MultiPolygon', undefined],
    ['POINTZ', 'Point', 'XYZ'],
    ['LINESTRING ZM', 'LineString', 'XYZM'],
    ['POLYGON25D', 'Polygon', 'XYZ'],
    ['Geometry', 'Geometry', undefined],
    ['none', null, undefined],
    [null, null, undefined],
    [false, null, undefined],
  ])('takes the geometry %j', (geometry, geometryType, dimensions) => {
    const { geometryType: type, dimensions: layout } = tableInput({ name: 't', geometry })
    expect([type, layout]).toEqual([geometryType, dimensions])
  })

  it.each([
    [{ geometry: 'POINT' }, 'name'],
    [{ name: 't', geometry: 'CIRCLE' }, 'geometry'],
    [{ name: 't', geometry: 7 }, 'geometry'],
    [{ name: 't', geometry: 'constructor' }, 'geometry'],
    [{ name: 't', srid: 'x' }, 'srid'],
    [{ name: 't', srid: 0 }, 'srid'],
    [{ name: 't', columns: 'a' }, 'columns'],
    [{ name: 't', columns: [1] }, 'columns[0].name'],
    [{ name: 't', columns: { a: { type: 'blob' } } }, 'columns.a.type'],
    [{ name: 't', columns: { a: null } }, 'columns.a.type'],
    [{ name: 't', columns: { a: { type: 'text', not_null: true } } }, 'columns.a.not_null'],
    [{ name: 't', columns: { OGC_FID: { type: 'text' } } }, 'columns.OGC_FID'],
    [{ name: 't\0' }, 'name'],
  ])('refuses %j for its %s', (members, attribute) => {
    expect(() => tableInput(members as Record<string, unknown>)).toThrow(
      expect.objectContaining({ issues: [expect.objectContaining({ attribute })] }),
    )
  })
})

describe('values as text', () => {
  const read = (type: ColumnType, text: unknown) => columnValue(type, valueOfText(type, text))

  it.each<[ColumnType, unknown, unknown]>([
    ['integer', '5', 5],
    ['integer', ' -7 ', -7],
    ['double', '3.14', 3.14],
    ['double', '1e3', 1000],
    ['bigint', '9007199254740993', 9007199254740993n],
    ['boolean', 't', true],
    ['boolean', 'FALSE', false],
    ['boolean', 1, true],
    ['text', 5, '5'],
    ['text', '', ''],
    ['integer', '', null],
    ['date', '', null],
    ['timestamp', '2020-06-26', '2020-06-26T00:00:00Z'],
    ['timestamp', '2020-06-26 09:39:27.380+02', '2020-06-26 09:39:27.380+02'],
    ['json', '{"a":1}', '{"a":1}'],
    ['json', 'plain', '"plain"'],
    ['binary', '\\x00ff', new Uint8Array([0, 255])],
  ])('%s takes %j', (type, text, value) => {
    expect(read(type, text)).toEqual({ value })
  })

  it.each<[ColumnType, unknown]>([
    ['integer', '5.5'],
    ['integer', '0x10'],
    ['double', 'NaN'],
    ['boolean', 'perhaps'],
    ['bigint', '99999999999999999999'],
    ['date', '2020-02-30'],
    ['text', { a: 1 }],
  ])('%s refuses %j', (type, text) => {
    expect(read(type, text)).toHaveProperty('fault')
  })
})
