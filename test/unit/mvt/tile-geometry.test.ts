import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { FlatGeometry } from '../../../src/geo/flat-geometry.ts'
import { ringArea, tileGeometries } from '../../../src/geo/mvt/tile-geometry.ts'

const [MIN, MAX] = [-64, 4160]

const box = (x0: number, y0: number, x1: number, y1: number): number[] => [
  x0,
  y0,
  x1,
  y0,
  x1,
  y1,
  x0,
  y1,
  x0,
  y0,
]

test('points outside the tile and its buffer are left out', () => {
  const geometry: FlatGeometry = { type: 4, xy: [-65, 0, -64, 0, 10.4, 20.6, 4160, 4160, 0, 4161] }
  expect(tileGeometries(geometry)).toEqual([
    {
      type: 1,
      parts: [
        [-64, 0],
        [10, 21],
        [4160, 4160],
      ],
    },
  ])
  expect(tileGeometries({ type: 1, xy: [5000, 5000] })).toEqual([])
  expect(tileGeometries({ type: 1, xy: [] })).toEqual([])
})

test('a line that leaves the tile and comes back is in pieces', () => {
  const geometry: FlatGeometry = { type: 2, xy: [0, 0, 5000, 0, 5000, 100, 0, 100] }
  expect(tileGeometries(geometry)).toEqual([
    {
      type: 2,
      parts: [
        [0, 0, 4160, 0],
        [4160, 100, 0, 100],
      ],
    },
  ])
  expect(tileGeometries({ type: 2, xy: [5000, 0, 5000, 100] })).toEqual([])
  expect(tileGeometries({ type: 2, xy: [0, 0, 0.2, 0.3] })).toEqual([])
})

test('a polygon around the tile fills it, with its hole', () => {
  const xy = [...box(-9000, -9000, 9000, 9000), ...box(1000, 1000, 2000, 2000)]
  const [polygon] = tileGeometries({ type: 3, xy, ends: [5, 10] })
  expect(polygon!.type).toBe(3)
  expect(polygon!.parts.map((ring) => ringArea(ring) / 2)).toEqual([(MAX - MIN) ** 2, -(1000 ** 2)])
})

test('exterior rings have positive area and interior ones negative, however they came', () => {
  const hole = box(10, 10, 20, 20)
  const turned = (ring: readonly number[]): number[] =>
    Array.from({ length: ring.length / 2 }, (_, i) =>
      ring.slice(ring.length - 2 * i - 2, ring.length - 2 * i),
    ).flat()
  for (const outer of [box(0, 0, 100, 100), turned(box(0, 0, 100, 100))])
    for (const inner of [hole, turned(hole)]) {
      const [polygon] = tileGeometries({ type: 3, xy: [...outer, ...inner], ends: [5, 10] })
      expect(polygon!.parts.map((ring) => ringArea(ring) / 2)).toEqual([10_000, -100])
    }
})

test('what comes to nothing is left out, a polygon with its holes', () => {
  const speck = box(10, 10, 10.2, 10.2)
  expect(tileGeometries({ type: 3, xy: speck, ends: [5] })).toEqual([])
  expect(tileGeometries({ type: 3, xy: [...speck, ...box(5, 5, 15, 15)], ends: [5, 10] })).toEqual([])
  const [polygon] = tileGeometries({ type: 3, xy: [...box(0, 0, 100, 100), ...speck], ends: [5, 10] })
  expect(polygon!.parts).toHaveLength(1)
})

test('a collection gives one geometry of each type', () => {
  const parts: FlatGeometry[] = [
    { type: 1, xy: [1, 1] },
    { type: 6, xy: [], parts: [{ type: 3, xy: box(0, 0, 10, 10), ends: [5] }] },
    { type: 2, xy: [0, 0, 10, 10] },
    { type: 1, xy: [2, 2] },
  ]
  const drawn = tileGeometries({ type: 7, xy: [], parts })
  expect(drawn.map(({ type, parts: { length } }) => [type, length])).toEqual([
    [1, 2],
    [2, 1],
    [3, 1],
  ])
})

const coordinate = fc.double({ min: -9000, max: 13_000, noNaN: true })
const places = (least: number) =>
  fc
    .array(fc.tuple(coordinate, coordinate), { minLength: least, maxLength: 12 })
    .map((points) => points.flat())
const polygon = places(3).map((ring): FlatGeometry => ({ type: 3, xy: [...ring, ring[0]!, ring[1]!] }))

test('whatever is drawn lies in the tile and its buffer, in whole units, and is of its type', () => {
  const anything = fc.oneof(
    polygon,
    places(2).map((xy): FlatGeometry => ({ type: 2, xy })),
    places(1).map((xy): FlatGeometry => ({ type: 4, xy })),
  )
  fc.assert(
    fc.property(anything, (geometry) => {
      for (const { type, parts } of tileGeometries(geometry)) {
        expect(parts.length).toBeGreaterThan(0)
        for (const part of parts) {
          expect(part.every((value) => Number.isInteger(value) && value >= MIN && value <= MAX)).toBe(true)
          expect(part.length).toBeGreaterThanOrEqual(2 * type)
          expect(part.some((value) => Object.is(value, -0))).toBe(false)
        }
        if (type === 3) expect(ringArea(parts[0]!)).toBeGreaterThan(0)
      }
    }),
    { numRuns: 300 },
  )
})

/** Whether a point is inside a ring by the even-odd rule, and how far it is from the nearest edge. */
function placeIn(ring: readonly number[], x: number, y: number): { inside: boolean; distance: number } {
  let inside = false
  let distance = Number.POSITIVE_INFINITY
  for (let i = 0, j = ring.length - 2; i < ring.length; j = i, i += 2) {
    const [x1, y1, x2, y2] = [ring[j]!, ring[j + 1]!, ring[i]!, ring[i + 1]!]
    if (y1 > y !== y2 > y && x < ((x2 - x1) * (y - y1)) / (y2 - y1) + x1) inside = !inside
    const along = ((x - x1) * (x2 - x1) + (y - y1) * (y2 - y1)) / ((x2 - x1) ** 2 + (y2 - y1) ** 2 || 1)
    const t = Math.min(1, Math.max(0, along))
    distance = Math.min(distance, Math.hypot(x - x1 - t * (x2 - x1), y - y1 - t * (y2 - y1)))
  }
  return { inside, distance }
}

test('the part of a polygon in the tile covers what the polygon covers, to a unit', () => {
  const within = fc.integer({ min: MIN + 2, max: MAX - 2 })
  fc.assert(
    fc.property(
      polygon,
      fc.array(fc.tuple(within, within), { minLength: 5, maxLength: 5 }),
      (geometry, probes) => {
        const rings = tileGeometries(geometry)[0]?.parts ?? []
        for (const [x, y] of probes) {
          const whole = placeIn(Array.from(geometry.xy), x, y)
          if (whole.distance < 2) continue
          const isCovered = rings.filter((ring) => placeIn(ring, x, y).inside).length % 2 === 1
          expect(isCovered, `${x}, ${y}`).toBe(whole.inside)
        }
      },
    ),
    { numRuns: 300 },
  )
})

test('the pieces of a line are as long as what of it is in the tile', () => {
  fc.assert(
    fc.property(fc.tuple(coordinate, coordinate, coordinate, coordinate), ([x1, y1, x2, y2]) => {
      const steps = 2000
      let inside = 0
      for (let i = 0; i < steps; i++) {
        const t = (i + 0.5) / steps
        const [x, y] = [x1 + t * (x2 - x1), y1 + t * (y2 - y1)]
        if (x >= MIN && x <= MAX && y >= MIN && y <= MAX) inside++
      }
      const length = Math.hypot(x2 - x1, y2 - y1)
      const pieces = tileGeometries({ type: 2, xy: [x1, y1, x2, y2] })[0]?.parts ?? []
      const drawn = pieces.reduce((sum, [a = 0, b = 0, c = 0, d = 0]) => sum + Math.hypot(c - a, d - b), 0)
      expect(Math.abs(drawn - (inside / steps) * length)).toBeLessThan(3 + (2 * length) / steps)
    }),
    { numRuns: 200 },
  )
})
