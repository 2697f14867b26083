import type { ControlPoint, Normalisation } from './control-point.ts'
import { groundPoints, imagePoints, normalisationOf } from './control-point.ts'
import { refuseLine } from './degeneracy.ts'
import { FitError } from './fit-error.ts'
import { decompose, reciprocalCondition } from './least-squares.ts'
import { RECIPROCAL_CONDITION_MIN } from './polynomial-terms.ts'

/**
 * A homography between normalised coordinates: (p, q, w) = matrix (row-major 3x3) applied to
 * ((x - from.x) / from.scale, (y - from.y) / from.scale, 1), output (to.x + to.scale p / w, to.y + to.scale q / w).
 * w is positive on the side of the horizon where the control points are.
 */
export interface ProjectiveMap {
  kind: 'projective'
  from: Normalisation
  to: Normalisation
  matrix: number[]
}

/**
 * Homography from the image to the ground by the normalised direct linear transform (Hartley and Zisserman,
 * Multiple View Geometry, 4.4), exact for 4 points and of least algebraic error for more. The backward map is the
 * exact inverse of the forward one.
 *
 * @throws FitError `degenerate` when there are no four points of which no three are on one line, or no perspective
 *   view shows the points in this arrangement
 */
export function fitProjective(points: readonly ControlPoint[]): {
  forward: ProjectiveMap
  backward: ProjectiveMap
} {
  const image = imagePoints(points)
  const ground = groundPoints(points)
  for (const side of [image, ground]) refuseLine(side, 'a projective fit')
  const from = normalisationOf(image)
  const to = normalisationOf(ground)
  const columns = Array.from({ length: 9 }, () => new Float64Array(2 * points.length))
  for (let i = 0; i < points.length; i++) {
    const x = (image.x[i]! - from.x) / from.scale
    const y = (image.y[i]! - from.y) / from.scale
    const u = (ground.x[i]! - to.x) / to.scale
    const v = (ground.y[i]! - to.y) / to.scale
    const equations = [
      [x, y, 1, 0, 0, 0, -u * x, -u * y, -u],
      [0, 0, 0, x, y, 1, -v * x, -v * y, -v],
    ]
    equations.forEach((row, r) => {
      for (const [j, value] of row.entries()) columns[j]![2 * i + r] = value
    })
  }
  const svd = decompose(columns)
  const matrix = Array.from(svd.right[8]!)
  const determined = svd.values[7]! >= RECIPROCAL_CONDITION_MIN * svd.values[0]!
  const invertible =
    reciprocalCondition(
      decompose([0, 1, 2].map((j) => Float64Array.of(matrix[j]!, matrix[j + 3]!, matrix[j + 6]!))),
    ) >= RECIPROCAL_CONDITION_MIN
  if (!determined || !invertible) {
    throw new FitError(
      'degenerate',
      `too many of the ${points.length} points lie on one line, in the image or on the ground: a projective fit needs ` +
        'four of which no three do; add a point off the line or use p1',
    )
  }
  const depths = points.map((point) => {
    const x = (point.x - from.x) / from.scale
    const y = (point.y - from.y) / from.scale
    return matrix[6]! * x + matrix[7]! * y + matrix[8]!
  })
  const sign = depths[0]! < 0 ? -1 : 1
  if (!depths.every((depth) => depth * sign > 0)) {
    throw new FitError(
      'degenerate',
      'no perspective view shows the points in this arrangement (the horizon runs between them): a point is ' +
        'misplaced or two are swapped; correct them or use p1',
    )
  }
  const oriented = matrix.map((value) => value * sign)
  return {
    forward: { kind: 'projective', from, to, matrix: oriented },
    backward: { kind: 'projective', from: to, to: from, matrix: inverse(oriented) },
  }
}

/** The map as a function that writes the outputs to `out[0]` and `out[1]`: NaN at and beyond the horizon. */
export function projectiveFunction(map: ProjectiveMap): (x: number, y: number, out: Float64Array) => void {
  const { from, to } = map
  const inverseScale = 1 / from.scale
  const [m0, m1, m2, m3, m4, m5, m6, m7, m8] = map.matrix as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ]
  return (x, y, out) => {
    const s = (x - from.x) * inverseScale
    const t = (y - from.y) * inverseScale
    const w = m6 * s + m7 * t + m8
    const factor = w > 0 ? to.scale / w : Number.NaN
    out[0] = to.x + (m0 * s + m1 * t + m2) * factor
    out[1] = to.y + (m3 * s + m4 * t + m5) * factor
  }
}

function inverse(matrix: readonly number[]): number[] {
  const [a, b, c, d, e, f, g, h, i] = matrix as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ]
  const adjugate = [
    e * i - f * h,
    c * h - b * i,
    b * f - c * e,
    f * g - d * i,
    a * i - c * g,
    c * d - a * f,
    d * h - e * g,
    b * g - a * h,
    a * e - b * d,
  ]
  const determinant = a * adjugate[0]! + b * adjugate[3]! + c * adjugate[6]!
  return adjugate.map((value) => value / determinant)
}
