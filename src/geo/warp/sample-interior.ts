import { FILTER_PHASES, WEIGHT_BITS } from './filters.ts'
import { COEFFICIENT_STRIDE } from './grid-cells.ts'

/**
 * One cell to be sampled. Pixels are RGBA packed in 32 bits. All taps of all its pixels lie inside the source and are
 * opaque: that is what makes these loops free of checks.
 */
export interface CellJob {
  /** Coefficients of the cell, moved to the source's origin and scaled by `placeCell`. */
  cell: Float64Array
  source: Uint32Array
  /** Pixels from one source row to the next. */
  sourceStride: number
  out: Uint32Array
  outOffset: number
  /** Pixels from one target row to the next. */
  outStride: number
  cols: number
  rows: number
}

const PHASE_BITS = Math.log2(FILTER_PHASES)
const PHASE_MASK = FILTER_PHASES - 1
const PHASE_ROUNDING = 1 << (2 * PHASE_BITS - 1)
/** After the horizontal pass sums keep this many bits of fraction: the most that fits 16 bits with overshoot. */
const ROW_BITS = 6
const ROW_SHIFT = WEIGHT_BITS - ROW_BITS
const ROW_ROUNDING = 1 << (ROW_SHIFT - 1)
const SUM_SHIFT = WEIGHT_BITS + ROW_BITS
const SUM_ROUNDING = 1 << (SUM_SHIFT - 1)
const OPAQUE = 0xff000000
/** GDAL's slack: a source position this close below a pixel's edge counts as on it. */
export const NEAR_SLACK_PX = 1e-10

/** Moves a cell to source origin (originX, originY) for nearest neighbour: truncation gives the pixel. */
export function placeCellNear(
  coefficients: Float64Array,
  index: number,
  originX: number,
  originY: number,
  cell: Float64Array,
): void {
  const at = index * COEFFICIENT_STRIDE
  for (let k = 0; k < COEFFICIENT_STRIDE; k++) cell[k] = coefficients[at + k]!
  cell[0]! += NEAR_SLACK_PX - originX
  cell[1]! += NEAR_SLACK_PX - originY
}

/** The same for filters: truncation gives the phase-rounded position between pixel centres in 1/1024 px. */
export function placeCellFilter(
  coefficients: Float64Array,
  index: number,
  originX: number,
  originY: number,
  cell: Float64Array,
): void {
  const at = index * COEFFICIENT_STRIDE
  for (let k = 0; k < COEFFICIENT_STRIDE; k++) cell[k] = coefficients[at + k]! * FILTER_PHASES
  cell[0]! += (-0.5 - originX) * FILTER_PHASES + 0.5
  cell[1]! += (-0.5 - originY) * FILTER_PHASES + 0.5
}

/** Nearest neighbour: the pixel that contains the source point. */
export function sampleNear(job: CellJob): void {
  const { cell: c, source, sourceStride, out, outStride, cols, rows } = job
  for (let j = 0; j < rows; j++) {
    let x = c[0]! + (c[2]! + c[4]! * j) * j
    let y = c[1]! + (c[3]! + c[5]! * j) * j
    let ddx = c[12]! + (c[14]! + c[16]! * j) * j
    let ddy = c[13]! + (c[15]! + c[17]! * j) * j
    let dx = c[6]! + (c[8]! + c[10]! * j) * j + ddx
    let dy = c[7]! + (c[9]! + c[11]! * j) * j + ddy
    ddx += ddx
    ddy += ddy
    let o = job.outOffset + j * outStride
    const end = o + cols
    while (o < end) {
      out[o++] = source[(y | 0) * sourceStride + (x | 0)]!
      x += dx
      y += dy
      dx += ddx
      dy += ddy
    }
  }
}

/** Bilinear over the four nearest pixel centres, in fixed point; exact but for the position's 1/1024 px. */
export function sampleBilinear(job: CellJob): void {
  const { cell: c, source, sourceStride, out, outStride, cols, rows } = job
  for (let j = 0; j < rows; j++) {
    let x = c[0]! + (c[2]! + c[4]! * j) * j
    let y = c[1]! + (c[3]! + c[5]! * j) * j
    let ddx = c[12]! + (c[14]! + c[16]! * j) * j
    let ddy = c[13]! + (c[15]! + c[17]! * j) * j
    let dx = c[6]! + (c[8]! + c[10]! * j) * j + ddx
    let dy = c[7]! + (c[9]! + c[11]! * j) * j + ddy
    ddx += ddx
    ddy += ddy
    let o = job.outOffset + j * outStride
    const end = o + cols
    while (o < end) {
      const fx = x | 0
      const fy = y | 0
      const at = (fy >> PHASE_BITS) * sourceStride + (fx >> PHASE_BITS)
      const wx = fx & PHASE_MASK
      const wy = fy & PHASE_MASK
      const p00 = source[at]!
      const p10 = source[at + 1]!
      const p01 = source[at + sourceStride]!
      const p11 = source[at + sourceStride + 1]!
      const w11 = wx * wy
      const w10 = (wx << PHASE_BITS) - w11
      const w01 = (wy << PHASE_BITS) - w11
      const w00 = (1 << (2 * PHASE_BITS)) - w10 - w01 - w11
      const r = (p00 & 255) * w00 + (p10 & 255) * w10 + (p01 & 255) * w01 + (p11 & 255) * w11 + PHASE_ROUNDING
      const g =
        ((p00 >> 8) & 255) * w00 +
        ((p10 >> 8) & 255) * w10 +
        ((p01 >> 8) & 255) * w01 +
        ((p11 >> 8) & 255) * w11 +
        PHASE_ROUNDING
      const b =
        ((p00 >> 16) & 255) * w00 +
        ((p10 >> 16) & 255) * w10 +
        ((p01 >> 16) & 255) * w01 +
        ((p11 >> 16) & 255) * w11 +
        PHASE_ROUNDING
      out[o++] =
        OPAQUE | ((b >> (2 * PHASE_BITS)) << 16) | ((g >> (2 * PHASE_BITS)) << 8) | (r >> (2 * PHASE_BITS))
      x += dx
      y += dy
      dx += ddx
      dy += ddy
    }
  }
}

/**
 * Separable convolution by a weight table: rows first, kept to 1/64 level, then columns. The wasm kernel does the
 * same integer arithmetic, so both give the same bytes.
 *
 * @param taps 2 * radius of the table's method
 */
export function sampleConvolution(job: CellJob, table: Int16Array, taps: number): void {
  const { cell: c, source, sourceStride, out, outStride, cols, rows } = job
  const first = taps / 2 - 1
  for (let j = 0; j < rows; j++) {
    let x = c[0]! + (c[2]! + c[4]! * j) * j
    let y = c[1]! + (c[3]! + c[5]! * j) * j
    let ddx = c[12]! + (c[14]! + c[16]! * j) * j
    let ddy = c[13]! + (c[15]! + c[17]! * j) * j
    let dx = c[6]! + (c[8]! + c[10]! * j) * j + ddx
    let dy = c[7]! + (c[9]! + c[11]! * j) * j + ddy
    ddx += ddx
    ddy += ddy
    let o = job.outOffset + j * outStride
    const end = o + cols
    while (o < end) {
      const fx = x | 0
      const fy = y | 0
      let at = ((fy >> PHASE_BITS) - first) * sourceStride + (fx >> PHASE_BITS) - first
      const wx = (fx & PHASE_MASK) * taps
      const wy = (fy & PHASE_MASK) * taps
      let red = SUM_ROUNDING
      let green = SUM_ROUNDING
      let blue = SUM_ROUNDING
      for (let v = 0; v < taps; v++) {
        let r = ROW_ROUNDING
        let g = ROW_ROUNDING
        let b = ROW_ROUNDING
        for (let u = 0; u < taps; u++) {
          const w = table[wx + u]!
          const p = source[at + u]!
          r += (p & 255) * w
          g += ((p >> 8) & 255) * w
          b += ((p >> 16) & 255) * w
        }
        const w = table[wy + v]!
        red += (r >> ROW_SHIFT) * w
        green += (g >> ROW_SHIFT) * w
        blue += (b >> ROW_SHIFT) * w
        at += sourceStride
      }
      out[o++] = OPAQUE | (level(blue) << 16) | (level(green) << 8) | level(red)
      x += dx
      y += dy
      dx += ddx
      dy += ddy
    }
  }
}

function level(sum: number): number {
  const value = sum >> SUM_SHIFT
  return Math.max(0, Math.min(value, 255))
}
