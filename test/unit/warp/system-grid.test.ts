import { describe, expect, it } from 'vitest'
import type { Bbox } from '../../../src/geo/bbox.ts'
import { crsTransform } from '../../../src/geo/crs/reference-system.ts'
import { systemGrid } from '../../../src/geo/warp/system-grid.ts'
import { clearOutside, pixelsWithin, windowOf } from '../../../src/geo/warp/target-extent.ts'
import { gridPart, type TargetGrid } from '../../../src/geo/warp/target-grid.ts'
import { buildWarpGrid } from '../../../src/geo/warp/warp-grid.ts'

const SWISS = [590_000, 225_000, 646_000, 273_000] as const
const BASEL: Bbox = [7.45, 47.35, 7.9, 47.6]
const swissGrid = (width = 280, height = 240) => systemGrid(crsTransform(21781), SWISS, width, height)

/** Degrees of a pixel's centre. */
function placeOf(target: TargetGrid, col: number, row: number): [number, number] {
  const out = Float64Array.of(target.geoX(col + 0.5), target.geoY(row + 0.5))
  target.projection?.inverse(out[0]!, out[1]!, out)
  return [out[0]!, out[1]!]
}

const isIn = ([lon, lat]: readonly number[], [west, south, east, north]: Bbox) =>
  lon! >= west && lon! <= east && lat! >= south && lat! <= north

describe('grids of a reference system', () => {
  it('run from the top left corner of their box', () => {
    const grid = swissGrid()
    expect([grid.geoX(0), grid.geoX(280), grid.geoY(0), grid.geoY(240)]).toEqual([
      ...[590_000, 646_000],
      ...[273_000, 225_000],
    ])
    const part = gridPart(grid, 140, 60, 10, 20)
    expect([part.width, part.height, part.geoX(0), part.geoY(0)]).toEqual([10, 20, 618_000, 261_000])
    expect(part.projection).toBe(grid.projection)
  })

  it('have longitudes and latitudes of their own in web mercator and WGS 84', () => {
    const mercator = systemGrid(
      crsTransform(900913),
      [0, 0, 20_037_508.342789244, 20_037_508.342789244],
      4,
      4,
    )
    expect(mercator.projection).toBeUndefined()
    expect(mercator.geoX(2)).toBeCloseTo(90, 9)
    expect(mercator.geoY(0)).toBeCloseTo(85.0511287798, 9)
    const degrees = systemGrid(crsTransform(4326), [170, -10, 190, 10], 4, 4)
    expect([degrees.geoX(4), degrees.geoY(4)]).toEqual([190, -10])
  })
})

describe('pixels within an extent', () => {
  it('are all that lie in it, and few more', () => {
    const target = swissGrid()
    const range = pixelsWithin(target, BASEL)!
    let inside = 0
    for (let row = 0; row < 240; row++)
      for (let col = 0; col < 280; col++) {
        if (!isIn(placeOf(target, col, row), BASEL)) continue
        inside++
        expect(col >= range.columns.from && col < range.columns.to).toBe(true)
        expect(row >= range.rows.from && row < range.rows.to).toBe(true)
      }
    const taken = (range.columns.to - range.columns.from) * (range.rows.to - range.rows.from)
    expect(inside).toBeGreaterThan(20_000)
    expect(taken).toBeLessThan(inside * 1.3)
  })

  it('are none where the extent is elsewhere', () => {
    expect(pixelsWithin(swissGrid(), [10, 46, 10.4, 46.5])).toBeNull()
    expect(pixelsWithin(systemGrid(crsTransform(4326), [0, 0, 1, 1], 10, 10), BASEL)).toBeNull()
  })

  it('are all where part of the extent has no place in the plane', () => {
    const range = pixelsWithin(swissGrid(), [-180, -90, 180, 90])
    expect(range).toEqual({ columns: { from: 0, to: 280 }, rows: { from: 0, to: 240 } })
  })
})

describe('what was drawn outside an extent is cleared', () => {
  it.each([21781, 4326, 3857])('in EPSG:%i', (code) => {
    const system = crsTransform(code)
    const out = new Float64Array(2)
    system.forward(7.4, 47.3, out)
    const [minX, minY] = out
    system.forward(8, 47.7, out)
    const target = systemGrid(system, [minX!, minY!, out[0]!, out[1]!], 131, 97)
    const rgba = new Uint8Array(131 * 97 * 4).fill(255)
    clearOutside(rgba, target, BASEL)
    for (let row = 0; row < 97; row++)
      for (let col = 0; col < 131; col++)
        expect(rgba[(row * 131 + col) * 4 + 3]).toBe(isIn(placeOf(target, col, row), BASEL) ? 255 : 0)
  })
})

describe('the window of a target', () => {
  it('holds every pixel', () => {
    const target = swissGrid()
    const window = windowOf(target)!
    for (let row = 0; row < 240; row += 13)
      for (let col = 0; col < 280; col += 13) expect(isIn(placeOf(target, col, row), window)).toBe(true)
    expect(window[0]).toBeGreaterThan(7)
    expect(window[3]).toBeLessThan(48)
  })

  it('holds the pole that lies in it', () => {
    const [west, , east, north] = windowOf(
      systemGrid(crsTransform(3995), [-1e6, -1e6, 1.1e6, 1.2e6], 300, 300),
    )!
    expect(west).toBeLessThanOrEqual(-180)
    expect(east).toBeGreaterThanOrEqual(180)
    expect(north).toBeGreaterThanOrEqual(90)
  })

  it('is none where part of the target is nowhere', () => {
    expect(windowOf(systemGrid(crsTransform(21781), [-5e8, -5e8, 5e8, 5e8], 100, 100))).toBeNull()
  })
})

it('a target that is nowhere costs little', () => {
  let evaluations = 0
  const target = systemGrid(crsTransform(21781), [4e8, 4e8, 5e8, 5e8], 512, 512)
  const grid = buildWarpGrid(
    target,
    (x, y, out) => {
      evaluations++
      target.projection!.inverse(x, y, out)
    },
    { scale: 1, extentX: 100, extentY: 100 },
  )
  expect(grid.count).toBe(0)
  expect(evaluations).toBeLessThan((512 * 512) / 5)
})
