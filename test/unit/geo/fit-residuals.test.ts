import { describe, expect, it } from 'vitest'
import { affineErrors, greatCircleMetres, transformResiduals } from '../../../src/geo/residuals.ts'
import { fitTransform } from '../../../src/geo/transform.ts'
import { HAAS, placed, points, ROTTERDAM, TARTU } from './control-points.ts'

/** Published with their errors, but for the sixth, which was solved for. */
const BRAZIL = points(`
  727,1680,-51.7,-24.2333333333
  2332.5,1679.5,-51.6833333333,-24.2333333333
  3939,1678.5,-51.6666666667,-24.2333333333
  5546,1680,-51.65,-24.2333333333
  2331.5,3286,-51.6833333333,-24.25
  3940,3286.5,-51.6666666667,-24.25`)

/** The Rotterdam errors are the published ones, carried to more digits in exact rational arithmetic. */
describe('documented error of control points', () => {
  it.each([
    {
      name: 'Brazil',
      given: BRAZIL,
      errors: [0.81668256, 0.35300773, 1.05510515, 0.57101549, 1.01461682, 1.01461682],
      rms: 0.84555554,
      digits: 8,
    },
    {
      name: 'Rotterdam',
      given: ROTTERDAM,
      errors: [
        52.294413214025, 41.607509779584, 73.813337269405, 43.344024887394, 41.066867639402, 251.588975212244,
      ],
      rms: 113.119777110962,
      digits: 10,
    },
    {
      name: 'Tartu',
      given: [...TARTU, { x: 30, y: 20, lon: 26.7, lat: 58.385 }],
      errors: [1.123064907982, 0.023136426676, 0.488899245656, 0.657302089001],
      rms: 0.695140020138,
      digits: 12,
    },
  ])('$name', ({ given, errors, rms, digits }) => {
    const result = affineErrors(given)
    const tolerance = 0.6 * 10 ** -digits
    errors.forEach((error, i) => {
      expect(Math.abs(result.errors[i]! - error)).toBeLessThan(tolerance)
    })
    expect(Math.abs(result.rms - rms)).toBeLessThan(tolerance)
  })

  it('is zero for three points or fewer', () => {
    expect(affineErrors(TARTU)).toEqual({ errors: [0, 0, 0], rms: 0 })
    expect(affineErrors([])).toEqual({ errors: [], rms: 0 })
  })

  it('is zero where the ground points have no affine fit, but not where only the image points have none', () => {
    const zeros = { errors: [0, 0, 0, 0, 0], rms: 0 }
    const line = HAAS.slice(0, 5).map((point, i) => ({ ...point, lon: 7 + i * 0.1, lat: 47 + i * 0.03 }))
    expect(affineErrors(line)).toEqual(zeros)
    expect(affineErrors(line.map((point) => ({ ...point, lon: 7, lat: 47 })))).toEqual(zeros)
    expect(
      affineErrors(HAAS.slice(0, 5).map((point, i) => ({ ...point, x: i * i, y: i * i }))).rms,
    ).toBeGreaterThan(0.1)
  })
})

describe('residuals of a fit', () => {
  it('are the documented errors for p1', () => {
    const { residuals, rmsPixels } = transformResiduals(HAAS, fitTransform(HAAS, 'p1'))
    const documented = affineErrors(HAAS)
    expect(rmsPixels).toBeCloseTo(documented.rms, 9)
    residuals.forEach((residual, i) => {
      expect(residual.pixels).toBeCloseTo(documented.errors[i]!, 9)
      expect(Math.hypot(residual.x, residual.y)).toBe(residual.pixels)
    })
  })

  it('vanish for tps at its own points', () => {
    const { rmsPixels, rmsMetres } = transformResiduals(HAAS, fitTransform(HAAS, 'tps'))
    expect(rmsPixels).toBeLessThan(1e-8)
    expect(rmsMetres).toBeLessThan(1e-6)
  })

  it('point from the given to the fitted place, in pixels and in metres', () => {
    const sheet = placed([
      [0, 0],
      [1000, 0],
      [1000, 800],
      [0, 800],
    ])
    const fitted = fitTransform(sheet, 'p1')
    const clicked = sheet.map((point) => ({ ...point, x: point.x + 3, y: point.y - 4 }))
    const { residuals, rmsPixels, rmsMetres } = transformResiduals(clicked, fitted)
    for (const residual of residuals) {
      expect(residual.x).toBeCloseTo(-3, 6)
      expect(residual.y).toBeCloseTo(4, 6)
      expect(residual.metres).toBeCloseTo(greatCircleMetres(7, 47, 7 + 48e-5, 47 + 66e-5), 0)
    }
    expect(rmsPixels).toBeCloseTo(5, 6)
    expect(rmsMetres).toBeGreaterThan(70)
  })

  it('of no points are none', () => {
    expect(transformResiduals([], fitTransform(TARTU, 'p1'))).toEqual({
      residuals: [],
      rmsPixels: 0,
      rmsMetres: 0,
    })
  })
})

describe('great circle distance', () => {
  it('is the arc on the mean sphere', () => {
    const quarter = (Math.PI / 2) * 6_371_008.8
    expect(greatCircleMetres(0, 0, 90, 0)).toBeCloseTo(quarter, 6)
    expect(greatCircleMetres(13, 0, 77, 90)).toBeCloseTo(quarter, 6)
    expect(greatCircleMetres(0, 0, 180, 0)).toBeCloseTo(2 * quarter, 6)
    expect(greatCircleMetres(179.5, 10, -180.5, 10)).toBeLessThan(1e-6)
    expect(greatCircleMetres(8, 47, 8, 47)).toBe(0)
  })
})
