import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bytesOfHex, hexOf } from '../../../src/formats/hex.ts'
import { decodeWkb, encodeEwkb } from '../../../src/formats/wkb.ts'
import { type FlatGeometry, GEOMETRY_CODES } from '../../../src/geo/flat-geometry.ts'
import { tidyGeometry } from '../../../src/geo/tidy-geometry.ts'

const { Point, LineString, Polygon, MultiPoint, MultiLineString, MultiPolygon } = GEOMETRY_CODES
const RING = [0, 0, 1, 0, 1, 1, 0, 0]

describe('tidyGeometry', () => {
  it.each<[string, FlatGeometry]>([
    ['a point', { type: Point, xy: [1, 2] }],
    ['an empty point', { type: Point, xy: [] }],
    ['a line', { type: LineString, xy: [0, 0, 1, 1] }],
    ['a polygon', { type: Polygon, xy: RING, ends: [4] }],
    ['a polygon without ends', { type: Polygon, xy: RING }],
    ['parts', { type: MultiPolygon, xy: [], parts: [{ type: Polygon, xy: RING, ends: [4] }] }],
  ])('leaves %s as it is', (_, geometry) => {
    expect(tidyGeometry(geometry)).toBe(geometry)
  })

  it.each<[string, FlatGeometry, FlatGeometry | null]>([
    [
      'closes a ring',
      { type: Polygon, xy: RING.slice(0, 6), z: [1, 2, 3], ends: [3] },
      { type: Polygon, xy: RING, z: [1, 2, 3, 1], ends: [4] },
    ],
    [
      'drops a hole without area',
      { type: Polygon, xy: [...RING, 5, 5, 6, 6], ends: [4, 6] },
      { type: Polygon, xy: RING, ends: [4] },
    ],
    [
      'drops a polygon without an outer ring',
      { type: Polygon, xy: [5, 5, 6, 6, ...RING], ends: [2, 6] },
      null,
    ],
    ['drops a line of one point', { type: LineString, xy: [1, 1] }, null],
    [
      'drops one of several lines',
      { type: MultiLineString, xy: [1, 1, 0, 0, 1, 1], ends: [1, 3] },
      { type: MultiLineString, xy: [0, 0, 1, 1], ends: [2] },
    ],
    [
      'drops what is not finite',
      { type: MultiPoint, xy: [1, 1, Number.NaN, 0, 2, 2] },
      { type: MultiPoint, xy: [1, 1, 2, 2] },
    ],
    ['drops a point that is not finite', { type: Point, xy: [Number.POSITIVE_INFINITY, 1] }, null],
  ])('%s', (_, geometry, tidy) => {
    expect(tidyGeometry(geometry)).toEqual(tidy)
  })
})

describe('hexadecimal digits', () => {
  it('are read as they were written, in either case', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(bytesOfHex(hexOf(bytes))).toEqual(bytes)
        expect(bytesOfHex(hexOf(bytes).toUpperCase())).toEqual(bytes)
      }),
    )
    expect(decodeWkb(bytesOfHex(hexOf(encodeEwkb({ type: Point, xy: [1, 2] })))).type).toBe(Point)
  })
})
