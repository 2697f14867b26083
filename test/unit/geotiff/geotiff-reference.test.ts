import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readGeoTiffReference } from '../../../src/formats/geotiff-reference.ts'
import { memorySource } from '../../../src/formats/probe/byte-source.ts'
import type { GeoTransform } from '../../../src/geo/geo-transform.ts'
import { type GeoTiffFile, geoTiffFile, keysOf } from '../../support/geotiff-file.ts'
import { hasGdal } from '../geo/native-gdal.ts'

const PLAIN = { width: 3, height: 2, bands: 1, samples: new Uint8Array(6) }
const TRANSFORM: GeoTransform = [400_000, 10, 0, 5_260_000, 0, -10]

const referenceOf = (file: Partial<GeoTiffFile>) =>
  readGeoTiffReference(memorySource(geoTiffFile({ ...PLAIN, ...file })))

const size = fc.double({ min: 1e-6, max: 1e4, noNaN: true })
const place = fc.double({ min: -1e7, max: 1e7, noNaN: true })

describe('the map of a GeoTIFF from pixels to the ground', () => {
  test('is that of its matrix, turned or not', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.tuple(place, size, size, place, size, size),
        fc.boolean(),
        async (given, isPoint) => {
          const { transform } = await referenceOf({
            transform: given,
            asMatrix: true,
            isPoint,
            keys: keysOf(32632),
          })
          given.forEach((value, i) => {
            expect(Math.abs(transform![i]! - value)).toBeLessThanOrEqual(1e-8 * (1 + Math.abs(value)))
          })
        },
      ),
      { numRuns: 50 },
    )
  })

  test('is that of its scale and tiepoint', async () => {
    expect(await referenceOf({ transform: TRANSFORM })).toMatchObject({
      transform: TRANSFORM,
      controlPoints: 0,
    })
    expect(await referenceOf({ transform: TRANSFORM, keys: keysOf(32632), isPoint: true })).toMatchObject({
      transform: TRANSFORM,
    })
    const away: GeoTiffFile['tags'] = [[33922, { type: 'double', values: [2, 1, 0, 400_020, 5_259_990, 0] }]]
    expect(await referenceOf({ transform: TRANSFORM, tags: away })).toMatchObject({ transform: TRANSFORM })
    const upwards: GeoTiffFile['tags'] = [[33550, { type: 'double', values: [10, -10, 0] }]]
    expect(await referenceOf({ transform: TRANSFORM, tags: upwards })).toMatchObject({ transform: TRANSFORM })
  })

  test('is missing where there are control points, or nothing', async () => {
    const points: GeoTiffFile['tags'] = [
      [33922, { type: 'double', values: [0, 0, 0, 7, 47, 0, 3, 0, 0, 8, 47, 0] }],
    ]
    expect(await referenceOf({ tags: points })).toMatchObject({ transform: null, controlPoints: 2 })
    expect(await referenceOf({})).toEqual({ transform: null, controlPoints: 0, system: null })
  })

  test('is refused where it is no number', async () => {
    const nowhere: GeoTransform = [Number.NaN, 10, 0, 0, 0, -10]
    await expect(referenceOf({ transform: nowhere })).rejects.toMatchObject({ code: 'corrupt' })
  })
})

describe('the reference system of a GeoTIFF', () => {
  test.each([
    ['a projected code', keysOf(2056), { code: 2056 }],
    ['a geographic code', keysOf(4326), { code: 4326 }],
    [
      'a zone of UTM north',
      [
        [1024, 1],
        [2048, 4326],
        [3072, 32767],
        [3074, 16032],
      ],
      { code: 32632 },
    ],
    [
      'a zone of UTM south',
      [
        [1024, 1],
        [2048, 4326],
        [3072, 32767],
        [3074, 16119],
      ],
      { code: 32719 },
    ],
    [
      'a zone of UTM on ETRS89',
      [
        [1024, 1],
        [2048, 4258],
        [3074, 16033],
      ],
      { code: 25833 },
    ],
    [
      'a zone there is not',
      [
        [1024, 1],
        [2048, 4269],
        [3074, 16061],
      ],
      { name: 'Words' },
    ],
    [
      'a user-defined system',
      [
        [1024, 1],
        [3072, 32767],
      ],
      { name: 'Words' },
    ],
    ['no model but a code', [[3072, 3857]], { code: 3857 }],
  ] as const)('%s', async (_, keys, system) => {
    expect((await referenceOf({ keys, citation: 'Words' })).system).toEqual(system)
  })

  test('in the words of Esri', async () => {
    const citation = 'ESRI PE String = PROJCS["A",GEOGCS["B"]]'
    expect((await referenceOf({ keys: keysOf(32767), citation })).system).toEqual({
      wkt: 'PROJCS["A",GEOGCS["B"]]',
    })
  })

  test('is refused where coordinates are geocentric', async () => {
    await expect(referenceOf({ keys: [[1024, 3]] })).rejects.toThrow(/geocentric/)
  })

  test('is never a fault of another kind, whatever the keys', async () => {
    const word = fc.integer({ min: 0, max: 65535 })
    await fc.assert(
      fc.asyncProperty(
        fc.array(word, { maxLength: 24 }),
        fc.string({ maxLength: 9 }),
        async (values, text) => {
          const tags: GeoTiffFile['tags'] = [
            [34735, { type: 'short', values: [1, 1, 0, ...values] }],
            [34737, { type: 'ascii', text }],
          ]
          const read = referenceOf({ tags })
          await read.catch((error) => expect(error).toMatchObject({ name: 'FormatError' }))
        },
      ),
      { numRuns: 200 },
    )
  })
})

describe.skipIf(!hasGdal)('what GDAL writes', () => {
  test.each([
    ['EPSG:32632', [400_000, 10, 0, 5_260_000, 0, -10]],
    ['EPSG:2056', [2_600_000, 8, 3, 1_200_000, 2, -9]],
    ['EPSG:4326', [7, 0.001, 0, 47, 0, -0.001]],
  ] as const)('%s', async (srs, transform) => {
    const folder = mkdtempSync(join(tmpdir(), 'geotiff-reference-'))
    try {
      const source = join(folder, 'source.vrt')
      writeFileSync(
        source,
        `<VRTDataset rasterXSize="9" rasterYSize="7"><GeoTransform>${transform.join(',')}</GeoTransform>
        <VRTRasterBand dataType="Byte" band="1"/></VRTDataset>`,
      )
      for (const options of [[], ['-mo', 'AREA_OR_POINT=Point']]) {
        const target = join(folder, 'target.tif')
        execFileSync('gdal_translate', ['-q', '-a_srs', srs, ...options, source, target])
        const reference = await readGeoTiffReference(memorySource(readFileSync(target)))
        expect(reference.system).toEqual({ code: Number(srs.slice(5)) })
        for (const [i, value] of transform.entries()) expect(reference.transform![i]).toBeCloseTo(value, 9)
      }
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})
