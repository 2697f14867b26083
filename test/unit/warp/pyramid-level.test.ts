import { describe, expect, test } from 'vitest'
import { choosePyramidLevel, sourcePixelsPerTargetPixel } from '../../../src/geo/warp/pyramid-level.ts'
import { geographicGrid } from '../../../src/geo/warp/target-grid.ts'

/** An image of 100 px a degree, its top left corner at (0, 0), turned by an angle. */
function turned(angle: number) {
  const cos = Math.cos(angle) * 100
  const sin = Math.sin(angle) * 100
  return (lon: number, lat: number, out: Float64Array) => {
    out[0] = lon * cos - lat * sin + 500
    out[1] = -lon * sin - lat * cos + 500
  }
}

const source = { width: 4000, height: 3000, levels: 4, hasAlpha: false }

/** A target of 256 px that has `ratio` source pixels to one of its own. */
const targetOf = (ratio: number) => geographicGrid(0, 0, ratio / 100, ratio / 100, 256, 256)

describe('choosePyramidLevel', () => {
  test.each([
    [0.01, 3],
    [0.7, 3],
    [1, 3],
    [1.9, 3],
    [1.9999999, 2],
    [2, 2],
    [3.9, 2],
    [4, 1],
    [8, 0],
    [100, 0],
  ])('%d source pixels per target pixel read level %i of 0..3', (ratio, level) => {
    expect(choosePyramidLevel(targetOf(ratio), turned(0), source)).toBe(level)
    expect(choosePyramidLevel(targetOf(ratio), turned(0.6), source)).toBe(level)
  })

  test('reads the coarsest level when the image is not touched', () => {
    const target = geographicGrid(100, 0, 0.001, 0.001, 256, 256)
    expect(choosePyramidLevel(target, turned(0), source)).toBe(0)
  })

  test('a target that holds the whole image in a corner measures that corner', () => {
    // Far from the image the map has a thousandth of its scale.
    const map = (lon: number, lat: number, out: Float64Array) => {
      out[0] = lon < 1 ? lon * 1000 : 1e6 + lon
      out[1] = lat > -1 ? lat * -1000 : 1e6 - lat
    }
    const target = geographicGrid(0, 0, 1 / 256, 1 / 256, 2560, 2560)
    const scale = sourcePixelsPerTargetPixel(target, map, { width: 1000, height: 1000 })
    expect(scale).not.toBeNull()
    expect(scale!).toBeGreaterThan(3)
  })
})

test('scale ignores parts that are not finite', () => {
  const map = (lon: number, lat: number, out: Float64Array) => {
    out[0] = lat < -1 ? Number.NaN : lon * 100
    out[1] = lat * -100
  }
  const scale = sourcePixelsPerTargetPixel(geographicGrid(0, 0, 0.02, 0.02, 100, 100), map, source)
  expect(scale).toBeCloseTo(2, 9)
})
