import type { PointSet } from './control-point.ts'
import { normalisationOf } from './control-point.ts'
import { FitError } from './fit-error.ts'
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

/** What points share that should not, and how to break it. */
export interface Degeneracy {
  what: string
  remedy: string
}

/** Tells of points that are all at one place; undefined of others. */
export function placeDegeneracyOf(points: PointSet): Degeneracy | undefined {
  if (distinctCount(points) > 1) return undefined
  return {
    what: `all ${points.x.length} points are at one place ${placeOf(points)}`,
    remedy: 'add points elsewhere',
  }
}

/**
 * Lets points pass that span the plane.
 *
 * @param fit what was to be made of them, as in "a thin plate spline"
 * @throws FitError `degenerate` when they are all at one place or on one line
 */
export function refuseLine(points: PointSet, fit: string): void {
  const cause = lineDegeneracyOf(points)
  if (!cause) return
  const fallback = placeDegeneracyOf(points) ? '' : ' or use helmert'
  throw new FitError('degenerate', `${cause.what}: ${fit} has no single solution; ${cause.remedy}${fallback}`)
}

function lineDegeneracyOf(points: PointSet): Degeneracy | undefined {
  const place = placeDegeneracyOf(points)
  if (place || !isCollinear(points)) return place
  return {
    what: `${points.x.length} points on one line ${placeOf(points)}`,
    remedy: 'add a point off the line',
  }
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

function curveDegeneracyOf(points: PointSet, order: PolynomialOrder): Degeneracy {
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
