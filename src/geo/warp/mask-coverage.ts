import { EdgeIndex } from '../mask/edge-index.ts'
import type { MaskPolygons } from '../mask-polygons.ts'
import { COEFFICIENT_STRIDE, PLACE_STRIDE, type WarpGrid } from './grid-cells.ts'

/** How much of each pixel of a target lies inside a mask: everything, nothing, or a share in 255ths a pixel. */
export type Coverage = 'all' | 'none' | Uint8Array

/** What the coverage of a target needs to know of its plan (see `planWarp`). */
export interface CoveragePlan {
  targetWidth: number
  targetHeight: number
  grid: WarpGrid
  /** Pixels of the sampled level per full resolution pixel. */
  scale: number
}

/**
 * Samples of a pixel: the rank-1 lattice of so many points that tells best what share of a pixel a half-plane covers:
 * to 0.044 at worst and 0.005 at the mean, and to half a sample where its edge is along an axis.
 */
const SAMPLES = 127
const GENERATOR = 46
const SAMPLE_X = Float64Array.from({ length: SAMPLES }, (_, k) => (k + 0.5) / SAMPLES - 0.5)
const SAMPLE_Y = Float64Array.from(
  { length: SAMPLES },
  (_, k) => (((k * GENERATOR) % SAMPLES) + 0.5) / SAMPLES - 0.5,
)

/** Indices are kept as long as the polygons they are of. */
const indices = new WeakMap<MaskPolygons, EdgeIndex>()

function indexOf(mask: MaskPolygons): EdgeIndex {
  const known = indices.get(mask)
  if (known) return known
  const index = new EdgeIndex(mask)
  indices.set(mask, index)
  return index
}

/**
 * The share of each target pixel whose area lies inside a mask by way of the warp's own grid of source coordinates:
 * blocks of pixels that no edge of the mask can touch are settled by one place, the pixels that an edge may touch are
 * sampled. Pixels that the grid leaves out, as they are outside the image, have none.
 */
export function maskCoverage(plan: CoveragePlan, mask: MaskPolygons): Coverage {
  const painter = new CoveragePainter(plan, indexOf(mask))
  for (let i = 0; i < plan.grid.count; i++) painter.paintCell(i)
  return painter.finish()
}

/**
 * Multiplies the alpha of RGBA pixels by their coverage; what has none left becomes 0, 0, 0, 0.
 * @param rgba starting at a multiple of 4 bytes
 */
export function applyCoverage(coverage: Uint8Array, rgba: Uint8Array): void {
  const pixels = new Uint32Array(rgba.buffer, rgba.byteOffset, coverage.length)
  for (let i = 0; i < coverage.length; i++) {
    const share = coverage[i]!
    if (share === 255) continue
    const alpha = share === 0 ? 0 : Math.round((rgba[i * 4 + 3]! * share) / 255)
    if (alpha === 0) pixels[i] = 0
    else rgba[i * 4 + 3] = alpha
  }
}

class CoveragePainter {
  readonly #plan: CoveragePlan
  readonly #index: EdgeIndex
  readonly #coverage: Uint8Array
  /** The cell's polynomials, in full resolution pixels. */
  readonly #cell = new Float64Array(COEFFICIENT_STRIDE)
  /** The same about the centre of a block. */
  readonly #block = new Float64Array(COEFFICIENT_STRIDE)
  readonly #point = new Float64Array(2)
  readonly #nearEdges: number[] = []
  #col = 0
  #row = 0
  #cols = 0
  #rows = 0
  #someIn = false
  #someOut = false

  constructor(plan: CoveragePlan, index: EdgeIndex) {
    this.#plan = plan
    this.#index = index
    this.#coverage = new Uint8Array(plan.targetWidth * plan.targetHeight)
  }

  /** Pixels outside every cell are transparent whatever the mask, so they do not count. */
  finish(): Coverage {
    if (!this.#someIn) return 'none'
    return this.#someOut ? this.#coverage : 'all'
  }

  paintCell(index: number): void {
    const { grid, scale, targetWidth, targetHeight } = this.#plan
    for (let k = 0; k < COEFFICIENT_STRIDE; k++)
      this.#cell[k] = grid.coefficients[index * COEFFICIENT_STRIDE + k]! / scale
    this.#col = grid.places[index * PLACE_STRIDE]!
    this.#row = grid.places[index * PLACE_STRIDE + 1]!
    const size = grid.places[index * PLACE_STRIDE + 2]!
    this.#cols = Math.min(size, targetWidth - this.#col)
    this.#rows = Math.min(size, targetHeight - this.#row)
    this.#settle(0, 0, size)
  }

  /** Settles a square block of the cell, whole or in quarters. */
  #settle(i: number, j: number, size: number): void {
    if (i >= this.#cols || j >= this.#rows) return
    const block = this.#block
    recentred(this.#cell, i + (size - 1) / 2, j + (size - 1) / 2, block)
    const reachX = reach(block, 0, size / 2)
    const reachY = reach(block, 1, size / 2)
    const [x, y] = [block[0]!, block[1]!]
    if (!this.#index.touches(x - reachX, y - reachY, x + reachX, y + reachY)) {
      this.#fill(i, j, size, this.#index.contains(x, y) ? 255 : 0)
      return
    }
    if (size === 1) {
      this.#fill(i, j, 1, this.#sample(x - reachX, y - reachY, x + reachX, y + reachY))
      return
    }
    const half = size / 2
    this.#settle(i, j, half)
    this.#settle(i + half, j, half)
    this.#settle(i, j + half, half)
    this.#settle(i + half, j + half, half)
  }

  /** The share of the pixel that `#block` is about, whose area lies within the box. */
  #sample(minX: number, minY: number, maxX: number, maxY: number): number {
    const index = this.#index
    const near = this.#nearEdges
    near.length = 0
    index.gather(minX, minY, maxX, maxY, near)
    const centreX = this.#block[0]!
    const centreY = this.#block[1]!
    const centreInside = index.contains(centreX, centreY)
    const point = this.#point
    let inside = 0
    for (let k = 0; k < SAMPLES; k++) {
      evaluate(this.#block, SAMPLE_X[k]!, SAMPLE_Y[k]!, point)
      let isInside = centreInside
      for (let n = 0; n < near.length; n++) {
        if (index.crossesPath(near[n]!, centreX, centreY, point[0]!, point[1]!)) isInside = !isInside
      }
      if (isInside) inside++
    }
    return Math.round((inside * 255) / SAMPLES)
  }

  #fill(i: number, j: number, size: number, share: number): void {
    if (share > 0) this.#someIn = true
    if (share < 255) this.#someOut = true
    if (share === 0) return
    const { targetWidth } = this.#plan
    const cols = Math.min(size, this.#cols - i)
    const rows = Math.min(size, this.#rows - j)
    for (let row = 0; row < rows; row++) {
      const at = (this.#row + j + row) * targetWidth + this.#col + i
      this.#coverage.fill(share, at, at + cols)
    }
  }
}

/** Writes the polynomials about another place: the factors of (i - centreI)^a (j - centreJ)^b. */
function recentred(c: Float64Array, centreI: number, centreJ: number, out: Float64Array): void {
  for (let axis = 0; axis < 2; axis++) {
    for (let a = 0; a < 3; a++) {
      const at = a * 6 + axis
      const [c0, c1, c2] = [c[at]!, c[at + 2]!, c[at + 4]!]
      out[at] = c0 + (c1 + c2 * centreJ) * centreJ
      out[at + 2] = c1 + 2 * c2 * centreJ
      out[at + 4] = c2
    }
    for (let b = 0; b < 3; b++) {
      const at = b * 2 + axis
      const [c0, c1, c2] = [out[at]!, out[at + 6]!, out[at + 12]!]
      out[at] = c0 + (c1 + c2 * centreI) * centreI
      out[at + 6] = c1 + 2 * c2 * centreI
    }
  }
}

/** How far a recentred polynomial can stray from its centre within `half` pixels on all sides. */
function reach(c: Float64Array, axis: number, half: number): number {
  let sum = 0
  for (let a = 0; a < 3; a++) {
    for (let b = 0; b < 3; b++) {
      if (a + b > 0) sum += Math.abs(c[(a * 3 + b) * 2 + axis]!) * half ** (a + b)
    }
  }
  return sum
}

function evaluate(c: Float64Array, u: number, v: number, out: Float64Array): void {
  for (let axis = 0; axis < 2; axis++) {
    const first = c[axis]! + (c[axis + 2]! + c[axis + 4]! * v) * v
    const second = c[axis + 6]! + (c[axis + 8]! + c[axis + 10]! * v) * v
    const third = c[axis + 12]! + (c[axis + 14]! + c[axis + 16]! * v) * v
    out[axis] = first + (second + third * u) * u
  }
}
