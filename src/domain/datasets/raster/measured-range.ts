import { isCutByRows } from '../../../formats/probe/budget.ts'
import type { TiffInfo } from '../../../formats/probe/image-info.ts'
import { colourSamples } from '../../../formats/probe/tiff-layout.ts'

/** How many standard deviations around the mean are shown, as far as there are such values. */
export const RANGE_DEVIATIONS = 2.5
/** From how many places of a raster its values are taken. */
export const SAMPLED_PLACES = 24
/** The values one place gives. */
const PLACE_MAX_VALUES = 512 * 1024

/** What is known of the values so far. Plain JSON. */
export interface Moments {
  count: number
  mean: number
  /** Sum of the squares of what the values differ from the mean by. */
  squares: number
  /** Null before there is a value. */
  least: number | null
  most: number | null
}

export const NO_MOMENTS: Moments = { count: 0, mean: 0, squares: 0, least: null, most: null }

export interface Rows {
  y: number
  height: number
}

/**
 * Rows of a raster that stand for all of it: some of each of at most `SAMPLED_PLACES` equal parts from its top to its
 * bottom, and all of those of a small one.
 */
export function sampledRows(info: TiffInfo): Rows[] {
  const { width, height, tiff } = info
  const most = Math.max(1, Math.floor(PLACE_MAX_VALUES / (width * colourSamples(tiff.photometric))))
  const step = isCutByRows(info) ? 1 : tiff.blockHeight
  const steps = Math.ceil(height / step)
  const places = Math.min(SAMPLED_PLACES, steps)
  return Array.from({ length: places }, (_, i) => {
    const first = Math.floor((i * steps) / places)
    const next = Math.floor(((i + 1) * steps) / places)
    const isWhole = (next - first) * step <= most
    const y = (isWhole ? first : (first + next) >> 1) * step
    return { y, height: Math.min(most, Math.min(height, next * step) - y) }
  })
}

/** The moments with more values; those that are not finite, or stand for no data, do not count. */
export function withValues(before: Moments, values: Float32Array, noData: string | null): Moments {
  let { count, mean, squares } = before
  let least = before.least ?? Number.POSITIVE_INFINITY
  let most = before.most ?? Number.NEGATIVE_INFINITY
  const missing = noData === null ? Number.NaN : Math.fround(Number(noData))
  for (const value of values) {
    if (!Number.isFinite(value) || value === missing) continue
    count++
    const off = value - mean
    mean += off / count
    squares += off * (value - mean)
    if (value < least) least = value
    if (value > most) most = value
  }
  return count === 0 ? before : { count, mean, squares, least, most }
}

/** The values to be shown as black and as white. */
export function rangeOf({ count, mean, squares, least, most }: Moments): [low: number, high: number] {
  if (least === null || most === null) return [0, 1]
  const spread = RANGE_DEVIATIONS * Math.sqrt(squares / count)
  const low = Math.max(least, mean - spread)
  const high = Math.min(most, mean + spread)
  return high > low ? [low, high] : [low, low + 1]
}
