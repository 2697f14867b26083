import type { ByteSource } from './byte-source.ts'
import { ByteWindow } from './byte-window.ts'
import type { JpegInfo } from './image-info.ts'

const SOI = 0xd8
const EOI = 0xd9
const SOS = 0xda
const TEM = 0x01

interface Frame {
  marker: number
  width: number
  height: number
  components: { horizontal: number; vertical: number }[]
}

const hex = (byte: number) => `0x${byte.toString(16).padStart(2, '0')}`
const isRestart = (marker: number) => marker >= 0xd0 && marker <= 0xd7
const isFrame = (marker: number) =>
  marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc

/**
 * Walks a JPEG's markers and entropy-coded data to the end-of-image marker (ITU-T T.81, annex B).
 * What follows that marker is ignored, as decoders do.
 * @throws FormatError `truncated`, `corrupt`, `unsupported`
 */
export async function probeJpeg(source: ByteSource): Promise<JpegInfo> {
  const window = new ByteWindow(source, 'JPEG')
  let frame: Frame | undefined
  let scans = 0
  let interleaved = true
  let at = 2
  for (;;) {
    const { marker, next } = await readMarker(window, at)
    at = next
    if (marker === EOI) break
    if (marker === TEM) continue
    if (marker === SOI || isRestart(marker) || marker === 0) {
      throw window.corrupt(`unexpected marker ${hex(marker)} at byte ${at - 1}`)
    }
    const segment = `the segment of marker ${hex(marker)} at byte ${at - 1}`
    const length = (await window.view(at, 2, segment)).getUint16(0)
    if (length < 2) throw window.corrupt(`length ${length} of ${segment}`)
    const body = await window.view(at, length, segment)
    if (isFrame(marker)) {
      if (frame) throw window.corrupt(`a second frame header at byte ${at - 1}`)
      frame = readFrame(window, marker, body)
    }
    at += length
    if (marker !== SOS) continue
    if (!frame) throw window.corrupt(`a scan before the frame header at byte ${at}`)
    const components = length > 2 ? body.getUint8(2) : 0
    if (components < 1 || components > frame.components.length || length !== 6 + 2 * components) {
      throw window.corrupt(`a malformed scan header at byte ${at - length}`)
    }
    scans++
    interleaved &&= components === frame.components.length
    at = await skipEntropyCoded(window, at, scans)
  }
  if (!frame) throw window.corrupt('no frame header')
  if (scans === 0) throw window.corrupt('no image data')
  const progressive = frame.marker === 0xc2
  return {
    format: 'jpeg',
    contentType: 'image/jpeg',
    width: frame.width,
    height: frame.height,
    channels: frame.components.length,
    bitDepth: 8,
    hasAlpha: false,
    progressive,
    coefficientBytes: progressive || !interleaved ? coefficientBytes(frame) : 0,
  }
}

/** The marker whose 0xFF is at `at`, after any fill bytes. */
async function readMarker(window: ByteWindow, at: number): Promise<{ marker: number; next: number }> {
  if ((await window.bytes(at, 1, 'a marker'))[0] !== 0xff) throw window.corrupt(`no marker at byte ${at}`)
  let next = at
  let marker = 0xff
  while (marker === 0xff) marker = (await window.bytes(++next, 1, 'a marker'))[0]!
  return { marker, next: next + 1 }
}

function readFrame(window: ByteWindow, marker: number, body: DataView): Frame {
  if (marker > 0xc2) {
    const kind =
      marker >= 0xc9 ? 'arithmetic coding' : marker === 0xc3 ? 'lossless coding' : 'hierarchical coding'
    throw window.unsupported(kind)
  }
  if (body.byteLength < 8) throw window.corrupt('a frame header too short')
  const precision = body.getUint8(2)
  if (precision !== 8) throw window.unsupported(`${precision} bits a sample`)
  const height = body.getUint16(3)
  const width = body.getUint16(5)
  const count = body.getUint8(7)
  if (body.byteLength !== 8 + 3 * count) throw window.corrupt('a frame header of the wrong length')
  if (width === 0) throw window.corrupt('a width of 0')
  if (height === 0) throw window.unsupported('a height that is only known after the first scan')
  if (count !== 1 && count !== 3 && count !== 4) throw window.unsupported(`${count} components`)
  const components = Array.from({ length: count }, (_, i) => {
    const sampling = body.getUint8(9 + 3 * i)
    return { horizontal: sampling >> 4, vertical: sampling & 15 }
  })
  for (const { horizontal, vertical } of components) {
    if (horizontal < 1 || horizontal > 4 || vertical < 1 || vertical > 4) {
      throw window.corrupt(`a sampling factor of ${horizontal}x${vertical}`)
    }
  }
  return { marker, width, height, components }
}

/** Bytes of all coefficients, two each, as libjpeg's virtual arrays hold them: whole MCUs, every component. */
function coefficientBytes({ width, height, components }: Frame): number {
  const horizontalMax = Math.max(...components.map((component) => component.horizontal))
  const verticalMax = Math.max(...components.map((component) => component.vertical))
  const mcus = Math.ceil(width / (8 * horizontalMax)) * Math.ceil(height / (8 * verticalMax))
  return components.reduce((sum, { horizontal, vertical }) => sum + mcus * horizontal * vertical * 128, 0)
}

/** Where the marker after the entropy-coded data from `start` on begins. */
async function skipEntropyCoded(window: ByteWindow, start: number, scan: number): Promise<number> {
  const what = `the image data of scan ${scan} that starts at byte ${start}`
  let at = start
  for (;;) {
    const bytes = await window.some(at, what)
    const found = bytes.indexOf(0xff)
    if (found < 0) {
      at += bytes.length
      continue
    }
    at += found
    const following = (await window.bytes(at, 2, what))[1]!
    if (following === 0xff) at += 1
    else if (following === 0 || isRestart(following)) at += 2
    else return at
  }
}
