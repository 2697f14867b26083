import { crc32 } from '../crc32.ts'
import type { ByteSource } from './byte-source.ts'
import { ByteWindow } from './byte-window.ts'
import type { PngInfo } from './image-info.ts'

const SIGNATURE_BYTES = 8
const CHUNK_PIECE_BYTES = 256 * 1024

/** Samples a pixel and the bit depths allowed, by colour type (PNG specification, section 11.2.1). */
const COLOUR_TYPES: Record<number, { channels: number; depths: number[] }> = {
  0: { channels: 1, depths: [1, 2, 4, 8, 16] },
  2: { channels: 3, depths: [8, 16] },
  3: { channels: 1, depths: [1, 2, 4, 8] },
  4: { channels: 2, depths: [8, 16] },
  6: { channels: 4, depths: [8, 16] },
}
const PALETTE_TYPE = 3

interface Header {
  width: number
  height: number
  bitDepth: number
  colourType: number
  interlaced: boolean
}

/**
 * Walks a PNG's chunks to IEND, each with its checksum (PNG specification, third edition, section 5).
 * @throws FormatError `truncated`, `corrupt`, `unsupported`
 */
export async function probePng(source: ByteSource): Promise<PngInfo> {
  const window = new ByteWindow(source, 'PNG')
  let header: Header | undefined
  let palette: number[] | undefined
  let transparency: Uint8Array | undefined
  let dataState: 'before' | 'inside' | 'after' = 'before'
  let at = SIGNATURE_BYTES
  for (;;) {
    const { type, length } = await readChunkHead(window, at)
    const body = at + 8
    await checkSum(window, at, type, length)
    if (!header && type !== 'IHDR') throw window.corrupt(`starts with chunk ${type} instead of IHDR`)
    if (type !== 'IDAT' && dataState === 'inside') dataState = 'after'
    switch (type) {
      case 'IHDR':
        if (header) throw window.corrupt(`a second IHDR at byte ${at}`)
        header = readHeader(window, await window.view(body, length, 'IHDR'))
        break
      case 'PLTE':
        palette = readPalette(window, header!, await window.bytes(body, length, 'PLTE'))
        break
      case 'tRNS':
        transparency = (await window.bytes(body, length, 'tRNS')).slice()
        break
      case 'IDAT':
        if (dataState === 'after')
          throw window.corrupt(`image data goes on at byte ${at} after another chunk`)
        dataState = 'inside'
        break
      case 'IEND':
        if (dataState === 'before') throw window.corrupt('no image data')
        return describe(window, header!, palette, transparency)
      default:
        if (type.charCodeAt(0) < 0x60) throw window.unsupported(`critical chunk ${type} at byte ${at}`)
    }
    at = body + length + 4
  }
}

async function readChunkHead(window: ByteWindow, at: number): Promise<{ type: string; length: number }> {
  const head = await window.view(at, 8, `a chunk header at byte ${at}`)
  const length = head.getUint32(0)
  const type = String.fromCharCode(head.getUint8(4), head.getUint8(5), head.getUint8(6), head.getUint8(7))
  if (!/^[A-Za-z]{4}$/.test(type)) throw window.corrupt(`no chunk at byte ${at}`)
  if (length > 0x7fffffff) throw window.corrupt(`length ${length} of chunk ${type} at byte ${at}`)
  return { type, length }
}

async function checkSum(window: ByteWindow, at: number, type: string, length: number): Promise<void> {
  const what = `chunk ${type} at byte ${at}`
  if (at + length + 12 > window.size) throw window.truncated(what)
  const end = at + 8 + length
  let sum = 0
  for (let from = at + 4; from < end; from += CHUNK_PIECE_BYTES) {
    sum = crc32(await window.bytes(from, Math.min(CHUNK_PIECE_BYTES, end - from), what), sum)
  }
  if ((await window.view(end, 4, what)).getUint32(0) !== sum)
    throw window.corrupt(`wrong checksum of ${what}`)
}

function readHeader(window: ByteWindow, body: DataView): Header {
  if (body.byteLength !== 13) throw window.corrupt(`IHDR of ${body.byteLength} bytes`)
  const width = body.getUint32(0)
  const height = body.getUint32(4)
  const bitDepth = body.getUint8(8)
  const colourType = body.getUint8(9)
  if (width === 0 || height === 0 || width > 0x7fffffff || height > 0x7fffffff) {
    throw window.corrupt(`a size of ${width}x${height}`)
  }
  if (!COLOUR_TYPES[colourType]?.depths.includes(bitDepth)) {
    throw window.corrupt(`colour type ${colourType} with ${bitDepth} bits a sample`)
  }
  if (body.getUint8(10) !== 0 || body.getUint8(11) !== 0 || body.getUint8(12) > 1) {
    throw window.corrupt('an unknown compression, filter or interlace method')
  }
  const interlaced = body.getUint8(12) === 1
  // GDAL gives the bytes of such samples in the wrong order.
  if (interlaced && bitDepth === 16) throw window.unsupported('interlaced with 16 bits a sample')
  return { width, height, bitDepth, colourType, interlaced }
}

function readPalette(window: ByteWindow, header: Header, body: Uint8Array): number[] {
  const entries = body.length / 3
  if (!Number.isInteger(entries) || entries < 1 || entries > 256) {
    throw window.corrupt(`a palette of ${body.length} bytes`)
  }
  if (header.colourType === PALETTE_TYPE && entries > 2 ** header.bitDepth) {
    throw window.corrupt(`a palette of ${entries} colours for ${header.bitDepth} bits a sample`)
  }
  return Array.from({ length: entries }, (_, i) => [...body.subarray(3 * i, 3 * i + 3), 255]).flat()
}

function describe(
  window: ByteWindow,
  { width, height, bitDepth, colourType, interlaced }: Header,
  palette: number[] | undefined,
  transparency: Uint8Array | undefined,
): PngInfo {
  const { channels } = COLOUR_TYPES[colourType]!
  const isPalette = colourType === PALETTE_TYPE
  const hasAlphaChannel = channels === 2 || channels === 4
  if (isPalette && !palette) throw window.corrupt('no palette')
  if (transparency && !hasAlphaChannel) {
    const expected = isPalette ? palette!.length / 4 : 2 * channels
    if (isPalette ? transparency.length > expected : transparency.length !== expected) {
      throw window.corrupt(`tRNS of ${transparency.length} bytes`)
    }
    if (isPalette)
      transparency.forEach((alpha, i) => {
        palette![4 * i + 3] = alpha
      })
  }
  const transparentColour = transparency !== undefined && !isPalette && !hasAlphaChannel
  return {
    format: 'png',
    contentType: 'image/png',
    width,
    height,
    channels,
    bitDepth,
    hasAlpha: hasAlphaChannel || transparency !== undefined,
    interlaced,
    ...(isPalette ? { palette: palette! } : {}),
    transparentColour,
  }
}
