import { streamOf } from './byte-stream.ts'
import { crc32 } from './crc32.ts'
import { deflateOnDemand } from './deflate-on-demand.ts'
import { FormatError } from './format-error.ts'
import { filterRow } from './png-filter.ts'

const SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)
const IDAT_BYTES = 65536

/**
 * Encodes an 8-bit RGBA PNG (W3C PNG, third edition) row by row: the same pixels give the same bytes. Memory is a few rows and 64 KiB of output, whatever
 * the image's size; rows are asked for as the output is read, and cancelling the output ends the iterator.
 *
 * @param rows chunks of whole rows, width * 4 bytes each, top to bottom
 * @throws FormatError `png_size` when width or height is none of 1 to 2^31 - 1. The stream fails with `png_rows` when
 *   a chunk is not whole rows or their number is not the height, and with whatever the iterator throws.
 */
export function pngStream(
  width: number,
  height: number,
  rows: AsyncIterable<Uint8Array>,
): ReadableStream<Uint8Array> {
  if (![width, height].every((size) => Number.isInteger(size) && size >= 1 && size < 2 ** 31)) {
    throw new FormatError('png_size', `${width} x ${height} pixels: must be whole and at least 1`)
  }
  return streamOf(pngChunks(width, height, rows))
}

async function* pngChunks(width: number, height: number, rows: AsyncIterable<Uint8Array>) {
  const header = new Uint8Array(13)
  const view = new DataView(header.buffer)
  view.setUint32(0, width)
  view.setUint32(4, height)
  header.set([8, 6], 8) // 8 bits, RGBA; deflate, adaptive filters, not interlaced
  yield SIGNATURE
  yield pngChunk('IHDR', header)

  const waiting = new Uint8Array(IDAT_BYTES)
  let filled = 0
  for await (const data of deflateOnDemand(scanlines(width, height, rows))) {
    for (let at = 0; at < data.length; ) {
      const part = data.subarray(at, at + IDAT_BYTES - filled)
      waiting.set(part, filled)
      filled += part.length
      at += part.length
      if (filled < IDAT_BYTES) continue
      yield pngChunk('IDAT', waiting)
      filled = 0
    }
  }
  if (filled > 0) yield pngChunk('IDAT', waiting.subarray(0, filled))
  yield pngChunk('IEND', new Uint8Array())
}

/** RGBA rows to filtered scanlines, each led by its filter type. */
async function* scanlines(width: number, height: number, rows: AsyncIterable<Uint8Array>) {
  const rowBytes = width * 4
  let above = new Uint8Array(rowBytes)
  let seen = 0
  for await (const chunk of rows) {
    const count = chunk.length / rowBytes
    if (!Number.isInteger(count)) {
      throw new FormatError('png_rows', `${chunk.length} bytes are not whole rows of ${rowBytes}`)
    }
    seen += count
    if (seen > height) throw new FormatError('png_rows', `more than ${height} rows`)
    if (count === 0) continue
    const lines = new Uint8Array(count * (rowBytes + 1))
    for (let i = 0; i < count; i++) {
      const row = chunk.subarray(i * rowBytes, (i + 1) * rowBytes)
      const before = i > 0 ? chunk.subarray((i - 1) * rowBytes, i * rowBytes) : above
      filterRow(row, before, lines.subarray(i * (rowBytes + 1), (i + 1) * (rowBytes + 1)))
    }
    above = chunk.slice(-rowBytes)
    yield lines
  }
  if (seen !== height) throw new FormatError('png_rows', `${seen} rows of ${height}`)
}

/** Length, type, data and the checksum over type and data. */
function pngChunk(type: string, data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(12 + data.length)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, data.length)
  bytes.set(new TextEncoder().encode(type), 4)
  bytes.set(data, 8)
  view.setUint32(8 + data.length, crc32(bytes.subarray(4, 8 + data.length)))
  return bytes
}
