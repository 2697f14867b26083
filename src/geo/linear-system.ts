/**
 * Solves the dense square system A x = b for several right sides by LU factorisation with partial pivoting.
 * `matrix` is row-major, `size` x `size`; it and the right sides are overwritten, the latter by the solutions.
 *
 * @returns smallest over largest pivot: 0 (and no solution) for a singular matrix, NaN when a value is not finite.
 */
export function solveLinearSystem(matrix: Float64Array, size: number, rightSides: Float64Array[]): number {
  let smallest = Number.POSITIVE_INFINITY
  let largest = 0
  for (let k = 0; k < size; k++) {
    let pivotRow = k
    for (let i = k + 1; i < size; i++) {
      if (Math.abs(matrix[i * size + k]!) > Math.abs(matrix[pivotRow * size + k]!)) pivotRow = i
    }
    const pivot = matrix[pivotRow * size + k]!
    if (pivot === 0 || !Number.isFinite(pivot)) return pivot === 0 ? 0 : Number.NaN
    smallest = Math.min(smallest, Math.abs(pivot))
    largest = Math.max(largest, Math.abs(pivot))
    if (pivotRow !== k) {
      swapRows(matrix, size, k, pivotRow)
      for (const side of rightSides) swap(side, k, pivotRow)
    }
    const top = matrix.subarray(k * size + k + 1, (k + 1) * size)
    for (let i = k + 1; i < size; i++) {
      const factor = matrix[i * size + k]! / pivot
      if (factor === 0) continue
      const row = matrix.subarray(i * size + k + 1, (i + 1) * size)
      for (let j = 0; j < top.length; j++) row[j]! -= factor * top[j]!
      for (const side of rightSides) side[i]! -= factor * side[k]!
    }
  }
  for (const side of rightSides) {
    for (let i = size - 1; i >= 0; i--) {
      let sum = side[i]!
      for (let j = i + 1; j < size; j++) sum -= matrix[i * size + j]! * side[j]!
      side[i] = sum / matrix[i * size + i]!
    }
  }
  return smallest / largest
}

function swapRows(matrix: Float64Array, size: number, a: number, b: number): void {
  for (let j = 0; j < size; j++) swap(matrix, a * size + j, b * size + j)
}

function swap(values: Float64Array, a: number, b: number): void {
  const value = values[a]!
  values[a] = values[b]!
  values[b] = value
}
