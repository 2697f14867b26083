import { biquadraticBounds, biquadraticPowers, latticeAt } from './lattice.ts'

/** Numbers of a cell in `places`: column, row, side. */
export const PLACE_STRIDE = 3
/** Numbers of a cell in `bounds`: minX, minY, maxX, maxY. */
export const BOUNDS_STRIDE = 4
/** Numbers of a cell in `coefficients`: x and y of c[a][b], the factor of i^a j^b, at `(a * 3 + b) * 2`. */
export const COEFFICIENT_STRIDE = 18

/**
 * Source coordinates of a target raster in cells, in flat arrays. Pixel (col + i, row + j) of a cell has the source
 * coordinates `sum over a, b of c[a][b] i^a j^b`; `bounds` encloses the coordinates of all pixels of the cell.
 */
export interface WarpGrid {
  count: number
  places: Int32Array
  bounds: Float64Array
  coefficients: Float64Array
}

/** Collects cells, leaving out those that cannot touch the image `[0, extentX] x [0, extentY]`. */
export class GridCellStore {
  readonly #extentX: number
  readonly #extentY: number
  readonly #hull = new Float64Array(BOUNDS_STRIDE)
  #count = 0
  #places = new Int32Array(64 * PLACE_STRIDE)
  #bounds = new Float64Array(64 * BOUNDS_STRIDE)
  #coefficients = new Float64Array(64 * COEFFICIENT_STRIDE)

  constructor(extentX: number, extentY: number) {
    this.#extentX = extentX
    this.#extentY = extentY
  }

  /**
   * Settles a cell by the biquadratic through the nodes of its lattice.
   *
   * @param error measured distance of the biquadratic from the exact map, px
   * @param accepted whether that is accurate enough to keep the cell
   * @returns true when the cell was kept or cannot touch the image, false when it must be split
   */
  addQuadratic(
    lattice: Float64Array,
    col: number,
    row: number,
    size: number,
    error: number,
    accepted: boolean,
  ): boolean {
    biquadraticBounds(lattice, 0, this.#hull)
    biquadraticBounds(lattice, 1, this.#hull)
    // The exact map strays from the biquadratic by about the measured error; twice that is on the safe side.
    if (this.#misses(accepted ? 0 : 2 * error)) return true
    if (!accepted) return false
    const at = this.#push(col, row, size) * COEFFICIENT_STRIDE
    biquadraticPowers(lattice, 0, size, this.#coefficients, at)
    biquadraticPowers(lattice, 1, size, this.#coefficients, at)
    return true
  }

  /**
   * Keeps the exact coordinates of 2 x 2 pixels, whose first is at (u, v) of the lattice: as one cell, or pixel by
   * pixel when one of them is not finite or lies beyond `limit`.
   */
  addExact(lattice: Float64Array, u: number, v: number, col: number, row: number, limit: number): void {
    const at = latticeAt(u, v)
    const corners = [at, at + 2, at + 10, at + 12]
    const usable = corners.filter((k) => Math.abs(lattice[k]!) < limit && Math.abs(lattice[k + 1]!) < limit)
    if (usable.length === 4) {
      this.#addExactCell(lattice, corners, col, row, 2)
      return
    }
    for (const k of usable) {
      const n = corners.indexOf(k)
      this.#addExactCell(lattice, [k], col + (n & 1), row + (n >> 1), 1)
    }
  }

  /** The cells collected so far. */
  finish(): WarpGrid {
    return {
      count: this.#count,
      places: this.#places.slice(0, this.#count * PLACE_STRIDE),
      bounds: this.#bounds.slice(0, this.#count * BOUNDS_STRIDE),
      coefficients: this.#coefficients.slice(0, this.#count * COEFFICIENT_STRIDE),
    }
  }

  #addExactCell(lattice: Float64Array, corners: number[], col: number, row: number, size: number): void {
    for (let axis = 0; axis < 2; axis++) {
      const values = corners.map((k) => lattice[k + axis]!)
      this.#hull[axis] = Math.min(...values)
      this.#hull[axis + 2] = Math.max(...values)
    }
    if (this.#misses(0)) return
    const at = this.#push(col, row, size) * COEFFICIENT_STRIDE
    const [c00, c10, c01, c11] = corners as [number, number?, number?, number?]
    for (let axis = 0; axis < 2; axis++) {
      const first = lattice[c00 + axis]!
      this.#coefficients[at + axis] = first
      if (c10 === undefined || c01 === undefined || c11 === undefined) continue
      const right = lattice[c10 + axis]!
      const below = lattice[c01 + axis]!
      this.#coefficients[at + 6 + axis] = right - first
      this.#coefficients[at + 2 + axis] = below - first
      this.#coefficients[at + 8 + axis] = lattice[c11 + axis]! - right - below + first
    }
  }

  #misses(margin: number): boolean {
    const hull = this.#hull
    return (
      hull[2]! + margin < 0 ||
      hull[3]! + margin < 0 ||
      hull[0]! - margin > this.#extentX ||
      hull[1]! - margin > this.#extentY
    )
  }

  #push(col: number, row: number, size: number): number {
    const index = this.#count++
    if (this.#count * PLACE_STRIDE > this.#places.length) {
      this.#places = doubled(this.#places, Int32Array)
      this.#bounds = doubled(this.#bounds, Float64Array)
      this.#coefficients = doubled(this.#coefficients, Float64Array)
    }
    this.#places[index * PLACE_STRIDE] = col
    this.#places[index * PLACE_STRIDE + 1] = row
    this.#places[index * PLACE_STRIDE + 2] = size
    this.#bounds.set(this.#hull, index * BOUNDS_STRIDE)
    return index
  }
}

function doubled<T extends Int32Array | Float64Array>(old: T, type: new (length: number) => T): T {
  const grown = new type(old.length * 2)
  grown.set(old)
  return grown
}
