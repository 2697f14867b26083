/**
 * A lattice of 5 x 5 points of the plane over a square cell, at quarters of its sides: x and y of point (u, v) at
 * `(v * 5 + u) * 2`. Points with even u and v are the 3 x 3 nodes of the biquadratic interpolant, all 25 those of the
 * biquartic.
 */
export const LATTICE_NUMBERS = 50

/** Place of a point in a lattice. */
export function latticeAt(u: number, v: number): number {
  return (v * 5 + u) * 2
}

/** Whether none of the nodes and of the four points with odd u and v is finite. */
export function isNowhere(lattice: Float64Array): boolean {
  for (let v = 0; v < 5; v++)
    for (let u = v % 2; u < 5; u += 2) {
      const at = latticeAt(u, v)
      if (Number.isFinite(lattice[at]) && Number.isFinite(lattice[at + 1])) return false
    }
  return true
}

/** Lagrange weights of the nodes 0, 1/2 and 1 at 1/4 (row 0) and 3/4 (row 1). */
const QUARTER_WEIGHTS = [
  [0.375, 0.75, -0.125],
  [-0.125, 0.75, 0.375],
]

/**
 * Largest squared distance of the biquadratic through the nodes from the four points with odd u and v, where the
 * leading error of the interpolation is within 3 % of its maximum.
 *
 * @returns NaN when a coordinate is not finite
 */
export function biquadraticSquaredError(lattice: Float64Array): number {
  let worst = 0
  for (let i = 0; i < 4; i++) {
    const across = QUARTER_WEIGHTS[i & 1]!
    const down = QUARTER_WEIGHTS[i >> 1]!
    let x = 0
    let y = 0
    for (let b = 0; b < 3; b++) {
      for (let a = 0; a < 3; a++) {
        const weight = across[a]! * down[b]!
        const at = latticeAt(2 * a, 2 * b)
        x += weight * lattice[at]!
        y += weight * lattice[at + 1]!
      }
    }
    const at = latticeAt((i & 1) * 2 + 1, (i >> 1) * 2 + 1)
    const error = (x - lattice[at]!) ** 2 + (y - lattice[at + 1]!) ** 2
    if (!(error < Number.POSITIVE_INFINITY)) return Number.NaN
    if (error > worst) worst = error
  }
  return worst
}

/** Parts of a cell's side at which the biquartic can be evaluated. */
export const BIQUARTIC_STEPS = 64

/** Lagrange weights of the five nodes at each step of a side. */
const QUARTIC_WEIGHTS = Float64Array.from({ length: (BIQUARTIC_STEPS + 1) * 5 }, (_, i) => {
  const node = i % 5
  const at = (4 * Math.floor(i / 5)) / BIQUARTIC_STEPS
  let weight = 1
  for (let other = 0; other < 5; other++) if (other !== node) weight *= (at - other) / (node - other)
  return weight
})

/** Writes to `out` the biquartic through all 25 points, at steps (s, t) of `BIQUARTIC_STEPS` along the sides. */
export function biquartic(lattice: Float64Array, s: number, t: number, out: Float64Array): void {
  const across = s * 5
  const down = t * 5
  const w0 = QUARTIC_WEIGHTS[across]!
  const w1 = QUARTIC_WEIGHTS[across + 1]!
  const w2 = QUARTIC_WEIGHTS[across + 2]!
  const w3 = QUARTIC_WEIGHTS[across + 3]!
  const w4 = QUARTIC_WEIGHTS[across + 4]!
  let x = 0
  let y = 0
  for (let v = 0; v < 5; v++) {
    const k = v * 10
    const weight = QUARTIC_WEIGHTS[down + v]!
    x +=
      weight *
      (w0 * lattice[k]! +
        w1 * lattice[k + 2]! +
        w2 * lattice[k + 4]! +
        w3 * lattice[k + 6]! +
        w4 * lattice[k + 8]!)
    y +=
      weight *
      (w0 * lattice[k + 1]! +
        w1 * lattice[k + 3]! +
        w2 * lattice[k + 5]! +
        w3 * lattice[k + 7]! +
        w4 * lattice[k + 9]!)
  }
  out[0] = x
  out[1] = y
}

/** Rows that turn the values of a quadratic at 0, 1/2, 1 into its factors of 1, t and t^2. */
const POWER_FROM_NODES = [1, 0, 0, -3, 4, -1, 2, -4, 2]
/** Rows that turn them into its Bernstein coefficients, whose bounds enclose it. */
const BERNSTEIN_FROM_NODES = [1, 0, 0, -0.5, 2, -0.5, 0, 0, 1]
const half = new Float64Array(9)

/** Writes c[a][b], the factor of (i / size)^a (j / size)^b, of one axis to `out[(a * 3 + b) * 2 + axis + at]`. */
export function biquadraticPowers(
  lattice: Float64Array,
  axis: number,
  size: number,
  out: Float64Array,
  at: number,
): void {
  changeBasis(lattice, axis, POWER_FROM_NODES)
  for (let a = 0; a < 3; a++) {
    for (let b = 0; b < 3; b++)
      out[at + (a * 3 + b) * 2 + axis] = basis(POWER_FROM_NODES, a, b) / size ** (a + b)
  }
}

/** Writes bounds of the biquadratic of one axis: the least to `out[axis]`, the greatest to `out[axis + 2]`. */
export function biquadraticBounds(lattice: Float64Array, axis: number, out: Float64Array): void {
  changeBasis(lattice, axis, BERNSTEIN_FROM_NODES)
  let min = Number.POSITIVE_INFINITY
  let max = Number.NEGATIVE_INFINITY
  for (let a = 0; a < 3; a++) {
    for (let b = 0; b < 3; b++) {
      const value = basis(BERNSTEIN_FROM_NODES, a, b)
      if (value < min) min = value
      if (value > max) max = value
    }
  }
  out[axis] = min
  out[axis + 2] = max
}

/** Applies a change of basis along u: `half[a * 3 + v]`. */
function changeBasis(lattice: Float64Array, axis: number, rows: readonly number[]): void {
  for (let v = 0; v < 3; v++) {
    const left = lattice[v * 20 + axis]!
    const middle = lattice[v * 20 + 4 + axis]!
    const right = lattice[v * 20 + 8 + axis]!
    for (let a = 0; a < 3; a++) {
      half[a * 3 + v] = rows[a * 3]! * left + rows[a * 3 + 1]! * middle + rows[a * 3 + 2]! * right
    }
  }
}

/** Applies it along v, after `changeBasis`. */
function basis(rows: readonly number[], a: number, b: number): number {
  return (
    rows[b * 3]! * half[a * 3]! + rows[b * 3 + 1]! * half[a * 3 + 1]! + rows[b * 3 + 2]! * half[a * 3 + 2]!
  )
}
