import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { resized } from '../../../src/domain/render/resize.ts'

interface Picture {
  width: number
  height: number
  data: Uint8Array
}

function picture(width: number, height: number, pixel: (x: number, y: number) => number[]): Picture {
  const data = new Uint8Array(width * height * 4)
  for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) data.set(pixel(x, y), (y * width + x) * 4)
  return { width, height, data }
}

const reader =
  ({ width: all, data }: Picture) =>
  async (x: number, y: number, width: number, height: number) => {
    const out = new Uint8Array(width * height * 4)
    for (let row = 0; row < height; row++)
      out.set(data.subarray(((y + row) * all + x) * 4, ((y + row) * all + x + width) * 4), row * width * 4)
    return out
  }

const whole = ({ width, height }: Picture) => ({ x: 0, y: 0, width, height })
const noise = (x: number, y: number) => [
  (x * 57 + y * 91) & 255,
  (x * y * 13) & 255,
  (x ^ (y * 7)) & 255,
  255,
]

describe('a part of an image at another size', () => {
  test('at its own size is the part itself', async () => {
    const image = picture(37, 29, noise)
    const part = { x: 5, y: 7, width: 20, height: 11 }
    const out = await resized(reader(image), image, part, part, 1e6)
    expect([...out]).toEqual([...(await reader(image)(5, 7, 20, 11))])
  })

  test('halved is made of all pixels below, the nearer the more', async () => {
    const image = picture(64, 64, (x) => [x % 2 === 0 ? 0 : 200, 0, 0, 255])
    const out = await resized(reader(image), image, whole(image), { width: 32, height: 32 }, 1e6)
    for (let x = 1; x < 31; x++) expect(Math.abs(out[(16 * 32 + x) * 4]! - 100)).toBeLessThanOrEqual(1)
  })

  test('is the same whether it is drawn at once or in bands', async () => {
    const image = picture(90, 120, noise)
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          x: fc.nat(40),
          y: fc.nat(60),
          width: fc.integer({ min: 1, max: 50 }),
          height: fc.integer({ min: 1, max: 60 }),
        }),
        fc.integer({ min: 1, max: 70 }),
        fc.integer({ min: 1, max: 70 }),
        async (part, width, height) => {
          const size = { width, height }
          const once = await resized(reader(image), image, part, size, 1e6)
          const banded = await resized(reader(image), image, part, size, 300)
          expect(banded).toEqual(once)
        },
      ),
      { numRuns: 40 },
    )
  })

  test('takes no colour from transparent pixels', async () => {
    const image = picture(40, 40, (x) => (x < 20 ? [255, 0, 0, 255] : [0, 255, 0, 0]))
    const out = await resized(reader(image), image, whole(image), { width: 13, height: 13 }, 1e6)
    for (let i = 0; i < out.length; i += 4)
      if (out[i + 3]! > 0) expect([out[i], out[i + 1], out[i + 2]]).toEqual([255, 0, 0])
  })

  test('keeps a plain colour plain at any size', async () => {
    const image = picture(31, 17, () => [12, 130, 250, 255])
    for (const size of [
      { width: 1, height: 1 },
      { width: 100, height: 3 },
      { width: 30, height: 16 },
    ]) {
      const out = await resized(reader(image), image, whole(image), size, 1e6)
      for (let i = 0; i < out.length; i += 4) expect([...out.subarray(i, i + 4)]).toEqual([12, 130, 250, 255])
    }
  })
})
