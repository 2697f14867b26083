import { FILTER_RADIUS, type Resampling, weightTable } from './filters.ts'
import { BOUNDS_STRIDE, COEFFICIENT_STRIDE, PLACE_STRIDE, type WarpGrid } from './grid-cells.ts'
import { type EdgeSource, edgeSampler } from './sample-edge.ts'
import {
  type CellJob,
  placeCellFilter,
  placeCellNear,
  sampleBilinear,
  sampleConvolution,
  sampleNear,
} from './sample-interior.ts'
import { ROOT_CELL_PX } from './warp-grid.ts'
import { kernelFor } from './wasm-kernel.ts'

/** A rectangle of pixels of one pyramid level. */
export interface PixelWindow {
  x0: number
  y0: number
  width: number
  height: number
}

/** A rectangle of a pyramid level with its pixels: RGBA, 8 bit, not premultiplied. */
export interface SourceWindow extends PixelWindow {
  data: Uint8Array
}

/** What resampling needs to know of a plan (see `planWarp`). */
export interface ResamplePlan {
  method: Resampling
  hasAlpha: boolean
  targetWidth: number
  targetHeight: number
  /** Size of the level that is read, in pixels. */
  levelWidth: number
  levelHeight: number
  /** Size of the image in level pixels; fractional where a halved odd dimension was rounded up. */
  extentX: number
  extentY: number
  /** The part of the level that the warp reads, or null when the target lies outside the image. */
  window: PixelWindow | null
  grid: WarpGrid
}

/** How a cell is sampled. */
const SKIP = 0
const INTERIOR = 1
const EDGE = 2

/** Against the rounding of positions to a phase and of sums. */
const ROUNDING_PX = 0.01

/**
 * Fills a target by a plan. Pixels outside the image become transparent black.
 *
 * @param source pixels of the plan's level that cover the plan's window; its data must start at a multiple of 4 bytes
 * @param out RGBA of the target, `targetWidth * targetHeight * 4` bytes, starting at a multiple of 4 bytes
 * @throws RangeError when a buffer has the wrong size or alignment, or the source does not cover the plan's window
 */
export function resample(plan: ResamplePlan, source: SourceWindow, out: Uint8Array): void {
  const { grid, targetWidth, targetHeight, method } = plan
  checkBuffers(plan, source, out)
  out.fill(0)
  const edgeSource: EdgeSource = {
    data: source.data,
    x0: source.x0,
    y0: source.y0,
    stride: source.width,
    levelWidth: plan.levelWidth,
    levelHeight: plan.levelHeight,
    extentX: plan.extentX,
    extentY: plan.extentY,
  }
  const treatment = new Uint8Array(grid.count)
  for (let i = 0; i < grid.count; i++) treatment[i] = treatmentOf(plan, source, i)

  const job: CellJob = {
    cell: new Float64Array(COEFFICIENT_STRIDE),
    source: pixels(source.data),
    sourceStride: source.width,
    out: pixels(out),
    outOffset: 0,
    outStride: targetWidth,
    cols: 0,
    rows: 0,
  }
  const place = method === 'near' ? placeCellNear : placeCellFilter
  const sample = interiorSampler(method)
  const bandBytes = ROOT_CELL_PX * targetWidth * 4
  const convolution = method !== 'near' && method !== 'bilinear'
  const wasm = convolution ? kernelFor(source.data.length, bandBytes) : null
  wasm?.setSource(source.data)
  const sampleEdge = edgeSampler(method)

  let next = 0
  for (let bandRow = 0; bandRow < targetHeight; bandRow += ROOT_CELL_PX) {
    const first = next
    while (next < grid.count && grid.places[next * PLACE_STRIDE + 1]! < bandRow + ROOT_CELL_PX) next++
    if (first === next) continue
    if (wasm) wasm.clearBand(bandBytes)
    for (let i = first; i < next; i++) {
      if (treatment[i] !== INTERIOR) continue
      const col = grid.places[i * PLACE_STRIDE]!
      const row = grid.places[i * PLACE_STRIDE + 1]!
      const size = grid.places[i * PLACE_STRIDE + 2]!
      job.cols = Math.min(size, targetWidth - col)
      job.rows = Math.min(size, targetHeight - row)
      if (wasm && convolution) {
        place(grid.coefficients, i, source.x0, source.y0, wasm.cell)
        wasm.convolve(
          method,
          source.width,
          (row - bandRow) * targetWidth + col,
          targetWidth,
          job.cols,
          job.rows,
        )
        continue
      }
      place(grid.coefficients, i, source.x0, source.y0, job.cell)
      job.outOffset = row * targetWidth + col
      sample(job)
    }
    if (wasm) {
      const bytes = Math.min(bandBytes, out.length - bandRow * targetWidth * 4)
      out.set(wasm.band(bytes), bandRow * targetWidth * 4)
    }
    for (let i = first; i < next; i++) {
      if (treatment[i] === EDGE) fillEdgeCell(plan, i, edgeSource, sampleEdge, out)
    }
  }
}

function interiorSampler(method: Resampling): (job: CellJob) => void {
  if (method === 'near') return sampleNear
  if (method === 'bilinear') return sampleBilinear
  const table = weightTable(method)
  const taps = 2 * FILTER_RADIUS[method]
  return (job) => sampleConvolution(job, table, taps)
}

/** Interior: every tap of every pixel is inside the level and opaque. Skip: every pixel is transparent. */
function treatmentOf(plan: ResamplePlan, source: SourceWindow, index: number): number {
  const at = index * BOUNDS_STRIDE
  const minX = plan.grid.bounds[at]!
  const minY = plan.grid.bounds[at + 1]!
  const maxX = plan.grid.bounds[at + 2]!
  const maxY = plan.grid.bounds[at + 3]!
  const radius = FILTER_RADIUS[plan.method]
  // Taps of x are floor(x - 0.5) - radius + 1 ... floor(x - 0.5) + radius; nearest neighbour reads floor(x).
  const shift = radius === 0 ? 0 : 0.5
  const x0 = Math.floor(minX - shift - ROUNDING_PX) - Math.max(0, radius - 1)
  const y0 = Math.floor(minY - shift - ROUNDING_PX) - Math.max(0, radius - 1)
  const x1 = Math.floor(maxX - shift + ROUNDING_PX) + radius
  const y1 = Math.floor(maxY - shift + ROUNDING_PX) + radius
  const inside =
    x0 >= 0 &&
    y0 >= 0 &&
    x1 < plan.levelWidth &&
    y1 < plan.levelHeight &&
    maxX <= plan.extentX &&
    maxY <= plan.extentY
  if (!plan.hasAlpha) return inside ? INTERIOR : EDGE
  const [some, all] = opacity(
    source,
    Math.max(0, x0),
    Math.max(0, y0),
    Math.min(plan.levelWidth - 1, x1),
    Math.min(plan.levelHeight - 1, y1),
  )
  if (!some) return SKIP
  return inside && all ? INTERIOR : EDGE
}

/** Whether some pixel of a rectangle (inclusive, level pixels) is visible, and whether all are opaque. */
function opacity(source: SourceWindow, x0: number, y0: number, x1: number, y1: number): [boolean, boolean] {
  let or = 0
  let and = 255
  for (let y = y0; y <= y1; y++) {
    let at = ((y - source.y0) * source.width + x0 - source.x0) * 4 + 3
    for (let x = x0; x <= x1; x++, at += 4) {
      or |= source.data[at]!
      and &= source.data[at]!
    }
    if (or > 0 && and < 255) break
  }
  return [or > 0, and === 255]
}

function fillEdgeCell(
  plan: ResamplePlan,
  index: number,
  source: EdgeSource,
  sample: ReturnType<typeof edgeSampler>,
  out: Uint8Array,
): void {
  const { grid, targetWidth, targetHeight } = plan
  const col = grid.places[index * PLACE_STRIDE]!
  const row = grid.places[index * PLACE_STRIDE + 1]!
  const size = grid.places[index * PLACE_STRIDE + 2]!
  const cols = Math.min(size, targetWidth - col)
  const rows = Math.min(size, targetHeight - row)
  const at = index * COEFFICIENT_STRIDE
  const c = grid.coefficients
  for (let j = 0; j < rows; j++) {
    const x = c[at]! + (c[at + 2]! + c[at + 4]! * j) * j
    const y = c[at + 1]! + (c[at + 3]! + c[at + 5]! * j) * j
    const dx = c[at + 6]! + (c[at + 8]! + c[at + 10]! * j) * j
    const dy = c[at + 7]! + (c[at + 9]! + c[at + 11]! * j) * j
    const ddx = c[at + 12]! + (c[at + 14]! + c[at + 16]! * j) * j
    const ddy = c[at + 13]! + (c[at + 15]! + c[at + 17]! * j) * j
    let o = ((row + j) * targetWidth + col) * 4
    for (let i = 0; i < cols; i++, o += 4) {
      sample(source, x + (dx + ddx * i) * i, y + (dy + ddy * i) * i, out, o)
    }
  }
}

function checkBuffers(plan: ResamplePlan, source: SourceWindow, out: Uint8Array): void {
  if (out.length !== plan.targetWidth * plan.targetHeight * 4) {
    throw new RangeError(`out has ${out.length} bytes, not ${plan.targetWidth} x ${plan.targetHeight} x 4`)
  }
  if (source.data.length !== source.width * source.height * 4) {
    throw new RangeError(`source has ${source.data.length} bytes, not ${source.width} x ${source.height} x 4`)
  }
  if (out.byteOffset % 4 !== 0 || source.data.byteOffset % 4 !== 0) {
    throw new RangeError('pixel buffers must start at a multiple of 4 bytes')
  }
  const { window } = plan
  if (!window) return
  const covered =
    source.x0 <= window.x0 &&
    source.y0 <= window.y0 &&
    source.x0 + source.width >= window.x0 + window.width &&
    source.y0 + source.height >= window.y0 + window.height
  if (!covered) throw new RangeError('the source does not cover the window of the plan')
}

function pixels(bytes: Uint8Array): Uint32Array {
  return new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4)
}
