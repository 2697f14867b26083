const SWEEPS_MAX = 60
const EPSILON = 2 ** -52

/**
 * Singular value decomposition A = U S V^T of a matrix given by its columns.
 * `values` descend; `right[j]` is the j-th column of V and `scaledLeft[j]` the j-th column of U times `values[j]`.
 */
export interface SingularValueDecomposition {
  values: Float64Array
  right: Float64Array[]
  scaledLeft: Float64Array[]
}

/**
 * One-sided Jacobi SVD (Hestenes 1958): plane rotations of column pairs until all are orthogonal. Meant for
 * few columns (ten or so) of any length; small singular values come out with high relative accuracy.
 * Wide matrices are allowed: the surplus values are zero.
 */
export function decompose(columns: readonly Float64Array[]): SingularValueDecomposition {
  const size = columns.length
  const work = columns.map((column) => Float64Array.from(column))
  const rotations = columns.map((_, j) => {
    const unit = new Float64Array(size)
    unit[j] = 1
    return unit
  })

  for (let sweep = 0; sweep < SWEEPS_MAX; sweep++) {
    let rotated = false
    for (let p = 0; p < size - 1; p++) {
      for (let q = p + 1; q < size; q++) {
        const normP = dot(work[p]!, work[p]!)
        const normQ = dot(work[q]!, work[q]!)
        const product = dot(work[p]!, work[q]!)
        if (!(Math.abs(product) > EPSILON * Math.sqrt(normP * normQ))) continue
        rotated = true
        const zeta = (normQ - normP) / (2 * product)
        const tangent = (zeta < 0 ? -1 : 1) / (Math.abs(zeta) + Math.hypot(1, zeta))
        const cosine = 1 / Math.hypot(1, tangent)
        rotate(work[p]!, work[q]!, cosine, cosine * tangent)
        rotate(rotations[p]!, rotations[q]!, cosine, cosine * tangent)
      }
    }
    if (!rotated) break
  }

  const norms = work.map((column) => Math.sqrt(dot(column, column)))
  const order = norms.map((_, j) => j).sort((a, b) => norms[b]! - norms[a]!)
  return {
    values: Float64Array.from(order, (j) => norms[j]!),
    right: order.map((j) => rotations[j]!),
    scaledLeft: order.map((j) => work[j]!),
  }
}

/** Smallest over largest singular value: 0 for a singular matrix; NaN when it holds a value that is not finite. */
export function reciprocalCondition(svd: SingularValueDecomposition): number {
  const largest = Math.max(...svd.values)
  return largest === 0 ? 0 : Math.min(...svd.values) / largest
}

/** The x that minimises |A x - b| for a decomposed A of full column rank; `b` has a value for each row of A. */
export function solveLeastSquares(svd: SingularValueDecomposition, b: Float64Array): Float64Array {
  const solution = new Float64Array(svd.right.length)
  for (let j = 0; j < solution.length; j++) {
    const weight = dot(svd.scaledLeft[j]!, b) / svd.values[j]! ** 2
    for (let i = 0; i < solution.length; i++) solution[i]! += weight * svd.right[j]![i]!
  }
  return solution
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!
  return sum
}

function rotate(a: Float64Array, b: Float64Array, cosine: number, sine: number): void {
  for (let i = 0; i < a.length; i++) {
    const value = a[i]!
    a[i] = cosine * value - sine * b[i]!
    b[i] = sine * value + cosine * b[i]!
  }
}
