import { describe, expect, test } from 'vitest'
import { FormatError } from '../../../src/formats/format-error.ts'
import {
  assertWithinBudget,
  type ImageInfo,
  memorySource,
  probeImage,
} from '../../../src/formats/probe/index.ts'
import { joined, makePng, pngChunk } from '../ingest/images.ts'

const MIB = 2 ** 20
const size = { contentType: '', channels: 3, bitDepth: 8, hasAlpha: false }
const jpeg = { ...size, format: 'jpeg', progressive: false, coefficientBytes: 0 } as const
const png = { ...size, format: 'png', interlaced: false, transparentColour: false } as const

/** Why an image is refused, or that it is not. */
function verdict(info: ImageInfo, bytes = MIB): string {
  try {
    assertWithinBudget(info, bytes)
    return 'taken'
  } catch (error) {
    expect(error).toBeInstanceOf(FormatError)
    expect((error as FormatError).code).toBe('too-large')
    return (error as FormatError).message
  }
}

test('a baseline JPEG of 108 million pixels is taken', () => {
  expect(verdict({ ...jpeg, width: 12000, height: 9000 }, 27 * MIB)).toBe('taken')
})

test('an image that declares 65535x65535 pixels is refused with the limit', async () => {
  const bytes = makePng(
    { width: 1, height: 1, bands: 3, bits: 8, samples: [1, 2, 3] },
    { colourType: 2, bitDepth: 8 },
  )
  const header = bytes.slice(16, 29)
  header.set([0, 0, 255, 255, 0, 0, 255, 255])
  const huge = joined([bytes.subarray(0, 8), pngChunk('IHDR', header), bytes.subarray(33)])
  const info = await probeImage(memorySource(huge))
  expect(info).toMatchObject({ width: 65535, height: 65535 })
  expect(verdict(info, huge.length)).toMatch(/65535x65535 pixels are more than the 400 million/)
  expect(verdict({ ...jpeg, width: 65535, height: 65535 })).toMatch(/400 million/)
})

test('a strip of 512 rows must fit, so the width is bounded by the channels', () => {
  expect(verdict({ ...jpeg, width: 21845, height: 600 })).toBe('taken')
  expect(verdict({ ...jpeg, width: 21846, height: 600 })).toMatch(/at most 21845 are taken with 3 channels/)
  expect(verdict({ ...jpeg, channels: 1, width: 65535, height: 600 })).toBe('taken')
  expect(verdict({ ...png, channels: 4, hasAlpha: true, width: 16385, height: 600 })).toMatch(/at most 16384/)
})

test('a source that lies in memory whole is bounded', () => {
  expect(verdict({ ...jpeg, width: 9000, height: 9000 }, 48 * MIB)).toBe('taken')
  expect(verdict({ ...jpeg, width: 9000, height: 9000 }, 48 * MIB + 1)).toMatch(
    /JPEG of 49 MiB, and at most 48/,
  )
})

test('decoders that need the whole picture are bounded', () => {
  const progressive = { ...jpeg, progressive: true, width: 4000, height: 3000 }
  expect(verdict({ ...progressive, coefficientBytes: 40 * MIB })).toBe('taken')
  expect(verdict({ ...progressive, coefficientBytes: 41 * MIB })).toMatch(
    /progressive.*41 MiB to decode, and at most 40/,
  )
  expect(verdict({ ...png, interlaced: true, width: 6000, height: 6000 })).toMatch(/interlaced PNG.*103 MiB/)
  expect(verdict({ ...png, interlaced: false, width: 6000, height: 6000 })).toBe('taken')
  const frame = { offset: 13, byteSize: 1000 }
  const gif = { ...size, format: 'gif' as const, channels: 1, palette: [0, 0, 0, 255], headBytes: 13, frame }
  expect(verdict({ ...gif, interlaced: true, width: 6400, height: 6500 })).toBe('taken')
  expect(verdict({ ...gif, interlaced: true, width: 6500, height: 6500 })).toMatch(/interlaced GIF.*41 MiB/)
  expect(verdict({ ...gif, interlaced: false, width: 20000, height: 20000 })).toBe('taken')
  const webp = { ...size, format: 'webp', lossless: false, width: 4000, height: 3000 } as const
  expect(verdict(webp)).toBe('taken')
  expect(verdict({ ...webp, lossless: true })).toMatch(/WebP.*81 MiB/)
})

describe('TIFF', () => {
  const layout = {
    littleEndian: true,
    compression: 5,
    photometric: 2,
    predictor: 1,
    fillOrder: 1,
    planar: false,
    extraSamples: [],
    tiled: false,
    blockWidth: 12000,
    blockHeight: 16,
    offsets: [],
    byteCounts: [] as number[],
  }
  const tiff = { ...size, format: 'tiff', width: 12000, height: 9000, tiff: layout } as const

  test('the file may be of any size', () => {
    expect(verdict(tiff, 2000 * MIB)).toBe('taken')
  })

  test('one compressed strip for the whole image is refused, an uncompressed one is not', () => {
    const single = { ...layout, blockHeight: 9000 }
    expect(verdict({ ...tiff, tiff: single })).toMatch(/strips of 309 MiB, and at most 16/)
    expect(verdict({ ...tiff, tiff: { ...single, compression: 1, byteCounts: [324_000_000] } })).toBe('taken')
  })

  test('large tiles, and large rows of them', () => {
    const tiles = { ...layout, tiled: true, blockWidth: 1024, blockHeight: 1024 }
    expect(verdict({ ...tiff, tiff: tiles })).toBe('taken')
    expect(verdict({ ...tiff, tiff: { ...tiles, blockWidth: 2048, blockHeight: 2048 } })).toMatch(
      /tiles of 12 MiB/,
    )
    const byteCounts = new Array<number>(12 * 9).fill(3 * MIB)
    expect(verdict({ ...tiff, tiff: { ...tiles, byteCounts } })).toMatch(
      /row of tiles of 36 MiB, and at most 32/,
    )
  })
})
