import type { ControlPoint } from './control-point.ts'
import { groundPoints, imagePoints } from './control-point.ts'
import { groundFunctions } from './ground-functions.ts'
import { reciprocalCondition, solveLeastSquares } from './least-squares.ts'
import { decomposeTerms } from './polynomial-terms.ts'
import type { FittedTransform } from './transform.ts'

const SINGULAR_MAX = 1e-10
const EARTH_MEAN_RADIUS_METRES = 6_371_008.8

/** `errors[i]` belongs to point i, in image pixels; `rms` is the root of the mean of their squares. */
export interface AffineErrors {
  errors: number[]
  rms: number
}

/**
 * The error that MapWarper documents for control points, whatever transform warps the map: the distance in image
 * pixels between a point and where an affine least squares fit of pixels on degrees puts it. All zero for three
 * points or fewer and when the ground points lie on one line.
 */
export function affineErrors(points: readonly ControlPoint[]): AffineErrors {
  const none = { errors: points.map(() => 0), rms: 0 }
  if (points.length <= 3) return none
  const image = imagePoints(points)
  const { svd, centre, scale } = decomposeTerms(groundPoints(points), 1)
  if (!(reciprocalCondition(svd) > SINGULAR_MAX)) return none
  const x = solveLeastSquares(svd, image.x)
  const y = solveLeastSquares(svd, image.y)
  const errors = points.map((point) => {
    const s = (point.lon - centre[0]) / scale[0]
    const t = (point.lat - centre[1]) / scale[1]
    return Math.hypot(point.x - (x[0]! + x[1]! * s + x[2]! * t), point.y - (y[0]! + y[1]! * s + y[2]! * t))
  })
  return { errors, rms: rootMeanSquare(errors) }
}

/** How far a fit misses a control point. */
export interface Residual {
  /** Fitted minus given, in image pixels: the arrow from the point in the image to where the backward fit puts it. */
  x: number
  y: number
  /** Length of that arrow. */
  pixels: number
  /** Great circle distance on the mean sphere between the ground point and where the forward fit puts it. */
  metres: number
}

export interface TransformResiduals {
  residuals: Residual[]
  rmsPixels: number
  rmsMetres: number
}

/** The residuals of a fit at control points, those it was made from or others kept to judge it. */
export function transformResiduals(
  points: readonly ControlPoint[],
  fitted: FittedTransform,
): TransformResiduals {
  const { forward, backward } = groundFunctions(fitted)
  const pixel = new Float64Array(2)
  const ground = new Float64Array(2)
  const residuals = points.map((point) => {
    backward(point.lon, point.lat, pixel)
    forward(point.x, point.y, ground)
    const x = pixel[0]! - point.x
    const y = pixel[1]! - point.y
    const metres = greatCircleMetres(point.lon, point.lat, ground[0]!, ground[1]!)
    return { x, y, pixels: Math.hypot(x, y), metres }
  })
  return {
    residuals,
    rmsPixels: rootMeanSquare(residuals.map((residual) => residual.pixels)),
    rmsMetres: rootMeanSquare(residuals.map((residual) => residual.metres)),
  }
}

/** Great circle distance in metres on the sphere of the earth's mean radius (haversine); arguments in degrees. */
export function greatCircleMetres(lonA: number, latA: number, lonB: number, latB: number): number {
  const radians = Math.PI / 180
  const halfLat = Math.sin(((latB - latA) * radians) / 2)
  const halfLon = Math.sin(((lonB - lonA) * radians) / 2)
  const haversine = halfLat ** 2 + Math.cos(latA * radians) * Math.cos(latB * radians) * halfLon ** 2
  return 2 * EARTH_MEAN_RADIUS_METRES * Math.asin(Math.min(1, Math.sqrt(Math.max(0, haversine))))
}

function rootMeanSquare(values: readonly number[]): number {
  if (values.length === 0) return 0
  return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length)
}
