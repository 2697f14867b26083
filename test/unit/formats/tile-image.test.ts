import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import decodePng, { init as initPng } from '@jsquash/png/decode.js'
import decodeWebp, { init as initWebp } from '@jsquash/webp/decode.js'
import { beforeAll, describe, expect, test } from 'vitest'
import { chooseTileType, emptyTile } from '../../../src/formats/tile-image.ts'

const require = createRequire(import.meta.url)
const wasmOf = (path: string) => readFileSync(require.resolve(path))

describe('the type of a .png address', () => {
  test.each([
    ['nothing', null],
    ['an empty header', ''],
    ['anything', '*/*'],
    ['any image', 'image/*'],
    ['another type', 'image/avif,image/png;q=0.8'],
    ['WebP refused', 'image/webp;q=0, */*'],
    ['WebP refused, with three digits', 'image/webp; q=0.000, image/png'],
    ['WebP liked less than PNG', 'image/webp;q=0.5, image/png'],
    ['WebP liked less than anything', 'image/webp;q=0.5, */*'],
    ['a malformed weight', 'image/webp;q=high'],
    ['a weight above one', 'image/webp;q=2'],
    ['a type that only starts like it', 'image/webpx, image/*'],
  ])('%s: PNG', (_, accept) => {
    expect(chooseTileType('png', accept)).toBe('image/png')
  })

  test.each([
    ['WebP alone', 'image/webp'],
    ['a browser', 'image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8'],
    ['as much as PNG', 'image/png, image/webp'],
    ['in capitals with a weight', 'text/html, IMAGE/WEBP ; Q=0.9, image/*;q=0.8'],
    ['PNG refused', 'image/webp;q=0.1, image/png;q=0, */*'],
  ])('%s: WebP', (_, accept) => {
    expect(chooseTileType('png', accept)).toBe('image/webp')
  })
})

test('a .webp address is WebP whatever is accepted', () => {
  for (const accept of [null, '*/*', 'image/png', 'image/webp;q=0']) {
    expect(chooseTileType('webp', accept)).toBe('image/webp')
  }
})

describe('the empty tile', () => {
  beforeAll(async () => {
    await initPng(wasmOf('@jsquash/png/codec/pkg/squoosh_png_bg.wasm'))
    await initWebp({ wasmBinary: new Uint8Array(wasmOf('@jsquash/webp/codec/dec/webp_dec.wasm')).buffer })
  })

  test.each([256, 512] as const)('%d pixels, transparent', async (size) => {
    for (const [type, decode] of [
      ['image/png', decodePng],
      ['image/webp', decodeWebp],
    ] as const) {
      const bytes = emptyTile(size, type)
      expect(bytes.length).toBeLessThan(150)
      const image = await decode(bytes.slice().buffer)
      expect([image.width, image.height]).toEqual([size, size])
      expect(image.data.length).toBe(size * size * 4)
      expect(image.data.every((byte: number) => byte === 0)).toBe(true)
    }
  })
})
