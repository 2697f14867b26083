import type { ControlPoint } from './control-point.ts'
import { groundPoints, imagePoints, mean } from './control-point.ts'
import { placeDegeneracyOf } from './degeneracy.ts'
import { FitError } from './fit-error.ts'
import type { PolynomialMap } from './polynomial.ts'
import type { GroundUnit } from './transform.ts'

const EXPLAINED_SHARE_MIN = 1e-8
const PARALLEL_SCALE_MIN = 1e-6

/**
 * Least squares similarity (shift, rotation, one scale) of the image with its y flipped onto the ground, in two
 * affine maps. Ground distances in degrees are taken with longitudes multiplied by the cosine of the mean latitude,
 * so that it is a similarity on the ground: in plain degrees a map at 60 degrees north would come out stretched to
 * twice its width. In a plane they are taken as they are. The backward map is the exact inverse of the forward one. Needs 2 points.
 *
 * @throws FitError `degenerate` when the points coincide on either side, or no similarity relates the sides
 */
export function fitHelmert(
  points: readonly ControlPoint[],
  unit: GroundUnit,
): {
  forward: PolynomialMap
  backward: PolynomialMap
} {
  const image = imagePoints(points)
  const ground = groundPoints(points)
  for (const side of [image, ground]) {
    const place = placeDegeneracyOf(side)
    if (place) {
      throw new FitError('degenerate', `${place.what}: a Helmert fit has no single solution; ${place.remedy}`)
    }
  }
  const imageCentre: [number, number] = [mean(image.x), mean(image.y)]
  const groundCentre: [number, number] = [mean(ground.x), mean(ground.y)]
  const parallelScale = unit === 'degree' ? Math.cos((groundCentre[1] * Math.PI) / 180) : 1
  if (!(parallelScale >= PARALLEL_SCALE_MIN)) {
    throw new FitError('degenerate', 'a Helmert fit needs points away from the poles; use p1')
  }

  let imageSpread = 0
  let groundSpread = 0
  let along = 0
  let across = 0
  for (let i = 0; i < points.length; i++) {
    const x = image.x[i]! - imageCentre[0]
    const y = image.y[i]! - imageCentre[1]
    const east = (ground.x[i]! - groundCentre[0]) * parallelScale
    const north = ground.y[i]! - groundCentre[1]
    imageSpread += x * x + y * y
    groundSpread += east * east + north * north
    along += x * east - y * north
    across += y * east + x * north
  }
  const a = along / imageSpread
  const b = across / imageSpread
  const squaredScale = a * a + b * b
  if (!((squaredScale * imageSpread) / groundSpread >= EXPLAINED_SHARE_MIN)) {
    throw new FitError(
      'degenerate',
      'no shift, rotation and scale relates the image to the ground points (the image may be mirrored); ' +
        'check the points or use p1',
    )
  }
  const affine = (centre: [number, number], u: number[], v: number[]): PolynomialMap => ({
    kind: 'polynomial',
    order: 1,
    centre,
    scale: [1, 1],
    u,
    v,
  })
  return {
    forward: affine(
      imageCentre,
      [groundCentre[0], a / parallelScale, b / parallelScale],
      [groundCentre[1], b, -a],
    ),
    backward: affine(
      groundCentre,
      [imageCentre[0], (a * parallelScale) / squaredScale, b / squaredScale],
      [imageCentre[1], (b * parallelScale) / squaredScale, -a / squaredScale],
    ),
  }
}
