import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { findContacts } from '../../../src/geo/mask/contacts.ts'
import { EdgeIndex } from '../../../src/geo/mask/edge-index.ts'
import { MaskError } from '../../../src/geo/mask/mask-error.ts'
import { repairMask } from '../../../src/geo/mask/repair.ts'
import type { RawPolygons } from '../../../src/geo/mask/rings.ts'
import { isInside, type Position } from './polygon-area.ts'

const WIDTH = 1000
const HEIGHT = 800

const repaired = (polygons: RawPolygons) => repairMask(polygons, WIDTH, HEIGHT)

function refusal(polygons: RawPolygons): { code: string; message: string } {
  try {
    repaired(polygons)
  } catch (error) {
    if (error instanceof MaskError) return { code: error.code, message: error.message }
    throw error
  }
  throw new Error('it was taken')
}

const box = (left: number, top: number, right: number, bottom: number): Position[] => [
  [left, top],
  [right, top],
  [right, bottom],
  [left, bottom],
]
const closed = (ring: readonly Position[]): Position[] => [...ring, ring[0]!]

/** Positions in and around the image: some on few places, so that edges meet in every way. */
const ring = fc
  .tuple(
    fc.constantFrom(1, 100, 1 / 1024),
    fc.array(fc.tuple(fc.nat(1400), fc.nat(1200)), { minLength: 3, maxLength: 8 }),
  )
  .map(([step, positions]) =>
    positions.map(
      ([x, y]): Position => [Math.round((x - 200) / step) * step, Math.round((y - 200) / step) * step],
    ),
  )
const polygons = fc.array(
  fc.tuple(ring, fc.array(ring, { maxLength: 1 })).map(([shell, holes]) => [shell, ...holes]),
  { minLength: 1, maxLength: 2 },
)

describe('a repaired mask', () => {
  test('covers what was drawn within the image, in polygons that do not cross, and stays as it is', () => {
    fc.assert(
      fc.property(
        polygons,
        fc.array(fc.tuple(fc.nat(99_999), fc.nat(79_999)), { minLength: 300, maxLength: 300 }),
        (drawn, places) => {
          let mask: ReturnType<typeof repaired>
          try {
            mask = repaired(drawn)
          } catch (error) {
            expect(error).toBeInstanceOf(MaskError)
            expect(['degenerate', 'outside']).toContain((error as MaskError).code)
            return
          }
          expect(findContacts(mask).crossings).toBe(0)
          for (const [x, y] of mask.flat(2)) {
            expect(x >= 0 && x <= WIDTH && y >= 0 && y <= HEIGHT).toBe(true)
          }
          expect(repaired(mask)).toEqual(mask)
          const rings = drawn.map((polygon) => polygon.map(closed))
          const index = new EdgeIndex(mask)
          let disagreements = 0
          for (const [a, b] of places) {
            // Between the places of any grid, and not by the same: none lies on an edge along an axis, or a diagonal.
            const [x, y] = [(a + 0.37) / 100, (b + 0.61) / 100]
            if (isInside(rings, x, y) !== isInside(mask, x, y)) disagreements++
            expect(index.contains(x, y)).toBe(isInside(mask, x, y))
          }
          expect(disagreements).toBeLessThanOrEqual(1)
        },
      ),
      { numRuns: 40, endOnFailure: true },
    )
  })

  test('of sound polygons is those, on the grid of positions', () => {
    const frame = [box(10, 10, 900.5, 700), box(100, 100, 200, 200), box(300, 100, 400, 200)]
    const island = [box(120, 120, 180, 180)]
    expect(repaired([frame, island])).toEqual([frame.map(closed), island.map(closed)])
    expect(repaired([[box(10.0001, 10, 20, 20)]])).toEqual([[closed(box(10, 10, 20, 20))]])
  })

  test('leaves repeated positions out and closes rings', () => {
    const [a, b, c] = [
      [1, 1],
      [9, 1],
      [9, 9],
    ] as const
    for (const drawn of [
      [a, b, c],
      [a, b, c, a],
      [a, a, b, b, c, c, a, a],
    ])
      expect(repaired([[drawn]])).toEqual([[[a, b, c, a]]])
  })

  test('is cut at the edge of the image', () => {
    expect(repaired([[box(-50, -50, 100, 100)]])).toEqual([[closed(box(0, 0, 100, 100))]])
    expect(repaired([[box(-1e6, -1e6, 1e6, 1e6)]])).toEqual([[closed(box(0, 0, WIDTH, HEIGHT))]])
  })

  test('unites what overlaps, and of a ring takes all that it winds around', () => {
    expect(repaired([[box(0, 0, 100, 100)], [box(50, 0, 150, 100)]])).toEqual([[closed(box(0, 0, 150, 100))]])
    const star = [0, 2, 4, 1, 3].map((k): Position => {
      const angle = (k / 5) * 2 * Math.PI
      return [500 + 300 * Math.sin(angle), 400 - 300 * Math.cos(angle)]
    })
    const [[outline]] = repaired([[star]]) as [Position[][]]
    expect(outline).toHaveLength(11)
    expect(new EdgeIndex([[outline!]]).contains(500, 400)).toBe(true)
  })
})

describe('what cannot be a mask is refused', () => {
  const turns = (count: number): Position[] =>
    Array.from({ length: count }, (_, i) => [i % 2 === 0 ? 0 : 1000, (i * 700) / count])
  test.each<[string, RawPolygons, string, string]>([
    [
      'two positions',
      [
        [
          [
            [1, 1],
            [9, 9],
            [1, 1],
          ],
        ],
      ],
      'degenerate',
      'polygon 1 has fewer than 3',
    ],
    [
      'a hole that is a point',
      [
        [
          box(0, 0, 9, 9),
          [
            [3, 3],
            [3, 3],
            [3, 3],
          ],
        ],
      ],
      'degenerate',
      'polygon 1, hole 1 has fewer',
    ],
    [
      'a line',
      [
        [
          [
            [1, 1],
            [5, 5],
            [9, 9],
          ],
        ],
      ],
      'degenerate',
      'no area',
    ],
    [
      'no number',
      [
        [
          [
            [Number.NaN, 1],
            [5, 5],
            [9, 9],
          ],
        ],
      ],
      'degenerate',
      'not a position',
    ],
    [
      'a number beyond all',
      [
        [
          [
            [1e8, 1],
            [5, 5],
            [9, 9],
          ],
        ],
      ],
      'degenerate',
      'not a position',
    ],
    ['beside the image', [[box(1200, 100, 1300, 200)]], 'outside', '1000 x 800 pixels'],
    ['nothing but a hole', [[box(100, 100, 200, 200), box(50, 50, 300, 300)]], 'outside', 'keeps nothing'],
    ['to and fro', [[turns(1200)]], 'too-intricate', 'more than 500 times'],
    [
      'a tangle',
      [[Array.from({ length: 80 }, (_, i): Position => [(i * 619) % 1000, (i * 383) % 800])]],
      'too-intricate',
      'crosses itself more than',
    ],
  ])('%s', (_name, drawn, code, message) => {
    const found = refusal(drawn)
    expect(found.code).toBe(code)
    expect(found.message).toContain(message)
  })
})
