import type { Bbox } from '../bbox.ts'
import type { PlanarFunction } from '../transform.ts'
import type { Projection, TargetGrid } from './target-grid.ts'

/** Columns and rows of a target, `to` exclusive. */
export interface PixelRange {
  columns: { from: number; to: number }
  rows: { from: number; to: number }
}

/** Steps of the lattice over an extent whose places are projected. */
const EXTENT_STEPS = 16
/** Side of the blocks that are taken as inside an extent, or looked at pixel by pixel. */
const BLOCK_PX = 16
/** Share of a block's spread that its corners have to keep from the extent's edges. */
const BLOCK_MARGIN = 0.25

/**
 * The inverse of a projection, with longitudes that do not jump within 180 degrees of a meridian, so that an extent
 * that crosses longitude 180 stays in one piece.
 */
export function degreesAround(meridian: number, { inverse }: Projection): PlanarFunction {
  return (x, y, out) => {
    inverse(x, y, out)
    out[0]! += 360 * Math.round((meridian - out[0]!) / 360)
  }
}

/**
 * The pixels of a target that an extent in degrees can reach, or null for none. Of a grid of degrees these are the
 * pixels whose centres lie in the extent; of a projected one, a few more.
 */
export function pixelsWithin(target: TargetGrid, bbox: Bbox): PixelRange | null {
  const range = target.projection
    ? projectedRange(target, target.projection, bbox)
    : centresWithin(target, bbox)
  const { columns, rows } = range
  return columns.to > columns.from && rows.to > rows.from ? range : null
}

function centresWithin(target: TargetGrid, [west, south, east, north]: Bbox): PixelRange {
  const columns = { from: 0, to: target.width }
  while (columns.from < target.width && target.geoX(columns.from + 0.5) < west) columns.from++
  while (columns.to > columns.from && target.geoX(columns.to - 0.5) > east) columns.to--
  const rows = { from: 0, to: target.height }
  while (rows.from < target.height && target.geoY(rows.from + 0.5) > north) rows.from++
  while (rows.to > rows.from && target.geoY(rows.to - 0.5) < south) rows.to--
  return { columns, rows }
}

/** All of the target where part of the extent has no place in the plane. */
function projectedRange(target: TargetGrid, { forward }: Projection, bbox: Bbox): PixelRange {
  const [west, south, east, north] = bbox
  const xs: number[] = []
  const ys: number[] = []
  const out = new Float64Array(2)
  for (let j = 0; j <= EXTENT_STEPS; j++)
    for (let i = 0; i <= EXTENT_STEPS; i++) {
      forward(west + ((east - west) * i) / EXTENT_STEPS, south + ((north - south) * j) / EXTENT_STEPS, out)
      xs.push(out[0]!)
      ys.push(out[1]!)
    }
  return {
    columns: reached(xs, target.geoX(0), target.geoX(target.width), target.width),
    rows: reached(ys, target.geoY(0), target.geoY(target.height), target.height),
  }
}

/** The pixels of an axis from `first` to `last` that the values reach; between two of them as far again as a step. */
function reached(values: number[], first: number, last: number, count: number): { from: number; to: number } {
  const positions = values.map((value) => ((value - first) / (last - first)) * count)
  const least = Math.min(...positions)
  const most = Math.max(...positions)
  if (Number.isNaN(least) || Number.isNaN(most)) return { from: 0, to: count }
  const margin = (most - least) / EXTENT_STEPS + 1
  return {
    from: Math.min(count, Math.max(0, Math.floor(least - margin))),
    to: Math.max(0, Math.min(count, Math.ceil(most + margin))),
  }
}

/**
 * An extent in degrees that holds a target, a little more than it; null where part of the target is nowhere. Of a
 * projected target the whole turn of longitudes where they jump within it.
 */
export function windowOf(target: TargetGrid): Bbox | null {
  const inverse = target.projection?.inverse
  const lons: number[] = []
  const lats: number[] = []
  const out = new Float64Array(2)
  for (let j = 0; j <= EXTENT_STEPS; j++)
    for (let i = 0; i <= EXTENT_STEPS; i++) {
      out[0] = target.geoX((target.width * i) / EXTENT_STEPS)
      out[1] = target.geoY((target.height * j) / EXTENT_STEPS)
      inverse?.(out[0], out[1], out)
      lons.push(out[0]!)
      lats.push(out[1]!)
    }
  const [west, east] = [Math.min(...lons), Math.max(...lons)]
  const [south, north] = [Math.min(...lats), Math.max(...lats)]
  if (![west, south, east, north].every(Number.isFinite)) return null
  const [acrossMargin, upMargin] = [(east - west) / EXTENT_STEPS, (north - south) / EXTENT_STEPS]
  return [west - acrossMargin, south - upMargin, east + acrossMargin, north + upMargin]
}

/** Clears what has been drawn of a target beyond an extent. */
export function clearOutside(rgba: Uint8Array, target: TargetGrid, bbox: Bbox): void {
  if (target.projection)
    clearProjected(rgba, target, degreesAround((bbox[0] + bbox[2]) / 2, target.projection), bbox)
  else clearAround(rgba, target, centresWithin(target, bbox))
}

function clearAround(rgba: Uint8Array, { width, height }: TargetGrid, { columns, rows }: PixelRange): void {
  rgba.fill(0, 0, rows.from * width * 4)
  rgba.fill(0, rows.to * width * 4)
  if (columns.from === 0 && columns.to === width) return
  for (let y = rows.from; y < Math.min(rows.to, height); y++) {
    rgba.fill(0, y * width * 4, (y * width + columns.from) * 4)
    rgba.fill(0, (y * width + columns.to) * 4, (y + 1) * width * 4)
  }
}

function clearProjected(rgba: Uint8Array, target: TargetGrid, inverse: PlanarFunction, bbox: Bbox): void {
  const { width, height } = target
  const out = new Float64Array(2)
  const isInside = (col: number, row: number): boolean => {
    inverse(target.geoX(col + 0.5), target.geoY(row + 0.5), out)
    return out[0]! >= bbox[0] && out[0]! <= bbox[2] && out[1]! >= bbox[1] && out[1]! <= bbox[3]
  }
  for (let top = 0; top < height; top += BLOCK_PX)
    for (let left = 0; left < width; left += BLOCK_PX) {
      const right = Math.min(width, left + BLOCK_PX)
      const bottom = Math.min(height, top + BLOCK_PX)
      if (!isDrawn(rgba, width, left, top, right, bottom)) continue
      if (isWithin(target, inverse, left, top, right, bottom, bbox)) continue
      for (let row = top; row < bottom; row++)
        for (let col = left; col < right; col++) {
          const at = (row * width + col) * 4
          if (rgba[at + 3] !== 0 && !isInside(col, row)) rgba.fill(0, at, at + 4)
        }
    }
}

function isDrawn(
  rgba: Uint8Array,
  width: number,
  left: number,
  top: number,
  right: number,
  bottom: number,
): boolean {
  for (let row = top; row < bottom; row++)
    for (let at = (row * width + left) * 4 + 3; at < (row * width + right) * 4; at += 4)
      if (rgba[at] !== 0) return true
  return false
}

/** Whether a block's corners lie so far inside the extent that all of the block does. */
function isWithin(
  target: TargetGrid,
  inverse: PlanarFunction,
  left: number,
  top: number,
  right: number,
  bottom: number,
  [west, south, east, north]: Bbox,
): boolean {
  const lons: number[] = []
  const lats: number[] = []
  const out = new Float64Array(2)
  for (const row of [top, bottom])
    for (const col of [left, right]) {
      inverse(target.geoX(col), target.geoY(row), out)
      lons.push(out[0]!)
      lats.push(out[1]!)
    }
  const holds = (values: number[], least: number, most: number): boolean => {
    const low = Math.min(...values)
    const high = Math.max(...values)
    const margin = (high - low) * BLOCK_MARGIN
    return low - margin >= least && high + margin <= most
  }
  return holds(lons, west, east) && holds(lats, south, north)
}
