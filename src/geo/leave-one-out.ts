import { type ControlPoint, groundPoints, imagePoints } from './control-point.ts'
import { crsOfName } from './crs/crs-name.ts'
import { FitError } from './fit-error.ts'
import { solveLinearSystem } from './linear-system.ts'
import { decomposeTerms } from './polynomial-terms.ts'
import { projected } from './projected-fit.ts'
import { splineMatrix, splineNodes } from './thin-plate-spline.ts'
import {
  type FittedTransform,
  fitTransform,
  type GroundUnit,
  planarFunction,
  type ResolvedMethod,
  requiredPoints,
} from './transform.ts'

/**
 * Points up to which the errors are computed: for all of them together, half a second of one core. Polynomials take
 * time with the number of points, splines with its cube, the others with its square.
 */
export const LEAVE_ONE_OUT_POINTS_MAX: Record<ResolvedMethod, number> = {
  p1: Number.POSITIVE_INFINITY,
  p2: Number.POSITIVE_INFINITY,
  p3: Number.POSITIVE_INFINITY,
  tps: 400,
  helmert: 400,
  projective: 200,
}

/** The others do not determine a fit where so little of a point's residual is not of its own making. */
const FREE_SHARE_MIN = 1e-9

/**
 * How far in the image, in pixels, each point lies from where the backward fit of all *other* points puts it: what the
 * fit is worth between its points, which the residual at a point that took part in it does not tell, least of all for
 * a spline. Null for a point that the others do not determine a fit without.
 *
 * @param degrees the points, whatever the system of the fit
 * @param fitted the fit of all of them
 * @returns null when there are more points than `LEAVE_ONE_OUT_POINTS_MAX`
 */
export function leaveOneOutErrors(
  degrees: readonly ControlPoint[],
  fitted: FittedTransform,
): (number | null)[] | null {
  if (degrees.length > LEAVE_ONE_OUT_POINTS_MAX[fitted.method]) return null
  if (degrees.length <= requiredPoints(fitted.method)) return degrees.map(() => null)
  const system = fitted.srs === undefined ? null : crsOfName(fitted.srs)
  const points = system ? projected(degrees, system) : degrees
  switch (fitted.method) {
    case 'p1':
      return polynomialErrors(points, fitted, 1)
    case 'p2':
      return polynomialErrors(points, fitted, 2)
    case 'p3':
      return polynomialErrors(points, fitted, 3)
    case 'tps':
      return splineErrors(points, fitted)
    default:
      return refitErrors(points, fitted.method, system?.metresPerUnit ? 'length' : 'degree')
  }
}

/**
 * Of a linear least squares fit: the residual over one less the leverage, the diagonal of the hat matrix U U^T
 * (Allen 1974, The relationship between variable selection and data augmentation and a method for prediction).
 */
function polynomialErrors(
  points: readonly ControlPoint[],
  fitted: FittedTransform,
  order: 1 | 2 | 3,
): (number | null)[] {
  const { svd } = decomposeTerms(groundPoints(points), order)
  const pixels = missedPixels(points, fitted)
  return points.map((_, i) => {
    let leverage = 0
    for (const [j, column] of svd.scaledLeft.entries()) leverage += (column[i]! / svd.values[j]!) ** 2
    return 1 - leverage > FREE_SHARE_MIN ? pixels[i]! / (1 - leverage) : null
  })
}

/**
 * Of an interpolating spline: the weight of the point over its element of the diagonal of the inverse of the whole
 * system (Rippa 1999, An algorithm for selecting a good value for the parameter c in radial basis function
 * interpolation). Of a point that is given twice the other stays, so that its error is 0.
 */
function splineErrors(points: readonly ControlPoint[], fitted: FittedTransform): (number | null)[] {
  const { backward } = fitted
  if (backward.kind !== 'thin-plate-spline') throw new TypeError('not a thin plate spline')
  const kept = splineNodes(points)
  const { matrix, size } = splineMatrix(groundPoints(kept.map((index) => points[index]!)))
  const inverse = kept.map((_, k) => {
    const unit = new Float64Array(size)
    unit[k] = 1
    return unit
  })
  solveLinearSystem(matrix, size, inverse)
  const largest = Math.max(...inverse.map((column, k) => column[k]!))
  const repeated = repeatedPlaces(points)
  const errors: (number | null)[] = points.map(() => 0)
  kept.forEach((index, k) => {
    if (repeated.has(placeOf(points[index]!))) return
    const free = inverse[k]![k]!
    const weight = Math.hypot(backward.weightsU[k]!, backward.weightsV[k]!)
    errors[index] = free > FREE_SHARE_MIN * largest ? weight / free : null
  })
  return errors
}

/** By fitting as often as there are points. */
function refitErrors(
  points: readonly ControlPoint[],
  method: ResolvedMethod,
  unit: GroundUnit,
): (number | null)[] {
  return points.map((point, i) => {
    try {
      const others = fitTransform(points.toSpliced(i, 1), method, unit)
      const [error = Number.NaN] = missedPixels([point], others)
      return Number.isFinite(error) ? error : null
    } catch (error) {
      if (error instanceof FitError) return null
      throw error
    }
  })
}

function missedPixels(points: readonly ControlPoint[], fitted: FittedTransform): number[] {
  const backward = planarFunction(fitted.backward)
  const image = imagePoints(points)
  const pixel = new Float64Array(2)
  return points.map(({ lon, lat }, i) => {
    backward(lon, lat, pixel)
    return Math.hypot(pixel[0]! - image.x[i]!, pixel[1]! - image.y[i]!)
  })
}

const placeOf = ({ x, y, lon, lat }: ControlPoint): string => `${x} ${y} ${lon} ${lat}`

function repeatedPlaces(points: readonly ControlPoint[]): Set<string> {
  const seen = new Set<string>()
  return new Set(
    points.map(placeOf).filter((place) => {
      const again = seen.has(place)
      seen.add(place)
      return again
    }),
  )
}
