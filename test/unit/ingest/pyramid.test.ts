import { beforeAll, describe, expect, test } from 'vitest'
import {
  type DecodedRows,
  type RowSource,
  runIngestStep,
  type TileCodec,
} from '../../../src/domain/pyramid/build-pyramid.ts'
import { halve, shrinkToFit } from '../../../src/domain/pyramid/downsample.ts'
import { levelSize, levelTiles, pyramidOf, tileSize } from '../../../src/domain/pyramid/geometry.ts'
import { ingestSteps } from '../../../src/domain/pyramid/steps.ts'
import type { RasterCodecs } from '../../../src/formats/codecs.ts'
import { JpegEncoder } from '../../../src/formats/gdal/jpeg-encoder.ts'
import { StripReader } from '../../../src/formats/gdal/strip-reader.ts'
import { memorySource, probeImage } from '../../../src/formats/probe/index.ts'
import type { PyramidInfo } from '../../../src/formats/pyramid-info.ts'
import { encodeWithGdal, gradient, makePng } from './images.ts'
import { freshGdal, testCodecs } from './tools.ts'

let codecs: RasterCodecs
beforeAll(async () => {
  codecs = await testCodecs()
})

/** Tiles as they are stored, by `z/x/y`, and the thumbnail. */
class MemoryStore {
  readonly blobs = new Map<string, Uint8Array>()
  put(z: number, x: number, y: number, bytes: Uint8Array): void {
    this.blobs.set(`${z}/${x}/${y}`, bytes)
  }
  get(z: number, x: number, y: number): Uint8Array | undefined {
    return this.blobs.get(`${z}/${x}/${y}`)
  }
  putThumbnail(png: Uint8Array): void {
    this.blobs.set('thumbnail', png)
  }
}

describe('geometry', () => {
  test('levels halve, rounding up, until one tile is left', () => {
    const pyramid = pyramidOf({ width: 12000, height: 9000, hasAlpha: false })
    expect(pyramid).toMatchObject({ levels: 6, tileSize: 512, tileFormat: 'jpeg' })
    expect([0, 1, 5].map((z) => levelSize(pyramid, z))).toEqual([
      { width: 375, height: 282 },
      { width: 750, height: 563 },
      { width: 12000, height: 9000 },
    ])
    expect(levelTiles(pyramid, 5)).toEqual({ columns: 24, rows: 18 })
    expect(tileSize(pyramid, 5, 23, 17)).toEqual({ width: 224, height: 296 })
    expect(pyramidOf({ width: 512, height: 512, hasAlpha: true })).toMatchObject({
      levels: 1,
      tileFormat: 'webp',
    })
    expect(pyramidOf({ width: 513, height: 1, hasAlpha: false }).levels).toBe(2)
  })

  test('steps: strips from the top, then every lower tile after those above it, then the thumbnail', () => {
    const steps = ingestSteps(pyramidOf({ width: 1025, height: 600, hasAlpha: false }))
    expect(steps).toEqual([
      { kind: 'strip', z: 2, row: 0, y: 0, height: 512 },
      { kind: 'strip', z: 2, row: 1, y: 512, height: 88 },
      { kind: 'tile', z: 1, x: 0, y: 0 },
      { kind: 'tile', z: 1, x: 1, y: 0 },
      { kind: 'tile', z: 0, x: 0, y: 0 },
      { kind: 'thumbnail' },
    ])
  })
})

describe('downsampling', () => {
  test('means of 2x2, of pairs at odd edges, colours weighted with alpha', () => {
    const pixels = [
      [100, 0, 0, 255],
      [200, 0, 0, 255],
      [50, 60, 70, 255],
      [100, 0, 0, 255],
      [200, 4, 0, 255],
      [70, 60, 70, 255],
      [9, 9, 9, 0],
      [80, 80, 80, 100],
      [1, 2, 3, 0],
    ] // prettier-ignore
    const part = { x: 0, y: 0, width: 3, height: 3, data: Uint8Array.from(pixels.flat()) }
    expect(Array.from(halve(2, 2, [part]).data)).toEqual(
      [
        [150, 1, 0, 255],
        [60, 60, 70, 255],
        [80, 80, 80, 50],
        [0, 0, 0, 0],
      ].flat(),
    )
  })

  test('the thumbnail keeps the mean, the shape and the transparency', () => {
    const { samples } = gradient(300, 150, 4)
    const data = Uint8Array.from(samples, (v, i) => (i % 4 === 3 ? 255 : v))
    const small = shrinkToFit({ width: 300, height: 150, data }, 100)
    expect([small.width, small.height]).toEqual([100, 50])
    const mean = (values: ArrayLike<number>) =>
      Array.from(values).reduce((sum, v, i) => (i % 4 === 0 ? sum + v : sum), 0) / (values.length / 4)
    expect(Math.abs(mean(small.data) - mean(data))).toBeLessThan(0.5)
    expect(shrinkToFit({ width: 3, height: 2, data: new Uint8Array(24) }, 100)).toMatchObject({
      width: 3,
      height: 2,
    })
    expect(shrinkToFit({ width: 9000, height: 1, data: new Uint8Array(36000) }, 100)).toMatchObject({
      width: 100,
      height: 1,
    })
  })
})

describe('an ingest', () => {
  async function tools(bytes: Uint8Array) {
    const gdal = await freshGdal()
    const info = await probeImage(memorySource(bytes))
    const pyramid = pyramidOf(info)
    const jpeg = new JpegEncoder(gdal, 92)
    const codec: TileCodec = {
      encode: (tile) => (pyramid.tileFormat === 'jpeg' ? jpeg.encode(tile) : codecs.encodeWebp(tile, 90)),
      decode: (tile) => codecs.decode(pyramid.tileFormat, tile),
      encodePng: (image) => codecs.encodePng(image),
    }
    return { pyramid, codec, open: () => StripReader.open(gdal, memorySource(bytes), info) }
  }

  async function ingest(bytes: Uint8Array): Promise<{ pyramid: PyramidInfo; store: MemoryStore }> {
    const { pyramid, codec, open } = await tools(bytes)
    const store = new MemoryStore()
    const rows = await open()
    for (const step of ingestSteps(pyramid)) await runIngestStep(pyramid, step, rows, store, codec)
    return { pyramid, store }
  }

  const sources: Record<string, () => Promise<Uint8Array>> = {
    'a JPEG': async () => encodeWithGdal(await freshGdal(), gradient(1100, 1300, 3), 'JPEG'),
    'a PNG with alpha': async () => makePng(gradient(700, 1100, 4), { colourType: 6, bitDepth: 8 }),
    'a TIFF': async () =>
      encodeWithGdal(await freshGdal(), gradient(600, 1100, 1), 'GTiff', ['-co', 'COMPRESS=LZW']),
  }
  for (const [name, make] of Object.entries(sources)) {
    test(`of ${name} gives every tile its size and the picture its colours on every level`, async () => {
      const bytes = await make()
      const { pyramid, store } = await ingest(bytes)
      const rows: RowSource = await (await tools(bytes)).open()
      const whole: DecodedRows = await rows.read(0, pyramid.height)
      const truth = whole.rgba(0, pyramid.width)
      for (let z = 0; z < pyramid.levels; z++) {
        const { columns, rows: tileRows } = levelTiles(pyramid, z)
        const scale = 2 ** (pyramid.levels - 1 - z)
        for (let y = 0; y < tileRows; y++) {
          for (let x = 0; x < columns; x++) {
            const tile = await codecs.decode(pyramid.tileFormat, store.get(z, x, y)!)
            expect({ width: tile.width, height: tile.height }).toEqual(tileSize(pyramid, z, x, y))
            const column = tile.width >> 1
            const row = tile.height >> 1
            const wantX = Math.min(pyramid.width - 1, Math.floor((x * 512 + column + 0.5) * scale))
            const wantY = Math.min(pyramid.height - 1, Math.floor((y * 512 + row + 0.5) * scale))
            const got = tile.data.subarray((row * tile.width + column) * 4).subarray(0, 4)
            const want = truth.subarray((wantY * pyramid.width + wantX) * 4).subarray(0, 4)
            for (let i = 0; i < 4; i++) expect(Math.abs(got[i]! - want[i]!)).toBeLessThanOrEqual(16)
          }
        }
      }
      const thumbnail = await codecs.decode('png', store.blobs.get('thumbnail')!)
      expect(Math.max(thumbnail.width, thumbnail.height)).toBe(100)
    })

    test(`of ${name}, killed before or after any step, ends with the same bytes`, async () => {
      const bytes = await make()
      const { pyramid, store: whole } = await ingest(bytes)
      const steps = ingestSteps(pyramid)
      const { codec, open } = await tools(bytes)
      for (let crash = 0; crash < steps.length; crash++) {
        const store = new MemoryStore()
        for (const [key, blob] of whole.blobs) if (isBefore(steps, crash, key)) store.blobs.set(key, blob)
        // The step's own tiles may be stored already: half of them are, and wrong ones would be replaced.
        const rows = await open()
        for (const step of steps.slice(crash, crash + 2))
          await runIngestStep(pyramid, step, rows, store, codec)
        rows.close()
        for (const [key, blob] of store.blobs)
          expect([key, Buffer.compare(blob, whole.blobs.get(key)!)]).toEqual([key, 0])
      }
    })
  }

  test('that misses a tile says which', async () => {
    const { pyramid, codec, open } = await tools(
      makePng(gradient(600, 10, 3), { colourType: 2, bitDepth: 8 }),
    )
    const step = { kind: 'tile', z: 0, x: 0, y: 0 } as const
    await expect(runIngestStep(pyramid, step, await open(), new MemoryStore(), codec)).rejects.toThrow(
      'tile 1/0/0',
    )
  })
})

/** Whether a blob is stored by one of the first `count` steps. */
function isBefore(steps: ReturnType<typeof ingestSteps>, count: number, key: string): boolean {
  return steps.slice(0, count).some((step) => {
    if (step.kind === 'thumbnail') return key === 'thumbnail'
    const [z, x, y] = key.split('/').map(Number)
    return step.kind === 'strip'
      ? step.z === z && step.row === y
      : step.z === z && step.x === x && step.y === y
  })
}
