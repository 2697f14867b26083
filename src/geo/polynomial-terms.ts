import type { PointSet } from './control-point.ts'
import { mean } from './control-point.ts'
import { decompose, reciprocalCondition, type SingularValueDecomposition } from './least-squares.ts'

export type PolynomialOrder = 1 | 2 | 3

/** Number of coefficients, and so of points a polynomial in two variables needs: 3, 6, 10. */
export const POLYNOMIAL_TERMS = { 1: 3, 2: 6, 3: 10 } as const

/**
 * A normalised design matrix whose smallest singular value is below this share of its largest is refused: a
 * coefficient would then rest on differences of a hundredth of a pixel or less, which no control point has.
 */
export const RECIPROCAL_CONDITION_MIN = 1e-5

export interface DecomposedTerms {
  svd: SingularValueDecomposition
  centre: [number, number]
  scale: [number, number]
}

/** The decomposed matrix of the terms of a polynomial at the points, each axis centred and scaled to [-1, 1]. */
export function decomposeTerms(points: PointSet, order: PolynomialOrder): DecomposedTerms {
  const centre: [number, number] = [mean(points.x), mean(points.y)]
  const scale: [number, number] = [reach(points.x, centre[0]), reach(points.y, centre[1])]
  const s = points.x.map((value) => (value - centre[0]) / scale[0])
  const t = points.y.map((value) => (value - centre[1]) / scale[1])
  const columns: Float64Array[] = []
  for (let degree = 0; degree <= order; degree++) {
    for (let powerOfT = 0; powerOfT <= degree; powerOfT++) {
      columns.push(s.map((value, i) => value ** (degree - powerOfT) * t[i]! ** powerOfT))
    }
  }
  return { svd: decompose(columns), centre, scale }
}

/** Whether the terms at the points are independent enough for one solution. */
export function isSolvable(svd: SingularValueDecomposition): boolean {
  return reciprocalCondition(svd) >= RECIPROCAL_CONDITION_MIN
}

function reach(values: Float64Array, centre: number): number {
  let largest = 0
  for (const value of values) largest = Math.max(largest, Math.abs(value - centre))
  return largest || 1
}
