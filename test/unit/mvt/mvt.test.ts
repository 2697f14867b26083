import { VectorTile } from '@mapbox/vector-tile'
import fc from 'fast-check'
import { PbfReader } from 'pbf'
import { describe, expect, test } from 'vitest'
import { encodeMvt, type MvtField } from '../../../src/formats/mvt.ts'
import { geometryCommands } from '../../../src/geo/mvt/commands.ts'
import { ringArea, type TileGeometry } from '../../../src/geo/mvt/tile-geometry.ts'
import { rawLayers } from './decoded-tile.ts'

const POINT: TileGeometry = { type: 1, parts: [[5, 7]] }
const FIELDS: MvtField[] = [
  { name: 'whole', kind: 'integer' },
  { name: 'share', kind: 'double' },
  { name: 'open', kind: 'boolean' },
  { name: 'name', kind: 'text' },
]

const tileOf = (geometry: TileGeometry) =>
  encodeMvt({ name: 'layer', fields: [], features: [{ id: 1, geometry, values: [] }] })

describe('commands', () => {
  test('the examples of the specification (4.3.5)', () => {
    expect(geometryCommands({ type: 1, parts: [[25, 17]] })).toEqual([9, 50, 34])
    const points = [
      [5, 7],
      [3, 2],
    ]
    expect(geometryCommands({ type: 1, parts: points })).toEqual([17, 10, 14, 3, 9])
    expect(geometryCommands({ type: 2, parts: [[2, 2, 2, 10, 10, 10]] })).toEqual([9, 4, 4, 18, 0, 16, 16, 0])
    const lines = [
      [2, 2, 2, 10, 10, 10],
      [1, 1, 3, 5],
    ]
    expect(geometryCommands({ type: 2, parts: lines })).toEqual([
      ...[9, 4, 4, 18, 0, 16, 16, 0, 9, 17, 17, 10, 4, 8],
    ])
    expect(geometryCommands({ type: 3, parts: [[3, 6, 8, 12, 20, 34]] })).toEqual([
      ...[9, 6, 12, 18, 10, 12, 24, 44, 15],
    ])
  })
})

describe('a layer', () => {
  test('of version 2, with its name and extent, and each name and value once', () => {
    const features = [
      { id: 1, geometry: POINT, values: ['3', '0.5', 'true', 'a'] },
      { id: 2, geometry: POINT, values: ['3', '0.5', 'false', 'b'] },
      { id: 3, geometry: POINT, values: [null, '3', null, '3'] },
    ]
    const [layer] = rawLayers(encodeMvt({ name: 'Orte', fields: FIELDS, features }))
    expect(layer).toMatchObject({ version: 2, name: 'Orte', extent: 4096 })
    expect(layer!.keys).toEqual(['whole', 'share', 'open', 'name'])
    expect(layer!.values).toEqual([
      { field: 5, value: 3n },
      { field: 3, value: 0.5 },
      { field: 7, value: true },
      { field: 1, value: 'a' },
      { field: 7, value: false },
      { field: 1, value: 'b' },
      { field: 3, value: 3 },
      { field: 1, value: '3' },
    ])
    expect(layer!.features.map(({ tags }) => tags)).toEqual([
      [0, 0, 1, 1, 2, 2, 3, 3],
      [0, 0, 1, 1, 2, 4, 3, 5],
      [1, 6, 3, 7],
    ])
  })

  test('keeps every digit of integers of 64 bits', () => {
    const numbers = [
      '0',
      '-1',
      '127',
      '128',
      '9007199254740993',
      '9223372036854775807',
      '-9223372036854775808',
    ]
    const features = numbers.map((text, i) => ({ id: i, geometry: POINT, values: [text] }))
    const [layer] = rawLayers(encodeMvt({ name: 'n', fields: FIELDS.slice(0, 1), features }))
    expect(layer!.values.map(({ value }) => String(value))).toEqual(numbers)
    expect(layer!.values.map(({ field }) => field)).toEqual([5, 6, 5, 5, 5, 5, 6])
  })

  test('leaves out what is no number, and ids that a tile cannot have', () => {
    const ids = [0, -1, 1.5, 2 ** 53, null]
    const features = ids.map((id) => ({ id, geometry: POINT, values: [null, 'NaN', null, null] }))
    const [layer] = rawLayers(encodeMvt({ name: 'n', fields: FIELDS, features }))
    expect(layer!.values).toEqual([])
    expect(layer!.keys).toEqual([])
    expect(layer!.features.map(({ id }) => id)).toEqual([0, null, null, null, null])
  })

  test('without features has no bytes', () => {
    expect(encodeMvt({ name: 'n', fields: FIELDS, features: [] })).toHaveLength(0)
  })

  test('comes back as it was, whatever its values', () => {
    const value = fc.record({
      whole: fc.option(fc.bigInt({ min: -(2n ** 52n), max: 2n ** 52n })),
      share: fc.option(fc.double({ noNaN: true, noDefaultInfinity: true })),
      open: fc.option(fc.boolean()),
      name: fc.option(fc.string({ unit: 'grapheme' })),
    })
    fc.assert(
      fc.property(fc.array(value, { minLength: 1, maxLength: 20 }), (rows) => {
        const features = rows.map((row, id) => {
          const share = row.share === null ? null : String(row.share)
          const values = [row.whole?.toString() ?? null, share, row.open?.toString() ?? null, row.name]
          return { id, geometry: POINT, values }
        })
        const layer = new VectorTile(new PbfReader(encodeMvt({ name: 'n', fields: FIELDS, features }))).layers
          .n!
        expect(layer.length).toBe(rows.length)
        for (const [i, row] of rows.entries()) {
          const given = Object.entries({ ...row, whole: row.whole === null ? null : Number(row.whole) })
          const present = given.filter(([, value]) => value !== null)
          // The text of -0 is that of 0.
          const expected = present.map(([name, value]) => [name, Object.is(value, -0) ? 0 : value])
          expect({ ...layer.feature(i).properties }).toEqual(Object.fromEntries(expected))
        }
      }),
      { numRuns: 60 },
    )
  })
})

const coordinate = fc.integer({ min: -64, max: 4160 })
const partOf = (points: number) =>
  fc
    .array(fc.tuple(coordinate, coordinate), { minLength: points, maxLength: points + 8 })
    .map((part) => part.flat())

test('geometry comes back as it was', () => {
  const geometry = fc.oneof(
    fc
      .array(fc.tuple(coordinate, coordinate), { minLength: 1, maxLength: 5 })
      .map((parts) => ({ type: 1 as const, parts })),
    fc.array(partOf(2), { minLength: 1, maxLength: 4 }).map((parts) => ({ type: 2 as const, parts })),
    fc
      .array(partOf(3), { minLength: 1, maxLength: 4 })
      .filter((rings) => rings.every((ring) => ringArea(ring) !== 0))
      .map((parts) => ({ type: 3 as const, parts })),
  )
  fc.assert(
    fc.property(geometry, ({ type, parts }) => {
      const feature = new VectorTile(new PbfReader(tileOf({ type, parts }))).layers.layer!.feature(0)
      expect(feature.type).toBe(type)
      const read = feature.loadGeometry().map((part) => part.flatMap(({ x, y }) => [x, y]))
      // The reader gives points as one part, and closes rings.
      const expected =
        type === 1 ? parts : parts.map((part) => (type === 3 ? [...part, part[0]!, part[1]!] : part))
      expect(type === 1 ? read.flat() : read).toEqual(type === 1 ? expected.flat() : expected)
    }),
    { numRuns: 100 },
  )
})
