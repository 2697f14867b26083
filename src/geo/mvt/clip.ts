import { GRID_MAX, GRID_MIN } from './tile-grid.ts'

/** Coordinates x0, y0, x1, y1, ... */
type Flat = ArrayLike<number>

const isWithin = (value: number): boolean => value >= GRID_MIN && value <= GRID_MAX

/** Whether every one of the points `from` to `to` lies in the tile or its buffer. */
function areWithin(xy: Flat, from: number, to: number): boolean {
  for (let i = 2 * from; i < 2 * to; i++) if (!isWithin(xy[i]!)) return false
  return true
}

/** The points in the tile or its buffer. */
export function clipPoints(xy: Flat): number[] {
  const kept: number[] = []
  for (let i = 0; i < xy.length; i += 2)
    if (isWithin(xy[i]!) && isWithin(xy[i + 1]!)) kept.push(xy[i]!, xy[i + 1]!)
  return kept
}

/** The pieces of the line over the points `from` to `to` in the tile or its buffer (Liang and Barsky, 1984). */
export function clipLine(xy: Flat, from: number, to: number): number[][] {
  if (areWithin(xy, from, to)) return to - from > 1 ? [copy(xy, from, to)] : []
  const pieces: number[][] = []
  let piece: number[] = []
  for (let i = from; i + 1 < to; i++) {
    const [x, y] = [xy[2 * i]!, xy[2 * i + 1]!]
    const [dx, dy] = [xy[2 * i + 2]! - x, xy[2 * i + 3]! - y]
    const span = spanWithin(x, y, dx, dy)
    if (!span) continue
    const [enters, leaves] = span
    if (enters > 0 || piece.length === 0) {
      if (piece.length > 0) pieces.push(piece)
      piece = [x + enters * dx, y + enters * dy]
    }
    piece.push(x + leaves * dx, y + leaves * dy)
  }
  if (piece.length > 0) pieces.push(piece)
  return pieces
}

/** The shares of a segment's length at which it enters and leaves the tile with its buffer; null where it does not. */
function spanWithin(x: number, y: number, dx: number, dy: number): [number, number] | null {
  let enters = 0
  let leaves = 1
  const cut = (step: number, distance: number): boolean => {
    if (step === 0) return distance >= 0
    const share = distance / step
    if (step < 0) enters = Math.max(enters, share)
    else leaves = Math.min(leaves, share)
    return enters <= leaves
  }
  const meets =
    cut(-dx, x - GRID_MIN) && cut(dx, GRID_MAX - x) && cut(-dy, y - GRID_MIN) && cut(dy, GRID_MAX - y)
  return meets ? [enters, leaves] : null
}

/**
 * The part in the tile or its buffer of a ring over the points `from` to `to` (Sutherland and Hodgman, 1974): one ring,
 * whose pieces hang together along the edge. Empty where nothing of it is there.
 */
export function clipRing(xy: Flat, from: number, to: number): number[] {
  let ring = copy(xy, from, to)
  if (areWithin(xy, from, to)) return ring
  for (const axis of [0, 1] as const) {
    ring = cutRing(ring, axis, GRID_MIN, 1)
    ring = cutRing(ring, axis, GRID_MAX, -1)
  }
  return ring
}

/** What of a ring has `sign * coordinate >= sign * limit`. */
function cutRing(ring: readonly number[], axis: 0 | 1, limit: number, sign: 1 | -1): number[] {
  const cut: number[] = []
  const other = axis === 0 ? 1 : 0
  let previous = ring.length - 2
  for (let i = 0; i < ring.length; previous = i, i += 2) {
    const [before, here] = [sign * (ring[previous + axis]! - limit), sign * (ring[i + axis]! - limit)]
    if (before < 0 !== here < 0) {
      const share = before / (before - here)
      const crossing = ring[previous + other]! + share * (ring[i + other]! - ring[previous + other]!)
      if (axis === 0) cut.push(limit, crossing)
      else cut.push(crossing, limit)
    }
    if (here >= 0) cut.push(ring[i]!, ring[i + 1]!)
  }
  return cut
}

function copy(xy: Flat, from: number, to: number): number[] {
  const points: number[] = []
  for (let i = 2 * from; i < 2 * to; i++) points.push(xy[i]!)
  return points
}
