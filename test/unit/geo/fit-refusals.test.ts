import { describe, expect, it } from 'vitest'
import type { ControlPoint } from '../../../src/geo/control-point.ts'
import { FitError } from '../../../src/geo/fit-error.ts'
import { SPLINE_POINTS_MAX } from '../../../src/geo/thin-plate-spline.ts'
import {
  fitTransform,
  requiredPoints,
  resolveMethod,
  type TransformMethod,
} from '../../../src/geo/transform.ts'
import { HAAS, placed, ROTTERDAM } from './control-points.ts'

const METHODS: TransformMethod[] = ['auto', 'p1', 'p2', 'p3', 'tps', 'helmert', 'projective']
const TWO_ROWS = placed([
  [120, 200],
  [500, 200],
  [910, 200],
  [100, 800],
  [460, 800],
  [930, 800],
])

function refusal(points: readonly ControlPoint[], method: TransformMethod): FitError {
  try {
    fitTransform(points, method)
  } catch (error) {
    expect(error).toBeInstanceOf(FitError)
    return error as FitError
  }
  throw new Error(`${method} of ${points.length} points was not refused`)
}

/** The same points with image and ground shapes exchanged, at plausible places. */
function swappedSides(points: readonly ControlPoint[]): ControlPoint[] {
  return points.map(({ x, y, lon, lat }) => ({
    x: (lon - 7) * 5000,
    y: (47 - lat) * 6000,
    lon: 7 + x * 2e-4,
    lat: 47 - y * 1.5e-4,
  }))
}

describe('number of points', () => {
  it.each(METHODS)('%s is refused with one point too few and says how many it needs', (method) => {
    const needed = requiredPoints(method)
    expect(() => fitTransform(HAAS.slice(0, needed), method)).not.toThrow()
    const error = refusal(HAAS.slice(0, needed - 1), method)
    expect(error).toMatchObject({ code: 'too-few-points', needed, have: needed - 1 })
    expect(error.message).toContain(`at least ${needed} control points, there are ${needed - 1}; add 1 more`)
  })

  it('offers what the points suffice for', () => {
    expect(refusal(HAAS.slice(0, 7), 'p3').message).toBe(
      'a 3rd order polynomial needs at least 10 control points, there are 7; add 3 more or use p2',
    )
    expect(refusal(HAAS.slice(0, 5), 'p2').message).toMatch(/add 1 more or use p1$/)
    expect(refusal(HAAS.slice(0, 2), 'auto').message).toMatch(/add 1 more or use helmert$/)
    expect(refusal([], 'auto').message).toMatch(/there are 0; add 3 more$/)
  })

  it('resolves auto by the number of points, and nothing else', () => {
    expect([0, 5, 6, 9, 10, 100].map((count) => resolveMethod('auto', count))).toEqual([
      'p1',
      'p1',
      'p2',
      'p2',
      'p2',
      'p2',
    ])
    expect(resolveMethod('p3', 100)).toBe('p3')
  })
})

describe('points that determine nothing', () => {
  it('refuses six points on two rows, whatever the side, and allows them for p1 and tps', () => {
    const message =
      '6 points on two lines in the image: a 2nd order polynomial has no single solution; ' +
      'add a point off them or use p1'
    for (const method of ['auto', 'p2'] as const) {
      expect(refusal(TWO_ROWS, method)).toMatchObject({ code: 'degenerate', message })
    }
    const bent = TWO_ROWS.map((point, i) => ({ ...point, x: point.x + i * i * 17, y: point.y + i ** 3 }))
    expect(refusal(bent, 'p2').message).toContain('6 points on two lines on the ground')
    for (const method of ['p1', 'tps', 'helmert', 'projective'] as const) {
      expect(() => fitTransform(TWO_ROWS, method)).not.toThrow()
    }
  })

  it('refuses two crossing lines, five points on one line, and a circle for p2', () => {
    const crossing = placed([
      [0, 0],
      [100, 100],
      [300, 300],
      [0, 400],
      [400, 0],
      [500, -100],
    ])
    expect(refusal(crossing, 'p2').message).toContain('on two lines in the image')
    const fiveOnOne = placed([
      [0, 0],
      [100, 50],
      [200, 100],
      [300, 150],
      [400, 200],
      [90, 370],
    ])
    expect(refusal(fiveOnOne, 'p2').message).toContain('on two lines in the image')
    const circle = placed(
      Array.from({ length: 9 }, (_, i) => [500 + 400 * Math.cos(i), 500 + 400 * Math.sin(i)] as const),
    )
    expect(refusal(circle, 'p2').message).toBe(
      '9 points on one conic section in the image: a 2nd order polynomial has no single solution; ' +
        'add a point off it or use p1',
    )
  })

  it('refuses three rows or columns and a cubic curve for p3, with the best lower order', () => {
    const places = Array.from({ length: 12 }, (_, i) => [(i % 4) * 210, (i >> 2) * 300] as const)
    expect(refusal(placed(places), 'p3').message).toBe(
      '12 points with only 3 distinct y values in the image: a 3rd order polynomial has no single solution; ' +
        'add a point off these lines or use p2',
    )
    expect(refusal(placed(places.map(([x, y]) => [y, x])), 'p3').message).toContain('3 distinct x values')
    expect(refusal(swappedSides(placed(places)), 'p3').message).toContain(
      'points on three lines or another cubic',
    )
    const parabola = Array.from({ length: 12 }, (_, i) => [i * 90, (i * i * 90) / 12] as const)
    expect(refusal(placed(parabola), 'p3').message).toMatch(/cubic curve in the image.* or use p1$/)
  })

  it.each(['p1', 'p2', 'p3', 'tps', 'projective'] as const)('refuses collinear points for %s', (method) => {
    const line = placed(Array.from({ length: 11 }, (_, i) => [37.5 * i, 910.2 - 21.3 * i] as const))
    const error = refusal(line, method)
    expect(error.code).toBe('degenerate')
    expect(error.message).toMatch(
      /^11 points on one line in the image.*add a point off the line or use helmert$/,
    )
    expect(() => fitTransform(line, 'helmert')).not.toThrow()
  })

  it.each(METHODS)('refuses points at one place for %s', (method) => {
    const one = Array.from({ length: 12 }, () => ROTTERDAM[0]!)
    expect(refusal(one, method)).toMatchObject({ code: 'degenerate' })
    const oneOnGround = HAAS.map((point) => ({ ...point, lon: 7.5, lat: 47.5 }))
    expect(refusal(oneOnGround, method)).toMatchObject({ code: 'degenerate' })
  })

  it('counts places, not points', () => {
    const repeated = [...HAAS.slice(0, 4), HAAS[0]!, HAAS[1]!]
    expect(refusal(repeated, 'p2').message).toContain('the 6 points are at only 4 different places')
    expect(refusal([HAAS[0]!, HAAS[0]!], 'helmert').message).toContain('all 2 points are at one place')
  })

  it('names the points of a thin plate spline that contradict each other', () => {
    const sameImage = [...HAAS.slice(0, 9), { ...HAAS[2]!, lon: 8 }]
    expect(refusal(sameImage, 'tps').message).toMatch(/^points 3 and 10 have the same image position/)
    const sameGround = [...HAAS.slice(0, 9), { ...HAAS[4]!, x: 8 }]
    expect(refusal(sameGround, 'tps').message).toMatch(/^points 5 and 10 have the same ground position/)
    const close = [
      HAAS[0]!,
      ...HAAS.slice(0, 9),
      { ...HAAS[2]!, x: HAAS[2]!.x + 1e-7, lon: HAAS[2]!.lon + 1e-3 },
    ]
    expect(refusal(close, 'tps').message).toMatch(/^points 4 and 11 almost coincide in the image/)
  })

  it('refuses a thin plate spline of more points than it can carry, and takes repeats for one', () => {
    const many = (count: number) =>
      placed(Array.from({ length: count }, (_, i) => [i % 40, Math.floor(i / 40)] as const))
    expect(refusal(many(SPLINE_POINTS_MAX + 1), 'tps')).toMatchObject({
      code: 'too-many-points',
      message: 'a thin plate spline takes at most 1000 control points, there are 1001; remove some or use p3',
    })
    const few = many(60)
    const repeated = Array.from({ length: SPLINE_POINTS_MAX + 1 }, (_, i) => few[i % few.length]!)
    expect(() => fitTransform(repeated, 'tps')).not.toThrow()
  })

  it('refuses what no perspective shows', () => {
    const corners = placed([
      [0, 0],
      [1000, 0],
      [1000, 700],
      [0, 700],
    ])
    const [a, b, c, d] = corners as [ControlPoint, ControlPoint, ControlPoint, ControlPoint]
    const swapped = [{ ...a, lon: b.lon, lat: b.lat }, { ...b, lon: a.lon, lat: a.lat }, c, d]
    expect(refusal(swapped, 'projective').message).toContain('misplaced or two are swapped')
    const threeOnOneLine = placed([
      [0, 0],
      [500, 0],
      [1000, 0],
      [300, 700],
    ])
    expect(refusal(threeOnOneLine, 'projective').message).toContain(
      'too many of the 4 points lie on one line',
    )
  })

  it('refuses a mirrored square for helmert', () => {
    const mirrored = [
      [0, 0],
      [100, 0],
      [100, 100],
      [0, 100],
    ].map(([x, y]) => ({
      x: x!,
      y: y!,
      lon: x! * 1e-4,
      lat: y! * 1e-4,
    }))
    expect(refusal(mirrored, 'helmert').message).toContain('mirrored')
  })

  it.each([Number.NaN, Number.POSITIVE_INFINITY])('refuses a coordinate that is %s', (value) => {
    for (const key of ['x', 'y', 'lon', 'lat'] as const) {
      const broken = HAAS.map((point, i) => (i === 1 ? { ...point, [key]: value } : point))
      for (const method of METHODS) {
        expect(refusal(broken, method).message).toBe(
          `point 2: ${key} is ${value}; it must be a finite number`,
        )
      }
    }
  })

  it('refuses coordinates whose squares overflow', () => {
    const huge = HAAS.map((point) => ({ ...point, x: point.x * 1e305 }))
    for (const method of METHODS) expect(refusal(huge, method).code).toBe('degenerate')
  })
})
