/** The resampling methods of the kernel, by gdalwarp's names. */
export type Resampling = 'near' | 'bilinear' | 'cubic' | 'cubicspline' | 'lanczos'

/** Methods that convolve with a table of weights. */
export type ConvolutionMethod = 'cubic' | 'cubicspline' | 'lanczos'

/** Half the width of each filter in source pixels: a method of radius r reads 2r taps in each direction. */
export const FILTER_RADIUS: Readonly<Record<Resampling, number>> = {
  near: 0,
  bilinear: 1,
  cubic: 2,
  cubicspline: 2,
  lanczos: 3,
}

/** Sub-pixel positions of a weight table: a position is rounded to 1/1024 px. */
export const FILTER_PHASES = 1024
/** Bits of fraction of a weight in a table: the weights of a phase sum to 2^14. */
export const WEIGHT_BITS = 14

/** Weight of a sample at a distance in pixels. Not normalised for lanczos, whose taps do not sum to one. */
export function filterWeight(method: Exclude<Resampling, 'near'>, distance: number): number {
  const d = Math.abs(distance)
  if (method === 'bilinear') return d < 1 ? 1 - d : 0
  if (method === 'cubic') {
    // Keys (1981), a = -0.5 (Catmull-Rom).
    if (d <= 1) return (1.5 * d - 2.5) * d * d + 1
    return d < 2 ? ((-0.5 * d + 2.5) * d - 4) * d + 2 : 0
  }
  if (method === 'cubicspline') {
    // The cubic B-spline: smooths, never overshoots.
    if (d <= 1) return 2 / 3 + d * d * (d / 2 - 1)
    return d < 2 ? (2 - d) ** 3 / 6 : 0
  }
  if (d === 0) return 1
  if (d >= 3) return 0
  const p = Math.PI * d
  return (3 * Math.sin(p) * Math.sin(p / 3)) / (p * p)
}

const tables = new Map<ConvolutionMethod, Int16Array>()

/**
 * Fixed-point weights of a method: `2 * radius` taps for each of the 1024 phases, tap k of phase p being the pixel
 * `k - radius + 1` to the right of the pixel whose centre is `p / 1024` px to the left of the sample.
 */
export function weightTable(method: ConvolutionMethod): Int16Array {
  const cached = tables.get(method)
  if (cached) return cached
  const radius = FILTER_RADIUS[method]
  const taps = 2 * radius
  const table = new Int16Array(FILTER_PHASES * taps)
  for (let phase = 0; phase < FILTER_PHASES; phase++) {
    const weights = Array.from({ length: taps }, (_, k) =>
      filterWeight(method, k - radius + 1 - phase / FILTER_PHASES),
    )
    const sum = weights.reduce((a, b) => a + b, 0)
    const fixed = weights.map((w) => Math.round((w / sum) * (1 << WEIGHT_BITS)))
    const largest = fixed.indexOf(Math.max(...fixed))
    fixed[largest]! += (1 << WEIGHT_BITS) - fixed.reduce((a, b) => a + b, 0)
    table.set(fixed, phase * taps)
  }
  tables.set(method, table)
  return table
}
