import type { ByteSource } from './byte-source.ts'
import { ByteWindow } from './byte-window.ts'
import type { WebpInfo } from './image-info.ts'

const RIFF_HEADER_BYTES = 12

/**
 * Walks a WebP's RIFF chunks to their end (RFC 9649).
 * @throws FormatError `truncated`, `corrupt`, `unsupported` (animations)
 */
export async function probeWebp(source: ByteSource): Promise<WebpInfo> {
  const window = new ByteWindow(source, 'WebP')
  const riff = await window.view(0, RIFF_HEADER_BYTES, 'the RIFF header')
  const end = 8 + riff.getUint32(4, true)
  if (end > window.size) throw window.truncated(`the RIFF container that ends at byte ${end}`)
  let canvas: { width: number; height: number; hasAlpha: boolean } | undefined
  let image: { width: number; height: number; hasAlpha: boolean; lossless: boolean } | undefined
  let separateAlpha = false
  let at = RIFF_HEADER_BYTES
  while (at + 8 <= end) {
    const head = await window.view(at, 8, `a chunk header at byte ${at}`)
    const type = String.fromCharCode(head.getUint8(0), head.getUint8(1), head.getUint8(2), head.getUint8(3))
    const length = head.getUint32(4, true)
    const what = `chunk ${JSON.stringify(type)} at byte ${at}`
    const body = at + 8
    if (body + length > end) throw window.corrupt(`${what} is longer than its container`)
    if (type === 'ANIM' || type === 'ANMF') throw window.unsupported('an animation')
    if (type === 'VP8X') {
      const view = await viewOf(window, body, length, 10, what)
      if (view.getUint8(0) & 0x02) throw window.unsupported('an animation')
      canvas = {
        width: 1 + (view.getUint32(4, true) & 0xffffff),
        height: 1 + (view.getUint32(6, true) >>> 8),
        hasAlpha: (view.getUint8(0) & 0x10) !== 0,
      }
    } else if (type === 'ALPH') separateAlpha = true
    else if (type === 'VP8 ' && !image)
      image = lossyFrame(window, await viewOf(window, body, length, 10, what))
    else if (type === 'VP8L' && !image)
      image = losslessFrame(window, await viewOf(window, body, length, 5, what))
    at = body + length + (length & 1)
  }
  if (!image) throw window.corrupt('no image data')
  const { width, height, lossless } = image
  if (width === 0 || height === 0) throw window.corrupt(`a size of ${width}x${height}`)
  if (canvas && (canvas.width !== width || canvas.height !== height)) {
    throw window.corrupt(`a ${width}x${height} picture on a canvas of ${canvas.width}x${canvas.height}`)
  }
  const hasAlpha = lossless ? image.hasAlpha : canvas?.hasAlpha === true && separateAlpha
  const channels = hasAlpha ? 4 : 3
  return {
    format: 'webp',
    contentType: 'image/webp',
    width,
    height,
    channels,
    bitDepth: 8,
    hasAlpha,
    lossless,
  }
}

async function viewOf(
  window: ByteWindow,
  at: number,
  length: number,
  needed: number,
  what: string,
): Promise<DataView> {
  if (length < needed) throw window.corrupt(`${what} has ${length} bytes`)
  return window.view(at, needed, what)
}

/** The frame header of VP8 (RFC 6386, section 9.1). */
function lossyFrame(window: ByteWindow, view: DataView) {
  if (view.getUint8(0) & 1) throw window.corrupt('its picture is not a key frame')
  if (view.getUint8(3) !== 0x9d || view.getUint8(4) !== 0x01 || view.getUint8(5) !== 0x2a) {
    throw window.corrupt('no VP8 start code')
  }
  const width = view.getUint16(6, true) & 0x3fff
  const height = view.getUint16(8, true) & 0x3fff
  return { width, height, hasAlpha: false, lossless: false }
}

/** The image header of VP8L (RFC 9649, section 3.4). */
function losslessFrame(window: ByteWindow, view: DataView) {
  if (view.getUint8(0) !== 0x2f) throw window.corrupt('no VP8L signature')
  const bits = view.getUint32(1, true)
  const width = 1 + (bits & 0x3fff)
  const height = 1 + ((bits >>> 14) & 0x3fff)
  return { width, height, hasAlpha: ((bits >>> 28) & 1) === 1, lossless: true }
}
