import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { packagedFile } from '../../../dev/build-dxf.ts'
import { type Conversion, conversionTargets, convert } from '../../../src/formats/export/convert.ts'
import type { ExportColumn, ExportFormat } from '../../../src/formats/export/export-format.ts'
import { exportWarnings } from '../../../src/formats/export/export-warnings.ts'
import { type ExportValue, FeatureStage, nothingStaged } from '../../../src/formats/export/feature-stage.ts'
import { flatGeobufFile } from '../../../src/formats/export/flatgeobuf-file.ts'
import { withAxes } from '../../../src/formats/export/system-text.ts'
import { VectorGdal } from '../../../src/formats/gdal/vector.ts'
import { type FlatGeometry, GEOMETRY_CODES } from '../../../src/geo/flat-geometry.ts'
import { MemoryFolder, readLayers } from '../../support/gdal-reading.ts'
import { freshGdal } from '../ingest/tools.ts'

const hasGdal = spawnSync('ogr2ogr', ['--version']).status === 0

const LV95 =
  'PROJCS["CH1903+ / LV95",GEOGCS["CH1903+",DATUM["CH1903+",SPHEROID["Bessel 1841",6377397.155,299.1528128,AUTHORITY["EPSG","7004"]],AUTHORITY["EPSG","6150"]],PRIMEM["Greenwich",0,AUTHORITY["EPSG","8901"]],UNIT["degree",0.0174532925199433,AUTHORITY["EPSG","9122"]],AUTHORITY["EPSG","4150"]],PROJECTION["Hotine_Oblique_Mercator_Azimuth_Center"],PARAMETER["latitude_of_center",46.9524055555556],PARAMETER["longitude_of_center",7.43958333333333],PARAMETER["azimuth",90],PARAMETER["rectified_grid_angle",90],PARAMETER["scale_factor",1],PARAMETER["false_easting",2600000],PARAMETER["false_northing",1200000],UNIT["metre",1,AUTHORITY["EPSG","9001"]],AXIS["Easting",EAST],AXIS["Northing",NORTH],AUTHORITY["EPSG","2056"]]'
const WGS_84 =
  'GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563,AUTHORITY["EPSG","7030"]],AUTHORITY["EPSG","6326"]],PRIMEM["Greenwich",0,AUTHORITY["EPSG","8901"]],UNIT["degree",0.0174532925199433,AUTHORITY["EPSG","9122"]],AUTHORITY["EPSG","4326"]]'

interface Row {
  geometry: FlatGeometry | null
  values?: ExportValue[]
}

interface Exported {
  folder: MemoryFolder
  /** The first of the files. */
  path: string
  warnings: string[]
}

async function exported(
  format: ExportFormat,
  rows: readonly Row[],
  columns: ExportColumn[] = [],
  more: Partial<Conversion> = {},
): Promise<Exported> {
  const staged = nothingStaged(columns)
  const stage = new FeatureStage(format, columns, more.geometryType === null, staged)
  const staging = new MemoryFolder()
  rows.forEach(({ geometry, values = columns.map(() => null) }, i) => {
    stage.add(i + 1, geometry, values, (layer, feature) => {
      const file = staging.file(layer)
      file.write(file.size, feature)
    })
  })
  const conversion: Conversion = {
    ...{
      format,
      name: 'things',
      columns,
      staged,
      geometryType: GEOMETRY_CODES.Point,
      hasZ: false,
      hasM: false,
    },
    ...{ wkt: withAxes(WGS_84, true), code: 4326, features: (layer) => staging.file(layer) },
    ...more,
  }
  const folder = new MemoryFolder()
  const warnings = exportWarnings(conversion, (layer) => staging.file(layer))
  if (format === 'fgb') {
    const file = folder.file('features.fgb')
    for (const piece of flatGeobufFile(conversion, staging.file('features'))) file.write(file.size, piece)
    return { folder, path: 'features.fgb', warnings }
  }
  const gdal = new VectorGdal(await freshGdal())
  gdal.mountOutput(folder)
  const targets = conversionTargets(format, staged)
  for (const target of targets) warnings.push(...convert(gdal, conversion, target))
  return { folder, path: targets[0]!.path, warnings }
}

const line = (z?: number[]): FlatGeometry => ({
  ...{ type: GEOMETRY_CODES.LineString, xy: [2600000, 1200000, 2683111.123, 1247945.456] },
  ...(z ? { z } : {}),
})
const point = (x: number, y: number): FlatGeometry => ({ type: GEOMETRY_CODES.Point, xy: [x, y] })

let scratch: string
beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'vector-export-'))
})
afterAll(() => rmSync(scratch, { recursive: true }))

function written({ folder, path }: Exported): string {
  for (const name of folder.files.keys()) writeFileSync(join(scratch, name), folder.bytes(name))
  return join(scratch, path)
}

describe.skipIf(!hasGdal)('GDAL of the system reads', () => {
  const lv95 = { ...{ wkt: LV95, code: 2056 }, geometryType: GEOMETRY_CODES.LineString, hasZ: true }

  for (const format of ['shp', 'gml', 'gpkg', 'fgb'] as const)
    it(`the system and the heights of ${format}`, async () => {
      const file = written(
        await exported(format, [{ geometry: line([400, 500.5]) }], [{ name: 'n', type: 'integer' }], lv95),
      )
      const geojson = execFileSync('ogr2ogr', ['-f', 'GeoJSON', '-a_srs', 'EPSG:2056', '/vsistdout/', file], {
        encoding: 'utf8',
      })
      expect(JSON.parse(geojson).features[0].geometry).toEqual({
        type: 'LineString',
        coordinates: [
          [2600000, 1200000, 400],
          [2683111.123, 1247945.456, 500.5],
        ],
      })
      const named = execFileSync('gdalsrsinfo', ['-o', 'epsg', file], { encoding: 'utf8' })
      expect(named).toContain('EPSG:2056')
    })

  it('the system of MIF, as far as it can tell one', async () => {
    const file = written(
      await exported('mif', [{ geometry: line() }], [{ name: 'n', type: 'integer' }], {
        ...lv95,
        hasZ: false,
      }),
    )
    expect(readFileSync(file, 'latin1')).toMatch(
      /CoordSys Earth Projection 25, \d+, "m", 7\.43958333\d*, 46\.95240555\d*, 2600000, 1200000/,
    )
  })

  it('degrees with the latitude first in GML, and the longitude first elsewhere', async () => {
    for (const format of ['gml', 'kml', 'gpkg', 'shp', 'fgb', 'gpx'] as const) {
      const file = written(
        await exported(format, [{ geometry: point(8.5, 47.25) }], [{ name: 'name', type: 'text' }]),
      )
      const args = ['-f', 'GeoJSON', '/vsistdout/', file, ...(format === 'gpx' ? ['waypoints'] : [])]
      const { features } = JSON.parse(execFileSync('ogr2ogr', args, { encoding: 'utf8' }))
      expect(features[0].geometry.coordinates.slice(0, 2), format).toEqual([8.5, 47.25])
      if (format === 'gml') expect(readFileSync(file, 'utf8')).toContain('<gml:pos>47.25 8.5</gml:pos>')
    }
  })

  it('UTF-8 of Shapefiles', async () => {
    const made = await exported(
      'shp',
      [{ geometry: point(1, 2), values: ['Łódź 日本'] }],
      [{ name: 'größe', type: 'text' }],
    )
    const text = execFileSync('ogrinfo', ['-ro', '-al', written(made)], { encoding: 'utf8' })
    expect(text).toContain('größe (String) = Łódź 日本')
  })
})

describe('what a format cuts', () => {
  it('is told: texts of Shapefiles beyond 254 bytes, between characters', async () => {
    const long = `a${'日'.repeat(100)}`
    const made = await exported(
      'shp',
      [
        { geometry: point(1, 2), values: [long] },
        { geometry: point(3, 4), values: ['short'] },
      ],
      [{ name: 'text', type: 'text' }],
    )
    expect(made.warnings).toEqual(['1 value of the property "text" cut at 254 bytes'])
    const files = [...made.folder.files.keys()].sort((a) => (a.endsWith('.shp') ? -1 : 1))
    const [layer] = readLayers(
      await freshGdal(),
      'ESRI Shapefile',
      files.map((name) => [name, made.folder.bytes(name)]),
    )
    expect(layer!.features.map(({ properties }) => properties.text)).toEqual([`a${'日'.repeat(84)}`, 'short'])
  })

  it('is no digit of a number of Shapefiles that has room', async () => {
    const numbers = [1366417754.25, -0.000123456789, 1e-12, 8.5]
    const made = await exported(
      'shp',
      numbers.map((value) => ({ geometry: point(1, 2), values: [value] })),
      [{ name: 'value', type: 'double' }],
    )
    expect(made.warnings).toEqual([])
    const files = [...made.folder.files.keys()].sort((a) => (a.endsWith('.shp') ? -1 : 1))
    const [layer] = readLayers(
      await freshGdal(),
      'ESRI Shapefile',
      files.map((name) => [name, made.folder.bytes(name)]),
    )
    expect(layer!.features.map(({ properties }) => properties.value)).toEqual(numbers)
  })

  it('is told: large integers of MIF, which are texts then, and numbers where they are not large', async () => {
    const columns: ExportColumn[] = [
      { name: 'large', type: 'bigint' },
      { name: 'small', type: 'bigint' },
    ]
    const made = await exported(
      'mif',
      [{ geometry: point(1, 2), values: ['9223372036854775807', '-4503599627370496'] }],
      columns,
    )
    expect(made.warnings).toEqual([
      'the numbers of the property "large" are texts: MapInfo interchange format has none as large',
    ])
    expect(new TextDecoder().decode(made.folder.bytes('features.mid')).trim()).toBe(
      '"9223372036854775807",-4503599627370496',
    )
  })

  it('are properties of DXF, and measures', async () => {
    const rows = [{ geometry: { ...point(1, 2), m: [3] }, values: [1] }]
    const made = await exported('kml', rows, [{ name: 'n', type: 'integer' }], { hasM: true })
    expect(made.warnings).toEqual(['KML has no measures: they are left out'])
  })
})

it('takes GDAL’s templates of DXF out of its package only where they are', () => {
  const glue =
    '{"filename":"/usr/share/gdal/header.dxf","start":1,"end":3},{"filename":"/usr/share/gdal/header_dxf","start":5,"end":6}'
  expect([...packagedFile(glue, Uint8Array.of(7, 8, 9, 10), 'header.dxf')]).toEqual([8, 9])
  expect(() => packagedFile(glue, Uint8Array.of(), 'trailer.dxf')).toThrow('expected exactly one trailer.dxf')
})
