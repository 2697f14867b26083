// Images made at test time: PNGs and GIFs of every kind by hand, everything else by GDAL.
import { deflateSync } from 'node:zlib'
import { crc32 } from '../../../src/formats/crc32.ts'
import type { Gdal } from '../../../src/formats/gdal/module.ts'

export interface Raster {
  width: number
  height: number
  /** Samples a pixel. */
  bands: number
  /** Pixel-interleaved; 16-bit samples as numbers too. */
  samples: ArrayLike<number>
  bits: 8 | 16
}

/** A raster whose samples depend on everything, so that no mix-up goes unseen, yet smooth enough for JPEG. */
export function gradient(
  width: number,
  height: number,
  bands: number,
  bits: 8 | 16 = 8,
  levels = 2 ** bits,
): Raster {
  const samples = new Uint16Array(width * height * bands)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let band = 0; band < bands; band++) {
        const share = (x * (band + 1)) / (2 * width) + y / (2 * height) + band * 0.13
        samples[(y * width + x) * bands + band] = Math.floor((share % 1) * levels)
      }
    }
  }
  return { width, height, bands, samples, bits }
}

interface PngOptions {
  colourType: 0 | 2 | 3 | 4 | 6
  bitDepth: 1 | 2 | 4 | 8 | 16
  interlaced?: boolean
  palette?: number[]
  transparency?: number[]
}

const ADAM7 = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const

/** A PNG with the raster's samples as they are; no row is filtered. */
export function makePng(raster: Raster, options: PngOptions): Uint8Array {
  const { colourType, bitDepth, interlaced = false, palette, transparency } = options
  const header = new Uint8Array(13)
  const view = new DataView(header.buffer)
  view.setUint32(0, raster.width)
  view.setUint32(4, raster.height)
  header.set([bitDepth, colourType, 0, 0, interlaced ? 1 : 0], 8)
  const passes = interlaced ? ADAM7 : [[0, 0, 1, 1] as const]
  const data = passes.flatMap((pass) => scanlines(raster, bitDepth, pass))
  return joined([
    Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a),
    pngChunk('IHDR', header),
    ...(palette ? [pngChunk('PLTE', Uint8Array.from(palette))] : []),
    ...(transparency ? [pngChunk('tRNS', Uint8Array.from(transparency))] : []),
    pngChunk('IDAT', deflateSync(joined(data))),
    pngChunk('IEND', new Uint8Array(0)),
  ])
}

function scanlines(
  { width, height, bands, samples }: Raster,
  bitDepth: number,
  [x0, y0, dx, dy]: readonly [number, number, number, number],
): Uint8Array[] {
  const columns = Math.ceil((width - x0) / dx)
  const lines: Uint8Array[] = []
  for (let y = y0; y < height && columns > 0; y += dy) {
    const line = new Uint8Array(1 + Math.ceil((columns * bands * bitDepth) / 8))
    for (let i = 0; i < columns * bands; i++) {
      const value = samples[(y * width + x0 + Math.floor(i / bands) * dx) * bands + (i % bands)]!
      if (bitDepth === 16) line.set([value >> 8, value & 255], 1 + 2 * i)
      else line[1 + Math.floor((i * bitDepth) / 8)]! |= value << (8 - bitDepth - ((i * bitDepth) % 8))
    }
    lines.push(line)
  }
  return lines
}

export function pngChunk(type: string, body: Uint8Array): Uint8Array {
  const chunk = new Uint8Array(12 + body.length)
  const view = new DataView(chunk.buffer)
  view.setUint32(0, body.length)
  chunk.set(new TextEncoder().encode(type), 4)
  chunk.set(body, 8)
  view.setUint32(8 + body.length, crc32(chunk.subarray(4, 8 + body.length)))
  return chunk
}

interface GifFrameOptions {
  /** Red, green and blue an entry; of the frame's own table. */
  palette?: number[]
  transparentIndex?: number
  interlaced?: boolean
  left?: number
  top?: number
}

interface GifOptions extends GifFrameOptions {
  /** Of the table all frames share. */
  sharedPalette?: number[]
  /** Width and height of the logical screen, when it is not the frame's. */
  screen?: [width: number, height: number]
  /** Extensions before the first frame. */
  before?: Uint8Array
  /** Frames and extensions after the first frame. */
  after?: Uint8Array
}

/** A GIF89a of the raster's samples as indices. */
export function makeGif(raster: Raster, options: GifOptions): Uint8Array {
  const { sharedPalette = [], screen = [raster.width, raster.height], before, after } = options
  const head = new Uint8Array(13)
  head.set(new TextEncoder().encode('GIF89a'))
  const view = new DataView(head.buffer)
  view.setUint16(6, screen[0], true)
  view.setUint16(8, screen[1], true)
  const [fields, table] = gifColourTable(sharedPalette)
  head[10] = fields
  const none = new Uint8Array(0)
  return joined([head, table, before ?? none, gifFrame(raster, options), after ?? none, Uint8Array.of(0x3b)])
}

/** A graphic control extension if it takes one, the image descriptor and the data. */
export function gifFrame({ width, height, samples }: Raster, options: GifFrameOptions): Uint8Array {
  const { palette = [], transparentIndex, interlaced = false, left = 0, top = 0 } = options
  const descriptor = new Uint8Array(10)
  const view = new DataView(descriptor.buffer)
  view.setUint8(0, 0x2c)
  for (const [i, value] of [left, top, width, height].entries()) view.setUint16(1 + 2 * i, value, true)
  const [fields, table] = gifColourTable(palette)
  view.setUint8(9, fields | (interlaced ? 0x40 : 0))
  const passes = interlaced
    ? [8, 8, 4, 2].map((step, i) => [[0, 4, 2, 1][i]!, step] as const)
    : [[0, 1] as const]
  const indices: number[] = []
  for (const [first, step] of passes)
    for (let y = first; y < height; y += step)
      for (let x = 0; x < width; x++) indices.push(samples[y * width + x]!)
  return joined([
    transparentIndex === undefined
      ? new Uint8Array(0)
      : gifExtension(0xf9, Uint8Array.of(1, 0, 0, transparentIndex)),
    descriptor,
    table,
    lzwOfLiterals(indices),
  ])
}

export function gifExtension(label: number, body: Uint8Array): Uint8Array {
  return joined([Uint8Array.of(0x21, label), ...gifSubBlocks(body)])
}

/** The packed fields that tell of a colour table, and the table, filled up to a power of two. */
function gifColourTable(palette: number[]): [fields: number, table: Uint8Array] {
  if (palette.length === 0) return [0, new Uint8Array(0)]
  const bits = Math.max(1, Math.ceil(Math.log2(palette.length / 3)))
  const table = new Uint8Array(3 * 2 ** bits)
  table.set(palette)
  return [0x80 | (bits - 1), table]
}

/** LZW of eight bits that never refers back: the table is cleared before its codes would grow. */
function lzwOfLiterals(indices: readonly number[]): Uint8Array {
  const [clear, end, run] = [256, 257, 250]
  const codes = indices.flatMap((index, i) => (i % run === 0 ? [clear, index] : [index])).concat(end)
  const bytes = new Uint8Array(Math.ceil((codes.length * 9) / 8))
  codes.forEach((code, i) => {
    const [at, shift] = [Math.floor((i * 9) / 8), (i * 9) % 8]
    bytes[at]! |= code << shift
    bytes[at + 1]! |= code >> (8 - shift)
  })
  return joined([Uint8Array.of(8), ...gifSubBlocks(bytes)])
}

function gifSubBlocks(bytes: Uint8Array): Uint8Array[] {
  const blocks: Uint8Array[] = []
  for (let at = 0; at < bytes.length; at += 255) {
    const part = bytes.subarray(at, at + 255)
    blocks.push(Uint8Array.of(part.length), part)
  }
  return [...blocks, Uint8Array.of(0)]
}

export function joined(parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts))
}

let names = 0

/** A raster as GDAL writes it: `driver` with arguments of gdal_translate. */
export function encodeWithGdal(
  gdal: Gdal,
  raster: Raster,
  driver: string,
  args: readonly string[] = [],
): Uint8Array {
  const name = `raster${names++}`
  const { FS } = gdal.module
  const samples = raster.bits === 16 ? Uint16Array.from(raster.samples) : Uint8Array.from(raster.samples)
  const head = ['ENVI', `samples=${raster.width}`, `lines=${raster.height}`, `bands=${raster.bands}`]
  head.push(
    `data type=${raster.bits === 16 ? 12 : 1}`,
    'interleave=bip',
    'byte order=0',
    'header offset=0',
    '',
  )
  FS.createDataFile('/', `${name}.bin`, new Uint8Array(samples.buffer), true, true, true)
  FS.createDataFile('/', `${name}.hdr`, new TextEncoder().encode(head.join('\n')), true, true, true)
  try {
    return translateFile(gdal, `/${name}.bin`, 'ENVI', driver, args)
  } finally {
    FS.unlink(`/${name}.bin`)
    FS.unlink(`/${name}.hdr`)
  }
}

/** Bytes of one image as GDAL makes another of them; `from` and `driver` are GDAL's names of the formats. */
export function recodeWithGdal(
  gdal: Gdal,
  bytes: Uint8Array,
  from: string,
  driver: string,
  args: readonly string[] = [],
): Uint8Array {
  const name = `image${names++}`
  gdal.module.FS.createDataFile('/', name, bytes, true, false, true)
  try {
    return translateFile(gdal, `/${name}`, from, driver, args)
  } finally {
    gdal.module.FS.unlink(`/${name}`)
  }
}

function translateFile(
  gdal: Gdal,
  path: string,
  from: string,
  driver: string,
  args: readonly string[],
): Uint8Array {
  const output = `/output${names++}`
  const dataset = gdal.open(path, from)
  try {
    gdal.translate(dataset, output, ['-of', driver, ...args])
  } finally {
    gdal.close(dataset)
  }
  const bytes = gdal.module.FS.readFile(output)
  gdal.module.FS.unlink(output)
  return bytes
}
