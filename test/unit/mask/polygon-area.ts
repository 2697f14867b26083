import type { MaskPolygons, MaskRing } from '../../../src/geo/mask-polygons.ts'

export type Position = [x: number, y: number]

/** The area of the unit square that a convex polygon (not closed) covers. */
export function areaInside(convex: readonly Position[]): number {
  const turn = Math.sign(doubleArea(convex))
  let cut: Position[] = [
    [0, 0],
    [1, 0],
    [1, 1],
    [0, 1],
  ]
  for (const [i, from] of convex.entries()) {
    const to = convex[(i + 1) % convex.length]!
    const side = ([x, y]: Position) =>
      turn * ((to[0] - from[0]) * (y - from[1]) - (to[1] - from[1]) * (x - from[0]))
    cut = cut.flatMap((a, k) => {
      const b = cut[(k + 1) % cut.length]!
      const [sideA, sideB] = [side(a), side(b)]
      const kept: Position[] = sideA >= 0 ? [a] : []
      if (sideA >= 0 === sideB >= 0) return kept
      const t = sideA / (sideA - sideB)
      return [...kept, [a[0] + t * (b[0] - a[0]), a[1] + t * (b[1] - a[1])]]
    })
  }
  return Math.abs(doubleArea(cut)) / 2
}

function doubleArea(ring: readonly Position[]): number {
  return ring.reduce((sum, [x, y], i) => {
    const [nextX, nextY] = ring[(i + 1) % ring.length]!
    return sum + x * nextY - nextX * y
  }, 0)
}

/** How often a closed ring winds around a position. */
export function winding(ring: MaskRing, x: number, y: number): number {
  let turns = 0
  for (let i = 1; i < ring.length; i++) {
    const [x0, y0] = ring[i - 1]!
    const [x1, y1] = ring[i]!
    if (y0 <= y !== y1 <= y && x0 + ((y - y0) / (y1 - y0)) * (x1 - x0) > x) turns += y1 > y0 ? 1 : -1
  }
  return turns
}

/** Whether a position lies in a shell, winding around it other than zero times, and in no hole of it. */
export const isInside = (polygons: MaskPolygons, x: number, y: number): boolean =>
  polygons.some(
    ([shell, ...holes]) => winding(shell!, x, y) !== 0 && holes.every((hole) => winding(hole, x, y) === 0),
  )
