import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import wasmModule from '../../build/gdal.wasm'
import glue from '../../build/gdal-glue.mjs'
import { PROCESS } from '../../durable-objects/process-job.ts'
import { EXPORT_PAGE_ROWS } from '../../durable-objects/processes/export.ts'
import type { Context } from '../../src/domain/context.ts'
import { type ExportRequest, startExport } from '../../src/domain/datasets/export/start-export.ts'
import { ValidationError } from '../../src/domain/errors.ts'
import { type JobRecord, readJob, waitForJob } from '../../src/domain/jobs.ts'
import { openGdal } from '../../src/formats/gdal/module.ts'
import { memorySource } from '../../src/formats/probe/byte-source.ts'
import { listZip, unzip } from '../../src/formats/zip-archive.ts'
import { type FlatGeometry, GEOMETRY_CODES } from '../../src/geo/flat-geometry.ts'
import { objectKeys } from '../../src/store/objects.ts'
import { ANONYMOUS, type Principal, type UserPrincipal } from '../../src/store/principal.ts'
import { grants } from '../../src/store/schema.ts'
import { processJobs } from '../../workers/process-jobs.ts'
import { scanJobs } from '../../workers/scan-jobs.ts'
import { type ReadLayer, readLayers } from '../support/gdal-reading.ts'
import { db, env, objectBytes, objectKeysUnder, processOf } from './support/bindings.ts'
import { runKilledAtEveryStep } from './support/crash.ts'
import { makeUser } from './support/scans.ts'
import { filledDataset } from './support/vector-dataset.ts'

const WAIT_MS = 60_000

const context: Context = {
  ...{ db, bucket: env.BUCKET, jobs: scanJobs(env), processes: processJobs(env) },
  ...{ authSecret: '', fetchAllow: [], identity: {} },
}

const point = (x: number, y: number): FlatGeometry => ({ type: GEOMETRY_CODES.Point, xy: [x, y] })

let user: UserPrincipal
let places: number

beforeAll(async () => {
  user = await makeUser()
  places = await filledDataset(user, {
    name: 'plätze',
    geometryType: 'Point',
    columns: [
      { name: 'name', type: 'text' },
      { name: 'isOpen', type: 'boolean' },
      { name: 'count', type: 'integer' },
      { name: 'population_of_all', type: 'bigint' },
      { name: 'height', type: 'double' },
      { name: 'since', type: 'date' },
      { name: 'seen', type: 'timestamp' },
      { name: 'opens', type: 'time' },
      { name: 'more', type: 'json' },
      { name: 'raw', type: 'binary' },
    ],
    features: [
      {
        geometry: point(8.54, 47.38),
        values: [
          'Zürich 日本',
          true,
          -7,
          '9007199254740993',
          0.1,
          '2020-02-29',
          '2020-02-29T12:34:56.789Z',
          '08:30:00',
          '{"a":[1]}',
          Uint8Array.of(0, 1, 255),
        ],
      },
      {
        geometry: point(7.44, 46.95),
        values: [
          'Bern, "BE"',
          false,
          12,
          '5',
          540,
          '1999-12-31',
          '1999-12-31T23:59:59Z',
          '00:00:00',
          '[]',
          Uint8Array.of(7),
        ],
      },
      { geometry: null, values: ['nowhere'] },
      { geometry: point(6.14, 46.2) },
    ],
  })
})

beforeEach(() => {
  vi.spyOn(console, 'error').mockReturnValue()
  return () => vi.restoreAllMocks()
})

async function exported(
  request: Omit<ExportRequest, 'dataset'> & { dataset?: number },
  principal: Principal = user,
): Promise<JobRecord> {
  const { id } = await startExport(context, principal, { dataset: places, ...request })
  return waitForJob(context, principal, id, WAIT_MS)
}

interface File {
  key: string
  name: string
  contentType: string
  byteSize: number
  warnings: string[]
}

async function fileOf(job: JobRecord): Promise<File & { bytes: Uint8Array; text: string }> {
  expect(job.message).toBeNull()
  const { file } = job.outputs as unknown as { file: File }
  const bytes = (await objectBytes(file.key))!
  expect(bytes.length).toBe(file.byteSize)
  return { ...file, bytes, text: new TextDecoder().decode(bytes) }
}

async function unzipped(bytes: Uint8Array): Promise<[name: string, bytes: Uint8Array][]> {
  const source = memorySource(bytes)
  const entries = await listZip(source, { maxEntries: 40, maxEntryBytes: 1e7, maxTotalBytes: 1e7 })
  const files: [name: string, bytes: Uint8Array][] = []
  for (const entry of entries) {
    const chunks: Uint8Array[] = []
    for await (const chunk of unzip(source, entry)) chunks.push(chunk.slice())
    files.push([
      entry.path,
      new Uint8Array(await new Blob(chunks as Uint8Array<ArrayBuffer>[]).arrayBuffer()),
    ])
  }
  return files
}

const DRIVERS: Record<string, string> = {
  ...{ shp: 'ESRI Shapefile', mif: 'MapInfo File', kml: 'KML', gpx: 'GPX', dxf: 'DXF', gml: 'GML' },
  ...{ gpkg: 'GPKG', fgb: 'FlatGeobuf' },
}

/** The layers of an exported file that have features, as GDAL reads them. */
async function layersOf(format: string, { name, bytes }: File & { bytes: Uint8Array }): Promise<ReadLayer[]> {
  const files = name.endsWith('.zip') ? await unzipped(bytes) : [[name, bytes] as [string, Uint8Array]]
  files.sort(([a], [b]) => Number(b.endsWith(`.${format}`)) - Number(a.endsWith(`.${format}`)))
  const layers = readLayers(await openGdal({ glue, wasmModule }), DRIVERS[format]!, files)
  return layers.filter(({ features }) => features.length > 0)
}

const coordinatesOf = ({ features }: ReadLayer) =>
  features.map(({ geometry }) => geometry?.coordinates ?? null)

describe('every format', () => {
  const [zurich, bern, geneva] = [
    [8.54, 47.38],
    [7.44, 46.95],
    [6.14, 46.2],
  ]

  for (const format of ['shp', 'mif', 'gml', 'gpkg', 'fgb', 'kml', 'gpx', 'dxf'])
    it(`${format} is read back by GDAL`, async () => {
      const file = await fileOf(await exported({ format }))
      expect(file.name).toBe(`plätze.${['shp', 'mif'].includes(format) ? 'zip' : format}`)
      expect((await env.BUCKET.head(file.key))?.httpMetadata?.contentType).toBe(file.contentType)
      const [layer, ...others] = await layersOf(format, file)
      expect(others).toEqual([])
      const places = ['gpx', 'dxf'].includes(format) ? [zurich, bern, geneva] : [zurich, bern, null, geneva]
      // The KML driver that reads leaves out what has no place.
      expect(coordinatesOf(layer!).filter((place) => place || format !== 'kml')).toEqual(
        format === 'kml' ? [zurich, bern, geneva] : places,
      )
      if (format === 'dxf') return
      const names = layer!.features.map(({ properties }) => properties[format === 'kml' ? 'Name' : 'name'])
      expect(names.slice(0, 2)).toEqual(['Zürich 日本', 'Bern, "BE"'])
    })

  it('GeoPackage keeps types and all digits', async () => {
    const file = await fileOf(await exported({ format: 'gpkg' }))
    expect(file).toMatchObject({ contentType: 'application/geopackage+sqlite3', warnings: [] })
    const [layer] = await layersOf('gpkg', file)
    expect(layer!.fields.map(({ name, type, subType = null }) => [name, type, subType])).toEqual([
      ['name', 'String', null],
      ['isOpen', 'Integer', 'Boolean'],
      ['count', 'Integer', null],
      ['population_of_all', 'Integer64', null],
      ['height', 'Real', null],
      ['since', 'Date', null],
      ['seen', 'DateTime', null],
      ['opens', 'String', null],
      ['more', 'String', null],
      ['raw', 'Binary', null],
    ])
    expect(layer!.text).toContain('"population_of_all": 9007199254740993')
    expect(layer!.features[1]!.properties).toEqual({
      ...{ name: 'Bern, "BE"', isOpen: false, count: 12, population_of_all: 5, height: 540 },
      ...{ since: '1999-12-31', seen: '1999-12-31T23:59:59Z', opens: '00:00:00', more: [], raw: '07' },
    })
    expect(Object.values(layer!.features[3]!.properties).every((value) => value === null)).toBe(true)
  })

  it('Shapefiles tell what their names became', async () => {
    const file = await fileOf(await exported({ format: 'shp' }))
    expect(file.warnings).toEqual(['the property "population_of_all" is called "population"'])
    expect((await unzipped(file.bytes)).map(([name]) => name).sort()).toEqual(
      ['cpg', 'dbf', 'prj', 'shp', 'shx'].map((extension) => `plätze.${extension}`),
    )
    const [layer] = await layersOf('shp', file)
    expect(layer!.text).toContain('"population": 9007199254740993')
    expect(layer!.features[0]!.properties).toMatchObject({
      since: '2020-02-29',
      seen: '2020-02-29T12:34:56.789Z',
    })
  })

  it('GeoJSON', async () => {
    const { text, contentType } = await fileOf(await exported({ format: 'geojson' }))
    expect(contentType).toBe('application/geo+json')
    const { crs, features } = JSON.parse(text)
    expect(crs).toBeUndefined()
    expect(text).toContain('"population_of_all":9007199254740993')
    expect(features).toMatchObject([
      { type: 'Feature', id: 1, properties: { more: { a: [1] }, isOpen: true, raw: 'AAH/' } },
      { id: 2, geometry: { type: 'Point', coordinates: bern } },
      { id: 3, geometry: null },
      { id: 4, properties: { name: null } },
    ])
  })

  it('CSV', async () => {
    const { text } = await fileOf(await exported({ format: 'csv' }))
    expect(text.split('\r\n')).toEqual([
      'name,isOpen,count,population_of_all,height,since,seen,opens,more,raw,x,y',
      'Zürich 日本,true,-7,9007199254740993,0.1,2020-02-29,2020-02-29T12:34:56.789Z,08:30:00,"{""a"": [1]}",AAH/,8.54,47.38',
      '"Bern, ""BE""",false,12,5,540,1999-12-31,1999-12-31T23:59:59Z,00:00:00,[],Bw==,7.44,46.95',
      'nowhere,,,,,,,,,,,',
      ',,,,,,,,,,6.14,46.2',
      '',
    ])
  })
})

describe('what is asked for', () => {
  it('is a system, whose text GDAL knows', async () => {
    const file = await fileOf(await exported({ format: 'gpkg', crs: 'EPSG:2056', properties: ['name'] }))
    const [layer] = await layersOf('gpkg', file)
    expect(layer!.geometryFields[0]!.coordinateSystem!.wkt).toContain('ID["EPSG",2056]]')
    const [x, y] = coordinatesOf(layer!)[0] as [number, number]
    // swisstopo's approximate formulas give LV95 to a metre.
    const phi = (47.38 * 3600 - 169028.66) / 10000
    const lambda = (8.54 * 3600 - 26782.5) / 10000
    expect(
      Math.abs(
        x -
          (2600072.37 +
            211455.93 * lambda -
            10938.51 * lambda * phi -
            0.36 * lambda * phi ** 2 -
            44.54 * lambda ** 3),
      ),
    ).toBeLessThan(2)
    expect(
      Math.abs(
        y -
          (1200147.07 +
            308807.95 * phi +
            3745.25 * lambda ** 2 +
            76.63 * phi ** 2 -
            194.56 * lambda ** 2 * phi +
            119.79 * phi ** 3),
      ),
    ).toBeLessThan(2)
  })

  it('is a filter and some properties, in their order', async () => {
    const request = { format: 'csv', filter: "count > 0 or name = 'nowhere'", properties: ['count', 'name'] }
    const { text } = await fileOf(await exported(request))
    expect(text).toBe('count,name,x,y\r\n12,"Bern, ""BE""",7.44,46.95\r\n,nowhere,,\r\n')
  })

  it('may be a system that has no place for a feature', async () => {
    const dataset = await filledDataset(user, {
      ...{ name: 'beyond', geometryType: 'Point', features: [{ geometry: point(500, 100) }] },
    })
    const job = await exported({ dataset, format: 'csv', crs: 'EPSG:3857' })
    expect(job).toMatchObject({ status: 'failed', message: expect.stringContaining('no place in EPSG:3857') })
  })

  it('is nothing that there is', async () => {
    for (const format of ['geojson', 'csv', 'fgb', 'gpkg', 'shp', 'kml']) {
      const file = await fileOf(await exported({ format, filter: 'count = 4711' }))
      expect(file.byteSize).toBeGreaterThan(0)
    }
  })

  it('is more pages than one, in GeoJSON of the old kind', async () => {
    const features = Array.from({ length: EXPORT_PAGE_ROWS + 7 }, (_, i) => ({ geometry: point(i, -i) }))
    const dataset = await filledDataset(user, { name: 'many', geometryType: 'Point', srid: 3857, features })
    const { text } = await fileOf(await exported({ dataset, format: 'geojson', crs: 'EPSG:3857' }))
    const collection = JSON.parse(text)
    expect(collection.crs.properties.name).toBe('urn:ogc:def:crs:EPSG::3857')
    expect(collection.features.map(({ id }: { id: number }) => id)).toEqual(features.map((_, i) => i + 1))
    expect(collection.features.at(-1).geometry.coordinates).toEqual([
      features.length - 1,
      1 - features.length,
    ])
  })
})

describe('mixed geometries', () => {
  const square: FlatGeometry = { type: GEOMETRY_CODES.Polygon, xy: [0, 0, 0, 1, 1, 1, 1, 0, 0, 0], ends: [5] }
  const path: FlatGeometry = { type: GEOMETRY_CODES.LineString, xy: [0, 0, 2, 2] }
  const collection: FlatGeometry = {
    ...{ type: GEOMETRY_CODES.GeometryCollection, xy: [] },
    parts: [point(5, 5), path, square],
  }
  let mixed: number

  beforeAll(async () => {
    mixed = await filledDataset(user, {
      ...{ name: 'mixed', geometryType: 'Geometry', columns: [{ name: 'n', type: 'integer' }] },
      features: [point(1, 2), path, square, collection, null].map((geometry, i) => ({
        geometry,
        values: [i],
      })),
    })
  })

  it('are a Shapefile for each type', async () => {
    const file = await fileOf(await exported({ dataset: mixed, format: 'shp' }))
    const members = (await unzipped(file.bytes)).map(([name]) => name)
    expect(members.filter((name) => /\.(shp|dbf)$/.test(name)).sort()).toEqual([
      ...['mixed_lines.dbf', 'mixed_lines.shp', 'mixed_multipoints.dbf', 'mixed_multipoints.shp'],
      ...[
        'mixed_points.dbf',
        'mixed_points.shp',
        'mixed_polygons.dbf',
        'mixed_polygons.shp',
        'mixed_table.dbf',
      ],
    ])
    expect(file.warnings).toEqual([
      '1 collection of geometries taken apart, each part a feature of its own',
      'Shapefile has one type of geometry a file: there are points, multipoints, lines, polygons, table',
    ])
  })

  it('are one layer elsewhere', async () => {
    for (const format of ['gpkg', 'fgb', 'gml']) {
      const [layer] = await layersOf(format, await fileOf(await exported({ dataset: mixed, format })))
      expect(layer!.features.map(({ geometry }) => geometry?.type ?? null)).toEqual([
        'Point',
        'LineString',
        'Polygon',
        'GeometryCollection',
        null,
      ])
    }
  })

  it('are refused by GPX where they are polygons, with the feature', async () => {
    const job = await exported({ dataset: mixed, format: 'gpx' })
    expect(job).toMatchObject({
      ...{ status: 'failed', outputs: null },
      message: 'GPX holds points and lines only; the feature 3 is a polygon',
    })
  })

  it('are GPX where they are points and lines', async () => {
    const file = await fileOf(await exported({ dataset: mixed, format: 'gpx', filter: 'n < 2' }))
    const layers = await layersOf('gpx', file)
    expect(layers.map(({ name, features }) => [name, features.length])).toEqual([
      ['waypoints', 1],
      ['tracks', 1],
      ['track_points', 2],
    ])
  })
})

describe('what cannot be', () => {
  const refused = (request: Partial<ExportRequest>, principal: Principal = user) =>
    startExport(context, principal, { dataset: places, format: 'csv', ...request }).then(
      () => 'it began',
      (error: unknown) =>
        error instanceof ValidationError ? error.issues[0]!.attribute : (error as Error).constructor.name,
    )

  it('is refused before there is a job', async () => {
    expect(await refused({ format: 'xlsx' })).toBe('format')
    expect(await refused({ crs: 'EPSG:1' })).toBe('crs')
    expect(await refused({ crs: '\0' })).toBe('crs')
    expect(await refused({ format: 'kml', crs: 'EPSG:3857' })).toBe('crs')
    expect(await refused({ properties: ['name', 'fid"; --'] })).toBe('properties')
    expect(await refused({ filter: 'name = ' })).toBe('FilterError')
    expect(await refused({ filter: 'nothing = 1' })).toBe('FilterError')
    expect(await refused({ dataset: 2147483647 })).toBe('NotFoundError')
  })

  it('is a dataset that may be seen and not taken away, or not even seen', async () => {
    const dataset = await filledDataset(user, {
      ...{ name: 'hidden', geometryType: 'Point', isPublic: false },
      features: [{ geometry: point(0, 0) }],
    })
    const stranger = await makeUser()
    expect(await refused({ dataset }, stranger)).toBe('NotFoundError')
    await db
      .insert(grants)
      .values({ resourceId: dataset, principalType: 'everyone', principalId: 0, verb: 'view' })
    expect(await refused({ dataset }, stranger)).toBe('ForbiddenError')
    expect(await refused({ dataset }, ANONYMOUS)).toBe('UnauthenticatedError')
    expect(await refused({ dataset })).toBe('it began')
  })
})

it('makes the same file however often it is killed', async () => {
  const { id } = await startExport(context, user, { dataset: places, format: 'shp' })
  const kills = await runKilledAtEveryStep(
    () => processOf(id),
    PROCESS,
    async () => {},
  )
  expect(kills.length).toBeGreaterThanOrEqual(8)
  const file = await fileOf(await readJob(context, user, id))
  const [layer] = await layersOf('shp', file)
  expect(layer!.features.length).toBe(4)
  expect((await listOf(id)).length).toBe(1)
})

const listOf = (jobId: string) => objectKeysUnder(objectKeys.jobPrefix(jobId))
