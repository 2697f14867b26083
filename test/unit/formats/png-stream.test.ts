import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import decodePng, { init } from '@jsquash/png/decode.js'
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { pngStream } from '../../../src/formats/png-stream.ts'

beforeAll(async () => {
  const wasm = createRequire(import.meta.url).resolve('@jsquash/png/codec/pkg/squoosh_png_bg.wasm')
  await init(readFileSync(wasm))
})

async function* chunksOf(rgba: Uint8Array, width: number, rowsPerChunk: number) {
  const size = width * 4 * rowsPerChunk
  for (let at = 0; at < rgba.length; at += size) yield rgba.subarray(at, at + size)
}

async function collect(stream: ReadableStream<Uint8Array>): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await new Response(stream).arrayBuffer())
}

async function roundTrip(rgba: Uint8Array, width: number, height: number, rowsPerChunk: number) {
  const png = await collect(pngStream(width, height, chunksOf(rgba, width, rowsPerChunk)))
  const decoded = await decodePng(png.buffer)
  return { png, width: decoded.width, height: decoded.height, pixels: Buffer.from(decoded.data) }
}

describe('read back by another decoder', () => {
  test('any small image in any chunks', async () => {
    const image = fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 })).chain(([w, h]) =>
      fc.record({
        width: fc.constant(w),
        height: fc.constant(h),
        rgba: fc.uint8Array({ minLength: w * h * 4, maxLength: w * h * 4 }),
        rowsPerChunk: fc.integer({ min: 1, max: h }),
      }),
    )
    await fc.assert(
      fc.asyncProperty(image, async ({ width, height, rgba, rowsPerChunk }) => {
        const back = await roundTrip(rgba, width, height, rowsPerChunk)
        expect([back.width, back.height]).toEqual([width, height])
        expect(Buffer.compare(back.pixels, rgba)).toBe(0)
      }),
      { numRuns: 150 },
    )
  })

  /** Each picture suits another filter. */
  const pictures: [string, (x: number, y: number) => number[]][] = [
    ['transparent', () => [0, 0, 0, 0]],
    ['a ramp to the right', (x) => [x, x * 3, x * 5, 255]],
    ['a ramp downwards', (_, y) => [y, y * 3, y * 5, 255]],
    ['a ramp both ways', (x, y) => [x + y, x * 2 + y, x + y * 3, 255 - ((x + y) >> 3)]],
    [
      'noise',
      (x, y) => [0, 8, 16, 24].map((bits) => Math.imul(x * 7919 + y * 104_729, 2_654_435_761) >>> bits),
    ],
  ]
  test.each(pictures)('%s', async (_, pixel) => {
    const [width, height] = [301, 203]
    const rgba = new Uint8Array(width * height * 4)
    for (let i = 0; i < width * height; i++) rgba.set(pixel(i % width, Math.floor(i / width)), i * 4)
    const back = await roundTrip(rgba, width, height, 64)
    expect(Buffer.compare(back.pixels, rgba)).toBe(0)
  })
})

test('the same pixels give the same bytes, however they are cut into chunks', async () => {
  const rgba = Uint8Array.from({ length: 300 * 200 * 4 }, (_, i) => Math.imul(i * i, 2_654_435_761) >>> 24)
  const first = await roundTrip(rgba, 300, 200, 1)
  const second = await roundTrip(rgba, 300, 200, 150)
  expect(first.png.length).toBeGreaterThan(2 * 65_536)
  expect(Buffer.compare(first.png, second.png)).toBe(0)
})

test('a smooth picture is far smaller than its pixels', async () => {
  const rgba = Uint8Array.from({ length: 400 * 300 * 4 }, (_, i) => ((i >> 2) % 400) + Math.floor(i / 1600))
  const { png } = await roundTrip(rgba, 400, 300, 10)
  expect(png.length).toBeLessThan(rgba.length / 50)
})

describe('as a stream', () => {
  /** Rows of noise: they do not compress, so what goes in comes out. */
  const rowsOf = (width: number, total: number, log: { pulled: number; ended: boolean }) =>
    (async function* () {
      let state = 1798
      const noise = () => {
        state ^= state << 13
        state ^= state >>> 17
        state ^= state << 5
        return state
      }
      try {
        for (; log.pulled < total; log.pulled++) yield Uint8Array.from({ length: width * 4 }, noise)
      } finally {
        log.ended = true
      }
    })()

  test('asks for rows only as the output is read', async () => {
    const log = { pulled: 0, ended: false }
    const reader = pngStream(4096, 2000, rowsOf(4096, 2000, log)).getReader()
    for (let i = 0; i < 4; i++) await reader.read()
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(log.pulled).toBeGreaterThan(0)
    expect(log.pulled).toBeLessThan(40)
    await reader.cancel()
    await expect.poll(() => log.ended).toBe(true)
  })

  test('fails with what the rows fail with', async () => {
    const rows = (async function* () {
      yield new Uint8Array(40)
      throw new Error('the pyramid is gone')
    })()
    await expect(collect(pngStream(10, 5, rows))).rejects.toThrow('the pyramid is gone')
  })

  test.each([
    ['too few rows', 2, 40],
    ['too many rows', 6, 40],
    ['half a row', 5, 20],
  ])('fails on %s', async (_, count, size) => {
    const rows = (async function* () {
      for (let i = 0; i < count; i++) yield new Uint8Array(size)
    })()
    await expect(collect(pngStream(10, 5, rows))).rejects.toMatchObject({ code: 'png_rows' })
  })

  test.each([
    [0, 1],
    [1, 2 ** 31],
    [1.5, 1],
  ])('refuses %d x %d pixels', (width, height) => {
    const none = (async function* (): AsyncGenerator<Uint8Array> {})()
    expect(() => pngStream(width, height, none)).toThrow(expect.objectContaining({ code: 'png_size' }))
  })
})
