import { readFile } from 'node:fs/promises'
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { FormatError } from '../../../src/formats/format-error.ts'
import type { Gdal } from '../../../src/formats/gdal/module.ts'
import {
  type ByteSource,
  type ImageInfo,
  memorySource,
  probeImage,
} from '../../../src/formats/probe/index.ts'
import { encodeWithGdal, gradient, joined, makeGif, makePng, pngChunk } from '../ingest/images.ts'
import { freshGdal, HAAS_PATH } from '../ingest/tools.ts'

let gdal: Gdal
/** One small file of each kind, by what it is. */
const files = new Map<string, Uint8Array>()

beforeAll(async () => {
  gdal = await freshGdal()
  const colours = gradient(40, 30, 3)
  const transparent = gradient(40, 30, 4)
  const deep = gradient(40, 30, 3, 16)
  files.set('JPEG', encodeWithGdal(gdal, colours, 'JPEG'))
  files.set('progressive JPEG', encodeWithGdal(gdal, colours, 'JPEG', ['-co', 'PROGRESSIVE=YES']))
  files.set('PNG', makePng(colours, { colourType: 2, bitDepth: 8 }))
  files.set('interlaced PNG', makePng(transparent, { colourType: 6, bitDepth: 8, interlaced: true }))
  const palette = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]
  const indices = gradient(40, 30, 1, 8, 4)
  files.set('palette PNG', makePng(indices, { colourType: 3, bitDepth: 2, palette, transparency: [9] }))
  files.set('GIF', encodeWithGdal(gdal, gradient(40, 30, 1), 'GIF', ['-co', 'INTERLACING=NO']))
  files.set('GIF with transparency', makeGif(indices, { palette, transparentIndex: 1, interlaced: true }))
  const rgb = ['-co', 'PHOTOMETRIC=RGB']
  files.set(
    'TIFF',
    encodeWithGdal(gdal, deep, 'GTiff', [...rgb, '-co', 'COMPRESS=LZW', '-co', 'PREDICTOR=2']),
  )
  files.set('uncompressed TIFF', encodeWithGdal(gdal, colours, 'GTiff', rgb))
  const tiles = ['-co', 'TILED=YES', '-co', 'BLOCKXSIZE=16', '-co', 'BLOCKYSIZE=32']
  const big = [...tiles, '-co', 'BIGTIFF=YES', '-co', 'ENDIANNESS=BIG', '-co', 'COMPRESS=DEFLATE']
  files.set('tiled BigTIFF', encodeWithGdal(gdal, transparent, 'GTiff', [...big, ...rgb, '-co', 'ALPHA=YES']))
  files.set('WebP', encodeWithGdal(gdal, colours, 'WEBP'))
  files.set('WebP with alpha', encodeWithGdal(gdal, transparent, 'WEBP'))
  files.set('lossless WebP', encodeWithGdal(gdal, transparent, 'WEBP', ['-co', 'LOSSLESS=YES']))
})

const probe = (bytes: Uint8Array): Promise<ImageInfo> => probeImage(memorySource(bytes))

/** The error that probing gives, which must be a FormatError. */
async function refusal(bytes: Uint8Array): Promise<FormatError> {
  const outcome = await probe(bytes).catch((error: unknown) => error)
  expect(outcome).toBeInstanceOf(FormatError)
  return outcome as FormatError
}

test('tells what an image is', async () => {
  const expected: [name: string, info: object][] = [
    [
      'JPEG',
      { format: 'jpeg', contentType: 'image/jpeg', channels: 3, progressive: false, coefficientBytes: 0 },
    ],
    // Blocks of 16x16 pixels, four of luminance and two of chrominance each: 3x2 of them, 64 coefficients of 2 bytes.
    ['progressive JPEG', { progressive: true, coefficientBytes: 3 * 2 * 6 * 128 }],
    [
      'PNG',
      {
        format: 'png',
        contentType: 'image/png',
        channels: 3,
        bitDepth: 8,
        interlaced: false,
        hasAlpha: false,
      },
    ],
    ['interlaced PNG', { channels: 4, interlaced: true, hasAlpha: true }],
    [
      'palette PNG',
      {
        channels: 1,
        bitDepth: 2,
        hasAlpha: true,
        palette: [1, 2, 3, 9, 4, 5, 6, 255, 7, 8, 9, 255, 10, 11, 12, 255],
      },
    ],
    [
      'GIF',
      {
        format: 'gif',
        contentType: 'image/gif',
        channels: 1,
        bitDepth: 8,
        hasAlpha: false,
        interlaced: false,
      },
    ],
    [
      'GIF with transparency',
      {
        hasAlpha: true,
        interlaced: true,
        palette: [1, 2, 3, 255, 4, 5, 6, 0, 7, 8, 9, 255, 10, 11, 12, 255],
      },
    ],
    ['TIFF', { format: 'tiff', contentType: 'image/tiff', channels: 3, bitDepth: 16, hasAlpha: false }],
    ['tiled BigTIFF', { channels: 4, bitDepth: 8, hasAlpha: true }],
    ['WebP', { format: 'webp', contentType: 'image/webp', channels: 3, hasAlpha: false, lossless: false }],
    ['WebP with alpha', { channels: 4, hasAlpha: true, lossless: false }],
    ['lossless WebP', { channels: 4, hasAlpha: true, lossless: true }],
  ]
  for (const [name, info] of expected) {
    expect(await probe(files.get(name)!), name).toMatchObject({ width: 40, height: 30, ...info })
  }
  expect(await probe(files.get('TIFF')!)).toMatchObject({
    tiff: { compression: 5, predictor: 2, photometric: 2, tiled: false, planar: false, littleEndian: true },
  })
  expect(await probe(files.get('tiled BigTIFF')!)).toMatchObject({
    tiff: {
      compression: 8,
      tiled: true,
      blockWidth: 16,
      blockHeight: 32,
      littleEndian: false,
      extraSamples: [2],
    },
  })
})

test('reads forward in pieces that stay small, and the Haas map', async () => {
  const bytes = new Uint8Array(await readFile(HAAS_PATH))
  let last = 0
  const source: ByteSource = {
    size: bytes.length,
    async read(offset, length) {
      expect(length).toBeLessThanOrEqual(2 ** 20)
      expect(offset).toBeGreaterThanOrEqual(last)
      last = offset
      return bytes.subarray(offset, offset + length)
    },
  }
  expect(await probeImage(source)).toMatchObject({ format: 'jpeg', width: 1600, height: 1018, channels: 3 })
})

test('every image that ends early is refused', async () => {
  for (const [name, bytes] of files) {
    const step = Math.max(1, Math.floor(bytes.length / 150))
    for (let length = 0; length < bytes.length; length += step) {
      const error = await refusal(bytes.subarray(0, length))
      if (length >= 40) expect(['truncated', 'corrupt'], `${name} cut at ${length}`).toContain(error.code)
    }
    expect((await refusal(bytes.subarray(0, bytes.length - 2))).message).toMatch(
      /truncated \w+: ends at byte \d+ inside/,
    )
  }
})

test('what is no image, or of another kind, is refused by name', async () => {
  const text = (value: string) => new TextEncoder().encode(value)
  expect(await refusal(new Uint8Array(0))).toMatchObject({
    code: 'not-an-image',
    message: expect.stringContaining('empty'),
  })
  expect(await refusal(text('id,lon,lat\n1,2,3\n'))).toMatchObject({ code: 'not-an-image' })
  expect(await refusal(text('GIF88a..........'))).toMatchObject({ code: 'not-an-image' })
  expect(await refusal(text('BM..............'))).toMatchObject({
    code: 'unsupported',
    message: expect.stringMatching(/BMP; JPEG, PNG, GIF, TIFF and WebP are read/),
  })
  expect(await refusal(text('%PDF-1.7 .......'))).toMatchObject({
    code: 'unsupported',
    message: expect.stringContaining('PDF'),
  })
})

describe('JPEG', () => {
  /** A JPEG with one byte of its frame header replaced; `at` counts from the marker's code. */
  function withFrameByte(at: number, value: number): Uint8Array {
    const jpeg = files.get('JPEG')!.slice()
    const frame = jpeg.findIndex((byte, i) => byte === 0xff && jpeg[i + 1] === 0xc0)
    jpeg[frame + 1 + at] = value
    return jpeg
  }

  test('bytes after the end of the image do no harm', async () => {
    expect(await probe(joined([files.get('JPEG')!, new Uint8Array(100)]))).toMatchObject({ width: 40 })
  })

  test('a baseline picture in several scans needs its coefficients in memory', async () => {
    const jpeg = files.get('JPEG')!
    const scan = jpeg.findIndex((byte, i) => byte === 0xff && jpeg[i + 1] === 0xda)
    const grey = Uint8Array.of(0xff, 0xda, 0, 8, 1, 1, 0, 0, 63, 0)
    const split = joined([jpeg.subarray(0, scan), grey, Uint8Array.of(1, 2, 3), jpeg.subarray(scan)])
    expect(await probe(split)).toMatchObject({ progressive: false, coefficientBytes: 3 * 2 * 6 * 128 })
  })

  test('variants that no decoder here reads are named', async () => {
    expect(await refusal(withFrameByte(0, 0xc3))).toMatchObject({
      code: 'unsupported',
      message: expect.stringContaining('lossless'),
    })
    expect(await refusal(withFrameByte(0, 0xc9))).toMatchObject({
      message: expect.stringContaining('arithmetic'),
    })
    expect(await refusal(withFrameByte(3, 12))).toMatchObject({ message: expect.stringContaining('12 bits') })
  })

  test('a picture without data, or without a frame, is corrupt', async () => {
    expect(await refusal(Uint8Array.of(0xff, 0xd8, 0xff, 0xd9))).toMatchObject({ code: 'corrupt' })
    expect(await refusal(withFrameByte(0, 0xfe))).toMatchObject({
      code: 'corrupt',
      message: expect.stringContaining('frame'),
    })
  })
})

describe('PNG', () => {
  test('a damaged byte fails the checksum, whose chunk is named', async () => {
    const png = files.get('PNG')!.slice()
    png[png.length - 30]! ^= 1
    expect(await refusal(png)).toMatchObject({
      code: 'corrupt',
      message: expect.stringContaining('checksum of chunk IDAT'),
    })
  })

  test('chunks that break the rules', async () => {
    const png = files.get('PNG')!
    const head = png.subarray(0, 33)
    const end = pngChunk('IEND', new Uint8Array(0))
    expect(await refusal(joined([head, end]))).toMatchObject({
      message: expect.stringContaining('no image data'),
    })
    const unknown = joined([head, pngChunk('ABCD', new Uint8Array(3)), png.subarray(33)])
    expect(await refusal(unknown)).toMatchObject({
      code: 'unsupported',
      message: expect.stringContaining('ABCD'),
    })
    const ancillary = joined([head, pngChunk('abCD', new Uint8Array(3)), png.subarray(33)])
    expect(await probe(ancillary)).toMatchObject({ width: 40 })
    const noPalette = makePng(gradient(4, 4, 1), { colourType: 3, bitDepth: 8 })
    expect(await refusal(noPalette)).toMatchObject({ message: expect.stringContaining('no palette') })
  })

  test('interlaced with 16 bits is named as not read', async () => {
    const png = makePng(gradient(9, 9, 3, 16), { colourType: 2, bitDepth: 16, interlaced: true })
    expect(await refusal(png)).toMatchObject({
      code: 'unsupported',
      message: expect.stringContaining('16 bits'),
    })
  })
})

describe('TIFF', () => {
  /** A TIFF of one grey strip with some tags changed; both are in byte order II. */
  function makeTiff(change: Record<number, number> = {}): Uint8Array {
    const tags = { 256: 4, 257: 4, 258: 8, 259: 1, 262: 1, 273: 200, 277: 1, 278: 4, 279: 16, ...change }
    const bytes = new Uint8Array(216)
    const view = new DataView(bytes.buffer)
    bytes.set([0x49, 0x49, 42, 0, 8])
    view.setUint16(8, Object.keys(tags).length, true)
    Object.entries(tags).forEach(([tag, value], i) => {
      view.setUint16(10 + i * 12, Number(tag), true)
      view.setUint16(12 + i * 12, 4, true)
      view.setUint32(14 + i * 12, 1, true)
      view.setUint32(18 + i * 12, value, true)
    })
    return bytes
  }

  test('a plain one is taken', async () => {
    expect(await probe(makeTiff())).toMatchObject({ width: 4, height: 4, channels: 1, bitDepth: 8 })
  })

  test('compressions and colours that are not read are named', async () => {
    const cases: [Record<number, number>, RegExp][] = [
      [{ 259: 7 }, /compression JPEG/],
      [{ 259: 4 }, /CCITT Group 4/],
      [{ 259: 34712 }, /JPEG 2000/],
      [{ 259: 50000 }, /Zstandard/],
      [{ 262: 8 }, /L\*a\*b\*/],
      [{ 258: 32 }, /32 bits/],
      [{ 339: 3 }, /not whole numbers/],
      [{ 317: 3, 259: 5 }, /predictor 3/],
    ]
    for (const [change, message] of cases) {
      const error = await refusal(makeTiff(change))
      expect(error.code).toBe('unsupported')
      expect(error.message).toMatch(message)
    }
  })

  test('strips outside the file, missing or too short', async () => {
    expect(await refusal(makeTiff({ 273: 201 }))).toMatchObject({
      code: 'truncated',
      message: expect.stringContaining('strip 0'),
    })
    expect(await refusal(makeTiff({ 279: 15 }))).toMatchObject({
      code: 'corrupt',
      message: expect.stringContaining('15 of the 16'),
    })
    expect(await refusal(makeTiff({ 279: 0 }))).toMatchObject({ code: 'corrupt' })
    expect(await refusal(makeTiff({ 278: 2 }))).toMatchObject({
      message: expect.stringContaining('1 of 2 blocks'),
    })
  })
})

test('an animated WebP is refused by name', async () => {
  const webp = files.get('WebP with alpha')!.slice()
  webp[20]! |= 2
  expect(await refusal(webp)).toMatchObject({
    code: 'unsupported',
    message: expect.stringContaining('animation'),
  })
})

test('whatever the bytes, the answer is an image or a FormatError', async () => {
  const samples = [...files.values()]
  const damaged = fc
    .tuple(
      fc.nat(samples.length - 1),
      fc.array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }), fc.nat(255)), {
        maxLength: 8,
      }),
    )
    .map(([index, changes]) => {
      const bytes = samples[index]!.slice()
      // Half of the changes go to the beginning, where the structure is.
      changes.forEach(([share, value], i) => {
        bytes[Math.floor(share * (i % 2 ? bytes.length : Math.min(200, bytes.length)))] = value
      })
      return bytes
    })
  const signed = fc
    .tuple(
      fc.constantFrom('ffd8ff', '89504e470d0a1a0a', '474946383961', '49492a00', '4d4d002b', '52494646'),
      fc.uint8Array({ maxLength: 200 }),
    )
    .map(([signature, rest]) => joined([Buffer.from(signature, 'hex'), rest]))
  await fc.assert(
    fc.asyncProperty(fc.oneof(damaged, signed, fc.uint8Array({ maxLength: 64 })), async (bytes) => {
      const outcome = await probe(bytes).catch((error: unknown) => error)
      if (outcome instanceof Error) expect(outcome).toBeInstanceOf(FormatError)
      else expect((outcome as ImageInfo).width).toBeGreaterThan(0)
    }),
    { numRuns: 1500 },
  )
})
