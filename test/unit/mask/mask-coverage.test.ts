import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { repairMask } from '../../../src/geo/mask/repair.ts'
import type { MaskPolygons } from '../../../src/geo/mask-polygons.ts'
import type { PlanarFunction } from '../../../src/geo/transform.ts'
import { applyCoverage, type Coverage, maskCoverage } from '../../../src/geo/warp/mask-coverage.ts'
import { geographicGrid, type TargetGrid } from '../../../src/geo/warp/target-grid.ts'
import { planWarp } from '../../../src/geo/warp/warp.ts'
import { backwardOf, controlPoints, DEGREES_PER_PX, IMAGE } from '../warp/random-fit.ts'
import { areaInside, isInside, type Position } from './polygon-area.ts'

const LEVELS = 4

/** Control points, and source pixels a target pixel. */
type Case = [points: Parameters<typeof backwardOf>[0], scale: number]

function coverageOf(
  target: TargetGrid,
  backward: PlanarFunction,
  mask: MaskPolygons,
  level?: number,
): Coverage {
  const source = { ...IMAGE, levels: LEVELS, hasAlpha: false }
  const plan = planWarp({
    ...{ target, backward, source, method: 'bilinear' },
    ...(level === undefined ? {} : { level }),
  })
  return maskCoverage({ ...plan, scale: 2 ** (plan.level + 1 - LEVELS) }, mask)
}

/** How far coverage is from a reference, in shares of a pixel, over the pixels that either has in part. */
function difference(
  coverage: Coverage,
  reference: Float64Array,
): { worst: number; mean: number; partial: number } {
  let worst = 0
  let sum = 0
  let partial = 0
  reference.forEach((expected, i) => {
    const found = coverage === 'all' ? 1 : coverage === 'none' ? 0 : coverage[i]! / 255
    const error = Math.abs(found - expected)
    worst = Math.max(worst, error)
    if ((found === 0 || found === 1) && (expected === 0 || expected === 1)) return
    sum += error
    partial++
  })
  return { worst, mean: partial === 0 ? 0 : sum / partial, partial }
}

/** An affine map from (lon, lat) to pixels: the image lies at (7, 48), turned and stretched. */
function affine(
  turn: number,
  stretch: number,
): { backward: PlanarFunction; toGround(p: Position): Position } {
  const [c, s] = [Math.cos(turn), Math.sin(turn)]
  return {
    backward(lon, lat, out) {
      const [u, v] = [(lon - 7) / DEGREES_PER_PX - 600, (48 - lat) / DEGREES_PER_PX - 450]
      out[0] = 600 + (c * u + s * v) * stretch
      out[1] = 450 + (c * v - s * u) / stretch
    },
    toGround([x, y]) {
      const [p, q] = [(x - 600) / stretch, (y - 450) * stretch]
      return [7 + (600 + c * p - s * q) * DEGREES_PER_PX, 48 - (450 + s * p + c * q) * DEGREES_PER_PX]
    },
  }
}

const target = (step: number, width: number, height: number, west = 7.1, north = 47.9) =>
  geographicGrid(west, north, step, step, width, height)

describe('under an affine fit', () => {
  const convex: Position[][] = [
    [
      [200.3, 150.7],
      [900.6, 150.7],
      [900.6, 700.2],
      [200.3, 700.2],
    ],
    [
      [100, 100],
      [1100, 380.5],
      [420.25, 850],
    ],
  ]
  test('is the area that lies inside, to a sixteenth at worst and a 64th at the mean', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...convex),
        fc.double({ min: -4, max: 4, noNaN: true }),
        fc.double({ min: 0.6, max: 1.6, noNaN: true }),
        fc.double({ min: 0.3, max: 14, noNaN: true }),
        (corners, turn, stretch, pixelsPerPixel) => {
          const { backward, toGround } = affine(turn, stretch)
          const mask = repairMask([[corners]], IMAGE.width, IMAGE.height)
          const step = pixelsPerPixel * DEGREES_PER_PX
          const [west, north] = toGround(corners[0]!).map((value, i) => value + (i === 0 ? -40 : 40) * step)
          const grid = target(step, 80, 70, west, north)
          const ground = corners.map(toGround)
          const reference = Float64Array.from({ length: 80 * 70 }, (_, i) => {
            const [col, row] = [i % 80, Math.floor(i / 80)]
            const positions = ground.map(
              ([lon, lat]): Position => [(lon - west!) / step - col, (north! - lat) / step - row],
            )
            return areaInside(positions)
          })
          const { worst, mean } = difference(coverageOf(grid, backward, mask), reference)
          expect(worst).toBeLessThan(1 / 16)
          expect(mean).toBeLessThan(1 / 64)
        },
      ),
      { numRuns: 60 },
    )
  })

  test('does not depend on the pyramid level that is read', () => {
    const mask = repairMask([[convex[1]!]], IMAGE.width, IMAGE.height)
    const { backward } = affine(0.3, 1.1)
    const grid = target(2 * DEGREES_PER_PX, 256, 256, 7.05, 47.95)
    const levels = [0, 1, 2, 3].map((level) => coverageOf(grid, backward, mask, level) as Uint8Array)
    for (const other of levels.slice(1)) {
      const steps = other.map((share, i) => Math.abs(share - levels[0]![i]!))
      expect(Math.max(...steps)).toBeLessThanOrEqual(10)
    }
  })

  test('is all or none, without a list, where no edge comes near', () => {
    const { backward } = affine(0, 1)
    const frame = repairMask(
      [
        [
          [
            [100, 100],
            [1100, 100],
            [1100, 800],
            [100, 800],
          ],
          [
            [500, 300],
            [800, 300],
            [800, 600],
            [500, 600],
          ],
        ],
      ],
      IMAGE.width,
      IMAGE.height,
    )
    expect(coverageOf(target(DEGREES_PER_PX, 256, 256, 7.15, 47.85), backward, frame)).toBe('all')
    expect(coverageOf(target(DEGREES_PER_PX, 200, 200, 7.55, 47.65), backward, frame)).toBe('none')
    expect(coverageOf(target(DEGREES_PER_PX, 60, 60, 7.02, 47.98), backward, frame)).toBe('none')
  })
})

describe('under fits that bend and fold', () => {
  const STEPS = 32
  const SIDE = 24
  const mask = repairMask(
    [
      [
        [
          [150, 120],
          [1000, 200],
          [900, 500],
          [1050, 760],
          [500, 640],
          [200, 780],
        ],
        [
          [400, 300],
          [600, 280],
          [560, 480],
        ],
      ],
      [
        [
          [60, 60],
          [110, 60],
          [80, 400],
        ],
      ],
    ],
    IMAGE.width,
    IMAGE.height,
  )

  function supersampled(grid: TargetGrid, backward: PlanarFunction): Float64Array {
    const out = new Float64Array(2)
    return Float64Array.from({ length: grid.width * grid.height }, (_, i) => {
      let inside = 0
      for (let k = 0; k < STEPS ** 2; k++) {
        const col = (i % grid.width) + ((k % STEPS) + 0.5) / STEPS
        const row = Math.floor(i / grid.width) + (Math.floor(k / STEPS) + 0.5) / STEPS
        backward(grid.geoX(col), grid.geoY(row), out)
        if (isInside(mask, out[0]!, out[1]!)) inside++
      }
      return inside / STEPS ** 2
    })
  }

  const cases = (spread: number) =>
    fc.tuple(controlPoints(spread), fc.double({ min: 2, max: 24, noNaN: true }))

  /** What coverage and samples say of one target; null where the points have no fit. */
  function judged(method: 'p2' | 'tps', [points, scale]: Case) {
    const backward = backwardOf(points, method)
    if (backward === null) return null
    const grid = target(scale * DEGREES_PER_PX, SIDE, SIDE, 7.08, 47.92)
    return difference(coverageOf(grid, backward, mask), supersampled(grid, backward))
  }

  test.each([
    ['p2', 40],
    ['tps', 30],
  ] as const)('%s with points %d px off agrees with 1024 samples a pixel', (method, spread) => {
    fc.assert(
      fc.property(cases(spread), (given) => {
        const found = judged(method, given)
        fc.pre(found !== null)
        expect(found!.worst).toBeLessThan(1 / 8)
        expect(found!.mean).toBeLessThan(1 / 64)
      }),
      { numRuns: 4, endOnFailure: true },
    )
  })

  // Where a fit folds within pixels the samples err about as much as what they judge: the mean is that of many targets.
  test('tps with points 160 px off agrees with 1024 samples a pixel', () => {
    const all = fc.sample(cases(160), { numRuns: 12, seed: 7 }).flatMap((given) => judged('tps', given) ?? [])
    expect(all.length).toBeGreaterThan(6)
    for (const { worst } of all) expect(worst).toBeLessThan(1 / 8)
    const partial = all.reduce((sum, found) => sum + found.partial, 0)
    const error = all.reduce((sum, found) => sum + found.mean * found.partial, 0)
    expect(error / partial).toBeLessThan(1 / 64)
  })
})

describe('applied to pixels', () => {
  test('changes alpha alone, and clears what is not covered', () => {
    const rgba = Uint8Array.from([
      10, 20, 30, 255, 10, 20, 30, 255, 10, 20, 30, 255, 10, 20, 30, 128, 1, 2, 3, 1,
    ])
    applyCoverage(Uint8Array.from([255, 128, 0, 128, 100]), rgba)
    expect([...rgba]).toEqual([10, 20, 30, 255, 10, 20, 30, 128, 0, 0, 0, 0, 10, 20, 30, 64, 0, 0, 0, 0])
  })
})
