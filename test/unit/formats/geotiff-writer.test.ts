import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inflateSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  deflateTile,
  type GeoTiffPlanInput,
  type GeoTiffTile,
  planGeoTiff,
  type TiffPredictor,
} from '../../../src/formats/geotiff-writer.ts'
import { type GdalInfo, infoByGdal3, pixelsByGdal3 } from './gdal3.ts'

const hasGdal = spawnSync('gdalinfo', ['--version']).status === 0
const COG_VALIDATOR = ['-m', 'osgeo_utils.samples.validate_cloud_optimized_geotiff']
const hasCogValidator = spawnSync('/usr/bin/python3', ['-c', `import ${COG_VALIDATOR[1]}`]).status === 0
let dir = ''
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'geotiff-'))
})
afterAll(() => rmSync(dir, { recursive: true }))

/** A picture that has a value of its own at every pixel and level, with a transparent left-upper part. */
function picture(level: number, width: number, height: number): Uint8Array {
  const rgba = new Uint8Array(width * height * 4)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (x + y < width / 3) continue
      const noise = Math.imul(x * 7919 + y * 104_729 + level, 2_654_435_761) >>> 24
      rgba.set([x & 0xff, y & 0xff, noise, 255 - (noise & 0x7f)], (y * width + x) * 4)
    }
  }
  return rgba
}

function cutTile(rgba: Uint8Array, width: number, col: number, row: number, tileSize: number): Uint8Array {
  const height = rgba.length / 4 / width
  const tile = new Uint8Array(tileSize * tileSize * 4)
  for (let y = 0; y < Math.min(tileSize, height - row * tileSize); y++) {
    const start = ((row * tileSize + y) * width + col * tileSize) * 4
    const bytes = Math.min(tileSize, width - col * tileSize) * 4
    tile.set(rgba.subarray(start, start + bytes), y * tileSize * 4)
  }
  return tile
}

const PLACE = { west: 7.25, north: 47.75, pixelSizeX: 0.0005, pixelSizeY: 0.00035 }
const LEVELS = [
  { width: 700, height: 530 },
  { width: 350, height: 265 },
  { width: 175, height: 133 },
]

interface Written {
  path: string
  pictures: Uint8Array[]
  head: Uint8Array
}

async function write(
  name: string,
  options: { tileSize: number; predictor: TiffPredictor; sparse: boolean; bigTiff?: boolean },
): Promise<Written> {
  const { tileSize, predictor } = options
  const pictures = LEVELS.map(({ width, height }, level) => picture(level, width, height))
  const store = new Map<string, Uint8Array>()
  const tiles: GeoTiffTile[] = []
  for (const [level, { width, height }] of LEVELS.entries()) {
    for (let row = 0; row * tileSize < height; row++) {
      for (let col = 0; col * tileSize < width; col++) {
        const pixels = cutTile(pictures[level]!, width, col, row, tileSize)
        const empty = pixels.every((byte) => byte === 0)
        if (empty && options.sparse) continue
        const blob = empty ? 'empty' : `${level}/${col}/${row}`
        if (!store.has(blob)) store.set(blob, await deflateTile(pixels, tileSize, predictor))
        tiles.push({ level, col, row, blob, length: store.get(blob)!.length })
      }
    }
  }
  const { tileSize: _, sparse: __, ...rest } = options
  const plan = planGeoTiff({ ...PLACE, ...rest, levels: LEVELS, tileSize, tiles: tiles.toReversed() })
  const bytes = Buffer.concat([plan.head, ...plan.blobs.map((blob) => store.get(blob)!)])
  expect(bytes.length).toBe(plan.totalBytes)
  const path = join(dir, `${name}.tif`)
  writeFileSync(path, bytes)
  return { path, pictures, head: plan.head }
}

function expectDescription(info: GdalInfo, tileSize: number) {
  expect(info.size).toEqual([700, 530])
  const [west, pixelX, rotationX, north, rotationY, pixelY] = info.geoTransform
  expect([west, pixelX, rotationX]).toEqual([7.25, 0.0005, 0])
  expect([north, rotationY, pixelY]).toEqual([47.75, 0, -0.00035])
  expect(info.coordinateSystem.wkt).toMatch(/ID\["EPSG",4326\]\]$/)
  expect(info.metadata['']).toMatchObject({ AREA_OR_POINT: 'Area' })
  expect(info.metadata.IMAGE_STRUCTURE).toMatchObject({ COMPRESSION: 'DEFLATE', INTERLEAVE: 'PIXEL' })
  expect(info.metadata.IMAGE_STRUCTURE).toMatchObject({ LAYOUT: 'COG' })
  expect(info.bands.map((band) => band.colorInterpretation)).toEqual(['Red', 'Green', 'Blue', 'Alpha'])
  for (const band of info.bands) {
    expect(band.block).toEqual([tileSize, tileSize])
    expect(band.overviews?.map((overview) => overview.size)).toEqual([
      [350, 265],
      [175, 133],
    ])
  }
}

const VARIANTS = [
  { name: 'classic', tileSize: 256, predictor: 2, sparse: false },
  { name: 'sparse', tileSize: 64, predictor: 2, sparse: true },
  { name: 'repeated', tileSize: 64, predictor: 1, sparse: false },
  { name: 'one-tile', tileSize: 1024, predictor: 1, sparse: true },
  { name: 'big', tileSize: 64, predictor: 2, sparse: true, bigTiff: true },
  { name: 'big-tile', tileSize: 512, predictor: 1, sparse: true, bigTiff: true },
] as const

describe.each(VARIANTS)('$name', ({ name, ...options }) => {
  let written: Written
  beforeAll(async () => {
    written = await write(name, options)
  })

  test('GDAL (WebAssembly) reads what was put in', async () => {
    expectDescription(await infoByGdal3(written.path), options.tileSize)
    for (const [level, pixels] of written.pictures.entries()) {
      expect(Buffer.compare(await pixelsByGdal3(written.path, level), pixels)).toBe(0)
    }
  })

  test.skipIf(!hasCogValidator)('GDAL finds a valid cloud optimized GeoTIFF', () => {
    const arguments_ = [...COG_VALIDATOR, '--full-check=yes', written.path]
    const { status, stdout, stderr } = spawnSync('/usr/bin/python3', arguments_, { encoding: 'utf8' })
    expect([status, stderr]).toEqual([0, ''])
    expect(stdout).toContain('is a valid cloud optimized GeoTIFF')
    expect(stdout).not.toMatch(/warning/i)
  })

  test.skipIf(!hasGdal)('native GDAL reads what was put in', () => {
    const info = execFileSync('gdalinfo', ['-json', written.path], { encoding: 'utf8' })
    expectDescription(JSON.parse(info), options.tileSize)
    const raw = join(dir, `${name}.raw`)
    for (const [level, pixels] of written.pictures.entries()) {
      const overview = level > 0 ? ['-oo', `OVERVIEW_LEVEL=${level - 1}`] : []
      const toRaw = ['-q', '-of', 'ENVI', '-co', 'INTERLEAVE=BIP', ...overview, written.path, raw]
      execFileSync('gdal_translate', toRaw)
      expect(Buffer.compare(readFileSync(raw), pixels)).toBe(0)
    }
  })
})

/** Numeric tags of every directory, read by the letter of TIFF 6.0 and BigTIFF. */
function readDirectories(head: Uint8Array) {
  const view = new DataView(head.buffer, head.byteOffset, head.length)
  const version = view.getUint16(2, true)
  const big = version === 43
  const word = (at: number) => (big ? Number(view.getBigUint64(at, true)) : view.getUint32(at, true))
  const size = big ? 8 : 4
  const directories: { at: number; tags: Map<number, number[]> }[] = []
  for (let at = word(big ? 8 : 4); at !== 0; ) {
    const tags = new Map<number, number[]>()
    const count = big ? word(at) : view.getUint16(at, true)
    const start = at + (big ? 8 : 2)
    for (let i = 0; i < count; i++) {
      const entry = start + i * (4 + 2 * size)
      const type = view.getUint16(entry + 2, true)
      const bytes = { 2: 1, 3: 2, 4: 4, 12: 8, 16: 8 }[type]!
      const values = word(entry + 4)
      const from = values * bytes <= size ? entry + 4 + size : word(entry + 4 + size)
      const read = (to: number) => {
        if (type === 2) return view.getUint8(to)
        if (type === 3) return view.getUint16(to, true)
        if (type === 4) return view.getUint32(to, true)
        return type === 12 ? view.getFloat64(to, true) : Number(view.getBigUint64(to, true))
      }
      tags.set(
        view.getUint16(entry, true),
        Array.from({ length: values }, (_, k) => read(from + k * bytes)),
      )
    }
    directories.push({ at, tags })
    at = word(start + count * (4 + 2 * size))
  }
  return { version, directories }
}

describe('layout', () => {
  test.each([false, true])('cloud optimized (BigTIFF: %s)', async (bigTiff) => {
    const { head, path } = await write(`layout-${bigTiff}`, {
      tileSize: 64,
      predictor: 2,
      sparse: false,
      bigTiff,
    })
    const { version, directories } = readDirectories(head)
    expect(version).toBe(bigTiff ? 43 : 42)
    expect(directories.map(({ tags }) => tags.get(254))).toEqual([[0], [1], [1]])
    expect(directories.map(({ at }) => at)).toEqual(directories.map(({ at }) => at).toSorted((a, b) => a - b))
    expect(directories.map(({ at }) => at % 8)).toEqual([0, 0, 0])
    const ghost = Buffer.from(head).toString('latin1', bigTiff ? 16 : 8, directories[0]!.at)
    const [, size = '', lines = ''] = /^GDAL_STRUCTURAL_METADATA_SIZE=(\d{6}) bytes\n(.*)$/s.exec(ghost) ?? []
    expect(lines.length).toBe(Number(size))
    for (const { tags } of directories) {
      expect([...tags.keys()]).toEqual([...tags.keys()].toSorted((a, b) => a - b))
    }
    const offsets = directories.map(({ tags }) => tags.get(324)!)
    expect(offsets.map((level) => level.length)).toEqual([11 * 9, 6 * 5, 3 * 3])
    expect(Math.min(...offsets[2]!)).toBe(head.length + 4)
    expect(Math.min(...offsets[1]!)).toBeGreaterThan(Math.max(...offsets[2]!))
    expect(Math.min(...offsets[0]!)).toBeGreaterThan(Math.max(...offsets[1]!))
    expect(offsets.map((level) => level.toSorted((a, b) => a - b))).toEqual(offsets)
    const framed = readFileSync(path)
    for (const [level, { tags }] of directories.entries()) {
      for (const [i, at] of offsets[level]!.entries()) {
        const size = tags.get(325)![i]!
        expect(framed.readUInt32LE(at - 4)).toBe(size)
        expect(framed.readUInt32LE(at + size)).toBe(framed.readUInt32LE(at + size - 4))
      }
    }
  })

  const plan = (tiles: GeoTiffTile[], rest: Partial<GeoTiffPlanInput> = {}) =>
    planGeoTiff({ ...PLACE, levels: LEVELS, tileSize: 512, predictor: 1, tiles, ...rest })
  const corners = (length: number): GeoTiffTile[] => [
    { level: 0, col: 0, row: 0, blob: 'a', length },
    { level: 0, col: 1, row: 1, blob: 'b', length: 100 },
  ]

  test('BigTIFF from the first byte past 4 GiB', () => {
    const classicHead = plan(corners(100)).head.length
    const last = plan(corners(0xffffffff - classicHead - 100))
    expect([readDirectories(last.head).version, last.totalBytes]).toEqual([42, 0xffffffff])
    const first = plan(corners(0xffffffff - classicHead - 99))
    expect(readDirectories(first.head).version).toBe(43)
    expect(first.totalBytes).toBe(first.head.length + 0xffffffff - classicHead + 1)
    const offsets = readDirectories(first.head).directories[0]!.tags.get(324)!
    expect(offsets).toEqual([first.head.length + 4, 0, 0, first.totalBytes - 96])
  })

  test.skipIf(!hasGdal)('GDAL reads a tile past 4 GiB', async () => {
    const pixels = picture(1, 512, 512)
    const tile = await deflateTile(pixels, 512, 1)
    const tiles: GeoTiffTile[] = [
      { level: 0, col: 0, row: 0, blob: 'hole', length: 0xffffffff },
      { level: 0, col: 1, row: 0, blob: 'tile', length: tile.length },
    ]
    const { head, totalBytes } = plan(tiles, { levels: [{ width: 1024, height: 512 }] })
    const path = join(dir, 'past-4-gib.tif')
    writeFileSync(path, head)
    truncateSync(path, totalBytes - tile.length)
    writeFileSync(path, tile, { flag: 'a' })
    const raw = join(dir, 'past-4-gib.raw')
    const window = ['-srcwin', '512', '0', '512', '512']
    execFileSync('gdal_translate', ['-q', '-of', 'ENVI', '-co', 'INTERLEAVE=BIP', ...window, path, raw])
    expect(Buffer.compare(readFileSync(raw), pixels)).toBe(0)
    rmSync(path)
  })

  test('the same plan whatever the order of the tiles', () => {
    const tiles = corners(77)
    expect(plan(tiles.toReversed())).toEqual(plan(tiles))
  })

  test.each<[string, GeoTiffTile]>([
    ['a column past the edge', { level: 0, col: 2, row: 0, blob: 'x', length: 100 }],
    ['a level that is not there', { level: 3, col: 0, row: 0, blob: 'x', length: 100 }],
    ['a tile twice', { level: 0, col: 1, row: 1, blob: 'x', length: 100 }],
    ['a tile without its frame', { level: 0, col: 0, row: 1, blob: 'x', length: 8 }],
  ])('refuses %s', (_, tile) => {
    expect(() => plan([...corners(100), tile])).toThrow(expect.objectContaining({ code: 'geotiff_tile' }))
  })

  test.each<[string, Partial<GeoTiffPlanInput>]>([
    ['a tile size that is no multiple of 16', { tileSize: 100 }],
    ['no levels', { levels: [] }],
    ['an overview larger than the image', { levels: LEVELS.toReversed() }],
    ['half a pixel', { levels: [{ width: 0.5, height: 1 }] }],
    ['pixels of no size', { pixelSizeY: 0 }],
    ['no place', { west: Number.NaN }],
  ])('refuses %s', (_, rest) => {
    expect(() => plan([], rest)).toThrow(expect.objectContaining({ code: 'geotiff_grid' }))
  })
})

test('deflateTile stores differences along the rows', async () => {
  const pixels = picture(0, 16, 16)
  const inflated = async (predictor: TiffPredictor) =>
    inflateSync((await deflateTile(pixels, 16, predictor)).subarray(4, -4))
  expect([...(await inflated(1))]).toEqual([...pixels])
  const differences = await inflated(2)
  const sums = new Uint8Array(pixels.length)
  for (let i = 0; i < sums.length; i++) sums[i] = differences[i]! + (i % 64 < 4 ? 0 : sums[i - 4]!)
  expect(sums).toEqual(pixels)
  await expect(deflateTile(pixels, 32, 2)).rejects.toMatchObject({ code: 'geotiff_tile' })
})
