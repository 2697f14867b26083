import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { placeRaster } from '../../../src/domain/datasets/raster/placement.ts'
import { parseWorldFile } from '../../../src/formats/world-file.ts'
import { crsTransform } from '../../../src/geo/crs/reference-system.ts'
import { type GeoTransform, invertGeoTransform, placeOf } from '../../../src/geo/geo-transform.ts'
import { groundFunctions } from '../../../src/geo/ground-functions.ts'
import { MERCATOR_HALF_METRES, tileRange } from '../../../src/geo/mercator.ts'
import { resample } from '../../../src/geo/warp/resample.ts'
import { mercatorTileGrid } from '../../../src/geo/warp/target-grid.ts'
import { planWarp } from '../../../src/geo/warp/warp.ts'
import { geoTiffFile, keysOf } from '../../support/geotiff-file.ts'
import { warpFile } from '../warp/gdalwarp.ts'
import { nativeGdalVersion } from '../warp/native-gdalwarp.ts'

const SIZE = { width: 256, height: 256 }
const folder = mkdtempSync(join(tmpdir(), 'placement-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** Red tells the column, green the row: what differs by so many levels lies so many pixels apart. */
const samples = new Uint8Array(SIZE.width * SIZE.height * 3)
const rgba = new Uint8Array(SIZE.width * SIZE.height * 4)
for (let i = 0; i < SIZE.width * SIZE.height; i++) {
  const pixel = [i % SIZE.width, Math.floor(i / SIZE.width), 128]
  samples.set(pixel, i * 3)
  rgba.set([...pixel, 255], i * 4)
}

const RASTERS: Record<string, { code: number; transform: GeoTransform }> = {
  UTM: { code: 32632, transform: [400_000, 10, 0, 5_260_000, 0, -10] },
  'Swiss coordinates': { code: 2056, transform: [2_600_000, 5, 0, 1_200_000, 0, -5] },
  'turned Swiss coordinates': { code: 2056, transform: [2_600_000, 4, 2, 1_200_000, 1, -6] },
  'European equal areas': { code: 3035, transform: [4_000_000, 500, 0, 3_000_000, 0, -500] },
  'polar stereographic': { code: 3413, transform: [-1_000_000, 4000, 0, -1_000_000, 0, -4000] },
  degrees: { code: 4326, transform: [7, 0.001, 0, 47, 0, -0.002] },
}

interface Tile {
  z: number
  x: number
  y: number
}

/** The tile around the middle of a raster, at the raster's own zoom. */
function tileOf({ code, transform }: (typeof RASTERS)[string]): Tile {
  const { fit, maxZoom } = placeRaster(transform, crsTransform(code), SIZE)
  const out = new Float64Array(2)
  groundFunctions(fit).forward(128, 128, out)
  const { minX, minY } = tileRange([out[0]!, out[1]!, out[0]!, out[1]!], maxZoom)
  return { z: maxZoom, x: minX, y: minY }
}

function ours({ code, transform }: (typeof RASTERS)[string], { z, x, y }: Tile): Uint8Array {
  const { fit } = placeRaster(transform, crsTransform(code), SIZE)
  const plan = planWarp({
    target: mercatorTileGrid(z, x, y, 256),
    backward: groundFunctions(fit).backward,
    source: { ...SIZE, levels: 1, hasAlpha: false },
    method: 'bilinear',
  })
  const out = new Uint8Array(256 * 256 * 4)
  resample(plan, { x0: 0, y0: 0, ...SIZE, data: rgba }, out)
  return out
}

function gdalOptions({ z, x, y }: Tile): string[] {
  const side = (2 * MERCATOR_HALF_METRES) / 2 ** z
  const west = -MERCATOR_HALF_METRES + x * side
  const north = MERCATOR_HALF_METRES - y * side
  return [
    ...['-t_srs', 'EPSG:3857', '-r', 'bilinear', '-et', '0', '-dstalpha'],
    ...['-wo', 'XSCALE=1', '-wo', 'YSCALE=1'],
    ...['-te', west, north - side, west + side, north, '-ts', 256, 256].map(String),
  ]
}

/** The greatest distance in pixels of what both draw at the same place, and how many pixels both draw. */
function apart(one: Uint8Array, other: Uint8Array): { levels: number; both: number; either: number } {
  const found = { levels: 0, both: 0, either: 0 }
  for (let i = 0; i < one.length; i += 4) {
    if (one[i + 3] === 255 || other[i + 3] === 255) found.either++
    if (one[i + 3] !== 255 || other[i + 3] !== 255) continue
    found.both++
    found.levels = Math.max(
      found.levels,
      Math.abs(one[i]! - other[i]!),
      Math.abs(one[i + 1]! - other[i + 1]!),
    )
  }
  return found
}

function expectSame(found: ReturnType<typeof apart>): void {
  expect(found.both).toBeGreaterThan(5000)
  // Half a pixel, and half a level of rounding on either side.
  expect(found.levels).toBeLessThanOrEqual(1)
  expect(found.either - found.both).toBeLessThan(0.02 * found.either)
}

const fileOf = (name: string): string => {
  const { code, transform } = RASTERS[name]!
  const path = join(folder, `${name.replaceAll(' ', '-')}.tif`)
  const file = { ...SIZE, bands: 3, samples, transform, asMatrix: true, keys: keysOf(code) }
  writeFileSync(path, geoTiffFile(file))
  return path
}

describe('a tile of a raster is that of gdalwarp', () => {
  test.each(Object.keys(RASTERS))('in %s', async (name) => {
    const tile = tileOf(RASTERS[name]!)
    expectSame(apart(ours(RASTERS[name]!, tile), await warpFile(fileOf(name), gdalOptions(tile))))
  })

  test.skipIf(nativeGdalVersion() === null).each(Object.keys(RASTERS))('of this machine, in %s', (name) => {
    const tile = tileOf(RASTERS[name]!)
    const target = join(folder, 'target.img')
    const options = ['-q', '-overwrite', '-of', 'ENVI', '-co', 'INTERLEAVE=BIP', ...gdalOptions(tile)]
    execFileSync('gdalwarp', [...options, fileOf(name), target])
    expectSame(apart(ours(RASTERS[name]!, tile), readFileSync(target)))
  })
})

describe('where a raster lies', () => {
  const place = (code: number, transform: GeoTransform) => placeRaster(transform, crsTransform(code), SIZE)

  test('is all of its extent, also around a pole and across longitude 180', () => {
    const world = place(4326, [-180, 360 / 256, 0, 90, 0, -180 / 256])
    expect(world.output.bbox.map((edge) => Math.round(edge * 1e9) / 1e9)).toEqual([-180, -90, 180, 90])
    const pole = place(3413, [-2_000_000, 15_625, 0, 2_000_000, 0, -15_625])
    expect(pole.output.bbox[0]).toBe(-180)
    expect(pole.output.bbox.slice(2)).toEqual([180, 90])
    expect(pole.warnings).toEqual([expect.stringContaining('tiles end')])
    const fiji = place(32760, [740_000, 1000, 0, 8_100_000, 0, -1000])
    expect([fiji.output.bbox[0], fiji.output.bbox[2]]).toEqual([-180, 180])
  })

  test('has a grid of degrees that holds it', () => {
    for (const { code, transform } of Object.values(RASTERS)) {
      const { output } = place(code, transform)
      const { width, height, west, north, pixelSizeX, pixelSizeY, bbox } = output
      const grid = [west, north - height * pixelSizeY, west + width * pixelSizeX, north]
      const off = grid.map((edge, i) => Math.abs(edge - bbox[i]!))
      expect(Math.max(...off)).toBeLessThan(2 * pixelSizeX)
    }
  })

  test('is refused where no pixel has an area, or all is out of the world', () => {
    expect(() => place(32632, [0, 10, 10, 0, 10, 10])).toThrow(/pixels without area/)
    expect(() => place(32632, [0, 0, 0, 0, 0, 0])).toThrow(/pixels without area/)
    expect(() => place(4326, [400_000, 10, 0, 5_260_000, 0, -10])).toThrow(/none of EPSG:4326/)
    expect(() => place(32632, [1e300, 10, 0, 1e300, 0, -10])).toThrow(/none of EPSG:32632/)
  })
})

describe('an affine map', () => {
  const number = fc.integer({ min: -1_000_000, max: 1_000_000 }).map((value) => value / 1000)
  const origin = fc.double({ min: -1e7, max: 1e7, noNaN: true })

  test('comes back through its inverse', () => {
    fc.assert(
      fc.property(fc.tuple(origin, number, number, origin, number, number), (transform) => {
        const inverse = invertGeoTransform(transform)
        const [, a, b, , c, d] = transform
        fc.pre(Math.abs(a * d - b * c) > 1e-3 * Math.max(a * a, b * b, c * c, d * d) && inverse !== null)
        const [x, y] = placeOf(transform, 30, 40)
        const [column, row] = placeOf(inverse!, x, y)
        expect(column).toBeCloseTo(30, 1)
        expect(row).toBeCloseTo(40, 1)
      }),
      { numRuns: 200 },
    )
  })

  test('of a world file is that of the corner', () => {
    expect(parseWorldFile('10\r\n0\r\n0\r\n-10\r\n400005\r\n5259995')).toEqual([
      400_000, 10, 0, 5_260_000, 0, -10,
    ])
    expect(parseWorldFile('\uFEFF8,5 2 3 -9 1D3 2e3')).toEqual([994.25, 8.5, 3, 2003.5, 2, -9])
    expect(() => parseWorldFile('1\n2\n3')).toThrow(/3 of its 6 numbers/)
    expect(() => parseWorldFile('1\n2\nthree\n4\n5\n6')).toThrow(/line 3/)
    expect(() => parseWorldFile('')).toThrow(/line 1/)
  })
})
