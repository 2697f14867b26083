import { expect, test } from 'vitest'
import { tileBoundsMetres, tileRange } from '../../../src/geo/mercator.ts'
import {
  hasTile,
  TILE_MATRIX_SETS,
  tileBox,
  tileLimits,
  tileMatrix,
  WEB_MERCATOR_QUAD,
} from '../../../src/geo/tile-matrix-set.ts'

const CRS84 = TILE_MATRIX_SETS.get('WorldCRS84Quad')!

test('the scales of OGC 17-083r4, annex D', () => {
  expect(tileMatrix(WEB_MERCATOR_QUAD, 0).scaleDenominator).toBeCloseTo(559082264.028717, 4)
  expect(tileMatrix(WEB_MERCATOR_QUAD, 24).scaleDenominator).toBeCloseTo(33.3238997477, 8)
  expect(tileMatrix(WEB_MERCATOR_QUAD, 0).cellSize).toBeCloseTo(156543.033928041, 7)
  expect(tileMatrix(CRS84, 0).scaleDenominator).toBeCloseTo(279541132.014358, 4)
  expect(tileMatrix(CRS84, 0)).toMatchObject({ cellSize: 0.703125, matrixWidth: 2, matrixHeight: 1 })
  expect(tileMatrix(CRS84, 3)).toMatchObject({ id: '3', matrixWidth: 16, matrixHeight: 8 })
})

test('tiles of the mercator set are those of XYZ addresses', () => {
  for (const [z, x, y] of [
    [0, 0, 0],
    [5, 16, 11],
    [20, 548575, 365849],
  ] as const) {
    const ours = tileBox(WEB_MERCATOR_QUAD, { zoom: z, column: x, row: y })
    for (const [i, value] of tileBoundsMetres(z, x, y).entries()) expect(ours[i]).toBeCloseTo(value, 6)
  }
})

test('tiles of the degree set', () => {
  expect(tileBox(CRS84, { zoom: 0, row: 0, column: 1 })).toEqual([0, -90, 180, 90])
  expect(tileBox(CRS84, { zoom: 2, row: 3, column: 0 })).toEqual([-180, -90, -135, -45])
  expect(hasTile(CRS84, { zoom: 1, row: 1, column: 3 })).toBe(true)
  expect(hasTile(CRS84, { zoom: 1, row: 2, column: 0 })).toBe(false)
  expect(hasTile(CRS84, { zoom: 25, row: 0, column: 0 })).toBe(false)
})

test('limits are the tiles that a bbox touches', () => {
  const bbox = [7.2, 47.1, 8.2, 47.7] as const
  const { minX, maxX, minY, maxY } = tileRange([...bbox], 9)
  const limits = { tileMatrix: '9', minTileCol: minX, maxTileCol: maxX, minTileRow: minY, maxTileRow: maxY }
  expect(tileLimits(WEB_MERCATOR_QUAD, [...bbox], 9)).toEqual(limits)
  const all = { tileMatrix: '1', minTileRow: 0, maxTileRow: 1, minTileCol: 0, maxTileCol: 3 }
  expect(tileLimits(CRS84, [-180, -90, 180, 90], 1)).toEqual(all)
})
