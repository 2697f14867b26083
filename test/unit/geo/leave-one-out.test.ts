import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ControlPoint } from '../../../src/geo/control-point.ts'
import { FitError } from '../../../src/geo/fit-error.ts'
import { LEAVE_ONE_OUT_POINTS_MAX, leaveOneOutErrors } from '../../../src/geo/leave-one-out.ts'
import { fitIn } from '../../../src/geo/projected-fit.ts'
import { transformResiduals } from '../../../src/geo/residuals.ts'
import { fitTransform, type ResolvedMethod } from '../../../src/geo/transform.ts'
import { HAAS, placed, ROTTERDAM, TARTU } from './control-points.ts'

const METHODS: ResolvedMethod[] = ['p1', 'p2', 'p3', 'tps', 'helmert', 'projective']

/** What it is by definition: null where the others have no fit. */
function byRefitting(points: readonly ControlPoint[], method: ResolvedMethod): (number | null)[] {
  return points.map((point, i) => {
    try {
      const others = fitTransform(points.toSpliced(i, 1), method)
      return transformResiduals([point], others).residuals[0]!.pixels
    } catch (error) {
      if (error instanceof FitError) return null
      throw error
    }
  })
}

const errorsOf = (points: readonly ControlPoint[], method: ResolvedMethod) =>
  leaveOneOutErrors(points, fitTransform(points, method))

describe.each(METHODS)('leave-one-out errors of %s', (method) => {
  it.each([
    ['Haas', HAAS],
    ['some of Haas', HAAS.filter((_, i) => i % 6 === 0)],
    ['Rotterdam and a seventh', [...ROTTERDAM, { x: 2000, y: 3000, lon: 4.433, lat: 51.924 }]],
  ])('are what refitting without each point gives: %s', (_, points) => {
    if (method === 'p3' && points.length <= 10) return
    const expected = byRefitting(points, method)
    errorsOf(points, method)!.forEach((error, i) => {
      expect(error).not.toBeNull()
      expect(Math.abs(error! - expected[i]!)).toBeLessThan(1e-6 * Math.max(1, expected[i]!))
    })
  })
})

describe('leave-one-out errors', () => {
  it('are what refitting gives, of any points', () => {
    const point = fc
      .tuple(
        fc.integer({ min: 0, max: 4000 }),
        fc.integer({ min: 0, max: 3000 }),
        fc.double({ min: -40, max: 40, noNaN: true }),
      )
      .map(([x, y, off]) => placed([[x, y]]).map((at) => ({ ...at, x: x + off, y: y - off / 2 }))[0]!)
    fc.assert(
      fc.property(
        fc.array(point, { minLength: 4, maxLength: 14 }),
        fc.constantFrom(...METHODS),
        (points, method) => {
          let errors: (number | null)[] | null
          try {
            errors = errorsOf(points, method)
          } catch (error) {
            expect(error).toBeInstanceOf(FitError)
            return
          }
          const expected = byRefitting(points, method)
          errors!.forEach((error, i) => {
            // Close to degenerate either may give up, or find a number of no worth.
            if (error === null || expected[i] === null || error > 1e5) return
            expect(Math.abs(error - expected[i]!)).toBeLessThan(1e-3 * Math.max(1, expected[i]!))
          })
        },
      ),
    )
  })

  it.each(METHODS)('of %s are those of a fit in another system', (method) => {
    const points = HAAS.filter((_, i) => i % 5 === 0)
    const fitted = fitIn('EPSG:3857', points, method)
    const errors = leaveOneOutErrors(points, fitted)!
    points.forEach((point, i) => {
      const others = fitIn('EPSG:3857', points.toSpliced(i, 1), method)
      expect(errors[i]).toBeCloseTo(transformResiduals([point], others).residuals[0]!.pixels, 4)
    })
  })

  it('are none where the others do not determine a fit', () => {
    expect(errorsOf(TARTU, 'p1')).toEqual([null, null, null])
    const alone = placed([
      [0, 0],
      [100, 100],
      [200, 200],
      [350, 350],
      [100, 300],
    ])
    for (const method of ['p1', 'tps'] as const)
      expect(errorsOf(alone, method)!.map((error) => error === null)).toEqual([
        false,
        false,
        false,
        false,
        true,
      ])
  })

  it('are zero for a point that is given twice to a spline', () => {
    const errors = errorsOf([...ROTTERDAM, ROTTERDAM[2]!], 'tps')!
    expect([errors[2], errors[6]]).toEqual([0, 0])
    expect(errors[0]).toBeGreaterThan(1)
    expect(byRefitting([...ROTTERDAM, ROTTERDAM[2]!], 'tps')[2]).toBeCloseTo(0, 6)
  })

  it('are not computed for more points than the budget has', () => {
    const many = placed(
      Array.from({ length: LEAVE_ONE_OUT_POINTS_MAX.tps + 1 }, (_, i) => [(i * 37) % 997, (i * 61) % 787]),
    )
    expect(errorsOf(many, 'tps')).toBeNull()
    expect(errorsOf(many, 'p3')).toHaveLength(many.length)
  })
})
