import { type FittedTransform, planarFunction } from './transform.ts'

/** Cells of the grid along each side of the area that is looked at. */
const CELLS = 24
/** Step of the differences, of a cell. */
const STEP = 1e-3

/** Left, top, right, bottom in image pixels. */
export type PixelArea = readonly [left: number, top: number, right: number, bottom: number]

export interface Folding {
  /** Share of the area that the fit turns over against the rest of it, or does not reach. */
  share: number
  /** Whether the rest of it lies on the ground as in a mirror. */
  mirrored: boolean
}

/**
 * Where a forward fit folds over itself: where the determinant of its Jacobian, by central differences at the middle of
 * each cell of a 24 x 24 grid, has another sign than in most of the area. What lies beyond the horizon of a perspective
 * view counts as folded. Pixels count y down and the ground up, so that the sign of a picture as it should be is
 * negative.
 */
export function foldingOf(fitted: FittedTransform, [left, top, right, bottom]: PixelArea): Folding {
  const forward = planarFunction(fitted.forward)
  const [cellX, cellY] = [(right - left) / CELLS, (bottom - top) / CELLS]
  const [stepX, stepY] = [cellX * STEP, cellY * STEP]
  const [before, after] = [new Float64Array(2), new Float64Array(2)]
  const count = { negative: 0, positive: 0 }
  for (let row = 0; row < CELLS; row++) {
    for (let column = 0; column < CELLS; column++) {
      const x = left + (column + 0.5) * cellX
      const y = top + (row + 0.5) * cellY
      forward(x - stepX, y, before)
      forward(x + stepX, y, after)
      const [lonX, latX] = [after[0]! - before[0]!, after[1]! - before[1]!]
      forward(x, y - stepY, before)
      forward(x, y + stepY, after)
      const determinant = lonX * (after[1]! - before[1]!) - (after[0]! - before[0]!) * latX
      if (determinant < 0) count.negative++
      else if (determinant > 0) count.positive++
    }
  }
  const upright = Math.max(count.negative, count.positive)
  return { share: 1 - upright / (CELLS * CELLS), mirrored: count.positive > count.negative }
}
