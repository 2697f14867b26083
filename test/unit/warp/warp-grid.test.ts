import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { PlanarFunction } from '../../../src/geo/transform.ts'
import {
  BOUNDS_STRIDE,
  COEFFICIENT_STRIDE,
  PLACE_STRIDE,
  type WarpGrid,
} from '../../../src/geo/warp/grid-cells.ts'
import { geographicGrid, mercatorTileGrid, type TargetGrid } from '../../../src/geo/warp/target-grid.ts'
import { buildWarpGrid, GRID_ERROR_MAX_PX } from '../../../src/geo/warp/warp-grid.ts'
import { backwardOf, controlPoints, DEGREES_PER_PX, IMAGE } from './random-fit.ts'

const level = { scale: 1, extentX: IMAGE.width, extentY: IMAGE.height }

/** Source coordinates of all pixels by the grid, NaN where it has none. */
function coordinatesOf(grid: WarpGrid, target: TargetGrid): Float64Array {
  const out = new Float64Array(target.width * target.height * 2).fill(Number.NaN)
  for (let index = 0; index < grid.count; index++) {
    const [col, row, size] = grid.places.subarray(index * PLACE_STRIDE) as unknown as [number, number, number]
    const c = grid.coefficients.subarray(index * COEFFICIENT_STRIDE)
    const [minX, minY, maxX, maxY] = grid.bounds.subarray(index * BOUNDS_STRIDE)
    for (let j = 0; j < size && row + j < target.height; j++) {
      for (let i = 0; i < size && col + i < target.width; i++) {
        let x = 0
        let y = 0
        for (let a = 0; a < 3; a++) {
          for (let b = 0; b < 3; b++) {
            x += c[(a * 3 + b) * 2]! * i ** a * j ** b
            y += c[(a * 3 + b) * 2 + 1]! * i ** a * j ** b
          }
        }
        if (x < minX! - 1e-6 || x > maxX! + 1e-6 || y < minY! - 1e-6 || y > maxY! + 1e-6) {
          throw new Error(`(${x}, ${y}) is outside the bounds of cell ${index}`)
        }
        const at = ((row + j) * target.width + col + i) * 2
        if (!Number.isNaN(out[at])) throw new Error(`pixel ${col + i}, ${row + j} is in two cells`)
        out[at] = x
        out[at + 1] = y
      }
    }
  }
  return out
}

interface Comparison {
  /** Largest distance from the exact map, px. */
  worst: number
  /** Pixels that lie inside the image by the exact map and have no coordinates in the grid. */
  missing: number
  inside: number
}

function compare(grid: WarpGrid, target: TargetGrid, backward: PlanarFunction, scale = 1): Comparison {
  const coordinates = coordinatesOf(grid, target)
  const exact = new Float64Array(2)
  const result = { worst: 0, missing: 0, inside: 0 }
  for (let row = 0; row < target.height; row++) {
    for (let col = 0; col < target.width; col++) {
      backward(target.geoX(col + 0.5), target.geoY(row + 0.5), exact)
      const x = exact[0]! * scale
      const y = exact[1]! * scale
      if (!(x >= 0 && y >= 0 && x <= IMAGE.width * scale && y <= IMAGE.height * scale)) continue
      result.inside++
      const at = (row * target.width + col) * 2
      if (Number.isNaN(coordinates[at])) result.missing++
      else result.worst = Math.max(result.worst, Math.hypot(coordinates[at]! - x, coordinates[at + 1]! - y))
    }
  }
  return result
}

/** A target over the middle of the image at `ratio` source pixels per pixel. */
const middle = (ratio: number) => {
  const side = 200 * ratio * DEGREES_PER_PX
  const step = ratio * DEGREES_PER_PX
  return geographicGrid(7.6 - side / 2, 47.55 + side / 2, step, step, 200, 200)
}

describe('accuracy', () => {
  test.each([
    ['tps', 40],
    ['p3', 60],
    ['p2', 60],
    ['projective', 30],
    ['p1', 60],
  ] as const)('%s with points off by up to %i px stays below the promised error', (method, spread) => {
    const arbitrary = fc.tuple(controlPoints(spread), fc.constantFrom(0.2, 1, 2.5, 6))
    fc.assert(
      fc.property(arbitrary, ([points, ratio]) => {
        const backward = backwardOf(points, method)
        if (!backward) return
        const target = middle(ratio)
        const { worst, missing } = compare(buildWarpGrid(target, backward, level), target, backward)
        expect(worst).toBeLessThan(GRID_ERROR_MAX_PX)
        expect(missing).toBe(0)
      }),
      { numRuns: 12 },
    )
  })

  test('points that contradict each other by half the image are still met', () => {
    fc.assert(
      fc.property(controlPoints(400), (points) => {
        const backward = backwardOf(points, 'tps')
        if (!backward) return
        const target = middle(4)
        const { worst, missing } = compare(buildWarpGrid(target, backward, level), target, backward)
        expect(worst).toBeLessThan(GRID_ERROR_MAX_PX)
        expect(missing).toBe(0)
      }),
      { numRuns: 6 },
    )
  })

  test('a smooth map gets few cells, an affine one only roots', () => {
    const affine: PlanarFunction = (lon, lat, out) => {
      out[0] = (lon - 7) * 1000 + (lat - 48) * 50
      out[1] = (48 - lat) * 1000
    }
    expect(buildWarpGrid(middle(1), affine, level).count).toBe(16)
  })

  test('a mercator tile over a plate carree image is exact enough', () => {
    const backward: PlanarFunction = (lon, lat, out) => {
      out[0] = ((lon + 180) * IMAGE.width) / 360
      out[1] = ((90 - lat) * IMAGE.height) / 180
    }
    const target = mercatorTileGrid(0, 0, 0, 256)
    const { worst, missing, inside } = compare(buildWarpGrid(target, backward, level), target, backward)
    expect(inside).toBe(256 * 256)
    expect(missing).toBe(0)
    expect(worst).toBeLessThan(0.01)
  })

  test('coordinates are those of the level', () => {
    const backward: PlanarFunction = (lon, lat, out) => {
      out[0] = (lon - 7) * 1000 + 40 * Math.sin(lat * 20)
      out[1] = (48 - lat) * 1000
    }
    const half = { scale: 0.5, extentX: 600, extentY: 450 }
    const target = middle(2)
    const { worst, missing } = compare(buildWarpGrid(target, backward, half), target, backward, 0.5)
    expect(missing).toBe(0)
    expect(worst).toBeLessThan(GRID_ERROR_MAX_PX)
  })
})

describe('outside', () => {
  test('a target beside the image has no cells', () => {
    const backward: PlanarFunction = (lon, lat, out) => {
      out[0] = (lon - 7) * 1000
      out[1] = (48 - lat) * 1000
    }
    expect(buildWarpGrid(geographicGrid(9, 48, 0.001, 0.001, 256, 256), backward, level).count).toBe(0)
  })

  test('the whole image within one pixel of a tile is found', () => {
    const backward: PlanarFunction = (lon, lat, out) => {
      out[0] = (lon - 7) * 100000
      out[1] = (48 - lat) * 100000
    }
    // 0.012 degrees wide; the centre of pixel (17, 23) lies on it.
    const target = geographicGrid(7.006 - 17.5 * 0.5, 47.9955 + 23.5 * 0.5, 0.5, 0.5, 256, 256)
    const { missing, inside } = compare(buildWarpGrid(target, backward, level), target, backward)
    expect(inside).toBe(1)
    expect(missing).toBe(0)
  })

  test('pixels beyond the horizon of a projective map have no coordinates', () => {
    const backward: PlanarFunction = (lon, lat, out) => {
      const w = 1 + (lon - 7.3) * 4
      out[0] = ((lon - 7) * 1000) / w
      out[1] = ((48 - lat) * 1000) / w
      if (w <= 0) out.fill(Number.NaN)
    }
    const target = geographicGrid(6.6, 48, 0.005, 0.005, 200, 200)
    const grid = buildWarpGrid(target, backward, level)
    const { worst, missing, inside } = compare(grid, target, backward)
    expect(inside).toBeGreaterThan(1000)
    expect(missing).toBe(0)
    expect(worst).toBeLessThan(GRID_ERROR_MAX_PX)
    expect(grid.coefficients.every(Number.isFinite)).toBe(true)
  })

  test('a map that is nowhere finite has no cells', () => {
    const nowhere: PlanarFunction = (_lon, _lat, out) => {
      out.fill(Number.NaN)
    }
    expect(buildWarpGrid(middle(1), nowhere, level).count).toBe(0)
  })

  test('a single finite pixel keeps its coordinates', () => {
    const target = geographicGrid(0, 0, 1, 1, 65, 65)
    const backward: PlanarFunction = (lon, lat, out) => {
      const here = lon === 64.5 && lat === -31.5
      out[0] = here ? 10.25 : Number.POSITIVE_INFINITY
      out[1] = here ? 20.75 : Number.NaN
    }
    const grid = buildWarpGrid(target, backward, level)
    expect([...grid.places]).toEqual([64, 31, 1])
    expect([...grid.coefficients.subarray(0, 2)]).toEqual([10.25, 20.75])
  })
})
