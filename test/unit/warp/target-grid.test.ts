import { expect, test } from 'vitest'
import { geographicGrid, mercatorTileGrid } from '../../../src/geo/warp/target-grid.ts'

const EARTH_RADIUS = 6378137

test('the world tile spans the mercator square', () => {
  const grid = mercatorTileGrid(0, 0, 0, 256)
  expect([grid.geoX(0), grid.geoX(128), grid.geoX(256)]).toEqual([-180, 0, 180])
  expect(grid.geoY(0)).toBeCloseTo(85.0511287798066, 10)
  expect(grid.geoY(128)).toBeCloseTo(0, 12)
  expect(grid.geoY(256)).toBeCloseTo(-85.0511287798066, 10)
})

test('columns and rows of a tile are even in mercator metres', () => {
  const grid = mercatorTileGrid(12, 2134, 1430, 512)
  const side = (2 * Math.PI * EARTH_RADIUS) / 2 ** 12
  for (const row of [0, 100.5, 511.5, 512]) {
    const metres = EARTH_RADIUS * Math.log(Math.tan(Math.PI / 4 + (grid.geoY(row) * Math.PI) / 360))
    expect(metres).toBeCloseTo(Math.PI * EARTH_RADIUS - side * (1430 + row / 512), 5)
  }
  expect(grid.geoX(256)).toBeCloseTo((2134.5 / 4096) * 360 - 180, 12)
})

test('neighbouring tiles share their edges', () => {
  const left = mercatorTileGrid(7, 66, 44, 256)
  const right = mercatorTileGrid(7, 67, 45, 256)
  expect(left.geoX(256)).toBe(right.geoX(0))
  expect(left.geoY(256)).toBe(right.geoY(0))
})

test('a geographic grid counts rows from the north', () => {
  const grid = geographicGrid(7.5, 47.7, 0.001, 0.002, 300, 200)
  expect([grid.width, grid.height]).toEqual([300, 200])
  expect(grid.geoX(10.5)).toBeCloseTo(7.5105, 12)
  expect(grid.geoY(10.5)).toBeCloseTo(47.679, 12)
})
