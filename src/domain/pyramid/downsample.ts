import type { RgbaImage } from '../../formats/codecs.ts'

/** A part of a bigger image, with the place of its top left pixel in it. */
export interface PlacedImage extends RgbaImage {
  x: number
  y: number
}

/**
 * Halves a mosaic of images: every pixel of the result is the mean of up to 2x2 pixels, colours weighted with their
 * alpha; at an odd edge there are only two pixels or one. Places in the mosaic must be even.
 */
export function halve(width: number, height: number, parts: readonly PlacedImage[]): RgbaImage {
  const data = new Uint8ClampedArray(width * height * 4)
  for (const part of parts) halveInto(data, width, part)
  return { width, height, data }
}

function halveInto(out: Uint8ClampedArray, outWidth: number, part: PlacedImage): void {
  const { width, height, data } = part
  for (let y = 0; y < height; y += 2) {
    const down = y + 1 < height ? width * 4 : 0
    let from = y * width * 4
    let to = (((part.y + y) / 2) * outWidth + part.x / 2) * 4
    for (let x = 0; x < width; x += 2, from += 8, to += 4) {
      const right = x + 1 < width ? 4 : 0
      meanOfFour(out, to, data, from, from + right, from + down, from + right + down)
    }
  }
}

/** The same pixel may be given twice: what is missing at an edge is stood in for by its neighbour. */
function meanOfFour(
  out: Uint8ClampedArray,
  to: number,
  data: Uint8Array | Uint8ClampedArray,
  a: number,
  b: number,
  c: number,
  d: number,
): void {
  const alphaA = data[a + 3]!
  const alphaB = data[b + 3]!
  const alphaC = data[c + 3]!
  const alphaD = data[d + 3]!
  const alpha = alphaA + alphaB + alphaC + alphaD
  if (alpha === 4 * 255) {
    out[to] = (data[a]! + data[b]! + data[c]! + data[d]! + 2) >> 2
    out[to + 1] = (data[a + 1]! + data[b + 1]! + data[c + 1]! + data[d + 1]! + 2) >> 2
    out[to + 2] = (data[a + 2]! + data[b + 2]! + data[c + 2]! + data[d + 2]! + 2) >> 2
    out[to + 3] = 255
    return
  }
  if (alpha === 0) return
  for (let i = 0; i < 3; i++) {
    const sum = data[a + i]! * alphaA + data[b + i]! * alphaB + data[c + i]! * alphaC + data[d + i]! * alphaD
    out[to + i] = Math.round(sum / alpha)
  }
  out[to + 3] = (alpha + 2) >> 2
}

/** An image shrunk so that it fits a square of `maxPx`, by area averaging, colours weighted with alpha; never enlarged. */
export function shrinkToFit(image: RgbaImage, maxPx: number): RgbaImage {
  const scale = Math.min(1, maxPx / Math.max(image.width, image.height))
  const width = Math.max(1, Math.round(image.width * scale))
  const height = Math.max(1, Math.round(image.height * scale))
  const columns = coverage(image.width, width)
  const rows = coverage(image.height, height)
  const data = new Uint8ClampedArray(width * height * 4)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) weightedMean(image, columns[x]!, rows[y]!, data, (y * width + x) * 4)
  }
  return { width, height, data }
}

/** The source cells under each of `to` equal parts of a line of `from` cells, with the share that lies under it. */
function coverage(from: number, to: number): { cell: number; share: number }[][] {
  return Array.from({ length: to }, (_, part) => {
    const start = (part * from) / to
    const end = ((part + 1) * from) / to
    const cells: { cell: number; share: number }[] = []
    for (let cell = Math.floor(start); cell < Math.min(from, Math.ceil(end)); cell++) {
      const share = Math.min(end, cell + 1) - Math.max(start, cell)
      if (share > 0) cells.push({ cell, share })
    }
    return cells
  })
}

function weightedMean(
  { width, data }: RgbaImage,
  columns: { cell: number; share: number }[],
  rows: { cell: number; share: number }[],
  out: Uint8ClampedArray,
  to: number,
): void {
  const sum = [0, 0, 0]
  let alphaSum = 0
  let area = 0
  for (const row of rows) {
    for (const column of columns) {
      const at = (row.cell * width + column.cell) * 4
      const share = row.share * column.share
      const weight = share * data[at + 3]!
      for (let i = 0; i < 3; i++) sum[i]! += data[at + i]! * weight
      alphaSum += weight
      area += share
    }
  }
  if (alphaSum === 0) return
  for (let i = 0; i < 3; i++) out[to + i] = Math.round(sum[i]! / alphaSum)
  out[to + 3] = Math.round(alphaSum / area)
}
