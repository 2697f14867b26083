import type { PlanarFunction } from '../transform.ts'
import type { TargetGrid } from './target-grid.ts'

/** An image that is stored as a pyramid of halvings. */
export interface PyramidSource {
  /** Full resolution width in pixels. */
  width: number
  /** Full resolution height in pixels. */
  height: number
  /** Number of levels; level `levels - 1` is full resolution, level 0 the coarsest. */
  levels: number
  /** False when every pixel is opaque. */
  hasAlpha: boolean
}

const CELLS = 8
/** Keeps a scale of 1.9999 (a rounding of the fit) on the level that fits a scale of 2. */
const LOG2_SLACK = 0.01

/**
 * Source pixels (full resolution) per target pixel: the square root of the area scale of the backward map, the
 * median over an 8 x 8 division of the target, counting only the cells that touch the image.
 *
 * @returns null when no cell touches the image
 */
export function sourcePixelsPerTargetPixel(
  target: TargetGrid,
  backward: PlanarFunction,
  image: { width: number; height: number },
): number | null {
  const side = CELLS + 1
  const xs = new Float64Array(side * side)
  const ys = new Float64Array(side * side)
  const out = new Float64Array(2)
  for (let j = 0; j < side; j++) {
    const lat = target.geoY((j * target.height) / CELLS)
    for (let i = 0; i < side; i++) {
      backward(target.geoX((i * target.width) / CELLS), lat, out)
      xs[j * side + i] = out[0]!
      ys[j * side + i] = out[1]!
    }
  }
  const cellArea = (target.width * target.height) / (CELLS * CELLS)
  const scales: number[] = []
  for (let j = 0; j < CELLS; j++) {
    for (let i = 0; i < CELLS; i++) {
      const a = j * side + i
      const corners = [a, a + 1, a + side + 1, a + side]
      const cx = corners.map((k) => xs[k]!)
      const cy = corners.map((k) => ys[k]!)
      const touches =
        Math.max(...cx) >= 0 &&
        Math.min(...cx) <= image.width &&
        Math.max(...cy) >= 0 &&
        Math.min(...cy) <= image.height
      // Half the cross product of the diagonals is the signed area of a quadrilateral.
      const area = ((cx[2]! - cx[0]!) * (cy[3]! - cy[1]!) - (cx[3]! - cx[1]!) * (cy[2]! - cy[0]!)) / 2
      const scale = Math.sqrt(Math.abs(area) / cellArea)
      if (touches && Number.isFinite(scale)) scales.push(scale)
    }
  }
  if (scales.length === 0) return null
  scales.sort((a, b) => a - b)
  return scales[scales.length >> 1]!
}

/**
 * The pyramid level whose pixels are just finer than the target's, or equal: one target pixel covers at least one and
 * less than two pixels of the level on a side. Past native resolution it is the full level; when even the coarsest
 * level is finer than the target, or the image is not touched, it is the coarsest.
 */
export function choosePyramidLevel(
  target: TargetGrid,
  backward: PlanarFunction,
  source: PyramidSource,
): number {
  const scale = sourcePixelsPerTargetPixel(target, backward, source)
  if (scale === null) return 0
  const halvings = Math.max(0, Math.floor(Math.log2(Math.max(scale, 1)) + LOG2_SLACK))
  return Math.max(0, source.levels - 1 - halvings)
}
