import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { pngAuxXml } from '../../../src/formats/aux-xml.ts'
import { pngStream } from '../../../src/formats/png-stream.ts'
import { type GdalInfo, infoByGdal3 } from './gdal3.ts'

const hasGdal = spawnSync('gdalinfo', ['--version']).status === 0
const PLACE = { west: 7.244_180_123_4, north: 47.75, pixelSizeX: 1 / 3000, pixelSizeY: 0.000_245_1 }
let dir = ''
let png = ''
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'aux-xml-'))
  png = join(dir, 'map.png')
  const rows = (async function* () {
    yield new Uint8Array(40 * 30 * 4)
  })()
  writeFileSync(png, new Uint8Array(await new Response(pngStream(40, 30, rows)).arrayBuffer()))
  writeFileSync(`${png}.aux.xml`, pngAuxXml(PLACE))
})
afterAll(() => rmSync(dir, { recursive: true }))

function expectPlace(info: GdalInfo) {
  expect(info.driverShortName).toBe('PNG')
  expect(info.size).toEqual([40, 30])
  const transform = [PLACE.west, PLACE.pixelSizeX, 0, PLACE.north, 0, -PLACE.pixelSizeY]
  for (const [i, expected] of transform.entries()) expect(info.geoTransform[i]).toBeCloseTo(expected, 14)
  expect(info.coordinateSystem.wkt).toMatch(/ID\["EPSG",4326\]\]$/)
  expect(info.metadata['']).toMatchObject({ AREA_OR_POINT: 'Area' })
}

test('GDAL (WebAssembly) reads place and reference system of the PNG', async () => {
  expectPlace(await infoByGdal3(png))
})

test.skipIf(!hasGdal)('native GDAL reads place and reference system of the PNG', () => {
  expectPlace(JSON.parse(execFileSync('gdalinfo', ['-json', png], { encoding: 'utf8' })))
})

test.each([{ west: Number.NaN }, { north: Number.POSITIVE_INFINITY }, { pixelSizeX: 0 }, { pixelSizeY: -1 }])(
  'refuses %j',
  (wrong) => {
    expect(() => pngAuxXml({ ...PLACE, ...wrong })).toThrow(
      expect.objectContaining({ code: 'aux_xml_placement' }),
    )
  },
)
