/** A rectangle that need not begin or end on whole pixels. */
export interface Rectangle {
  x: number
  y: number
  width: number
  height: number
}

interface Size {
  width: number
  height: number
}

/** Which source pixels make up one target pixel, along one axis. */
interface Tap {
  from: number
  weights: Float32Array
}

/**
 * The taps of a triangle filter: linear interpolation where the source is enlarged, and as wide as a target pixel where
 * it is reduced, so that every source pixel counts.
 *
 * @param start where the first target pixel begins, in source pixels
 * @param step source pixels a target pixel
 * @param limit source pixels there are; positions outside take the nearest
 */
function triangleTaps(start: number, step: number, count: number, limit: number): Tap[] {
  const radius = Math.max(1, step)
  return Array.from({ length: count }, (_, i) => {
    const centre = start + (i + 0.5) * step
    const from = Math.min(limit - 1, Math.max(0, Math.ceil(centre - radius - 0.5)))
    const to = Math.min(limit - 1, Math.max(from, Math.floor(centre + radius - 0.5)))
    const weights = new Float32Array(to - from + 1)
    let sum = 0
    for (let at = from; at <= to; at++) {
      const weight = Math.max(0, 1 - Math.abs(at + 0.5 - centre) / radius)
      weights[at - from] = weight
      sum += weight
    }
    if (sum === 0) weights[0] = 1
    else for (let k = 0; k < weights.length; k++) weights[k]! /= sum
    return { from, weights }
  })
}

/** The first and the last source pixel that a run of taps reads. */
const reachOf = (taps: readonly Tap[]): { from: number; to: number } => ({
  from: Math.min(...taps.map(({ from }) => from)),
  to: Math.max(...taps.map(({ from, weights }) => from + weights.length)),
})

/** Reads RGBA of a window of the source, whole pixels inside it. */
export type ReadWindow = (x: number, y: number, width: number, height: number) => Promise<Uint8Array>

/**
 * A part of an image at another size, by a separable triangle filter on premultiplied colours.
 *
 * @param source size of the image that `read` reads from, pixels
 * @param part of the image, in its pixels
 * @param target size of the result, pixels
 * @param windowMaxPx the most source pixels that are read at once
 * @returns RGBA, not premultiplied
 */
export async function resized(
  read: ReadWindow,
  source: Size,
  part: Rectangle,
  target: Size,
  windowMaxPx: number,
): Promise<Uint8Array> {
  const columns = triangleTaps(part.x, part.width / target.width, target.width, source.width)
  const rows = triangleTaps(part.y, part.height / target.height, target.height, source.height)
  const across = reachOf(columns)
  const readWidth = across.to - across.from
  const out = new Uint8Array(target.width * target.height * 4)
  const rowsAtOnce = Math.max(
    1,
    Math.floor(windowMaxPx / readWidth / Math.max(1, part.height / target.height)) - 4,
  )
  for (let first = 0; first < target.height; first += rowsAtOnce) {
    const band = rows.slice(first, first + rowsAtOnce)
    const down = reachOf(band)
    const pixels = await read(across.from, down.from, readWidth, down.to - down.from)
    const narrowed = narrow(pixels, readWidth, down.to - down.from, columns, across.from)
    shorten(narrowed, target.width, band, down.from, out.subarray(first * target.width * 4))
  }
  return out
}

/** Filters every row; the result is premultiplied. */
function narrow(
  pixels: Uint8Array,
  width: number,
  height: number,
  columns: readonly Tap[],
  offset: number,
): Float32Array {
  const out = new Float32Array(columns.length * height * 4)
  for (let y = 0, to = 0; y < height; y++)
    for (const { from, weights } of columns) {
      let [red, green, blue, alpha] = [0, 0, 0, 0]
      for (let k = 0, at = (y * width + from - offset) * 4; k < weights.length; k++, at += 4) {
        const weight = weights[k]! * pixels[at + 3]!
        red += weight * pixels[at]!
        green += weight * pixels[at + 1]!
        blue += weight * pixels[at + 2]!
        alpha += weight
      }
      out[to++] = red
      out[to++] = green
      out[to++] = blue
      out[to++] = alpha
    }
  return out
}

/** Filters every column of premultiplied pixels and writes plain RGBA. */
function shorten(
  pixels: Float32Array,
  width: number,
  rows: readonly Tap[],
  offset: number,
  out: Uint8Array,
): void {
  let to = 0
  for (const { from, weights } of rows)
    for (let x = 0; x < width; x++, to += 4) {
      let [red, green, blue, alpha] = [0, 0, 0, 0]
      for (let k = 0, at = ((from - offset) * width + x) * 4; k < weights.length; k++, at += width * 4) {
        const weight = weights[k]!
        red += weight * pixels[at]!
        green += weight * pixels[at + 1]!
        blue += weight * pixels[at + 2]!
        alpha += weight * pixels[at + 3]!
      }
      if (alpha <= 0) continue
      out[to] = Math.round(red / alpha)
      out[to + 1] = Math.round(green / alpha)
      out[to + 2] = Math.round(blue / alpha)
      out[to + 3] = Math.round(alpha)
    }
}
