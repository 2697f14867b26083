import type { MaskPolygons } from '../mask-polygons.ts'
import { EdgeIndex } from './edge-index.ts'
import { MaskError } from './mask-error.ts'

/** Places where a mask's outline may cross itself; each is a cost when it is repaired. */
export const CROSSINGS_MAX = 250
/** Pairs of edges that are compared at most. */
const COMPARISONS_MAX = 100_000_000
/** How often an outline may go across the mask's width, and its height. */
const TRAVERSALS_MAX = 500

/** How the edges of polygons meet, beyond those that follow each other. */
export interface Contacts {
  /** Pairs of edges that cross or overlap. */
  crossings: number
  /** Whether edges otherwise have a point in common: the end of one. */
  touch: boolean
}

/**
 * Finds where edges meet.
 * @throws MaskError `too-intricate` beyond `CROSSINGS_MAX`, or when the outline goes to and fro too often to look
 */
export function findContacts(polygons: MaskPolygons): Contacts {
  refuseRestless(polygons)
  const index = new EdgeIndex(polygons)
  const next = successors(polygons)
  const crossings = new Set<number>()
  let touch = false
  let comparisons = 0
  index.forEachCell((members) => {
    comparisons += (members.length * (members.length - 1)) / 2
    if (comparisons > COMPARISONS_MAX)
      throw new MaskError('too-intricate', 'too many edges of the mask are crowded in one place')
    for (let i = 1; i < members.length; i++) {
      for (let j = 0; j < i; j++) {
        const a = members[i]!
        const b = members[j]!
        const contact = contactOf(index.edges, a * 4, b * 4)
        if (contact === APART) continue
        if (contact === TOUCH) {
          touch ||= next[a] !== b && next[b] !== a
          continue
        }
        crossings.add(Math.max(a, b) * index.edgeCount + Math.min(a, b))
        if (crossings.size > CROSSINGS_MAX)
          throw new MaskError('too-intricate', `the outline crosses itself more than ${CROSSINGS_MAX} times`)
      }
    }
  })
  return { crossings: crossings.size, touch }
}

function refuseRestless(polygons: MaskPolygons): void {
  const xs = polygons.flatMap((rings) => rings.map((ring) => ring.map(([x]) => x)))
  const ys = polygons.flatMap((rings) => rings.map((ring) => ring.map(([, y]) => y)))
  if (traversals(xs) > 2 * TRAVERSALS_MAX || traversals(ys) > 2 * TRAVERSALS_MAX)
    throw new MaskError(
      'too-intricate',
      `the outline goes to and fro across the mask more than ${TRAVERSALS_MAX} times`,
    )
}

/** How often rings pass over the whole range of their coordinates. */
function traversals(rings: readonly (readonly number[])[]): number {
  let min = Number.POSITIVE_INFINITY
  let max = Number.NEGATIVE_INFINITY
  let way = 0
  for (const ring of rings) {
    for (const [i, value] of ring.entries()) {
      min = Math.min(min, value)
      max = Math.max(max, value)
      if (i > 0) way += Math.abs(value - ring[i - 1]!)
    }
  }
  return max > min ? way / (max - min) : 0
}

/** The edge that follows each edge in its ring. */
function successors(polygons: MaskPolygons): Int32Array {
  const next: number[] = []
  for (const ring of polygons.flat()) {
    const first = next.length
    for (let i = 1; i < ring.length; i++) next.push(i === ring.length - 1 ? first : first + i)
  }
  return Int32Array.from(next)
}

const APART = 0
const TOUCH = 1
const CROSS = 2

/** How two edges meet; `a` and `b` are where their numbers begin. */
function contactOf(e: Float64Array, a: number, b: number): number {
  const ax0 = e[a]!
  const ay0 = e[a + 1]!
  const ax1 = e[a + 2]!
  const ay1 = e[a + 3]!
  const bx0 = e[b]!
  const by0 = e[b + 1]!
  const bx1 = e[b + 2]!
  const by1 = e[b + 3]!
  if (Math.max(ax0, ax1) < Math.min(bx0, bx1) || Math.max(bx0, bx1) < Math.min(ax0, ax1)) return APART
  if (Math.max(ay0, ay1) < Math.min(by0, by1) || Math.max(by0, by1) < Math.min(ay0, ay1)) return APART
  const toB0 = side(ax0, ay0, ax1, ay1, bx0, by0)
  const toB1 = side(ax0, ay0, ax1, ay1, bx1, by1)
  if (toB0 * toB1 > 0) return APART
  const toA0 = side(bx0, by0, bx1, by1, ax0, ay0)
  const toA1 = side(bx0, by0, bx1, by1, ax1, ay1)
  if (toA0 * toA1 > 0) return APART
  if (toB0 === 0 && toB1 === 0) return contactOnOneLine(e, a, b)
  return toB0 * toB1 * toA0 * toA1 === 0 ? TOUCH : CROSS
}

/** Edges of one line whose boxes meet share an end or overlap. */
function contactOnOneLine(e: Float64Array, a: number, b: number): number {
  const axis = Math.abs(e[a + 2]! - e[a]!) >= Math.abs(e[a + 3]! - e[a + 1]!) ? 0 : 1
  const aMin = Math.min(e[a + axis]!, e[a + 2 + axis]!)
  const aMax = Math.max(e[a + axis]!, e[a + 2 + axis]!)
  const bMin = Math.min(e[b + axis]!, e[b + 2 + axis]!)
  const bMax = Math.max(e[b + axis]!, e[b + 2 + axis]!)
  return aMax === bMin || bMax === aMin ? TOUCH : CROSS
}

/** The sign tells on which side of the line from 0 to 1 a position lies; 0 is on it. */
function side(x0: number, y0: number, x1: number, y1: number, x: number, y: number): number {
  return Math.sign((x1 - x0) * (y - y0) - (y1 - y0) * (x - x0))
}
