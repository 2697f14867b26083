import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import type { RasterCodecs } from '../../../src/formats/codecs.ts'
import { jpegChunks } from '../../../src/formats/jpeg-stream.ts'
import { testCodecs } from '../ingest/tools.ts'

let codecs: RasterCodecs
beforeAll(async () => {
  codecs = await testCodecs()
})

type Picture = (x: number, y: number) => [red: number, green: number, blue: number]

function rgbaOf(width: number, height: number, picture: Picture): Uint8Array {
  const data = new Uint8Array(width * height * 4)
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) data.set([...picture(x, y), 255], (y * width + x) * 4)
  return data
}

async function* chunksOf(rgba: Uint8Array, width: number, rows: number) {
  for (let at = 0; at < rgba.length; at += rows * width * 4) yield rgba.subarray(at, at + rows * width * 4)
}

async function encode(rgba: Uint8Array, width: number, height: number, rows: number, quality = 90) {
  const parts: Uint8Array[] = []
  for await (const part of jpegChunks(width, height, chunksOf(rgba, width, rows), quality)) parts.push(part)
  return new Uint8Array(Buffer.concat(parts))
}

const decode = (bytes: Uint8Array) => codecs.decode('jpeg', bytes)

function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let largest = 0
  for (let i = 0; i < b.length; i++) largest = Math.max(largest, Math.abs(a[i]! - b[i]!))
  return largest
}

describe('read back by another decoder', () => {
  it.each([
    ['a flat colour', () => [200, 30, 90], 2],
    ['a ramp', (x, y) => [x, (x + y) / 2, 255 - y], 6],
    ['waves', (x, y) => [128 + 100 * Math.sin(x / 20), 128 + 100 * Math.cos(y / 15), 128], 8],
  ] satisfies [string, Picture, number][])('%s', async (_, picture, worst) => {
    const [width, height] = [201, 163]
    const rgba = rgbaOf(width, height, picture)
    const image = await decode(await encode(rgba, width, height, 50))
    expect([image.width, image.height]).toEqual([width, height])
    expect(largestDifference(image.data, rgba)).toBeLessThanOrEqual(worst)
  })

  it('any size in any chunks, the same bytes', async () => {
    const side = fc.integer({ min: 1, max: 40 })
    await fc.assert(
      fc.asyncProperty(
        side,
        side,
        fc.integer({ min: 1, max: 40 }),
        fc.nat(255),
        async (width, height, rows, grey) => {
          const rgba = rgbaOf(width, height, (x, y) => [grey, (grey + x) & 255, (grey + 2 * y) & 255])
          const bytes = await encode(rgba, width, height, rows)
          expect(Buffer.compare(bytes, await encode(rgba, width, height, height))).toBe(0)
          const image = await decode(bytes)
          expect([image.width, image.height]).toEqual([width, height])
        },
      ),
      { numRuns: 60 },
    )
  })

  it('noise, at every quality, smaller with each', async () => {
    const rgba = rgbaOf(64, 64, (x, y) => {
      const bits = Math.imul(x * 7919 + y * 104_729, 2_654_435_761)
      return [bits & 255, (bits >> 8) & 255, (bits >> 16) & 255]
    })
    const sizes: number[] = []
    for (const quality of [100, 75, 50, 25, 1]) {
      const bytes = await encode(rgba, 64, 64, 16, quality)
      expect((await decode(bytes)).width).toBe(64)
      sizes.push(bytes.length)
    }
    expect(sizes).toEqual(sizes.toSorted((a, b) => b - a))
  })
})

describe('refuses', () => {
  it.each([
    [0, 1],
    [1, 65_536],
    [1.5, 1],
  ])('a picture of %f x %f', async (width, height) => {
    await expect(encode(new Uint8Array(4), width, height, 1)).rejects.toMatchObject({ code: 'jpeg_size' })
  })

  it('rows that are too few, too many, or not whole', async () => {
    for (const bytes of [4 * 4 * 2, 4 * 4 * 4, 4 * 4 * 3 - 1])
      await expect(encode(new Uint8Array(bytes), 4, 3, 1)).rejects.toMatchObject({ code: 'jpeg_rows' })
  })
})
