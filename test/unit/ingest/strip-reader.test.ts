import { readFile } from 'node:fs/promises'
import { beforeAll, describe, expect, test } from 'vitest'
import type { RasterCodecs } from '../../../src/formats/codecs.ts'
import type { Gdal } from '../../../src/formats/gdal/module.ts'
import { StripReader } from '../../../src/formats/gdal/strip-reader.ts'
import {
  assertWithinBudget,
  type ByteSource,
  memorySource,
  probeImage,
} from '../../../src/formats/probe/index.ts'
import {
  encodeWithGdal,
  gifExtension,
  gifFrame,
  gradient,
  joined,
  makeGif,
  makePng,
  type Raster,
  recodeWithGdal,
} from './images.ts'
import { freshGdal, HAAS_PATH, testCodecs } from './tools.ts'

let gdal: Gdal
let codecs: RasterCodecs
beforeAll(async () => {
  gdal = await freshGdal()
  codecs = await testCodecs()
})

const WIDTH = 61
const HEIGHT = 300
/** No divisor of any block's height, so that strips begin inside of blocks. */
const STRIP_ROWS = 77
/** `gradient(61, 200, 1, 8, 16)` in greys, index 3 transparent: by Debian's GDAL 3.6.2 with giflib 5.2.1. */
const GIFLIB_SAMPLE = new URL('../../fixtures/giflib.gif', import.meta.url)

/** The image's pixels put together from strips, each of them read in two parts. */
async function readPixels(source: ByteSource, strips?: number[]): Promise<Uint8Array> {
  const info = await probeImage(source)
  assertWithinBudget(info, source.size)
  const reader = await StripReader.open(gdal, source, info)
  const out = new Uint8Array(info.width * info.height * 4)
  const order = strips ?? Array.from({ length: Math.ceil(info.height / STRIP_ROWS) }, (_, i) => i)
  try {
    for (const index of order) {
      const y = index * STRIP_ROWS
      const strip = await reader.read(y, Math.min(STRIP_ROWS, info.height - y))
      const split = Math.floor(info.width / 3)
      for (const [x, width] of [
        [0, split],
        [split, info.width - split],
      ] as const) {
        const part = strip.rgba(x, width)
        for (let row = 0; row < strip.height; row++) {
          out.set(part.subarray(row * width * 4, (row + 1) * width * 4), ((y + row) * info.width + x) * 4)
        }
      }
    }
  } finally {
    reader.close()
  }
  return out
}

/** What a raster's pixels are in RGBA, by a function from its samples. */
function expected(raster: Raster, pixel: (...samples: number[]) => number[]): Uint8Array {
  const out = new Uint8Array(raster.width * raster.height * 4)
  const samples = Array.from(raster.samples)
  for (let i = 0; i < out.length / 4; i++) {
    out.set(pixel(...samples.slice(i * raster.bands, (i + 1) * raster.bands)), i * 4)
  }
  return out
}

const grey = (v: number) => [v, v, v, 255]
const rgb = (r: number, g: number, b: number) => [r, g, b, 255]
const rgba = (r: number, g: number, b: number, a: number) => [r, g, b, a]
const eight = (v: number) => Math.round(v / 257)

function largestDifference(a: Uint8Array, b: Uint8Array): number {
  expect(a.length).toBe(b.length)
  let most = 0
  for (let i = 0; i < a.length; i++) most = Math.max(most, Math.abs(a[i]! - b[i]!))
  return most
}

/** Equality of long arrays without a report of every element. */
function expectSame(actual: Uint8Array, wanted: Uint8Array): void {
  expect(largestDifference(actual, wanted)).toBe(0)
}

describe('PNG', () => {
  for (const interlaced of [false, true]) {
    const suffix = interlaced ? ', interlaced' : ''
    for (const bitDepth of [1, 2, 4, 8] as const) {
      test(`grey of ${bitDepth} bits${suffix}`, async () => {
        const raster = gradient(WIDTH, HEIGHT, 1, 8, 2 ** bitDepth)
        const png = makePng(raster, { colourType: 0, bitDepth, interlaced })
        const scale = 255 / (2 ** bitDepth - 1)
        expectSame(
          await readPixels(memorySource(png)),
          expected(raster, (v) => grey(v * scale)),
        )
      })

      test(`palette of ${bitDepth} bits with transparent entries${suffix}`, async () => {
        const raster = gradient(WIDTH, HEIGHT, 1, 8, 2 ** bitDepth)
        const palette = Array.from({ length: 3 * 2 ** bitDepth }, (_, i) => (i * 37 + 11) % 256)
        const png = makePng(raster, { colourType: 3, bitDepth, interlaced, palette, transparency: [0, 77] })
        const wanted = expected(raster, (v) => [...palette.slice(3 * v, 3 * v + 3), [0, 77][v] ?? 255])
        expectSame(await readPixels(memorySource(png)), wanted)
      })
    }

    test(`RGB${suffix}`, async () => {
      const raster = gradient(WIDTH, HEIGHT, 3)
      const png = makePng(raster, { colourType: 2, bitDepth: 8, interlaced })
      expectSame(await readPixels(memorySource(png)), expected(raster, rgb))
    })

    test(`RGB with alpha${suffix}`, async () => {
      const raster = gradient(WIDTH, HEIGHT, 4)
      const png = makePng(raster, { colourType: 6, bitDepth: 8, interlaced })
      expectSame(await readPixels(memorySource(png)), expected(raster, rgba))
    })
  }

  test('16 bits with alpha, over the full range', async () => {
    const raster = gradient(WIDTH, HEIGHT, 4, 16)
    const png = makePng(raster, { colourType: 6, bitDepth: 16 })
    expectSame(
      await readPixels(memorySource(png)),
      expected(raster, (...samples) => samples.map(eight)),
    )
  })
  test('grey with alpha', async () => {
    const raster = gradient(WIDTH, HEIGHT, 2)
    const png = makePng(raster, { colourType: 4, bitDepth: 8 })
    expectSame(
      await readPixels(memorySource(png)),
      expected(raster, (v, a) => [v, v, v, a]),
    )
  })

  test('a dark 16-bit image stays dark', async () => {
    const raster = gradient(WIDTH, HEIGHT, 1, 16, 4096)
    const pixels = await readPixels(memorySource(makePng(raster, { colourType: 0, bitDepth: 16 })))
    expectSame(
      pixels,
      expected(raster, (v) => grey(eight(v))),
    )
  })

  test('one colour declared transparent, 8 bits', async () => {
    const raster = gradient(WIDTH, HEIGHT, 3, 8, 4)
    const png = makePng(raster, { colourType: 2, bitDepth: 8, transparency: [0, 1, 0, 2, 0, 3] })
    const wanted = expected(raster, (r, g, b) => [r, g, b, r === 1 && g === 2 && b === 3 ? 0 : 255])
    expect(wanted.filter((v, i) => i % 4 === 3 && v === 0).length).toBeGreaterThan(100)
    expectSame(await readPixels(memorySource(png)), wanted)
  })

  test('one 16-bit grey declared transparent, its neighbours not', async () => {
    const raster = gradient(WIDTH, HEIGHT, 1, 16, 500)
    const png = makePng(raster, { colourType: 0, bitDepth: 16, transparency: [1, 0] })
    const wanted = expected(raster, (v) => [eight(v), eight(v), eight(v), v === 256 ? 0 : 255])
    const pixels = await readPixels(memorySource(png))
    for (let i = 3; i < pixels.length; i += 4)
      if (wanted[i] === 0) wanted.set(pixels.subarray(i - 3, i), i - 3)
    expectSame(pixels, wanted)
  })

  test('a single grey pixel', async () => {
    const bytes = makePng(
      { width: 1, height: 1, bands: 1, samples: [120], bits: 8 },
      { colourType: 0, bitDepth: 8 },
    )
    expect([...(await readPixels(memorySource(bytes)))]).toEqual(grey(120))
  })
})

describe('TIFF', () => {
  const layouts: Record<string, string[]> = {
    'uncompressed strips': ['-co', 'BLOCKYSIZE=7'],
    'one uncompressed strip': ['-co', `BLOCKYSIZE=${HEIGHT}`],
    'LZW strips with differencing': ['-co', 'COMPRESS=LZW', '-co', 'PREDICTOR=2', '-co', 'BLOCKYSIZE=16'],
    'Deflate tiles': [
      '-co',
      'COMPRESS=DEFLATE',
      '-co',
      'TILED=YES',
      '-co',
      'BLOCKXSIZE=16',
      '-co',
      'BLOCKYSIZE=32',
    ],
    'uncompressed tiles': ['-co', 'TILED=YES', '-co', 'BLOCKXSIZE=32', '-co', 'BLOCKYSIZE=32'],
    'PackBits strips': ['-co', 'COMPRESS=PACKBITS', '-co', 'BLOCKYSIZE=5'],
    'planes of LZW strips': ['-co', 'COMPRESS=LZW', '-co', 'INTERLEAVE=BAND', '-co', 'BLOCKYSIZE=9'],
    'planes of uncompressed strips': ['-co', 'INTERLEAVE=BAND', '-co', 'BLOCKYSIZE=9'],
    'BigTIFF, big-endian': ['-co', 'BIGTIFF=YES', '-co', 'ENDIANNESS=BIG', '-co', 'COMPRESS=DEFLATE'],
  }
  for (const [name, args] of Object.entries(layouts)) {
    test(`RGB: ${name}`, async () => {
      const raster = gradient(WIDTH, HEIGHT, 3)
      const tiff = encodeWithGdal(gdal, raster, 'GTiff', [...args, '-co', 'PHOTOMETRIC=RGB'])
      expectSame(await readPixels(memorySource(tiff)), expected(raster, rgb))
    })

    test(`16-bit RGB with alpha: ${name}`, async () => {
      const raster = gradient(WIDTH, HEIGHT, 4, 16)
      const alpha = ['-co', 'PHOTOMETRIC=RGB', '-co', 'ALPHA=NON-PREMULTIPLIED']
      const tiff = encodeWithGdal(gdal, raster, 'GTiff', [...args, ...alpha])
      const wanted = expected(raster, (...samples) => samples.map(eight))
      expectSame(await readPixels(memorySource(tiff)), wanted)
    })
  }

  test('strips may be read in any order', async () => {
    const raster = gradient(WIDTH, HEIGHT, 3)
    const tiff = encodeWithGdal(gdal, raster, 'GTiff', ['-co', 'PHOTOMETRIC=RGB', '-co', 'COMPRESS=LZW'])
    expectSame(await readPixels(memorySource(tiff), [3, 0, 2, 1]), expected(raster, rgb))
  })

  for (const bits of [1, 2, 4]) {
    test(`grey of ${bits} bits, white as zero too`, async () => {
      const raster = gradient(WIDTH, HEIGHT, 1, 8, 2 ** bits)
      const scale = 255 / (2 ** bits - 1)
      const depth = ['-co', `NBITS=${bits}`, '-co', 'COMPRESS=DEFLATE']
      const black = encodeWithGdal(gdal, raster, 'GTiff', depth)
      expectSame(
        await readPixels(memorySource(black)),
        expected(raster, (v) => grey(v * scale)),
      )
      const white = encodeWithGdal(gdal, raster, 'GTiff', [...depth, '-co', 'PHOTOMETRIC=MINISWHITE'])
      expectSame(
        await readPixels(memorySource(white)),
        expected(raster, (v) => grey(255 - v * scale)),
      )
    })
  }

  test('a palette', async () => {
    const raster = gradient(WIDTH, HEIGHT, 1)
    const palette = Array.from({ length: 768 }, (_, i) => (i * 53 + 7) % 256)
    const png = makePng(raster, { colourType: 3, bitDepth: 8, palette })
    const tiff = recodeWithGdal(gdal, png, 'PNG', 'GTiff', ['-co', 'COMPRESS=LZW'])
    const wanted = expected(raster, (v) => [...palette.slice(3 * v, 3 * v + 3), 255])
    expectSame(await readPixels(memorySource(tiff)), wanted)
  })

  test('premultiplied alpha is divided out', async () => {
    const raster = gradient(WIDTH, HEIGHT, 4)
    const samples = Array.from(raster.samples)
    for (let i = 0; i < samples.length; i++)
      if (i % 4 !== 3) samples[i] = Math.min(samples[i]!, samples[i | 3]!)
    const args = ['-co', 'PHOTOMETRIC=RGB', '-co', 'ALPHA=PREMULTIPLIED']
    const tiff = encodeWithGdal(gdal, { ...raster, samples }, 'GTiff', args)
    const wanted = expected({ ...raster, samples }, (r, g, b, a) =>
      a === 0 ? [r, g, b, a] : [r, g, b].map((v) => Math.round((v * 255) / a)).concat(a),
    )
    expect(largestDifference(await readPixels(memorySource(tiff)), wanted)).toBeLessThanOrEqual(1)
  })

  test('CMYK inks darken', async () => {
    const raster: Raster = { width: 5, height: 1, bands: 4, bits: 8, samples: INKS.flat() }
    const tiff = encodeWithGdal(gdal, raster, 'GTiff', ['-co', 'PHOTOMETRIC=CMYK'])
    const pixels = await readPixels(memorySource(tiff))
    expect(Array.from(pixels)).toEqual([INK_COLOURS].flat(2))
  })

  test('reads only what its rows need', async () => {
    const raster = gradient(600, 4000, 3)
    const tiff = encodeWithGdal(gdal, raster, 'GTiff', ['-co', 'PHOTOMETRIC=RGB'])
    const source = memorySource(tiff)
    let bytesRead = 0
    const counting: ByteSource = {
      size: source.size,
      async read(offset, length) {
        expect(length).toBeLessThanOrEqual(2 ** 20)
        const bytes = await source.read(offset, length)
        bytesRead += bytes.length
        return bytes
      },
    }
    const reader = await StripReader.open(gdal, counting, await probeImage(source))
    const strip = await reader.read(1024, 512)
    const wanted = expected(
      { ...raster, height: 1, samples: Array.from(raster.samples).slice(1024 * 1800) },
      rgb,
    )
    expectSame(new Uint8Array(strip.rgba(0, 600).subarray(0, 2400)), wanted)
    expect(bytesRead).toBeLessThan(2 * 512 * 1800)
  })
})

const INKS = [
  [0, 0, 0, 0],
  [255, 0, 0, 0],
  [0, 255, 255, 0],
  [0, 0, 0, 255],
  [0, 102, 0, 51],
]
const INK_COLOURS = [
  [255, 255, 255, 255],
  [0, 255, 255, 255],
  [255, 0, 0, 255],
  [0, 0, 0, 255],
  [204, 122, 204, 255],
]

describe('JPEG', () => {
  const kinds: Record<string, { bands: number; args: string[]; progressive: boolean }> = {
    baseline: { bands: 3, args: [], progressive: false },
    progressive: { bands: 3, args: ['-co', 'PROGRESSIVE=YES'], progressive: true },
    grey: { bands: 1, args: [], progressive: false },
  }
  for (const [name, { bands, args, progressive }] of Object.entries(kinds)) {
    test(`${name}: strips equal a decode in one go and another decoder's`, async () => {
      const jpeg = encodeWithGdal(gdal, gradient(WIDTH, HEIGHT, bands), 'JPEG', args)
      const info = await probeImage(memorySource(jpeg))
      expect(info).toMatchObject({ format: 'jpeg', channels: bands, progressive })
      const pixels = await readPixels(memorySource(jpeg))
      const samples = recodeWithGdal(gdal, jpeg, 'JPEG', 'ENVI', ['-co', 'INTERLEAVE=BIP'])
      const raster: Raster = { width: WIDTH, height: HEIGHT, bands, bits: 8, samples }
      expectSame(pixels, expected(raster, bands === 1 ? grey : rgb))
      const other = await codecs.decode('jpeg', jpeg)
      expect(largestDifference(pixels, new Uint8Array(other.data))).toBeLessThanOrEqual(2)
    })
  }

  test('the Haas map', async () => {
    const jpeg = new Uint8Array(await readFile(HAAS_PATH))
    const other = await codecs.decode('jpeg', jpeg)
    expect(
      largestDifference(await readPixels(memorySource(jpeg)), new Uint8Array(other.data)),
    ).toBeLessThanOrEqual(2)
  })

  test('CMYK as Adobe stores it, inverted', async () => {
    const blocks = INKS.flatMap((inks) =>
      Array.from({ length: 16 }, () => inks.map((ink) => 255 - ink)),
    ).flat()
    const samples = Array.from({ length: 16 }, () => blocks).flat()
    const raster: Raster = { width: 80, height: 16, bands: 4, bits: 8, samples }
    const pixels = await readPixels(
      memorySource(encodeWithGdal(gdal, raster, 'JPEG', ['-co', 'QUALITY=100'])),
    )
    const middles = INKS.map((_, i) => Array.from(pixels.subarray((8 * 80 + i * 16 + 8) * 4).subarray(0, 4)))
    expect(
      largestDifference(Uint8Array.from(middles.flat()), Uint8Array.from(INK_COLOURS.flat())),
    ).toBeLessThanOrEqual(3)
  })

  test('damage that only decoding finds is refused with the reason', async () => {
    const jpeg = encodeWithGdal(gdal, gradient(256, 256, 3), 'JPEG')
    const middle = Math.floor(jpeg.length * 0.7)
    const short = new Uint8Array([...jpeg.subarray(0, middle - 1), 0, 0xff, 0xd9])
    await expect(readPixels(memorySource(short)).then(() => 'decoded')).rejects.toMatchObject({
      name: 'FormatError',
      code: 'undecodable',
    })
    const pixels = await readPixels(memorySource(jpeg))
    expect(pixels.length).toBe(256 * 256 * 4)
  })
})

describe('GIF', () => {
  const palette = Array.from({ length: 768 }, (_, i) => (i * 53 + 7) % 256)
  const colour = (v: number) => [...palette.slice(3 * v, 3 * v + 3), 255]

  for (const interlaced of [false, true]) {
    const suffix = interlaced ? ', interlaced' : ''
    test(`a palette with a transparent index${suffix}`, async () => {
      const raster = gradient(WIDTH, HEIGHT, 1)
      const gif = makeGif(raster, { sharedPalette: palette, interlaced, transparentIndex: 99 })
      const wanted = expected(raster, (v) => (v === 99 ? [...colour(v).slice(0, 3), 0] : colour(v)))
      expect(wanted.filter((v, i) => i % 4 === 3 && v === 0).length).toBeGreaterThan(20)
      expectSame(await readPixels(memorySource(gif)), wanted)
    })

    test(`strips may be read in any order${suffix}`, async () => {
      const raster = gradient(WIDTH, HEIGHT, 1)
      const gif = makeGif(raster, { palette, interlaced })
      expectSame(await readPixels(memorySource(gif), [3, 0, 0, 2, 1]), expected(raster, colour))
    })

    for (const colours of [2, 8, 256])
      test(`${colours} colours as GDAL writes them${suffix}`, async () => {
        const raster = gradient(WIDTH, HEIGHT, 1, 8, colours)
        const bitDepth = colours === 2 ? 1 : colours === 8 ? 4 : 8
        const own = palette.slice(0, 3 * colours)
        const png = makePng(raster, { colourType: 3, bitDepth, palette: own })
        const args = ['-co', `INTERLACING=${interlaced ? 'YES' : 'NO'}`]
        const gif = recodeWithGdal(gdal, png, 'PNG', 'GIF', args)
        expect(await probeImage(memorySource(gif))).toMatchObject({ interlaced })
        expectSame(await readPixels(memorySource(gif)), expected(raster, colour))
      })

    test(`indices past the palette are black${suffix}`, async () => {
      const raster = gradient(WIDTH, HEIGHT, 1, 8, 4)
      const gif = makeGif(raster, { palette: palette.slice(0, 6), interlaced })
      const wanted = expected(raster, (v) => (v < 2 ? colour(v) : [0, 0, 0, 255]))
      expectSame(await readPixels(memorySource(gif)), wanted)
    })

    test(`of an animation the first frame, in its own size${suffix}`, async () => {
      const raster = gradient(WIDTH, HEIGHT, 1)
      const after = joined([
        gifFrame({ ...raster, samples: new Uint8Array(WIDTH * HEIGHT) }, { palette }),
        gifFrame(gradient(5, 7, 1), { transparentIndex: 0 }),
      ])
      const screen: [number, number] = [WIDTH + 50, HEIGHT + 20]
      const before = gifExtension(0xff, new TextEncoder().encode('NETSCAPE2.0'))
      const options = { sharedPalette: palette, interlaced, screen, left: 30, top: 5, before, after }
      expectSame(await readPixels(memorySource(makeGif(raster, options))), expected(raster, colour))
    })

    test(`data that ends before the picture is refused${suffix}`, async () => {
      const raster = gradient(WIDTH, HEIGHT, 1)
      const gif = makeGif(raster, { palette, interlaced })
      // The picture's height, so that the data has a row too few.
      const taller = gif.with(13 + 7, (HEIGHT + 1) & 255)
      await expect(readPixels(memorySource(taller)).then(() => 'decoded')).rejects.toMatchObject({
        name: 'FormatError',
        code: 'undecodable',
      })
      expectSame(await readPixels(memorySource(gif)), expected(raster, colour))
    })
  }

  test('one written by giflib, interlaced and transparent', async () => {
    const gif = new Uint8Array(await readFile(GIFLIB_SAMPLE))
    const raster = gradient(61, 200, 1, 8, 16)
    const grey17 = (v: number) => [v * 17, v * 17, v * 17, v === 3 ? 0 : 255]
    expect(await probeImage(memorySource(gif))).toMatchObject({ interlaced: true, hasAlpha: true })
    expectSame(await readPixels(memorySource(gif)), expected(raster, grey17))
  })
})

describe('WebP', () => {
  for (const bands of [3, 4]) {
    const pixel = bands === 3 ? rgb : rgba
    test(`lossless with ${bands} channels`, async () => {
      const raster = gradient(WIDTH, HEIGHT, bands)
      const webp = encodeWithGdal(gdal, raster, 'WEBP', ['-co', 'LOSSLESS=YES', '-co', 'EXACT=1'])
      expect(await probeImage(memorySource(webp))).toMatchObject({ lossless: true, channels: bands })
      expectSame(await readPixels(memorySource(webp)), expected(raster, pixel))
    })

    test(`lossy with ${bands} channels equals another decoder's`, async () => {
      const webp = encodeWithGdal(gdal, gradient(WIDTH, HEIGHT, bands), 'WEBP', ['-co', 'QUALITY=90'])
      expect(await probeImage(memorySource(webp))).toMatchObject({ lossless: false, hasAlpha: bands === 4 })
      const other = await codecs.decode('webp', webp)
      expect(
        largestDifference(await readPixels(memorySource(webp)), new Uint8Array(other.data)),
      ).toBeLessThanOrEqual(2)
    })
  }
})
