import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ControlPoint } from '../../../src/geo/control-point.ts'
import {
  type FittedTransform,
  fitTransform,
  planarFunction,
  type ResolvedMethod,
} from '../../../src/geo/transform.ts'

const METHODS: ResolvedMethod[] = ['p1', 'p2', 'p3', 'tps', 'helmert', 'projective']
const WIDTH = 4000
const HEIGHT = 3000

/** A jittered 5 x 4 lattice over the image: well spread for every method. */
const lattice = fc
  .array(
    fc.tuple(
      fc.double({ min: -0.3, max: 0.3, noNaN: true }),
      fc.double({ min: -0.3, max: 0.3, noNaN: true }),
    ),
    {
      minLength: 20,
      maxLength: 20,
    },
  )
  .map((jitters) =>
    jitters.map(([jx, jy], i): [number, number] => [
      (((i % 5) + 0.5 + jx) * WIDTH) / 5,
      ((Math.floor(i / 5) + 0.5 + jy) * HEIGHT) / 4,
    ]),
  )

const similarity = fc.record({
  lon: fc.double({ min: -170, max: 170, noNaN: true }),
  lat: fc.double({ min: -60, max: 60, noNaN: true }),
  degreesPerPixel: fc.double({ min: 1e-6, max: 1e-3, noNaN: true }),
  angle: fc.double({ min: -Math.PI, max: Math.PI, noNaN: true }),
})

interface Similarity {
  lon: number
  lat: number
  degreesPerPixel: number
  angle: number
}

/** A similarity of the y-flipped image with the ground around a place: parallels shrunk at the mean latitude. */
function onGround(places: [number, number][], { lon, lat, degreesPerPixel, angle }: Similarity) {
  const cosine = degreesPerPixel * Math.cos(angle)
  const sine = degreesPerPixel * Math.sin(angle)
  const lats = places.map(([x, y]) => lat + sine * x - cosine * y)
  const meanLat = lats.reduce((sum, value) => sum + value, 0) / lats.length
  const stretch = 1 / Math.cos((meanLat * Math.PI) / 180)
  const groundOf = (x: number, y: number): [number, number] => [
    lon + (cosine * x + sine * y) * stretch,
    lat + sine * x - cosine * y,
  ]
  const points = places.map(([x, y]): ControlPoint => {
    const [pointLon, pointLat] = groundOf(x, y)
    return { x, y, lon: pointLon, lat: pointLat }
  })
  return { points, groundOf }
}

function evaluator(fitted: FittedTransform, side: 'forward' | 'backward') {
  const map = planarFunction(fitted[side])
  return (x: number, y: number): [number, number] => {
    const out = new Float64Array(2)
    map(x, y, out)
    return [out[0]!, out[1]!]
  }
}

function distance(a: [number, number], b: [number, number]): number {
  return Math.hypot(a[0] - b[0], a[1] - b[1])
}

const place = fc.tuple(
  fc.double({ min: 0, max: WIDTH, noNaN: true }),
  fc.double({ min: 0, max: HEIGHT, noNaN: true }),
)

/** Bends a place of the image smoothly by at most `amount` pixels, as paper does. */
function bend([x, y]: [number, number], amount: number): [number, number] {
  return [x + amount * Math.sin((2 * y) / HEIGHT), y + amount * Math.cos((2 * x) / WIDTH)]
}

describe('properties of fits', () => {
  it.each(METHODS)('%s reproduces a similarity exactly, both ways and beyond the points', (method) => {
    fc.assert(
      fc.property(lattice, similarity, place, (places, parameters, [x, y]) => {
        const { points, groundOf } = onGround(places, parameters)
        const fitted = fitTransform(points, method)
        const ground = groundOf(x, y)
        expect(distance(evaluator(fitted, 'forward')(x, y), ground)).toBeLessThan(1e-9)
        const rounding = 180 * 2 ** -52 * (50 / parameters.degreesPerPixel)
        expect(distance(evaluator(fitted, 'backward')(...ground), [x, y])).toBeLessThan(1e-7 + rounding)
      }),
      { numRuns: 60 },
    )
  })

  it.each(['p1', 'p2', 'p3', 'tps', 'projective'] as const)(
    '%s reproduces a shear and unequal scales',
    (method) => {
      fc.assert(
        fc.property(lattice, place, (places, [x, y]) => {
          const groundOf = (px: number, py: number): [number, number] => [
            8 + 3e-5 * px - 2e-5 * py,
            47 + 4e-6 * px - 1e-5 * py,
          ]
          const points = places.map(([px, py]): ControlPoint => {
            const [lon, lat] = groundOf(px, py)
            return { x: px, y: py, lon, lat }
          })
          const fitted = fitTransform(points, method)
          expect(distance(evaluator(fitted, 'forward')(x, y), groundOf(x, y))).toBeLessThan(1e-11)
          expect(distance(evaluator(fitted, 'backward')(...groundOf(x, y)), [x, y])).toBeLessThan(1e-6)
        }),
        { numRuns: 40 },
      )
    },
  )

  it('tps passes through its points, both ways', () => {
    fc.assert(
      fc.property(
        lattice,
        similarity,
        fc.infiniteStream(fc.double({ min: -9, max: 9, noNaN: true })),
        (places, parameters, noise) => {
          const { points } = onGround(places, { ...parameters, degreesPerPixel: 1e-4 })
          const noisy = points.map((point) => ({
            ...point,
            x: point.x + noise.next().value,
            y: point.y + noise.next().value,
          }))
          const fitted = fitTransform(noisy, 'tps')
          for (const { x, y, lon, lat } of noisy) {
            expect(distance(evaluator(fitted, 'forward')(x, y), [lon, lat])).toBeLessThan(1e-10)
            expect(distance(evaluator(fitted, 'backward')(lon, lat), [x, y])).toBeLessThan(1e-6)
          }
        },
      ),
      { numRuns: 40 },
    )
  })

  it('backward nearly undoes forward on a gently bent sheet', () => {
    fc.assert(
      fc.property(lattice, similarity, place, (places, parameters, [x, y]) => {
        const { points } = onGround(places, parameters)
        const bent = points.map((point) => {
          const [bx, by] = bend([point.x, point.y], 5)
          return { ...point, x: bx, y: by }
        })
        for (const [method, tolerance] of [
          ['p2', 2],
          ['p3', 1],
          ['tps', 2],
          ['helmert', 1e-6],
          ['projective', 1e-6],
        ] as const) {
          const fitted = fitTransform(bent, method)
          const ground = evaluator(fitted, 'forward')(x, y)
          const rounding = 180 * 2 ** -52 * (50 / parameters.degreesPerPixel)
          expect(distance(evaluator(fitted, 'backward')(...ground), [x, y])).toBeLessThan(
            tolerance + rounding,
          )
        }
      }),
      { numRuns: 40 },
    )
  })

  it('projective recovers a perspective view from four points or more', () => {
    const groundOf = (x: number, y: number): [number, number] => {
      const w = 1 + 5e-5 * x - 3e-5 * y
      return [8 + (3e-5 * x + 2e-6 * y) / w, 47 + (1e-6 * x - 2e-5 * y) / w]
    }
    fc.assert(
      fc.property(lattice, place, fc.constantFrom([0, 4, 15, 19], undefined), (places, [x, y], chosen) => {
        const used = chosen ? chosen.map((i) => places[i]!) : places
        const points = used.map(([px, py]): ControlPoint => {
          const [lon, lat] = groundOf(px, py)
          return { x: px, y: py, lon, lat }
        })
        const fitted = fitTransform(points, 'projective')
        expect(distance(evaluator(fitted, 'forward')(x, y), groundOf(x, y))).toBeLessThan(1e-10)
        expect(distance(evaluator(fitted, 'backward')(...groundOf(x, y)), [x, y])).toBeLessThan(1e-5)
      }),
      { numRuns: 60 },
    )
  })

  it('helmert of two points keeps angles on the ground', () => {
    const fitted = fitTransform(
      [
        { x: 100, y: 100, lon: 10, lat: 60 },
        { x: 900, y: 300, lon: 10.2, lat: 59.98 },
      ],
      'helmert',
    )
    const forward = evaluator(fitted, 'forward')
    const origin = forward(500, 200)
    const east = forward(501, 200)
    const south = forward(500, 201)
    const parallel = Math.cos((59.99 * Math.PI) / 180)
    const right = [(east[0] - origin[0]) * parallel, east[1] - origin[1]] as const
    const down = [(south[0] - origin[0]) * parallel, south[1] - origin[1]] as const
    const product = right[0] * down[0] + right[1] * down[1]
    expect(Math.abs(product) / Math.hypot(...right) / Math.hypot(...down)).toBeLessThan(1e-9)
    expect(Math.hypot(...down) / Math.hypot(...right)).toBeCloseTo(1, 9)
    expect(distance(forward(100, 100), [10, 60])).toBeLessThan(1e-12)
    expect(distance(forward(900, 300), [10.2, 59.98])).toBeLessThan(1e-12)
  })

  it.each(METHODS)('%s is the same after a trip through JSON', (method) => {
    fc.assert(
      fc.property(lattice, similarity, place, (places, parameters, [x, y]) => {
        const { points } = onGround(places, parameters)
        const bent = points.map((point) => ({ ...point, x: bend([point.x, point.y], 5)[0] }))
        const fitted = fitTransform(bent, method)
        const revived = JSON.parse(JSON.stringify(fitted)) as FittedTransform
        expect(JSON.stringify(revived)).toBe(JSON.stringify(fitted))
        expect(evaluator(revived, 'forward')(x, y)).toEqual(evaluator(fitted, 'forward')(x, y))
      }),
      { numRuns: 10 },
    )
  })

  it('projective has no answer beyond its horizon', () => {
    const fitted = fitTransform(
      [
        { x: 0, y: 400, lon: 8, lat: 47 },
        { x: 1000, y: 400, lon: 9, lat: 47 },
        { x: 600, y: 100, lon: 9, lat: 50 },
        { x: 400, y: 100, lon: 8, lat: 50 },
      ],
      'projective',
    )
    const forward = evaluator(fitted, 'forward')
    expect(forward(500, 26)[0]).toBeCloseTo(8.5, 9)
    expect(forward(500, 26)[1]).toBeGreaterThan(60)
    expect(forward(500, 20)).toEqual([Number.NaN, Number.NaN])
  })
})
