/**
 * Some rows of a TIFF as a small TIFF of their own, so that a scan of any size is decoded with only the blocks of
 * those rows in memory. Compressed blocks are taken over as they are; uncompressed strips are cut by rows.
 */
import { isCutByRows } from '../probe/budget.ts'
import type { ByteSource } from '../probe/byte-source.ts'
import { ByteWindow } from '../probe/byte-window.ts'
import type { TiffInfo } from '../probe/image-info.ts'

/** What the blocks of one excerpt may take together, and its decoded rows too, unless one row of blocks takes more. */
const EXCERPT_BYTES = 16 * 2 ** 20
const SLICE_BYTES = 2 ** 20
const PIECE_BYTES = 512 * 1024

export interface RowRange {
  /** First row. */
  y: number
  height: number
}

export interface TiffExcerpt {
  /** A classic TIFF whose samples are to be read as they are: it has no palette and no photometric meaning. */
  bytes: Uint8Array
  /** The row of the excerpt that is the first one asked for. */
  skippedRows: number
}

/** Bytes of the source that go into the excerpt. */
interface Piece {
  offset: number
  length: number
}

interface Plan {
  pieces: Piece[]
  /** Rows before the first one asked for. */
  skippedRows: number
  height: number
  blockHeight: number
  /** Length of each block in the excerpt, in the order of `pieces` joined. */
  blockLengths: number[]
}

/** Cuts rows into ranges each of which makes an excerpt of bounded size. */
export function excerptRanges(info: TiffInfo, rows: RowRange): RowRange[] {
  const ranges: RowRange[] = []
  const end = rows.y + rows.height
  for (let y = rows.y; y < end; ) {
    const next = Math.min(end, isCutByRows(info) ? rowsFrom(info, y) : blockRowsFrom(info, y, end))
    ranges.push({ y, height: next - y })
    y = next
  }
  return ranges
}

/** Where a range of uncompressed rows that begins at `y` ends. */
function rowsFrom(info: TiffInfo, y: number): number {
  return y + Math.max(1, Math.floor(EXCERPT_BYTES / (planeRowBytes(info) * planes(info))))
}

/** Where a range of whole rows of blocks, but for its first rows, ends. */
function blockRowsFrom(info: TiffInfo, y: number, end: number): number {
  const { tiff, width, channels } = info
  let stored = 0
  let next = y
  for (let blockRow = Math.floor(y / tiff.blockHeight); next < end; blockRow++) {
    stored += blocksOfRow(info, blockRow).reduce((sum, block) => sum + tiff.byteCounts[block]!, 0)
    const below = (blockRow + 1) * tiff.blockHeight
    const decoded = (below - y) * width * channels
    if (next > y && Math.max(stored, decoded) > EXCERPT_BYTES) break
    next = below
  }
  return next
}

/** Reads what some rows need and wraps it up. */
export async function readExcerpt(source: ByteSource, info: TiffInfo, rows: RowRange): Promise<TiffExcerpt> {
  const plan = isCutByRows(info) ? planSlices(info, rows) : planBlocks(info, rows)
  const head = writeHead(info, plan)
  const bytes = new Uint8Array(head.length + plan.pieces.reduce((sum, piece) => sum + piece.length, 0))
  bytes.set(head)
  let at = head.length
  const placed = plan.pieces.map((piece) => {
    const target = at
    at += piece.length
    return { ...piece, target }
  })
  const window = new ByteWindow(source, 'TIFF')
  for (const { offset, length, target } of placed.sort((a, b) => a.offset - b.offset)) {
    for (let done = 0; done < length; done += PIECE_BYTES) {
      const part = Math.min(PIECE_BYTES, length - done)
      bytes.set(await window.bytes(offset + done, part, 'the image data'), target + done)
    }
  }
  return { bytes, skippedRows: plan.skippedRows }
}

const planes = ({ tiff, channels }: TiffInfo) => (tiff.planar ? channels : 1)

/** Bytes of one row of one plane of an uncompressed striped image. */
function planeRowBytes({ tiff, width, channels, bitDepth }: TiffInfo): number {
  return Math.ceil((width * (tiff.planar ? 1 : channels) * bitDepth) / 8)
}

/** Numbers of the blocks of one row of blocks, plane after plane. */
function blocksOfRow(info: TiffInfo, blockRow: number): number[] {
  const across = Math.ceil(info.width / info.tiff.blockWidth)
  const perPlane = across * Math.ceil(info.height / info.tiff.blockHeight)
  return Array.from(
    { length: planes(info) * across },
    (_, i) => Math.floor(i / across) * perPlane + blockRow * across + (i % across),
  )
}

function planBlocks(info: TiffInfo, rows: RowRange): Plan {
  const { tiff } = info
  const first = Math.floor(rows.y / tiff.blockHeight)
  const last = Math.floor((rows.y + rows.height - 1) / tiff.blockHeight)
  const byRow = Array.from({ length: last - first + 1 }, (_, i) => blocksOfRow(info, first + i))
  const across = Math.ceil(info.width / tiff.blockWidth)
  const blocks = Array.from({ length: planes(info) }, (_, plane) =>
    byRow.flatMap((row) => row.slice(plane * across, (plane + 1) * across)),
  ).flat()
  const pieces = blocks.map((block) => ({ offset: tiff.offsets[block]!, length: tiff.byteCounts[block]! }))
  const top = first * tiff.blockHeight
  return {
    pieces,
    skippedRows: rows.y - top,
    height: Math.min((last + 1) * tiff.blockHeight, info.height) - top,
    blockHeight: tiff.blockHeight,
    blockLengths: pieces.map((piece) => piece.length),
  }
}

function planSlices(info: TiffInfo, rows: RowRange): Plan {
  const { tiff, height } = info
  const rowBytes = planeRowBytes(info)
  const stripsPerPlane = Math.ceil(height / tiff.blockHeight)
  const pieces: Piece[] = []
  const blockLengths: number[] = []
  const blockHeight = Math.max(1, Math.floor(SLICE_BYTES / rowBytes))
  for (let plane = 0; plane < planes(info); plane++) {
    const end = rows.y + rows.height
    for (let y = rows.y; y < end; ) {
      const strip = Math.floor(y / tiff.blockHeight)
      const next = Math.min((strip + 1) * tiff.blockHeight, end)
      const offset = tiff.offsets[plane * stripsPerPlane + strip]! + (y - strip * tiff.blockHeight) * rowBytes
      pieces.push({ offset, length: (next - y) * rowBytes })
      y = next
    }
    for (let y = 0; y < rows.height; y += blockHeight) {
      blockLengths.push(Math.min(blockHeight, rows.height - y) * rowBytes)
    }
  }
  return { pieces, skippedRows: 0, height: rows.height, blockHeight, blockLengths }
}

const ASCII = 2
const SHORT = 3
const LONG = 4

/** Header and directory of the excerpt, up to where its first block begins. */
function writeHead(info: TiffInfo, plan: Plan): Uint8Array {
  const { tiff, channels } = info
  const colours = 1
  const tags = (blockOffsets: number[]): [tag: number, type: number, values: number[]][] => [
    [256, LONG, [info.width]],
    [257, LONG, [plan.height]],
    [258, SHORT, new Array<number>(channels).fill(info.bitDepth)],
    [259, SHORT, [tiff.compression]],
    [262, SHORT, [1]],
    [266, SHORT, [tiff.fillOrder]],
    ...(tiff.tiled ? [] : [[273, LONG, blockOffsets] satisfies [number, number, number[]]]),
    [277, SHORT, [channels]],
    ...(tiff.tiled
      ? []
      : ([
          [278, LONG, [plan.blockHeight]],
          [279, LONG, plan.blockLengths],
        ] satisfies [number, number, number[]][])),
    [284, SHORT, [tiff.planar ? 2 : 1]],
    [317, SHORT, [tiff.predictor]],
    ...(tiff.tiled
      ? ([
          [322, LONG, [tiff.blockWidth]],
          [323, LONG, [tiff.blockHeight]],
          [324, LONG, blockOffsets],
          [325, LONG, plan.blockLengths],
        ] satisfies [number, number, number[]][])
      : []),
    ...(channels > colours
      ? [[338, SHORT, new Array<number>(channels - colours).fill(0)] satisfies [number, number, number[]]]
      : []),
    ...rasterTags(info),
  ]
  const length = writeDirectory(tags(plan.blockLengths), tiff.littleEndian).length
  let at = length
  const offsets = plan.blockLengths.map((blockLength) => {
    const offset = at
    at += blockLength
    return offset
  })
  return writeDirectory(tags(offsets), tiff.littleEndian)
}

/** What makes samples of a raster be read as such, and tells those without data. */
function rasterTags({ raster, channels }: TiffInfo): [tag: number, type: number, values: number[]][] {
  if (!raster) return []
  const format: [number, number, number[]] = [
    339,
    SHORT,
    new Array<number>(channels).fill(raster.sampleFormat),
  ]
  if (raster.noData === null) return [format]
  return [format, [42113, ASCII, [...new TextEncoder().encode(`${raster.noData}\0`)]]]
}

function writeDirectory(
  tags: [tag: number, type: number, values: number[]][],
  littleEndian: boolean,
): Uint8Array {
  const bytesOf = (type: number) => (type === ASCII ? 1 : type === SHORT ? 2 : 4)
  const directoryEnd = 8 + 2 + tags.length * 12 + 4
  const outside = tags.map(([, type, values]) => {
    const bytes = values.length * bytesOf(type)
    return bytes > 4 ? bytes + (bytes & 1) : 0
  })
  const bytes = new Uint8Array(outside.reduce((sum, length) => sum + length, directoryEnd))
  const view = new DataView(bytes.buffer)
  view.setUint16(0, littleEndian ? 0x4949 : 0x4d4d)
  view.setUint16(2, 42, littleEndian)
  view.setUint32(4, 8, littleEndian)
  view.setUint16(8, tags.length, littleEndian)
  let free = directoryEnd
  tags.forEach(([tag, type, values], i) => {
    const entry = 10 + i * 12
    view.setUint16(entry, tag, littleEndian)
    view.setUint16(entry + 2, type, littleEndian)
    view.setUint32(entry + 4, values.length, littleEndian)
    let at = entry + 8
    if (outside[i]! > 0) {
      view.setUint32(entry + 8, free, littleEndian)
      at = free
      free += outside[i]!
    }
    for (const value of values) {
      if (type === ASCII) view.setUint8(at, value)
      else if (type === SHORT) view.setUint16(at, value, littleEndian)
      else view.setUint32(at, value, littleEndian)
      at += bytesOf(type)
    }
  })
  return bytes
}
