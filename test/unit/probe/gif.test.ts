import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { FormatError } from '../../../src/formats/format-error.ts'
import { memorySource, probeImage } from '../../../src/formats/probe/index.ts'
import { gifExtension, gifFrame, gradient, joined, makeGif } from '../ingest/images.ts'

const PALETTE = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]
const COLOURS = [1, 2, 3, 255, 4, 5, 6, 255, 7, 8, 9, 255, 10, 11, 12, 255]
const HEAD_BYTES = 13

const picture = (width: number, height: number) => gradient(width, height, 1, 8, 4)
const probe = (bytes: Uint8Array) => probeImage(memorySource(bytes))

async function refusal(bytes: Uint8Array): Promise<FormatError> {
  const outcome = await probe(bytes).catch((error: unknown) => error)
  expect(outcome).toBeInstanceOf(FormatError)
  return outcome as FormatError
}

const comment = gifExtension(0xfe, new TextEncoder().encode('made by hand'))
const control = (fields: number, index: number) => gifExtension(0xf9, Uint8Array.of(fields, 0, 0, index))

describe('colours', () => {
  test('of the table all frames share, and of a frame of its own', async () => {
    const shared = makeGif(picture(9, 5), { sharedPalette: PALETTE })
    expect(await probe(shared)).toMatchObject({ palette: COLOURS, headBytes: HEAD_BYTES + 12 })
    const own = makeGif(picture(9, 5), { sharedPalette: [0, 0, 0, 9, 9, 9], palette: PALETTE })
    expect(await probe(own)).toMatchObject({ palette: COLOURS, headBytes: HEAD_BYTES + 6 })
  })

  test('a transparent index past the table is transparent, and what lies between is black', async () => {
    const gif = makeGif(picture(9, 5), { palette: PALETTE, transparentIndex: 5 })
    expect(await probe(gif)).toMatchObject({
      hasAlpha: true,
      palette: [...COLOURS, 0, 0, 0, 255, 0, 0, 0, 0],
    })
  })

  test('the last graphic control before the first frame counts', async () => {
    const before = joined([control(1, 0), comment, control(1, 2)])
    const after = joined([control(1, 3), gifFrame(picture(9, 5), {})])
    const info = await probe(makeGif(picture(9, 5), { sharedPalette: PALETTE, before, after }))
    expect(info).toMatchObject({ hasAlpha: true, palette: COLOURS.with(2 * 4 + 3, 0) })
    const opaque = makeGif(picture(9, 5), { palette: PALETTE, before: control(0, 2) })
    expect(await probe(opaque)).toMatchObject({ hasAlpha: false, palette: COLOURS })
  })

  test('a frame without any table is refused', async () => {
    expect(await refusal(makeGif(picture(9, 5), {}))).toMatchObject({
      code: 'unsupported',
      message: 'unsupported GIF: the image at byte 13 has no colour table',
    })
  })
})

describe('frames', () => {
  test('of an animation the first one is the image', async () => {
    const after = joined([gifFrame(picture(40, 30), { palette: PALETTE, interlaced: true }), comment])
    const gif = makeGif(picture(9, 5), { palette: PALETTE, after })
    expect(await probe(gif)).toMatchObject({ width: 9, height: 5, interlaced: false })
  })

  test('the size is that of the frame, not of the logical screen', async () => {
    const gif = makeGif(picture(9, 5), { palette: PALETTE, screen: [100, 80], left: 20, top: 10 })
    expect(await probe(gif)).toMatchObject({ width: 9, height: 5 })
    expect(await probe(makeGif(picture(9, 5), { palette: PALETTE, screen: [0, 0] }))).toMatchObject({
      width: 9,
    })
  })

  test('what follows the trailer does no harm', async () => {
    const gif = makeGif(picture(9, 5), { palette: PALETTE })
    expect(await probe(joined([gif, new Uint8Array(1000)]))).toMatchObject({ width: 9, height: 5 })
  })
})

describe('damage', () => {
  const gif = makeGif(picture(9, 5), { sharedPalette: PALETTE })
  const image = HEAD_BYTES + 12
  const withByte = (at: number, value: number) => gif.with(at, value)

  test('is told with its place', async () => {
    const cases: [bytes: Uint8Array, code: string, message: RegExp][] = [
      [withByte(image, 0x40), 'corrupt', /no block at byte 25/],
      [withByte(image + 5, 0), 'corrupt', /a size of 0x5/],
      [withByte(image + 10, 9), 'corrupt', /the image at byte 25 has codes of 9 bits/],
      [withByte(image + 11, 0), 'corrupt', /the image at byte 25 has no data/],
      [withByte(image + 11, 255), 'truncated', /inside the image at byte 25/],
      [gif.subarray(0, -1), 'truncated', /inside a block at byte \d+/],
      [gif.subarray(0, image + 4), 'truncated', /inside the image at byte 25/],
      [gif.subarray(0, image - 1), 'truncated', /inside the colour table at byte 13/],
      [gif.subarray(0, 9), 'truncated', /inside the logical screen descriptor/],
      [joined([gif.subarray(0, image), Uint8Array.of(0x3b)]), 'corrupt', /no image data/],
    ]
    for (const [bytes, code, message] of cases) {
      const error = await refusal(bytes)
      expect(error.message).toMatch(message)
      expect(error.code, error.message).toBe(code)
    }
    const short = makeGif(picture(9, 5), {
      palette: PALETTE,
      before: gifExtension(0xf9, Uint8Array.of(1, 2)),
    })
    expect((await refusal(short)).message).toBe('corrupt GIF: the extension at byte 13 has 2 of its 4 bytes')
  })

  test('a file of nothing but empty extensions ends the walk', async () => {
    const blocks = new Uint8Array(3 * 300_000).map((_, i) => [0x21, 0xfe, 0][i % 3]!)
    expect(await refusal(makeGif(picture(1, 1), { palette: PALETTE, before: blocks }))).toMatchObject({
      code: 'unsupported',
      message: expect.stringContaining('200000 blocks'),
    })
  })

  test('sub-blocks are followed across the pieces that are read', async () => {
    const long = gifExtension(0xfe, new Uint8Array(1_300_000).fill(0x3b))
    expect(await probe(makeGif(picture(9, 5), { palette: PALETTE, before: long }))).toMatchObject({
      width: 9,
    })
  })

  test('no part of a GIF that begins it is taken, the whole is', async () => {
    const anyExtension = fc
      .tuple(fc.constantFrom(0xfe, 0xff, 0x01, 0xf9), fc.uint8Array({ minLength: 4, maxLength: 300 }))
      .map(([label, body]) => gifExtension(label, body))
    const side = fc.integer({ min: 1, max: 30 })
    const anyFrame = fc
      .tuple(side, side, fc.boolean(), fc.option(fc.nat(3)))
      .map(([width, height, interlaced, transparentIndex]) => ({
        raster: picture(width, height),
        options: { palette: PALETTE, interlaced, ...(transparentIndex === null ? {} : { transparentIndex }) },
      }))
    const extensions = fc.array(anyExtension, { maxLength: 3 }).map(joined)
    const further = fc
      .array(
        fc.oneof(
          anyExtension,
          anyFrame.map(({ raster, options }) => gifFrame(raster, options)),
        ),
        { maxLength: 3 },
      )
      .map(joined)
    const share = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true })
    await fc.assert(
      fc.asyncProperty(
        anyFrame,
        extensions,
        further,
        share,
        async ({ raster, options }, before, after, cut) => {
          const bytes = makeGif(raster, { ...options, before, after })
          expect(await probe(bytes)).toMatchObject({
            format: 'gif',
            width: raster.width,
            height: raster.height,
          })
          const error = await refusal(bytes.subarray(0, Math.floor(cut * bytes.length)))
          expect(['truncated', 'corrupt', 'not-an-image']).toContain(error.code)
        },
      ),
      { numRuns: 300 },
    )
    for (let length = 6; length < gif.length; length++)
      expect((await refusal(gif.subarray(0, length))).code, `cut at ${length}`).toBe('truncated')
  })
})
