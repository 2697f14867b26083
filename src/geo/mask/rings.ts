import type { MaskPolygons, MaskRing } from '../mask-polygons.ts'
import { MaskError } from './mask-error.ts'

/** Positions a pixel has along a side: fine enough to be unseen, coarse enough that sums and products are exact. */
const STEPS_PER_PX = 1024
/** A position farther from the image than this is no position in it, px. */
const COORDINATE_MAX_PX = 1e7

/** Rings of positions that nothing has been asked of yet. */
export type RawPolygons = readonly (readonly (readonly (readonly [x: number, y: number])[])[])[]

/**
 * Every ring on the grid of positions, closed, without repeated positions.
 * @throws MaskError `degenerate`: a number is not finite or absurd, or a ring has fewer than 3 distinct positions
 */
export function cleanPolygons(polygons: RawPolygons): MaskPolygons {
  return polygons.map((rings, p) =>
    rings.map((positions, r) => {
      const name = r === 0 ? `polygon ${p + 1}` : `polygon ${p + 1}, hole ${r}`
      for (const [x, y] of positions) {
        if (!(Math.abs(x) <= COORDINATE_MAX_PX && Math.abs(y) <= COORDINATE_MAX_PX))
          throw new MaskError('degenerate', `${name}: (${x}, ${y}) is not a position in the image`)
      }
      const ring = closedRing(positions)
      if (!ring) throw new MaskError('degenerate', `${name} has fewer than 3 distinct positions`)
      return ring
    }),
  )
}

/** As `cleanPolygons`, of rings that were computed: those that shrank to nothing are left out. */
export function keptPolygons(polygons: RawPolygons): MaskPolygons {
  return polygons
    .map((rings) => rings.map(closedRing))
    .filter(([shell]) => shell && doubleArea(shell) !== 0)
    .map((rings) => rings.filter((ring): ring is MaskRing => ring !== null && doubleArea(ring) !== 0))
}

/** Twice the area of a closed ring, square pixels; the sign tells which way it runs. */
export function doubleArea(ring: MaskRing): number {
  const [originX, originY] = ring[0]!
  let sum = 0
  for (let i = 1; i < ring.length; i++) {
    const [x0, y0] = ring[i - 1]!
    const [x1, y1] = ring[i]!
    sum += (x0 - originX) * (y1 - originY) - (x1 - originX) * (y0 - originY)
  }
  return sum
}

const snapped = (value: number): number => Math.round(value * STEPS_PER_PX) / STEPS_PER_PX

function closedRing(positions: readonly (readonly [x: number, y: number])[]): MaskRing | null {
  const ring: (readonly [number, number])[] = []
  for (const [rawX, rawY] of positions) {
    // Adding 0 makes a negative zero a positive one.
    const [x, y] = [snapped(rawX) + 0, snapped(rawY) + 0]
    const last = ring.at(-1)
    if (!last || last[0] !== x || last[1] !== y) ring.push([x, y])
  }
  const first = ring[0]
  const last = ring.at(-1)
  if (!first || !last) return null
  if (ring.length > 1 && first[0] === last[0] && first[1] === last[1]) ring.pop()
  if (new Set(ring.map(([x, y]) => `${x},${y}`)).size < 3) return null
  return [...ring, [first[0], first[1]]]
}
