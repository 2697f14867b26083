import type { PointSet } from './control-point.ts'
import { normalisationOf } from './control-point.ts'
import { decompose, reciprocalCondition } from './least-squares.ts'
import {
  decomposeTerms,
  isSolvable,
  POLYNOMIAL_TERMS,
  type PolynomialOrder,
  RECIPROCAL_CONDITION_MIN,
} from './polynomial-terms.ts'

const LINE_PAIR_DETERMINANT_MAX = 1e-4
const ORDINALS = { 1: '1st', 2: '2nd', 3: '3rd' } as const

/**
 * Why the points do not determine a polynomial of an order, and what to do about it; for points already found
 * not to. Example: "6 points on two lines in the image: a 2nd order polynomial has no single solution; add a
 * point off them or use p1".
 */
export function degeneracyOf(points: PointSet, order: PolynomialOrder): string {
  const cause = lineDegeneracyOf(points) ?? curveDegeneracyOf(points, order)
  const fallback = fallbackOf(points, order)
  return `${cause.what}: a ${ORDINALS[order]} order polynomial has no single solution; ${cause.remedy}${
    fallback ? ` or use ${fallback}` : ''
  }`
}

/** What the points share and how to break it, when they all lie at one place or on one line; else undefined. */
export function lineDegeneracyOf(points: PointSet): { what: string; remedy: string } | undefined {
  const count = points.x.length
  const where = placeOf(points)
  if (distinctCount(points) === 1) {
    return { what: `all ${count} points are at one place ${where}`, remedy: 'add points elsewhere' }
  }
  if (!isCollinear(points)) return undefined
  return { what: `${count} points on one line ${where}`, remedy: 'add a point off the line' }
}

/** "in the image" or "on the ground". */
export function placeOf(points: PointSet): string {
  return points.side === 'image' ? 'in the image' : 'on the ground'
}

function isCollinear(points: PointSet): boolean {
  const { x, y, scale } = normalisationOf(points)
  const svd = decompose([
    points.x.map((value) => (value - x) / scale),
    points.y.map((value) => (value - y) / scale),
  ])
  return !(reciprocalCondition(svd) >= RECIPROCAL_CONDITION_MIN)
}

function curveDegeneracyOf(points: PointSet, order: PolynomialOrder): { what: string; remedy: string } {
  const count = points.x.length
  const where = placeOf(points)
  const distinct = distinctCount(points)
  if (distinct < POLYNOMIAL_TERMS[order]) {
    return {
      what: `the ${count} points are at only ${distinct} different places ${where}`,
      remedy: `have at least ${POLYNOMIAL_TERMS[order]} places`,
    }
  }
  if (order === 2) {
    return isLinePair(points)
      ? { what: `${count} points on two lines ${where}`, remedy: 'add a point off them' }
      : { what: `${count} points on one conic section ${where}`, remedy: 'add a point off it' }
  }
  if (order === 3) {
    const axis = axisOfFewValues(points, order)
    return axis
      ? { what: `${count} points with only ${axis} ${where}`, remedy: 'add a point off these lines' }
      : {
          what: `${count} points on three lines or another cubic curve ${where}`,
          remedy: 'add a point off them',
        }
  }
  return { what: `${count} points almost on one line ${where}`, remedy: 'add a point off the line' }
}

/** Whether a conic through all points is a pair of lines: the determinant of its symmetric matrix vanishes. */
function isLinePair(points: PointSet): boolean {
  const { svd } = decomposeTerms(points, 2)
  const severalConics = !(svd.values[4]! >= RECIPROCAL_CONDITION_MIN * svd.values[0]!)
  if (severalConics) return true
  const [f = 0, d = 0, e = 0, a = 0, b = 0, c = 0] = svd.right[5]!
  const determinant =
    a * (c * f - (e * e) / 4) - (b / 2) * ((b * f) / 2 - (d * e) / 4) + (d / 2) * ((b * e) / 4 - (c * d) / 2)
  return Math.abs(determinant) < LINE_PAIR_DETERMINANT_MAX
}

function axisOfFewValues(points: PointSet, order: PolynomialOrder): string | undefined {
  const [horizontal, vertical] = points.side === 'image' ? ['x', 'y'] : ['longitude', 'latitude']
  const columns = new Set(points.x).size
  const rows = new Set(points.y).size
  if (rows <= order) return `${rows} distinct ${vertical} values`
  if (columns <= order) return `${columns} distinct ${horizontal} values`
  return undefined
}

function distinctCount(points: PointSet): number {
  return new Set(Array.from(points.x, (x, i) => `${x} ${points.y[i]}`)).size
}

function fallbackOf(points: PointSet, order: PolynomialOrder): string | undefined {
  for (const lower of [2, 1] as const) {
    if (lower < order && isSolvable(decomposeTerms(points, lower).svd)) return `p${lower}`
  }
  return distinctCount(points) > 1 ? 'helmert' : undefined
}
