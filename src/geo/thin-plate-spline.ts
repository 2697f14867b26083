import type { ControlPoint, PointSet } from './control-point.ts'
import { groundPoints, imagePoints, mean, normalisationOf } from './control-point.ts'
import { placeOf, refuseLine } from './degeneracy.ts'
import { FitError } from './fit-error.ts'
import { solveLinearSystem } from './linear-system.ts'

/**
 * For each output: affine[0] + affine[1] s + affine[2] t + sum of weight * r^2 log(r^2) over the centres, where
 * (s, t) = ((x - origin[0]) / scale, (y - origin[1]) / scale) and r is the distance from (s, t) to a centre.
 * `centres` holds s, t, s, t, ... of the control points.
 */
export interface ThinPlateSplineMap {
  kind: 'thin-plate-spline'
  origin: [number, number]
  scale: number
  centres: number[]
  affineU: [number, number, number]
  affineV: [number, number, number]
  weightsU: number[]
  weightsV: number[]
}

/** A spline takes time with the cube of its points to fit, and with their number for every place it is asked for. */
export const SPLINE_POINTS_MAX = 1000

/**
 * Two points at a distance d, in normalised units, leave a pivot of about d: below this a difference between their
 * targets would be carried by weights so large that rounding shows.
 */
const RECIPROCAL_PIVOT_MIN = 1e-7

/**
 * Interpolating thin plate splines through all points, image to ground and ground to image, each fitted on its
 * own (Bookstein 1989; the same surfaces as GDAL's TPS transformer). A point given twice counts once.
 *
 * @throws FitError `too-many-points`; `degenerate` when points lie on one line, share an image or ground position but not the other,
 *   or almost coincide
 */
export function fitThinPlateSpline(points: readonly ControlPoint[]): {
  forward: ThinPlateSplineMap
  backward: ThinPlateSplineMap
} {
  const kept = splineNodes(points)
  if (kept.length > SPLINE_POINTS_MAX)
    throw new FitError(
      'too-many-points',
      `a thin plate spline takes at most ${SPLINE_POINTS_MAX} control points, there are ${kept.length}; ` +
        'remove some or use p3',
    )
  const image = imagePoints(kept.map((index) => points[index]!))
  const ground = groundPoints(kept.map((index) => points[index]!))
  return { forward: fitOneWay(image, ground, kept), backward: fitOneWay(ground, image, kept) }
}

/** The map as a function that writes the two outputs to `out[0]` and `out[1]`. */
export function thinPlateSplineFunction(
  map: ThinPlateSplineMap,
): (x: number, y: number, out: Float64Array) => void {
  const [originX, originY] = map.origin
  const inverseScale = 1 / map.scale
  const [u0, u1, u2] = map.affineU
  const [v0, v1, v2] = map.affineV
  const terms = new Float64Array(map.weightsU.length * 4)
  map.weightsU.forEach((weight, i) => {
    terms.set([map.centres[2 * i]!, map.centres[2 * i + 1]!, weight, map.weightsV[i]!], 4 * i)
  })
  return (x, y, out) => {
    const s = (x - originX) * inverseScale
    const t = (y - originY) * inverseScale
    let u = u0 + u1 * s + u2 * t
    let v = v0 + v1 * s + v2 * t
    for (let i = 0; i < terms.length; i += 4) {
      const ds = s - terms[i]!
      const dt = t - terms[i + 1]!
      const k = kernel(ds * ds + dt * dt)
      u += terms[i + 2]! * k
      v += terms[i + 3]! * k
    }
    out[0] = u
    out[1] = v
  }
}

/** r^2 log(r^2) without a branch: the added value vanishes beside any distance a double can tell from zero. */
function kernel(squaredDistance: number): number {
  return squaredDistance * Math.log(squaredDistance + 1e-300)
}

/**
 * The symmetric matrix of the system that gives a spline's weights, then its affine part: the kernel between the nodes,
 * bordered by 1, s and t, their normalised coordinates. Row-major, `size` x `size`.
 */
export function splineMatrix(from: PointSet) {
  const origin = normalisationOf(from)
  const count = from.x.length
  const s = from.x.map((value) => (value - origin.x) / origin.scale)
  const t = from.y.map((value) => (value - origin.y) / origin.scale)

  const size = count + 3
  const matrix = new Float64Array(size * size)
  for (let i = 0; i < count; i++) {
    for (let j = 0; j < i; j++) {
      const k = kernel((s[i]! - s[j]!) ** 2 + (t[i]! - t[j]!) ** 2)
      matrix[i * size + j] = k
      matrix[j * size + i] = k
    }
    for (const [column, value] of [1, s[i]!, t[i]!].entries()) {
      matrix[i * size + count + column] = value
      matrix[(count + column) * size + i] = value
    }
  }
  return { matrix, size, origin, s, t }
}

function fitOneWay(from: PointSet, to: PointSet, indices: readonly number[]): ThinPlateSplineMap {
  refuseLine(from, 'a thin plate spline')
  const count = from.x.length
  const { matrix, size, origin, s, t } = splineMatrix(from)
  const offsetU = mean(to.x)
  const offsetV = mean(to.y)
  const u = new Float64Array(size)
  const v = new Float64Array(size)
  u.set(to.x.map((value) => value - offsetU))
  v.set(to.y.map((value) => value - offsetV))
  if (!(solveLinearSystem(matrix, size, [u, v]) >= RECIPROCAL_PIVOT_MIN)) {
    const [a, b] = closestPair(s, t).map((i) => indices[i]! + 1)
    throw new FitError(
      'degenerate',
      `points ${a} and ${b} almost coincide ${placeOf(from)}: a thin plate spline has no single solution; ` +
        'remove one of them or use a polynomial',
    )
  }
  return {
    kind: 'thin-plate-spline',
    origin: [origin.x, origin.y],
    scale: origin.scale,
    centres: Array.from(s).flatMap((value, i) => [value, t[i]!]),
    affineU: [u[count]! + offsetU, u[count + 1]!, u[count + 2]!],
    affineV: [v[count]! + offsetV, v[count + 1]!, v[count + 2]!],
    weightsU: Array.from(u.subarray(0, count)),
    weightsV: Array.from(v.subarray(0, count)),
  }
}

/**
 * Indices of the points a spline passes through: all, but of those given twice the first.
 * @throws FitError `degenerate` when points share an image or ground position but not the other
 */
export function splineNodes(points: readonly ControlPoint[]): number[] {
  const byImage = new Map<string, number>()
  const byGround = new Map<string, number>()
  const kept: number[] = []
  points.forEach((point, i) => {
    const imageKey = `${point.x} ${point.y}`
    const groundKey = `${point.lon} ${point.lat}`
    const sameImage = byImage.get(imageKey)
    const sameGround = byGround.get(groundKey)
    if (sameImage !== undefined && sameImage === sameGround) return
    if (sameImage !== undefined) throw conflict(sameImage, i, 'image position', 'ground positions')
    if (sameGround !== undefined) throw conflict(sameGround, i, 'ground position', 'image positions')
    byImage.set(imageKey, i)
    byGround.set(groundKey, i)
    kept.push(i)
  })
  return kept
}

function conflict(first: number, second: number, shared: string, different: string): FitError {
  return new FitError(
    'degenerate',
    `points ${first + 1} and ${second + 1} have the same ${shared} but different ${different}: a thin plate spline ` +
      'passes through every point and cannot do both; remove or move one of them, or use a polynomial',
  )
}

function closestPair(s: Float64Array, t: Float64Array): [number, number] {
  let best: [number, number] = [0, 1]
  let least = Number.POSITIVE_INFINITY
  for (let i = 1; i < s.length; i++) {
    for (let j = 0; j < i; j++) {
      const distance = Math.hypot(s[i]! - s[j]!, t[i]! - t[j]!)
      if (distance < least) {
        least = distance
        best = [j, i]
      }
    }
  }
  return best
}
