import type { PlanarFunction } from '../transform.ts'
import { FILTER_RADIUS, type Resampling } from './filters.ts'
import { BOUNDS_STRIDE, type WarpGrid } from './grid-cells.ts'
import { choosePyramidLevel, type PyramidSource } from './pyramid-level.ts'
import type { PixelWindow, ResamplePlan } from './resample.ts'
import type { TargetGrid } from './target-grid.ts'
import { buildWarpGrid } from './warp-grid.ts'

/** What to warp. */
interface WarpRequest {
  target: TargetGrid
  /** (lon, lat) to full resolution pixels, corner convention. */
  backward: PlanarFunction
  source: PyramidSource
  method: Resampling
  /** Pyramid level to read; by default the one that fits the target's resolution. */
  level?: number
}

/** A warp that is ready to run, once the pixels of `window` are there. */
export interface WarpPlan extends ResamplePlan {
  /** Pyramid level to read: `levels - 1` is full resolution. */
  level: number
}

/** Pixels by which bounds are widened against rounding. */
const ROUNDING_PX = 0.01

/**
 * Computes where each target pixel comes from: the pyramid level, the grid of source coordinates and the window of
 * the level that the filter can touch.
 */
export function planWarp(request: WarpRequest): WarpPlan {
  const { target, backward, source, method } = request
  const level = request.level ?? choosePyramidLevel(target, backward, source)
  const scale = 2 ** (level - (source.levels - 1))
  const extentX = source.width * scale
  const extentY = source.height * scale
  const levelWidth = Math.ceil(extentX)
  const levelHeight = Math.ceil(extentY)
  const grid = buildWarpGrid(target, backward, { scale, extentX, extentY })
  return {
    method,
    hasAlpha: source.hasAlpha,
    targetWidth: target.width,
    targetHeight: target.height,
    level,
    levelWidth,
    levelHeight,
    extentX,
    extentY,
    window: sourceWindow(grid, FILTER_RADIUS[method], levelWidth, levelHeight),
    grid,
  }
}

/** Bounding box of all source coordinates, grown by the filter and cut to the level. */
function sourceWindow(grid: WarpGrid, radius: number, width: number, height: number): PixelWindow | null {
  if (grid.count === 0) return null
  let minX = Number.POSITIVE_INFINITY
  let minY = Number.POSITIVE_INFINITY
  let maxX = Number.NEGATIVE_INFINITY
  let maxY = Number.NEGATIVE_INFINITY
  for (let at = 0; at < grid.count * BOUNDS_STRIDE; at += BOUNDS_STRIDE) {
    minX = Math.min(minX, grid.bounds[at]!)
    minY = Math.min(minY, grid.bounds[at + 1]!)
    maxX = Math.max(maxX, grid.bounds[at + 2]!)
    maxY = Math.max(maxY, grid.bounds[at + 3]!)
  }
  const margin = radius + 0.5 + ROUNDING_PX
  const x0 = Math.min(Math.max(0, Math.floor(minX - margin)), width - 1)
  const y0 = Math.min(Math.max(0, Math.floor(minY - margin)), height - 1)
  const x1 = Math.max(x0 + 1, Math.min(width, Math.ceil(maxX + margin)))
  const y1 = Math.max(y0 + 1, Math.min(height, Math.ceil(maxY + margin)))
  return { x0, y0, width: x1 - x0, height: y1 - y0 }
}
