import { sql } from 'drizzle-orm'
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { FileStaging, STAGED_BLOCK_BYTES } from '../../durable-objects/file-staging.ts'
import { PROCESS } from '../../durable-objects/process-job.ts'
import type { Context } from '../../src/domain/context.ts'
import { matchSystem } from '../../src/domain/datasets/import/layer-system.ts'
import { type ImportSettings, startImport } from '../../src/domain/datasets/import/start-import.ts'
import { NotFoundError, ValidationError } from '../../src/domain/errors.ts'
import { answerQuestion, type JobRecord, readJob, removeJob, waitForJob } from '../../src/domain/jobs.ts'
import { PathTakenError, StorageFullError } from '../../src/domain/storage/errors.ts'
import { importStoredFile } from '../../src/domain/storage/import-stored-file.ts'
import { findStoredFile, removeStored, storeFile } from '../../src/domain/storage/storage.ts'
import { StorageIntake } from '../../src/domain/storage/storage-intake.ts'
import { FormatError } from '../../src/formats/format-error.ts'
import { findDataset } from '../../src/store/datasets.ts'
import { objectKeys } from '../../src/store/objects.ts'
import { ANONYMOUS, type UserPrincipal } from '../../src/store/principal.ts'
import { readStored } from '../../src/store/stored-files.ts'
import { processJobs } from '../../workers/process-jobs.ts'
import { scanJobs } from '../../workers/scan-jobs.ts'
import countries from '../fixtures/ne110m4cql2.gpkg?url&inline'
import areasGml from '../fixtures/vector/areas.gml?raw'
import areasShp from '../fixtures/vector/areas-shp.zip?url&inline'
import cyrillicShp from '../fixtures/vector/cyrillic-shp.zip?url&inline'
import drawing from '../fixtures/vector/drawing.dxf?raw'
import hike from '../fixtures/vector/hike.gpx?raw'
import placesFgb from '../fixtures/vector/places.fgb?url&inline'
import placesGml from '../fixtures/vector/places.gml?raw'
import placesKml from '../fixtures/vector/places.kml?raw'
import placesMif from '../fixtures/vector/places-mif.zip?url&inline'
import placesTab from '../fixtures/vector/places-tab.zip?url&inline'
import { zipFile } from '../support/zip-file.ts'
import { db, env, objectKeysUnder, processOf } from './support/bindings.ts'
import { expectSameBytes } from './support/bytes.ts'
import { inside, runKilledAtEveryStep } from './support/crash.ts'
import { makeUser } from './support/scans.ts'

const WAIT_MS = 60_000
const CRASH_TEST_MS = 240_000

const context: Context = {
  ...{
    db,
    bucket: env.BUCKET,
    jobs: scanJobs(env),
    processes: processJobs(env),
    authSecret: '',
    fetchAllow: [],
  },
  identity: {},
}
let user: UserPrincipal

beforeAll(async () => {
  user = { ...(await makeUser()), roles: [] }
})

beforeEach(() => {
  vi.spyOn(console, 'error').mockReturnValue()
  return () => vi.restoreAllMocks()
})

const utf8 = (text: string): Uint8Array<ArrayBuffer> => Uint8Array.from(new TextEncoder().encode(text))
const latin1 = (text: string): Uint8Array<ArrayBuffer> => Uint8Array.from(text, (char) => char.charCodeAt(0))
const bytesOf = (dataUri: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(dataUri.slice(dataUri.indexOf(',') + 1)), (char) => char.charCodeAt(0))

async function* inPieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 100_000) yield bytes.subarray(at, at + 100_000)
}

interface Upload {
  name: string
  bytes: Uint8Array | string
  settings?: Partial<ImportSettings>
  interactive?: boolean
}

function begun({ name, bytes, settings = {}, interactive = false }: Upload): Promise<JobRecord> {
  const content = typeof bytes === 'string' ? utf8(bytes) : bytes
  return startImport(context, user, {
    source: { bytes: inPieces(content), name, mediaType: null },
    settings: { isPublic: true, ...settings },
    interactive,
  })
}

async function imported(
  name: string,
  bytes: Uint8Array | string,
  settings: Partial<ImportSettings> = {},
): Promise<JobRecord> {
  return waitForJob(context, user, (await begun({ name, bytes, settings })).id, WAIT_MS)
}

interface ImportedDataset {
  id: number
  name: string
  layer: string
  features: number
  repaired: number
  warnings: string[]
}

const datasetsOf = (job: JobRecord): ImportedDataset[] => {
  expect(job).toMatchObject({ status: 'successful', message: null })
  return (job.outputs as { datasets: ImportedDataset[] }).datasets
}

/** The features of a dataset, without the columns every table has, with the geometry as text. */
async function featuresOf(id: number): Promise<Record<string, unknown>[]> {
  const dataset = (await findDataset(db, user, id))!
  const geometry = dataset.geometryType ? sql`, ST_AsText(geom) as geom` : sql``
  const columns = sql.join(
    [sql`null as nothing`, ...dataset.columns.map(({ columnName }) => sql.identifier(columnName))],
    sql`, `,
  )
  const { rows } = await db.execute(
    sql`select ${columns}${geometry} from ${sql.raw(`data.d_${id}`)} order by fid`,
  )
  return rows.map(({ nothing: _, ...row }) => row as Record<string, unknown>)
}

const one = async (job: JobRecord) => {
  const [told] = datasetsOf(job)
  const dataset = (await findDataset(db, ANONYMOUS, told!.id))!
  return { told: told!, dataset, features: await featuresOf(told!.id), types: typesOf(dataset.columns) }
}

const typesOf = (columns: readonly { name: string; type: string }[]): Record<string, string> =>
  Object.fromEntries(columns.map(({ name, type }) => [name, type]))

const collection = (...features: unknown[]): string => JSON.stringify({ type: 'FeatureCollection', features })
const feature = (properties: unknown, geometry: unknown): unknown => ({
  type: 'Feature',
  properties,
  geometry,
})
const point = (...coordinates: number[]) => ({ type: 'Point', coordinates })

const NAMES = ['Zürich', 'Łódź', 'Nowhere', '東京']
const POINTS = ['POINT(8.54 47.37)', 'POINT(19.45 51.77)', null, 'POINT(139.7 35.7)']

describe('formats', () => {
  it('reads GeoJSON: types that hold every value, of single and multiple the multiple', async () => {
    const { told, dataset, features, types } = await one(
      await imported(
        'some places.geojson',
        collection(
          { ...(feature({ name: 'Zürich', n: 1, when: '2024-02-29' }, point(8.5, 47.4)) as object), id: 7 },
          feature({ n: 2.5, list: [1] }, { type: 'MultiPoint', coordinates: [[1, 2]] }),
          feature(null, null),
        ).replace('"n":1', '"big":9007199254740993,"n":1'),
      ),
    )
    expect(told).toMatchObject({ name: 'some_places', layer: 'some places', features: 3, warnings: [] })
    expect(types).toEqual({
      id: 'integer',
      name: 'text',
      big: 'bigint',
      n: 'double',
      when: 'date',
      list: 'json',
    })
    expect(dataset).toMatchObject({
      geometryType: 'MultiPoint',
      dimensions: 'XY',
      srid: 4326,
      featureCount: 3,
    })
    expect(dataset.extent).toEqual([1, 2, 8.5, 47.4])
    expect(features[0]).toMatchObject({
      id: 7,
      name: 'Zürich',
      n: 1,
      big: '9007199254740993',
      geom: 'MULTIPOINT((8.5 47.4))',
    })
    expect(features[2]).toMatchObject({ name: null, geom: null })
  })

  it('reads GeoPackage, a dataset a layer', async () => {
    const datasets = datasetsOf(await imported('world.gpkg', bytesOf(countries)))
    expect(datasets.map(({ name, features }) => [name, features])).toEqual([
      ['ne_110m_admin_0_countries', 177],
      ['ne_110m_populated_places_simple', 243],
      ['ne_110m_rivers_lake_centerlines', 13],
    ])
    const [countriesSet, places] = await Promise.all(datasets.map(({ id }) => findDataset(db, ANONYMOUS, id)))
    expect(countriesSet).toMatchObject({
      geometryType: 'MultiPolygon',
      srid: 4326,
      isPublic: true,
      ownerId: user.id,
    })
    expect(typesOf(places!.columns)).toMatchObject({
      pop_other: 'bigint',
      boolean: 'boolean',
      date: 'date',
      start: 'timestamp',
    })
  })

  it('takes the layers that are asked for', async () => {
    const layers = ['ne_110m_rivers_lake_centerlines']
    const { told } = await one(
      await imported('world.gpkg', bytesOf(countries), { layers, name: 'Rivers!', title: 'All Rivers' }),
    )
    expect(told).toMatchObject({ name: 'rivers', features: 13, layer: layers[0] })
    const missing = await imported('world.gpkg', bytesOf(countries), { layers: ['nothing'] })
    expect(missing).toMatchObject({
      status: 'failed',
      message: expect.stringMatching(/no layer "nothing".*ne_110m_admin/),
    })
  })

  it('reads a zipped shapefile with its system and encoding', async () => {
    const { dataset, features, types } = await one(await imported('upload.zip', bytesOf(areasShp)))
    expect(dataset).toMatchObject({ name: 'areas', geometryType: 'MultiPolygon', srid: 25832 })
    expect(types).toEqual({ name: 'text', code: 'text', area: 'double', n: 'integer' })
    expect(features.map(({ name, code, area }) => [name, code, area])).toEqual([
      ['Größe', '007', 12.5],
      ['Süd', '008', null],
    ])
    const cyrillic = await one(await imported('ru.zip', bytesOf(cyrillicShp), { encoding: 'windows-1251' }))
    expect(cyrillic.features).toEqual([{ имя: 'Москва', n: 1, geom: 'POINT(37.6 55.75)' }])
  })

  it.each([
    ['KML', 'places.kml', placesKml, 'Name'],
    ['GML', 'places.gml', placesGml, 'name'],
    ['FlatGeobuf', 'places.fgb', bytesOf(placesFgb), 'name'],
    ['zipped MapInfo TAB', 'places.zip', bytesOf(placesTab), 'name'],
    ['zipped MapInfo MIF', 'places.zip', bytesOf(placesMif), 'name'],
  ] as const)('reads %s', async (format, file, bytes, name) => {
    const { dataset, features, types } = await one(await imported(file, bytes))
    expect(dataset).toMatchObject({ geometryType: 'Point', dimensions: 'XY', srid: 4326 })
    const read = Object.fromEntries(features.map((row) => [String(row[name]), row.geom]))
    const expected = NAMES.map((place, i) => [place, POINTS[i]] as const)
    const known = format === 'KML' || format === 'FlatGeobuf' ? expected.filter(([, geom]) => geom) : expected
    expect(read).toEqual(Object.fromEntries(known))
    if (format === 'FlatGeobuf')
      expect(types).toMatchObject({ id: 'integer', big: 'bigint', ratio: 'double', flag: 'boolean' })
  })

  it('reads GML in the order of its axes', async () => {
    const { dataset, features } = await one(await imported('areas.gml', areasGml))
    expect(dataset).toMatchObject({ name: 'areas', srid: 25832, geometryType: 'MultiPolygon' })
    expect(features[1]).toMatchObject({
      name: 'Süd',
      geom: expect.stringMatching(/^MULTIPOLYGON\(\(\(510000 5500000,/),
    })
  })

  it('reads the waypoints and tracks of GPX, with heights', async () => {
    const datasets = datasetsOf(await imported('hike.gpx', hike))
    expect(datasets.map(({ layer, features }) => [layer, features])).toEqual([
      ['waypoints', 2],
      ['tracks', 1],
    ])
    const [waypoints, tracks] = await Promise.all(datasets.map(({ id }) => featuresOf(id)))
    expect(waypoints!.map(({ name, ele }) => [name, ele])).toEqual([
      ['Gipfel', 512.5],
      ['Hütte', null],
    ])
    expect(tracks![0]!.geom).toContain('MULTILINESTRING')
  })

  it('asks for the system of a DXF', async () => {
    const failed = await imported('plan.dxf', drawing)
    expect(failed).toMatchObject({ status: 'failed', question: { input: 'crs' } })
    const { dataset, features } = await one(await imported('plan.dxf', drawing, { crs: 'EPSG:2056' }))
    expect(dataset).toMatchObject({ srid: 2056, dimensions: 'XY', name: 'plan' })
    expect(features.map(({ geom }) => geom)).toContain('LINESTRING(2600000 1200000,2600100 1200050)')
  })

  it('reads tables: delimiter, types, coordinates', async () => {
    const table =
      'ort;lon;lat;plz;wert;am\n"Zür;ich";8,54;47,37;08001;1,5;2024-02-29\nBern;7,45;46,95;03000;;\n'
    const { told, dataset, features, types } = await one(await imported('tabelle.csv', table))
    expect(types).toEqual({
      ort: 'text',
      lon: 'double',
      lat: 'double',
      plz: 'text',
      wert: 'double',
      am: 'date',
    })
    expect(dataset).toMatchObject({ geometryType: 'Point', srid: 4326 })
    expect(features[0]).toMatchObject({ ort: 'Zür;ich', plz: '08001', wert: 1.5, geom: 'POINT(8.54 47.37)' })
    expect(told.warnings).toEqual([])
  })

  it('reads tables with WKT, in other encodings, and without geometry', async () => {
    const wkt = await one(
      await imported(
        't.csv',
        'n,geom\n1,"SRID=2056;LINESTRING Z (2600000 1200000 5, 2600001 1200000 6)"\n2,\n',
      ),
    )
    expect(wkt.dataset).toMatchObject({ geometryType: 'LineString', dimensions: 'XYZ', srid: 2056 })
    const windows = await one(await imported('t.csv', latin1('name\tn\nGr\xf6\xdfe\t1\nb\t2\n')))
    expect(windows.features).toEqual([
      { name: 'Größe', n: 1 },
      { name: 'b', n: 2 },
    ])
    expect(windows.dataset.geometryType).toBeNull()
    expect(windows.told.warnings[0]).toMatch(/windows-1252/)
  })
})

describe('staged files', () => {
  it('hold what was written, at any place, also for who opens them later', async () => {
    const stub = () => processOf(crypto.randomUUID())
    await inside(stub, (_, state) => {
      const staging = new FileStaging(state.storage.sql)
      const model = new Uint8Array(12 * STAGED_BLOCK_BYTES)
      let size = 0
      const write = (offset: number, length: number, seed: number) => {
        const bytes = Uint8Array.from({ length }, (_, i) => (i * 31 + seed) % 251)
        staging.write('a', offset, bytes)
        model.set(bytes, offset)
        size = Math.max(size, offset + length)
      }
      write(0, 100, 1)
      write(STAGED_BLOCK_BYTES - 5, 10, 2)
      // More blocks than are kept in memory, then back to the first ones.
      for (let i = 0; i < 11; i++) write(i * STAGED_BLOCK_BYTES + 7, 3000, i)
      write(50, 20, 9)
      staging.truncate('a', 2 * STAGED_BLOCK_BYTES + 100)
      model.fill(0, 2 * STAGED_BLOCK_BYTES + 100)
      size = 2 * STAGED_BLOCK_BYTES + 100
      write(4 * STAGED_BLOCK_BYTES, 10, 3)
      staging.append('b', new Uint8Array(3).fill(1))
      staging.flush()
      const again = new FileStaging(state.storage.sql)
      for (const found of [staging, again]) {
        const bytes = new Uint8Array(size + 10)
        expect(found.read('a', 0, bytes)).toBe(size)
        expectSameBytes(bytes.subarray(0, size), model.subarray(0, size))
        expect([found.names(), found.size('b'), found.size('c')]).toEqual([['a', 'b'], 3, null])
      }
      again.rename('b', 'a')
      expect([again.names(), again.size('a')]).toEqual([['a'], 3])
      again.remove('a')
      expect(state.storage.sql.exec('select count(*) as n from staged_file_blocks').one()).toEqual({ n: 0 })
    })
  })
})

describe('systems', () => {
  /** As ArcGIS writes them, without a code. */
  it.each([
    [
      2056,
      'PROJCS["CH1903+_LV95",GEOGCS["GCS_CH1903+",DATUM["D_CH1903+",SPHEROID["Bessel_1841",6377397.155,299.1528128]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]],PROJECTION["Hotine_Oblique_Mercator_Azimuth_Center"],PARAMETER["False_Easting",2600000.0],PARAMETER["False_Northing",1200000.0],PARAMETER["Scale_Factor",1.0],PARAMETER["Azimuth",90.0],PARAMETER["Longitude_Of_Center",7.43958333333333],PARAMETER["Latitude_Of_Center",46.9524055555556],UNIT["Meter",1.0]]',
    ],
    [
      25832,
      'PROJCS["ETRS_1989_UTM_Zone_32N",GEOGCS["GCS_ETRS_1989",DATUM["D_ETRS_1989",SPHEROID["GRS_1980",6378137.0,298.257222101]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]],PROJECTION["Transverse_Mercator"],PARAMETER["False_Easting",500000.0],PARAMETER["False_Northing",0.0],PARAMETER["Central_Meridian",9.0],PARAMETER["Scale_Factor",0.9996],PARAMETER["Latitude_Of_Origin",0.0],UNIT["Meter",1.0]]',
    ],
    [
      27700,
      'PROJCS["British_National_Grid",GEOGCS["GCS_OSGB_1936",DATUM["D_OSGB_1936",SPHEROID["Airy_1830",6377563.396,299.3249646]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]],PROJECTION["Transverse_Mercator"],PARAMETER["False_Easting",400000.0],PARAMETER["False_Northing",-100000.0],PARAMETER["Central_Meridian",-2.0],PARAMETER["Scale_Factor",0.9996012717],PARAMETER["Latitude_Of_Origin",49.0],UNIT["Meter",1.0]]',
    ],
    [
      2263,
      'PROJCS["NAD_1983_StatePlane_New_York_Long_Island_FIPS_3104_Feet",GEOGCS["GCS_North_American_1983",DATUM["D_North_American_1983",SPHEROID["GRS_1980",6378137.0,298.257222101]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]],PROJECTION["Lambert_Conformal_Conic"],PARAMETER["False_Easting",984250.0],PARAMETER["False_Northing",0.0],PARAMETER["Central_Meridian",-74.0],PARAMETER["Standard_Parallel_1",41.0333333333333],PARAMETER["Standard_Parallel_2",40.6666666666667],PARAMETER["Latitude_Of_Origin",40.1666666666667],UNIT["US survey foot",0.304800609601219]]',
    ],
    [
      28355,
      'PROJCS["GDA_1994_MGA_Zone_55",GEOGCS["GCS_GDA_1994",DATUM["D_GDA_1994",SPHEROID["GRS_1980",6378137.0,298.257222101]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]],PROJECTION["Transverse_Mercator"],PARAMETER["False_Easting",500000.0],PARAMETER["False_Northing",10000000.0],PARAMETER["Central_Meridian",147.0],PARAMETER["Scale_Factor",0.9996],PARAMETER["Latitude_Of_Origin",0.0],UNIT["Meter",1.0]]',
    ],
    [
      31467,
      'PROJCS["DHDN_3_Degree_Gauss_Zone_3",GEOGCS["GCS_Deutsches_Hauptdreiecksnetz",DATUM["D_Deutsches_Hauptdreiecksnetz",SPHEROID["Bessel_1841",6377397.155,299.1528128]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]],PROJECTION["Gauss_Kruger"],PARAMETER["False_Easting",3500000.0],PARAMETER["False_Northing",0.0],PARAMETER["Central_Meridian",9.0],PARAMETER["Scale_Factor",1.0],PARAMETER["Latitude_Of_Origin",0.0],UNIT["Meter",1.0]]',
    ],
    [
      3857,
      'PROJCS["WGS_1984_Web_Mercator_Auxiliary_Sphere",GEOGCS["GCS_WGS_1984",DATUM["D_WGS_1984",SPHEROID["WGS_1984",6378137.0,298.257223563]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]],PROJECTION["Mercator_Auxiliary_Sphere"],PARAMETER["False_Easting",0.0],PARAMETER["False_Northing",0.0],PARAMETER["Central_Meridian",0.0],PARAMETER["Standard_Parallel_1",0.0],PARAMETER["Auxiliary_Sphere_Type",0.0],UNIT["Meter",1.0]]',
    ],
    [
      25833,
      'PROJCRS["unnamed",BASEGEOGCRS["unnamed",DATUM["European Terrestrial Reference System 1989",ELLIPSOID["GRS 1980",6378137,298.257222101,LENGTHUNIT["metre",1]]],PRIMEM["Greenwich",0,ANGLEUNIT["degree",0.0174532925199433]]],CONVERSION["unnamed",METHOD["Transverse Mercator",ID["EPSG",9807]],PARAMETER["Latitude of natural origin",0,ANGLEUNIT["degree",0.0174532925199433]],PARAMETER["Longitude of natural origin",15,ANGLEUNIT["degree",0.0174532925199433]],PARAMETER["Scale factor at natural origin",0.9996,SCALEUNIT["unity",1]],PARAMETER["False easting",500000,LENGTHUNIT["metre",1]],PARAMETER["False northing",0,LENGTHUNIT["metre",1]]],CS[Cartesian,2],AXIS["easting",east],AXIS["northing",north],LENGTHUNIT["metre",1]]',
    ],
  ])('EPSG:%i is known by its definition', async (code, wkt) => {
    expect(await matchSystem(context, wkt)).toEqual({ code, candidates: [], warning: null })
  })

  it('are asked for where nothing is like them, and refused by name', async () => {
    const unknown =
      'PROJCS["x",GEOGCS["y",DATUM["z",SPHEROID["s",6000000,200]],PRIMEM["Greenwich",0],UNIT["Degree",0.0174532925199433]],PROJECTION["Transverse_Mercator"],PARAMETER["Central_Meridian",3],UNIT["Meter",1]]'
    expect(await matchSystem(context, unknown)).toEqual({ code: null, candidates: [], warning: null })
    await expect(begun({ name: 'a.csv', bytes: 'a\n1\n', settings: { crs: 'EPSG:1' } })).rejects.toThrow(
      /crs/,
    )
    await expect(begun({ name: 'a.csv', bytes: 'a\n1\n', settings: { encoding: 'rot13' } })).rejects.toThrow(
      /encoding/,
    )
  })
})

describe('questions', () => {
  it('waits for the system and goes on with it', async () => {
    const { id } = await begun({ name: 't.csv', bytes: 'x,y,n\n600000,200000,1\n', interactive: true })
    expect(await waitForJob(context, user, id, WAIT_MS)).toMatchObject({
      status: 'waiting',
      question: { input: 'crs' },
    })
    await answerQuestion(context, user, id, { crs: 'EPSG:21781' })
    const { dataset } = await one(await waitForJob(context, user, id, WAIT_MS))
    expect(dataset.srid).toBe(21781)
  })

  it('asks for columns that are not there, with those that are', async () => {
    const job = await imported('t.csv', 'a,b\n1,2\n', { x: 'east', y: 'b' })
    expect(job).toMatchObject({ status: 'failed', question: { input: 'x', choices: ['a', 'b'] } })
  })
})

/** Numbers of the user's datasets, whole or not. */
async function ownDatasets(): Promise<number[]> {
  const owned = sql`select d.id from datasets d join resources r on r.id = d.id where r.owner_id = ${user.id} order by 1`
  return (await db.execute<{ id: number }>(owned)).rows.map(({ id }) => id)
}

describe('faults', () => {
  it('repairs what is invalid and says so', async () => {
    const bow = {
      type: 'Polygon',
      coordinates: [
        [
          [0, 0],
          [2, 2],
          [2, 0],
          [0, 2],
          [0, 0],
        ],
      ],
    }
    const square = {
      type: 'Polygon',
      coordinates: [
        [
          [5, 5],
          [6, 5],
          [6, 6],
          [5, 5],
        ],
      ],
    }
    const { told, dataset, features } = await one(
      await imported('bow.geojson', collection(feature({}, square), feature({}, bow))),
    )
    expect(told).toMatchObject({ repaired: 1, warnings: [expect.stringContaining('repaired')] })
    expect(dataset).toMatchObject({ geometryType: 'MultiPolygon', featureCount: 2 })
    expect(features[1]!.geom).toMatch(/^MULTIPOLYGON\(\(\(.*\)\),\(\(/)
  })

  it('leaves out a geometry that is none, and says where', async () => {
    const { told, features } = await one(
      await imported(
        'odd.geojson',
        collection(feature({ n: 1 }, point(1, 2)), feature({ n: 2 }, { type: 'Point', coordinates: ['a'] })),
      ),
    )
    expect(features.map(({ geom }) => geom)).toEqual(['POINT(1 2)', null])
    expect(told.warnings).toEqual([expect.stringMatching(/1 feature was not readable.*byte \d+/)])
  })

  const doctype = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'
  const bomb = zipFile([
    { path: 'big.geojson', bytes: new Uint8Array(10), claims: { size: 900_000_000, packedSize: 1000 } },
  ])
  it.each([
    [
      'cut off GeoJSON',
      'a.geojson',
      collection(feature({}, point(1, 2))).slice(0, -20),
      /ends within|file ends/,
    ],
    ['GeoJSON with a fault', 'a.geojson', '{"type":"FeatureCollection","features":[{"type":}]}', /byte 40/],
    ['TopoJSON', 'a.json', '{"type":"Topology","objects":{},"arcs":[]}', /TopoJSON/],
    ['a cut off GeoPackage', 'a.gpkg', bytesOf(countries).slice(0, 200_000), /cannot|damaged|ends/],
    ['a cut off FlatGeobuf', 'a.fgb', bytesOf(placesFgb).slice(0, -30), /cut off|ends/],
    ['a KML with entities', 'a.kml', `<?xml version="1.0"?>${doctype}<kml></kml>`, /DOCTYPE/],
    ['a GML with entities', 'a.gml', `${doctype}<a xmlns:gml="http://www.opengis.net/gml"/>`, /DOCTYPE/],
    [
      'a KMZ with entities',
      'a.kmz',
      zipFile([{ path: 'doc.kml', bytes: utf8(`${doctype}<kml/>`) }]),
      /DOCTYPE/,
    ],
    ['a zip bomb', 'a.zip', bomb, /too large/],
    [
      'an archive with a path that leads out of it',
      'a.zip',
      zipFile([{ path: '../../etc/a.geojson', bytes: utf8(collection(feature({}, point(1, 2)))) }]),
      /leads out of it/,
    ],
    ['an archive in an archive', 'a.zip', zipFile([{ path: 'b.zip', bytes: bomb }]), /another archive/],
    ['an archive of nothing', 'a.zip', zipFile([{ path: 'readme.md', bytes: utf8('hello') }]), /readme\.md/],
    ['an empty file', 'a.geojson', '', /empty/],
    ['a picture', 'a.png', latin1('\x89PNG\r\n\x1a\n'), /picture/],
    ['a lone shapefile', 'a.shp', latin1('\0\0\x27\x0a'.padEnd(100, '\0')), /zip/],
    ['an open quote', 'a.csv', 'a,b\n1,"x\n2,3\n', /quote/],
  ])('refuses %s and leaves nothing', async (_, name, bytes, message) => {
    const before = await ownDatasets()
    const job = await imported(name, bytes)
    expect(job).toMatchObject({ status: 'failed', message: expect.stringMatching(message) })
    expect(await ownDatasets()).toEqual(before)
    expect(await objectKeysUnder(objectKeys.jobPrefix(job.id))).toEqual([])
  })

  it('keeps what is private from others', async () => {
    const job = await imported('p.geojson', collection(feature({}, point(1, 2))), { isPublic: false })
    const [{ id }] = datasetsOf(job) as [ImportedDataset]
    expect(await findDataset(db, ANONYMOUS, id)).toBeNull()
    expect(await findDataset(db, user, id)).toMatchObject({ id })
  })
})

describe('interruptions', () => {
  const many = collection(...Array.from({ length: 30 }, (_, i) => feature({ n: i }, point(i, i / 2))))

  it.each([
    ['GeoJSON', 'many.geojson', many, 30],
    ['shapefile', 'areas.zip', bytesOf(areasShp), 2],
  ] as const)(
    'comes to the same end whenever it is killed: %s',
    async (_, name, bytes, count) => {
      let id = ''
      const jobId = crypto.randomUUID()
      const kills = await runKilledAtEveryStep(
        () => processOf(jobId),
        PROCESS,
        async () => {
          id = (
            await startImport(context, user, {
              jobId,
              source: {
                bytes: inPieces(typeof bytes === 'string' ? utf8(bytes) : bytes),
                name,
                mediaType: null,
              },
              settings: { isPublic: true },
              interactive: false,
            })
          ).id
        },
      )
      expect(id).toBe(jobId)
      expect(kills.length).toBeGreaterThan(10)
      const [told] = datasetsOf(await readJob(context, user, jobId))
      expect(told!.features).toBe(count)
      expect(await featuresOf(told!.id)).toHaveLength(count)
      const unfinished = await db.execute(sql`select id from datasets where status = 'importing'`)
      expect(unfinished.rows).toEqual([])
    },
    CRASH_TEST_MS,
  )

  it('leaves nothing when it is dismissed', async () => {
    const { id } = await begun({ name: 'm.csv', bytes: 'x,y\n600000,200000\n', interactive: true })
    await waitForJob(context, user, id, WAIT_MS)
    await removeJob(context, user, id)
    expect(await readJob(context, user, id)).toMatchObject({ status: 'dismissed' })
    expect(await objectKeysUnder(objectKeys.jobPrefix(id))).toEqual([])
    expect((await db.execute(sql`select id from datasets where status = 'importing'`)).rows).toEqual([])
  })
})

describe('the storage', () => {
  let owner: UserPrincipal
  beforeAll(async () => {
    owner = await makeUser()
  })
  const kept = () => objectKeysUnder(`storage/${owner.id}/`)
  const put = (path: string, text: string) => storeFile(context, owner, path, utf8(text))

  /** Takes an archive in as a request does. */
  async function unpacked(folder: string, archive: Uint8Array): Promise<string[]> {
    const intake = new StorageIntake(context, owner)
    const sink = await intake.open(`${folder}/a.zip`, null, true)
    await sink.write(archive)
    return intake.finish(null)
  }

  it('keeps one object a file, and none of what was replaced, failed or deleted', async () => {
    const first = await put('a/b.txt', 'one')
    const second = await put('a/b.txt', 'other')
    expect(second.objectKey).not.toBe(first.objectKey)
    expect(await kept()).toEqual([second.objectKey])
    const broken = (async function* () {
      yield utf8('begun')
      throw new Error('the connection broke')
    })()
    await expect(storeFile(context, owner, 'a/b.txt', broken)).rejects.toThrow('the connection broke')
    await expect(put('a/b.txt/c', 'x')).rejects.toThrow(PathTakenError)
    await expect(put('a', 'x')).rejects.toThrow(PathTakenError)
    await expect(put('../x', 'x')).rejects.toThrow(ValidationError)
    expect(await kept()).toEqual([second.objectKey])
    expect(await findStoredFile(context, owner, '/a/b.txt')).toMatchObject({ byteSize: 5 })
    await removeStored(context, owner, 'a')
    expect(await kept()).toEqual([])
  })

  it('unpacks an archive as a whole, or not at all', async () => {
    const file = { path: 'in/a.txt', bytes: utf8('a') }
    const more = { path: 'b.txt', bytes: utf8('b') }
    const bad = [
      [file, { ...more, path: '../b.txt' }],
      [file, { ...more, path: '/b.txt' }],
      [file, { ...more, path: 'c:\\b.txt' }],
      [file, { ...more, path: 'in/a.txt/b' }],
      [file, { ...more, mode: 0o120777 }],
      [file, { ...more, claims: { crc32: 1 } }],
      [file, file],
    ]
    for (const files of bad) {
      await expect(unpacked('z', zipFile(files))).rejects.toThrow()
      expect(await kept()).toEqual([])
    }
    await expect(unpacked('z', utf8('no archive'))).rejects.toThrow(FormatError)
    expect(await unpacked('z', zipFile([file, more]))).toEqual(['z/in/a.txt', 'z/b.txt'])
    expect(await kept()).toHaveLength(2)
    await removeStored(context, owner, 'z')
  })

  it('holds its limit, whoever stores beside', async () => {
    await db.execute(sql`with profile as (
        insert into resources (kind, owner_id, title) values ('user', ${owner.id}, 'x') returning id)
      insert into user_profiles (user_id, resource_id, storage_limit_bytes) select ${owner.id}, id, 100 from profile
      on conflict (user_id) do update set storage_limit_bytes = 100`)
    const outcomes = await Promise.allSettled([0, 1, 2, 3, 4].map((n) => put(`${n}.txt`, 'x'.repeat(40))))
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(2)
    for (const outcome of outcomes)
      if (outcome.status === 'rejected') expect(outcome.reason).toBeInstanceOf(StorageFullError)
    expect(await kept()).toHaveLength(2)
    const [some] = (await readStored(db, owner, '', { limit: 1, offset: 0, order: null })).folder!.items
    // What is replaced makes room for what comes.
    await put(some!.name, 'x'.repeat(60))
    await expect(unpacked('z', zipFile([{ path: 'a', bytes: utf8('x'.repeat(101)) }]))).rejects.toThrow(
      StorageFullError,
    )
    expect(await kept()).toHaveLength(2)
    await db.execute(sql`update user_profiles set storage_limit_bytes = null where user_id = ${owner.id}`)
  })

  it('has files that become datasets, with what lies beside them', async () => {
    await unpacked('shapes', bytesOf(areasShp))
    const [main] = (
      await readStored(db, owner, 'shapes', { limit: 100, offset: 0, order: null })
    ).folder!.items.filter(({ name }) => name.endsWith('.shp'))
    const { id } = await importStoredFile(context, owner, `/shapes/${main!.name}`, { isPublic: false })
    const job = await waitForJob(context, owner, id, WAIT_MS)
    expect(job).toMatchObject({ status: 'successful', message: null })
    const [made] = (job.outputs as { datasets: { id: number; features: number }[] }).datasets
    const dataset = await findDataset(db, owner, made!.id)
    expect(dataset!.columns.length).toBeGreaterThan(0)
    expect(dataset!.srid).not.toBe(0)
    await expect(
      importStoredFile(context, user, `shapes/${main!.name}`, { isPublic: false }),
    ).rejects.toThrow(NotFoundError)
  })
})
