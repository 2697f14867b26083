import type { RgbaImage } from './codecs.ts'
import { FormatError } from './format-error.ts'
import { BlockCoder } from './jpeg-blocks.ts'
import { AC_TABLE, DC_TABLE, quantisationTables, ZIGZAG } from './jpeg-tables.ts'

/** Side of a unit of blocks: four of luminance and one of each chrominance. */
const UNIT_PX = 16
const SIDE_MAX_PX = 65535

/**
 * Encodes a baseline JPEG (ITU T.81) row by row, its colours sampled at half the resolution; alpha is left out. Memory
 * is a few rows, whatever the image's size; rows are asked for as the output is read.
 *
 * @param rows RGBA, chunks of whole rows, top to bottom
 * @param quality 1..100
 * @throws FormatError `jpeg_size` when width or height is none of 1 to 65535; `jpeg_rows`, while it is read, when a
 *   chunk is not whole rows or their number is not the height; and whatever the iterator throws
 */
export async function* jpegChunks(
  width: number,
  height: number,
  rows: AsyncIterable<Uint8Array>,
  quality: number,
): AsyncGenerator<Uint8Array> {
  if (![width, height].every((size) => Number.isInteger(size) && size >= 1 && size <= SIDE_MAX_PX))
    throw new FormatError('jpeg_size', `${width} x ${height} pixels: must be whole and 1 to ${SIDE_MAX_PX}`)
  const tables = quantisationTables(quality)
  yield header(width, height, tables)
  const coder = new UnitCoder(width, tables)
  const rowBytes = width * 4
  const band = new Uint8Array(UNIT_PX * rowBytes)
  let filled = 0
  let seen = 0
  for await (const chunk of rows) {
    if (chunk.length % rowBytes !== 0)
      throw new FormatError('jpeg_rows', `${chunk.length} bytes are not whole rows of ${rowBytes}`)
    seen += chunk.length / rowBytes
    if (seen > height) throw new FormatError('jpeg_rows', `more than ${height} rows`)
    for (let at = 0; at < chunk.length; ) {
      const part = chunk.subarray(at, at + band.length - filled * rowBytes)
      band.set(part, filled * rowBytes)
      filled += part.length / rowBytes
      at += part.length
      if (filled < UNIT_PX) continue
      yield coder.code(band, filled)
      filled = 0
    }
  }
  if (seen !== height) throw new FormatError('jpeg_rows', `${seen} rows of ${height}`)
  if (filled > 0) yield coder.code(band, filled)
  yield coder.end()
}

/** A whole image as baseline JPEG; alpha is left out. @param quality 1..100 @throws FormatError `jpeg_size` */
export async function encodeJpeg(image: RgbaImage, quality: number): Promise<Uint8Array<ArrayBuffer>> {
  const { width, height, data } = image
  const parts: Uint8Array[] = []
  const rows = new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
  for await (const part of jpegChunks(width, height, once(rows), quality)) parts.push(part)
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
  return bytes
}

async function* once<T>(item: T): AsyncGenerator<T> {
  yield item
}

/** Codes bands of 16 rows, unit by unit. */
class UnitCoder {
  readonly #width: number
  readonly #tables: ReturnType<typeof quantisationTables>
  readonly #coder = new BlockCoder()
  readonly #luminance = Array.from({ length: 4 }, () => new Float64Array(64))
  readonly #blue = new Float64Array(64)
  readonly #red = new Float64Array(64)
  readonly #before = { luminance: 0, blue: 0, red: 0 }

  constructor(width: number, tables: ReturnType<typeof quantisationTables>) {
    this.#width = width
    this.#tables = tables
  }

  /** @param rows there are in the band, 1 to 16; the last is repeated below it, as the last column is beside it */
  code(band: Uint8Array, rows: number): Uint8Array {
    const { luminance, chrominance } = this.#tables
    const before = this.#before
    for (let left = 0; left < this.#width; left += UNIT_PX) {
      this.#sample(band, rows, left)
      for (const block of this.#luminance)
        before.luminance = this.#coder.code(block, luminance, before.luminance)
      before.blue = this.#coder.code(this.#blue, chrominance, before.blue)
      before.red = this.#coder.code(this.#red, chrominance, before.red)
    }
    return this.#coder.take()
  }

  /** What is left of the last byte, and the end of the image. */
  end(): Uint8Array {
    this.#coder.flush()
    return Uint8Array.of(...this.#coder.take(), 0xff, 0xd9)
  }

  /** Luminance of each pixel and chrominance of each four (JFIF 1.02). */
  #sample(band: Uint8Array, rows: number, left: number): void {
    this.#blue.fill(0)
    this.#red.fill(0)
    for (let y = 0; y < UNIT_PX; y++) {
      const rowAt = Math.min(y, rows - 1) * this.#width
      for (let x = 0; x < UNIT_PX; x++) {
        const at = (rowAt + Math.min(left + x, this.#width - 1)) * 4
        const red = band[at]!
        const green = band[at + 1]!
        const blue = band[at + 2]!
        const bright = 0.299 * red + 0.587 * green + 0.114 * blue
        this.#luminance[(y >> 3) * 2 + (x >> 3)]![(y & 7) * 8 + (x & 7)] = bright - 128
        const quarter = (y >> 1) * 8 + (x >> 1)
        this.#blue[quarter]! += ((blue - bright) / 1.772) * 0.25
        this.#red[quarter]! += ((red - bright) / 1.402) * 0.25
      }
    }
  }
}

/** Everything before the coded data: JFIF, quantisation, frame, Huffman tables, scan. */
function header(width: number, height: number, tables: ReturnType<typeof quantisationTables>): Uint8Array {
  const quantisation = (id: number, table: Uint8Array) =>
    segment(0xdb, [id, ...ZIGZAG.map((at) => table[at]!)])
  const huffman = (id: number, { counts, symbols }: typeof AC_TABLE) =>
    segment(0xc4, [id, ...counts, ...symbols])
  const components = [
    [1, 0x22, 0],
    [2, 0x11, 1],
    [3, 0x11, 1],
  ]
  return Uint8Array.from([
    ...[0xff, 0xd8],
    ...segment(0xe0, [0x4a, 0x46, 0x49, 0x46, 0, 1, 2, 0, 0, 1, 0, 1, 0, 0]),
    ...quantisation(0, tables.luminance),
    ...quantisation(1, tables.chrominance),
    ...segment(0xc0, [8, height >> 8, height & 255, width >> 8, width & 255, 3, ...components.flat()]),
    ...huffman(0x00, DC_TABLE),
    ...huffman(0x10, AC_TABLE),
    ...segment(0xda, [3, ...components.flatMap(([id]) => [id!, 0x00]), 0, 63, 0]),
  ])
}

const segment = (marker: number, body: number[]): number[] => {
  const length = body.length + 2
  return [0xff, marker, length >> 8, length & 255, ...body]
}
