// A 12000x2304 JPEG made of the Haas scan is ingested with GDAL's memory capped, and no big allocation beside it.
import { readFile } from 'node:fs/promises'
import { beforeAll, expect, test } from 'vitest'
import { runIngestStep, type TileCodec } from '../../../src/domain/pyramid/build-pyramid.ts'
import { pyramidOf } from '../../../src/domain/pyramid/geometry.ts'
import { ingestSteps } from '../../../src/domain/pyramid/steps.ts'
import { JpegEncoder } from '../../../src/formats/gdal/jpeg-encoder.ts'
import { WASM_MEMORY_MAX_MIB } from '../../../src/formats/gdal/limits.ts'
import { StripReader } from '../../../src/formats/gdal/strip-reader.ts'
import {
  assertWithinBudget,
  type ByteSource,
  memorySource,
  probeImage,
} from '../../../src/formats/probe/index.ts'
import { makePng, recodeWithGdal } from './images.ts'
import { largeScanBytes } from './large-scan.ts'
import { freshGdal, HAAS_PATH, roomyGdal, testCodecs } from './tools.ts'

const MIB = 2 ** 20
const ALLOCATION_MAX = 32 * MIB

let scan: Uint8Array
beforeAll(async () => {
  scan = await largeScanBytes()
}, 120_000)

type BufferConstructor = new (...args: unknown[]) => { byteLength: number }

/** Runs `work` and gives back the bytes of every buffer over `threshold` that JavaScript made meanwhile. */
async function largeAllocations(threshold: number, work: () => Promise<void>): Promise<number[]> {
  const scope = globalThis as unknown as Record<string, BufferConstructor>
  const names = [
    'ArrayBuffer',
    'Uint8Array',
    'Uint8ClampedArray',
    'Uint16Array',
    'Uint32Array',
    'Float32Array',
    'Float64Array',
  ]
  const originals = new Map(names.map((name) => [name, scope[name]!]))
  const typedArray = Object.getPrototypeOf(Uint8Array.prototype) as {
    slice: (...args: number[]) => Uint8Array
  }
  const { slice } = typedArray
  const large: number[] = []
  const note = (bytes: number) => {
    if (bytes > threshold) large.push(bytes)
  }
  for (const [name, original] of originals) {
    scope[name] = new Proxy(original, {
      construct(target, args, newTarget) {
        const made = Reflect.construct(target, args, newTarget === scope[name] ? target : newTarget)
        const isView =
          name !== 'ArrayBuffer' &&
          typeof args[0] === 'object' &&
          'byteLength' in (args[0] as object) &&
          !ArrayBuffer.isView(args[0])
        if (!isView) note(made.byteLength)
        return made
      },
    })
  }
  typedArray.slice = function (this: Uint8Array, ...args: number[]) {
    const copy = slice.apply(this, args)
    note(copy.byteLength)
    return copy
  }
  try {
    await work()
  } finally {
    for (const [name, original] of originals) scope[name] = original
    typedArray.slice = slice
  }
  return large
}

test('the recorder sees large buffers, and not views of them', async () => {
  const buffer = new ArrayBuffer(3 * MIB)
  const large = await largeAllocations(2 * MIB, async () => {
    new Uint8Array(buffer)
    new Uint8Array(2.5 * MIB)
    new Uint8Array(buffer).slice()
    new Uint8Array(MIB)
  })
  expect(large).toEqual([2.5 * MIB, 3 * MIB])
})

test('27 million pixels pass through in bounded memory', async () => {
  const gdal = await freshGdal()
  const codecs = await testCodecs()
  let pieceMax = 0
  const source: ByteSource = {
    size: scan.length,
    async read(offset, length) {
      pieceMax = Math.max(pieceMax, length)
      return scan.subarray(offset, offset + length)
    },
  }
  const info = await probeImage(source)
  expect(info).toMatchObject({ width: 12000, height: 2304, progressive: false })
  assertWithinBudget(info, source.size)
  const pyramid = pyramidOf(info)
  const jpeg = new JpegEncoder(gdal, 92)
  const codec: TileCodec = {
    encode: (tile) => jpeg.encode(tile),
    decode: (bytes) => codecs.decode('jpeg', bytes),
    encodePng: (image) => codecs.encodePng(image),
  }
  const tiles = new Map<string, Uint8Array>()
  const store = {
    put: (z: number, x: number, y: number, bytes: Uint8Array) => void tiles.set(`${z}/${x}/${y}`, bytes),
    get: (z: number, x: number, y: number) => tiles.get(`${z}/${x}/${y}`),
    putThumbnail: (png: Uint8Array) => void tiles.set('thumbnail', png),
  }
  const large = await largeAllocations(16 * MIB, async () => {
    const rows = await StripReader.open(gdal, source, info)
    for (const step of ingestSteps(pyramid)) await runIngestStep(pyramid, step, rows, store, codec)
    rows.close()
  })
  expect(tiles.size).toBe(174 + 1)
  expect(gdal.memoryBytes).toBeLessThanOrEqual(WASM_MEMORY_MAX_MIB * MIB)
  const besideTheSource = large.filter((bytes) => bytes !== source.size)
  expect(besideTheSource.filter((bytes) => bytes > ALLOCATION_MAX)).toEqual([])
  // Of the buffers over half the limit there is one alone: the strip's samples.
  expect(besideTheSource).toEqual([12000 * 512 * 3])
  expect(pieceMax).toBeLessThanOrEqual(MIB)
}, 120_000)

test('what must be decoded whole fits at the edge of the budget', async () => {
  const haas = new Uint8Array(await readFile(HAAS_PATH))
  const args = ['-outsize', '4300', '3200', '-r', 'nearest', '-co', 'PROGRESSIVE=YES']
  const progressive = recodeWithGdal(await roomyGdal(256), haas, 'JPEG', 'JPEG', args)
  const rows = new Uint8Array(3600 * 2900 * 4).map((_, i) => i >> 8)
  const raster = { width: 3600, height: 2900, bands: 4, bits: 8, samples: rows } as const
  const interlaced = makePng(raster, { colourType: 6, bitDepth: 8, interlaced: true })
  const small = makePng({ ...raster, width: 64, height: 65 }, { colourType: 6, bitDepth: 8 })
  const size = ['-b', '1', '-outsize', '6400', '6500', '-r', 'nearest']
  const gif = recodeWithGdal(await roomyGdal(256), small, 'PNG', 'GIF', [...size, '-co', 'INTERLACING=YES'])
  for (const bytes of [progressive, interlaced, gif]) {
    const info = await probeImage(memorySource(bytes))
    assertWithinBudget(info, bytes.length)
    // A tenth more would be refused.
    const taller = { ...info, height: Math.ceil(info.height * 1.1) }
    if (taller.format === 'jpeg') taller.coefficientBytes *= 1.1
    expect(() => assertWithinBudget(taller, bytes.length)).toThrow('to decode')
    const gdal = await freshGdal()
    const reader = await StripReader.open(gdal, memorySource(bytes), info)
    for (let y = 0; y < info.height; y += 512) await reader.read(y, Math.min(512, info.height - y))
    expect(gdal.memoryBytes).toBeLessThanOrEqual(WASM_MEMORY_MAX_MIB * MIB)
  }
})
