import { beforeAll, describe, expect, it } from 'vitest'
import {
  type DrawPart,
  encodedPicture,
  flattened,
  type PictureStyle,
  STRIP_MAX_PX,
  WHOLE_MAX_PX,
} from '../../../src/domain/render/encoded-picture.ts'
import type { RasterCodecs } from '../../../src/formats/codecs.ts'
import { geographicGrid, type TargetGrid } from '../../../src/geo/warp/target-grid.ts'
import { testCodecs } from '../ingest/tools.ts'

let codecs: RasterCodecs
beforeAll(async () => {
  codecs = await testCodecs()
})

/** Pixels that follow from their place alone, so that parts can be compared with the whole. */
const pixelAt = (x: number, y: number) => [x & 255, y & 255, (x + y) & 255, x > 700 ? 0 : 255]

function drawing() {
  const parts: TargetGrid[] = []
  const draw: DrawPart = async (target) => {
    parts.push(target)
    const out = new Uint8Array(target.width * target.height * 4)
    for (let row = 0; row < target.height; row++)
      for (let col = 0; col < target.width; col++)
        out.set(
          pixelAt(Math.floor(target.geoX(col + 0.5)), Math.floor(-target.geoY(row + 0.5))),
          (row * target.width + col) * 4,
        )
    return out
  }
  return { parts, draw }
}

type SizedStyle = PictureStyle & { width: number; height: number }

const style = (width: number, height: number, more: Partial<SizedStyle> = {}): SizedStyle => ({
  ...{ width, height, type: 'image/png', transparent: true, background: [255, 255, 255] },
  ...more,
})
const gridOf = ({ width, height }: SizedStyle) => geographicGrid(0, 0, 1, 1, width, height)
const bytesOf = async (picture: Uint8Array | ReadableStream<Uint8Array>) =>
  new Uint8Array(await new Response(picture as ReadableStream<Uint8Array<ArrayBuffer>>).arrayBuffer())

describe('a picture', () => {
  it('that is small is drawn in one piece', async () => {
    const { parts, draw } = drawing()
    const small = style(90, 70)
    const picture = await encodedPicture(codecs, small, gridOf(small), draw)
    expect(picture).toBeInstanceOf(Uint8Array)
    expect(parts.length).toBe(1)
    const { data } = await codecs.decode('png', await bytesOf(picture))
    expect([...data.subarray((35 * 90 + 21) * 4, (35 * 90 + 21) * 4 + 4)]).toEqual(pixelAt(21, 35))
  })

  it.each(['image/png', 'image/jpeg'] as const)(
    'that is large is streamed in strips, as %s',
    async (type) => {
      const { parts, draw } = drawing()
      const large = style(1500, 1100, { type, transparent: type === 'image/png' })
      const picture = await encodedPicture(codecs, large, gridOf(large), draw)
      expect(picture).toBeInstanceOf(ReadableStream)
      expect(parts.length).toBe(1)
      const image = await codecs.decode(type === 'image/png' ? 'png' : 'jpeg', await bytesOf(picture))
      expect([image.width, image.height]).toEqual([1500, 1100])
      for (const { width, height } of parts) expect(width * height).toBeLessThanOrEqual(STRIP_MAX_PX)
      expect(parts.reduce((rows, { height }) => rows + height, 0)).toBe(1100)
      for (const [x, y] of [
        [600, 1],
        [30, 450],
        [690, 1080],
      ] as const) {
        const drawn = image.data.subarray((y * 1500 + x) * 4, (y * 1500 + x) * 4 + 4)
        pixelAt(x, y).forEach((value, channel) => {
          expect(Math.abs(drawn[channel]! - value)).toBeLessThanOrEqual(type === 'image/png' ? 0 : 12)
        })
      }
      const outside = [...image.data.subarray(1400 * 4, 1401 * 4)]
      if (type === 'image/png') expect(outside[3]).toBe(0)
      else for (const value of outside) expect(value).toBeGreaterThan(250)
    },
  )

  it('of the largest size keeps to strips', async () => {
    const { parts, draw } = drawing()
    const largest = style(4096, 4096)
    expect(4096 * 4096).toBeGreaterThan(WHOLE_MAX_PX)
    const picture = await encodedPicture(codecs, largest, gridOf(largest), draw)
    await (picture as ReadableStream<Uint8Array>).cancel()
    expect(parts.map(({ height }) => height)).toEqual([64])
  })

  it('that fails before its first strip throws; later it breaks off', async () => {
    const failing = (after: number): DrawPart => {
      let parts = 0
      return async (target) => {
        if (parts++ >= after) throw new Error('out of reach')
        return new Uint8Array(target.width * target.height * 4)
      }
    }
    for (const type of ['image/png', 'image/jpeg'] as const) {
      const large = style(2000, 1000, { type })
      await expect(encodedPicture(codecs, large, gridOf(large), failing(0))).rejects.toThrow('out of reach')
      const picture = await encodedPicture(codecs, large, gridOf(large), failing(2))
      await expect(bytesOf(picture)).rejects.toThrow('out of reach')
    }
  })
})

it('lays pixels on a colour by their alpha', () => {
  const pixels = Uint8Array.of(10, 20, 30, 0, 10, 20, 30, 255, 0, 0, 0, 51)
  expect([...flattened(pixels, [255, 128, 0])]).toEqual([
    ...[255, 128, 0, 255],
    ...[10, 20, 30, 255],
    ...[204, 102, 0, 255],
  ])
})
