import type { PointSet } from './control-point.ts'
import { mean } from './control-point.ts'
import { degeneracyOf } from './degeneracy.ts'
import { FitError } from './fit-error.ts'
import { solveLeastSquares } from './least-squares.ts'
import { decomposeTerms, isSolvable, type PolynomialOrder } from './polynomial-terms.ts'

/**
 * Two polynomials in (s, t) = ((x - centre[0]) / scale[0], (y - centre[1]) / scale[1]), one for each output.
 * Coefficients belong to 1, s, t, ss, st, tt, sss, sst, stt, ttt, as far as the order goes.
 */
export interface PolynomialMap {
  kind: 'polynomial'
  order: PolynomialOrder
  centre: [number, number]
  scale: [number, number]
  u: number[]
  v: number[]
}

/**
 * Ordinary least squares polynomials that map `from` to `to`, point by point. Needs 3, 6 or 10 points for order
 * 1, 2 or 3; the same model as GDAL's GCP transformer, solved by SVD of the normalised design matrix.
 *
 * @throws FitError `degenerate` when the points of `from` do not determine a polynomial of that order
 */
export function fitPolynomial(from: PointSet, to: PointSet, order: PolynomialOrder): PolynomialMap {
  const { svd, centre, scale } = decomposeTerms(from, order)
  if (!isSolvable(svd)) throw new FitError('degenerate', degeneracyOf(from, order))
  const solveFor = (target: Float64Array) => {
    const offset = mean(target)
    const coefficients = Array.from(
      solveLeastSquares(
        svd,
        target.map((value) => value - offset),
      ),
    )
    coefficients[0]! += offset
    return coefficients
  }
  return { kind: 'polynomial', order, centre, scale, u: solveFor(to.x), v: solveFor(to.y) }
}

/** The map as a function that writes the two outputs to `out[0]` and `out[1]`. */
export function polynomialFunction(map: PolynomialMap): (x: number, y: number, out: Float64Array) => void {
  const [cx, cy] = map.centre
  const kx = 1 / map.scale[0]
  const ky = 1 / map.scale[1]
  const [u0 = 0, u1 = 0, u2 = 0, u3 = 0, u4 = 0, u5 = 0, u6 = 0, u7 = 0, u8 = 0, u9 = 0] = map.u
  const [v0 = 0, v1 = 0, v2 = 0, v3 = 0, v4 = 0, v5 = 0, v6 = 0, v7 = 0, v8 = 0, v9 = 0] = map.v
  switch (map.order) {
    case 1:
      return (x, y, out) => {
        const s = (x - cx) * kx
        const t = (y - cy) * ky
        out[0] = u0 + u1 * s + u2 * t
        out[1] = v0 + v1 * s + v2 * t
      }
    case 2:
      return (x, y, out) => {
        const s = (x - cx) * kx
        const t = (y - cy) * ky
        out[0] = u0 + s * (u1 + u3 * s + u4 * t) + t * (u2 + u5 * t)
        out[1] = v0 + s * (v1 + v3 * s + v4 * t) + t * (v2 + v5 * t)
      }
    case 3:
      return (x, y, out) => {
        const s = (x - cx) * kx
        const t = (y - cy) * ky
        out[0] = u0 + s * (u1 + s * (u3 + u6 * s + u7 * t) + t * (u4 + u8 * t)) + t * (u2 + t * (u5 + u9 * t))
        out[1] = v0 + s * (v1 + s * (v3 + v6 * s + v7 * t) + t * (v4 + v8 * t)) + t * (v2 + t * (v5 + v9 * t))
      }
  }
}
