import type { ByteSource } from './byte-source.ts'
import { ByteWindow } from './byte-window.ts'
import type { GifInfo } from './image-info.ts'

const SCREEN_BYTES = 13
const DESCRIPTOR_BYTES = 10
const IMAGE = 0x2c
const EXTENSION = 0x21
const TRAILER = 0x3b
const GRAPHIC_CONTROL = 0xf9
/** A block may be three bytes long; this bounds the time a file made of nothing else takes. */
const BLOCK_COUNT_MAX = 200_000

interface Frame extends Pick<GifInfo, 'width' | 'height' | 'interlaced' | 'frame'> {
  /** Red, green and blue an entry. */
  colours: Uint8Array
}

/**
 * Walks a GIF's blocks to the trailer (GIF89a specification). The image is the first frame, with the size of that
 * frame, as GDAL reads it: further frames, and what the logical screen has around the first one, are left out.
 * What follows the trailer is ignored, as decoders do.
 * @throws FormatError `truncated`, `corrupt`, `unsupported`
 */
export async function probeGif(source: ByteSource): Promise<GifInfo> {
  const window = new ByteWindow(source, 'GIF')
  const screen = await window.view(0, SCREEN_BYTES, 'the logical screen descriptor')
  const globalColours = await colourTable(window, SCREEN_BYTES, screen.getUint8(10))
  const headBytes = SCREEN_BYTES + globalColours.length
  let transparentIndex = -1
  let frame: Frame | undefined
  let at = headBytes
  for (let blocks = 0; blocks < BLOCK_COUNT_MAX; blocks++) {
    const introducer = (await window.bytes(at, 1, `a block at byte ${at}`))[0]!
    if (introducer === TRAILER) {
      if (!frame) throw window.corrupt('no image data')
      return describe(frame, headBytes, transparentIndex)
    }
    if (introducer === IMAGE) {
      const read = await readFrame(window, at, globalColours)
      frame ??= read
      at += read.frame.byteSize
    } else if (introducer === EXTENSION) {
      const what = `the extension at byte ${at}`
      const label = (await window.bytes(at + 1, 1, what))[0]!
      if (label === GRAPHIC_CONTROL && !frame) transparentIndex = await readTransparentIndex(window, at, what)
      at = await skipSubBlocks(window, at + 2, what)
    } else throw window.corrupt(`no block at byte ${at}`)
  }
  throw window.unsupported(`more than ${BLOCK_COUNT_MAX} blocks`)
}

/** The colour table at `at`, empty where the packed fields of the descriptor before it say that there is none. */
async function colourTable(window: ByteWindow, at: number, fields: number): Promise<Uint8Array> {
  if ((fields & 0x80) === 0) return new Uint8Array(0)
  const bytes = 3 * 2 ** ((fields & 7) + 1)
  return (await window.bytes(at, bytes, `the colour table at byte ${at}`)).slice()
}

/** Walks a frame, from its descriptor to the end of its data. */
async function readFrame(window: ByteWindow, at: number, globalColours: Uint8Array): Promise<Frame> {
  const what = `the image at byte ${at}`
  const descriptor = await window.view(at, DESCRIPTOR_BYTES, what)
  const width = descriptor.getUint16(5, true)
  const height = descriptor.getUint16(7, true)
  const fields = descriptor.getUint8(9)
  if (width === 0 || height === 0) throw window.corrupt(`a size of ${width}x${height}`)
  const local = await colourTable(window, at + DESCRIPTOR_BYTES, fields)
  const colours = local.length > 0 ? local : globalColours
  if (colours.length === 0) throw window.unsupported(`${what} has no colour table`)
  const data = at + DESCRIPTOR_BYTES + local.length
  const codeBits = (await window.bytes(data, 1, what))[0]!
  if (codeBits < 1 || codeBits > 8) throw window.corrupt(`${what} has codes of ${codeBits} bits`)
  const end = await skipSubBlocks(window, data + 1, what)
  if (end === data + 2) throw window.corrupt(`${what} has no data`)
  const interlaced = (fields & 0x40) !== 0
  return { width, height, interlaced, colours, frame: { offset: at, byteSize: end - at } }
}

/** The index that the graphic control extension at `at` makes transparent, or -1. */
async function readTransparentIndex(window: ByteWindow, at: number, what: string): Promise<number> {
  const length = (await window.bytes(at + 2, 1, what))[0]!
  if (length < 4) throw window.corrupt(`${what} has ${length} of its 4 bytes`)
  const body = await window.bytes(at + 3, 4, what)
  return body[0]! & 1 ? body[3]! : -1
}

/** Where the sub-blocks that begin at `start` end, past the empty one that closes them. */
async function skipSubBlocks(window: ByteWindow, start: number, what: string): Promise<number> {
  let at = start
  for (;;) {
    const bytes = await window.some(at, what)
    let next = 0
    while (next < bytes.length && bytes[next] !== 0) next += 1 + bytes[next]!
    at += next
    if (next < bytes.length) return at + 1
  }
}

function describe({ colours, ...frame }: Frame, headBytes: number, transparentIndex: number): GifInfo {
  const entries = Math.max(colours.length / 3, transparentIndex + 1)
  const palette = Array.from({ length: entries }, (_, i) => [
    colours[3 * i] ?? 0,
    colours[3 * i + 1] ?? 0,
    colours[3 * i + 2] ?? 0,
    i === transparentIndex ? 0 : 255,
  ]).flat()
  return {
    format: 'gif',
    contentType: 'image/gif',
    channels: 1,
    bitDepth: 8,
    hasAlpha: transparentIndex >= 0,
    ...frame,
    palette,
    headBytes,
  }
}
