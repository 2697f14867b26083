import { FILTER_RADIUS, filterWeight, type Resampling } from './filters.ts'
import { NEAR_SLACK_PX } from './sample-interior.ts'

/** The sampled level, of which a window is in memory. */
export interface EdgeSource {
  /** RGBA of the window, row by row. */
  data: Uint8Array
  /** Place of the window in the level. */
  x0: number
  y0: number
  /** Pixels from one row of the window to the next. */
  stride: number
  /** Size of the level in whole pixels. */
  levelWidth: number
  levelHeight: number
  /** Size of the image in level pixels, possibly fractional. */
  extentX: number
  extentY: number
}

/** Samples one source position and writes RGBA at `out[at]`; leaves `out` alone where the image is transparent. */
type EdgeSampler = (source: EdgeSource, x: number, y: number, out: Uint8Array, at: number) => void

const TAPS_MAX = 6
const weightsX = new Float64Array(TAPS_MAX)
const weightsY = new Float64Array(TAPS_MAX)
/** Taps that weigh less than this in sum give no colour (GDAL's threshold). */
const WEIGHT_MIN = 1e-5

/**
 * The sampler of a method for positions where taps may lie outside the image or be transparent. As in gdalwarp, a
 * position belongs to the image when it lies in its closed rectangle, and its alpha is that of the pixel that contains
 * it; weights are renormalised over the taps inside; cubic becomes bilinear when one of its 16 taps is outside or
 * transparent. Colours are weighted by alpha, so transparent neighbours never darken an edge.
 */
export function edgeSampler(method: Resampling): EdgeSampler {
  return (source, x, y, out, at) => {
    const nearest = nearestOffset(source, x, y)
    if (nearest < 0 || source.data[nearest + 3] === 0) return
    for (let k = 0; k < 4; k++) out[at + k] = source.data[nearest + k]!
    if (method === 'near') return
    const reduced = method === 'cubic' && !allTapsVisible(source, x, y)
    convolveColour(source, x, y, reduced ? 'bilinear' : method, out, at)
  }
}

/** Offset of the pixel that contains a position, or -1 outside the image. */
function nearestOffset(s: EdgeSource, x: number, y: number): number {
  if (!(x >= 0 && y >= 0 && x <= s.extentX && y <= s.extentY)) return -1
  const col = Math.min(Math.floor(x + NEAR_SLACK_PX), s.levelWidth - 1)
  const row = Math.min(Math.floor(y + NEAR_SLACK_PX), s.levelHeight - 1)
  return ((row - s.y0) * s.stride + col - s.x0) * 4
}

function allTapsVisible(s: EdgeSource, x: number, y: number): boolean {
  const col = Math.floor(x - 0.5) - 1
  const row = Math.floor(y - 0.5) - 1
  if (col < 0 || row < 0 || col + 3 >= s.levelWidth || row + 3 >= s.levelHeight) return false
  for (let v = 0; v < 4; v++) {
    const offset = ((row + v - s.y0) * s.stride + col - s.x0) * 4 + 3
    for (let u = 0; u < 4; u++) if (s.data[offset + u * 4] === 0) return false
  }
  return true
}

/** Replaces the colour at `out[at]` by the weighted one, unless the visible taps have no weight. */
function convolveColour(
  s: EdgeSource,
  x: number,
  y: number,
  method: Exclude<Resampling, 'near'>,
  out: Uint8Array,
  at: number,
): void {
  const radius = FILTER_RADIUS[method]
  const firstCol = Math.floor(x - 0.5) - radius + 1
  const firstRow = Math.floor(y - 0.5) - radius + 1
  for (let k = 0; k < 2 * radius; k++) {
    const col = firstCol + k
    const row = firstRow + k
    weightsX[k] = col < 0 || col >= s.levelWidth ? 0 : filterWeight(method, col + 0.5 - x)
    weightsY[k] = row < 0 || row >= s.levelHeight ? 0 : filterWeight(method, row + 0.5 - y)
  }
  let red = 0
  let green = 0
  let blue = 0
  let alpha = 0
  for (let v = 0; v < 2 * radius; v++) {
    const wy = weightsY[v]!
    if (wy === 0) continue
    let offset = ((firstRow + v - s.y0) * s.stride + firstCol - s.x0) * 4
    for (let u = 0; u < 2 * radius; u++, offset += 4) {
      const w = weightsX[u]! * wy
      if (w === 0) continue
      const wa = w * s.data[offset + 3]!
      alpha += wa
      red += wa * s.data[offset]!
      green += wa * s.data[offset + 1]!
      blue += wa * s.data[offset + 2]!
    }
  }
  if (alpha < WEIGHT_MIN) return
  out[at] = level(red / alpha)
  out[at + 1] = level(green / alpha)
  out[at + 2] = level(blue / alpha)
}

function level(value: number): number {
  return value <= 0 ? 0 : value >= 255 ? 255 : Math.floor(value + 0.5)
}
