import { sql } from 'drizzle-orm'
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { PROCESS } from '../../durable-objects/process-job.ts'
import { DERIVED_BATCH_ROWS } from '../../durable-objects/processes/derive.ts'
import type { Context } from '../../src/domain/context.ts'
import {
  type ProcessingName,
  type ProcessingOutputs,
  type ProcessingRequests,
  startProcessing,
} from '../../src/domain/datasets/processing/start-processing.ts'
import {
  ForbiddenError,
  NotFoundError,
  UnauthenticatedError,
  ValidationError,
} from '../../src/domain/errors.ts'
import { type JobRecord, readJob, removeJob, waitForJob } from '../../src/domain/jobs.ts'
import {
  bufferLayerOf,
  type LayerBufferRequest,
  startLayerBuffer,
} from '../../src/domain/maps/layer-buffer.ts'
import { exportedFile, startLayerExport } from '../../src/domain/maps/layer-export.ts'
import { SEARCH_UNINDEXED_MAX_ROWS } from '../../src/domain/search/index-searched.ts'
import { type SearchQuery, search } from '../../src/domain/search/search.ts'
import { type FlatGeometry, GEOMETRY_CODES } from '../../src/geo/flat-geometry.ts'
import { type DatasetRecord, findDataset } from '../../src/store/datasets.ts'
import { setGrants } from '../../src/store/grants.ts'
import { insertLayer, listMapLayers } from '../../src/store/layers.ts'
import { insertMap } from '../../src/store/maps.ts'
import type { Verb } from '../../src/store/permissions.ts'
import { ANONYMOUS, type Principal, type UserPrincipal } from '../../src/store/principal.ts'
import { processJobs } from '../../workers/process-jobs.ts'
import { scanJobs } from '../../workers/scan-jobs.ts'
import { db, env, processOf } from './support/bindings.ts'
import { type AnyJob, inside, runKilledAtEveryStep } from './support/crash.ts'
import { makeUser, SYSTEM } from './support/scans.ts'
import { filledDataset } from './support/vector-dataset.ts'

const WAIT_MS = 60_000
const EARTH_RADIUS_METRES = 6_371_008.8

const context: Context = {
  ...{ db, bucket: env.BUCKET, jobs: scanJobs(env), processes: processJobs(env) },
  ...{ authSecret: '', fetchAllow: [], identity: {} },
}

const { Point, LineString, Polygon } = GEOMETRY_CODES
const point = (x: number, y: number): FlatGeometry => ({ type: Point, xy: [x, y] })
const line = (...xy: number[]): FlatGeometry => ({ type: LineString, xy })
const square = (x: number, y: number, side: number): FlatGeometry => ({
  ...{ type: Polygon, ends: [5] },
  xy: [x, y, x + side, y, x + side, y + side, x, y + side, x, y],
})
const ring = (x: number, y: number, side: number) => [
  [x, y],
  [x + side, y],
  [x + side, y + side],
  [x, y + side],
  [x, y],
]

const SWISS = 2056
const kind = [{ name: 'kind', type: 'text' as const }]

let user: UserPrincipal
/** Three squares of side 10 in a row, touching, of kinds a, a, b; and one of kind b apart. */
let squares: number
/** One such square, for its owner alone. */
let unshared: number

beforeAll(async () => {
  user = await makeUser()
  squares = await filledDataset(user, {
    ...{ name: 'squares', geometryType: 'Polygon', srid: SWISS, columns: kind },
    features: [
      { geometry: square(0, 0, 10), values: ['a'] },
      { geometry: square(10, 0, 10), values: ['a'] },
      { geometry: square(20, 0, 10), values: ['b'] },
      { geometry: square(100, 0, 10), values: ['b'] },
    ],
  })
  unshared = await filledDataset(user, {
    ...{ name: 'unshared', geometryType: 'Polygon', srid: SWISS, isPublic: false },
    features: [{ geometry: square(0, 0, 10) }],
  })
})

beforeEach(() => {
  vi.spyOn(console, 'error').mockReturnValue()
  return () => vi.restoreAllMocks()
})

async function run<Name extends ProcessingName>(
  name: Name,
  request: ProcessingRequests[Name],
  principal: Principal = user,
): Promise<JobRecord> {
  const { id } = await startProcessing(context, principal, name, request)
  return waitForJob(context, principal, id, WAIT_MS)
}

async function madeBy(
  job: JobRecord,
): Promise<ProcessingOutputs['datasets'][number] & { record: DatasetRecord }> {
  expect(job).toMatchObject({ status: 'successful', message: null })
  const [made] = (job.outputs as unknown as ProcessingOutputs).datasets
  const record = await findDataset(db, user, made!.id)
  expect(record).toMatchObject({ ownerId: user.id, featureCount: made!.features, name: made!.name })
  return { ...made!, record: record! }
}

interface Row {
  fid: number
  kind?: string | null
  type: string
  srid: number
  area: number
  shape: string
  isValid: boolean
}

const rowsOf = async (id: number): Promise<Row[]> =>
  (
    await db.execute<Row & Record<string, unknown>>(
      sql`select *, fid::int as fid, GeometryType(geom) as type, ST_SRID(geom) as srid, ST_Area(geom) as area,
        ST_AsText(geom) as shape, ST_IsValid(geom) as "isValid" from ${sql.raw(`data.d_${id}`)} t order by t.fid`,
    )
  ).rows

describe('buffer', () => {
  it('is of the units of a projected system, exactly', async () => {
    const made = await madeBy(await run('buffer', { dataset: squares, distance: 2, segments: 4 }))
    expect(made).toMatchObject({ name: 'squares_buffer', features: 4, warnings: [] })
    expect(made.record).toMatchObject({
      geometryType: 'MultiPolygon',
      srid: SWISS,
      isPublic: true,
      dimensions: 'XY',
    })
    const rows = await rowsOf(made.id)
    // A square, four sides and the sixteen triangles of the corners.
    const area = 100 + 4 * 10 * 2 + 16 * 0.5 * 2 * 2 * Math.sin(Math.PI / 8)
    for (const row of rows) {
      expect(row).toMatchObject({ type: 'MULTIPOLYGON', srid: SWISS, isValid: true })
      expect(row.area).toBeCloseTo(area, 6)
    }
    expect(rows.map((row) => row.kind)).toEqual(['a', 'a', 'b', 'b'])
    expect(made.record.nativeExtent).toEqual([-2, -2, 112, 12])
  })

  it('is of metres on the ground where coordinates are degrees', async () => {
    const dataset = await filledDataset(user, {
      ...{ name: 'towns', geometryType: 'Point' },
      features: [
        { geometry: point(8.5, 47.4) },
        { geometry: point(-70, -54) },
        { geometry: point(25, 69.5) },
      ],
    })
    const made = await madeBy(await run('buffer', { dataset, distance: 5000 }))
    const { rows } = await db.execute<{ fid: number; lon: number; lat: number }>(
      sql`select fid::int, ST_X(p.geom) as lon, ST_Y(p.geom) as lat
        from ${sql.raw(`data.d_${made.id}`)} t, ST_DumpPoints(t.geom) p`,
    )
    const centres = [
      [8.5, 47.4],
      [-70, -54],
      [25, 69.5],
    ]
    expect(rows.length).toBeGreaterThan(90)
    for (const { fid, lon, lat } of rows) {
      const [centreLon, centreLat] = centres[fid - 1]!
      // The ellipsoid is up to half a per cent from the sphere.
      expect(Math.abs(haversine(centreLon!, centreLat!, lon, lat) / 5000 - 1)).toBeLessThan(0.006)
    }
  })

  it('is cut where it reaches across the antimeridian, and does not go round the world', async () => {
    const dataset = await filledDataset(user, {
      ...{ name: 'atolls', geometryType: 'Point' },
      features: [{ geometry: point(179.9, -8.5) }, { geometry: point(-179.95, 51) }],
    })
    const made = await madeBy(await run('buffer', { dataset, distance: 50_000 }))
    const { rows } = await db.execute<{
      area: number
      parts: number
      west: number
      east: number
      isValid: boolean
    }>(
      sql`select ST_Area(geom::geography) as area, ST_NumGeometries(geom) as parts, ST_XMin(geom) as west,
        ST_XMax(geom) as east, ST_IsValid(geom) as "isValid" from ${sql.raw(`data.d_${made.id}`)} t`,
    )
    expect(rows).toHaveLength(2)
    for (const row of rows) {
      expect(row).toMatchObject({ parts: 2, west: -180, east: 180, isValid: true })
      // A polygon in a circle has a little less than the circle.
      expect(Math.abs(row.area / (Math.PI * 50_000 ** 2) - 1)).toBeLessThan(0.02)
    }
  })

  it('of all features may be one', async () => {
    const made = await madeBy(await run('buffer', { dataset: squares, distance: 1, dissolve: true }))
    expect(made).toMatchObject({ features: 1, warnings: [] })
    expect(made.record.columns).toEqual([])
    const [row] = await rowsOf(made.id)
    const corners = 32 * 0.5 * Math.sin(Math.PI / 16)
    expect(row!.area).toBeCloseTo(300 + 80 + corners + (100 + 40 + corners), 6)
  })

  it('of less than nothing leaves out what vanishes', async () => {
    const made = await madeBy(await run('buffer', { dataset: squares, distance: -5.5 }))
    expect(made).toMatchObject({
      features: 0,
      warnings: ['4 features left out: nothing remains'],
    })
    const smaller = await madeBy(await run('buffer', { dataset: squares, distance: -1 }))
    expect((await rowsOf(smaller.id)).map(({ area }) => area)).toEqual([64, 64, 64, 64])
  })
})

const radians = (degrees: number) => (degrees * Math.PI) / 180
function haversine(lon1: number, lat1: number, lon2: number, lat2: number): number {
  const a =
    Math.sin(radians(lat2 - lat1) / 2) ** 2 +
    Math.cos(radians(lat1)) * Math.cos(radians(lat2)) * Math.sin(radians(lon2 - lon1) / 2) ** 2
  return 2 * EARTH_RADIUS_METRES * Math.asin(Math.sqrt(a))
}

describe('an index for searches', () => {
  it('is made of the columns that are searched, once a table is large, and does not change what is found', async () => {
    const dataset = await filledDataset(user, {
      ...{
        name: 'words',
        geometryType: 'Point',
        columns: [...kind, { name: 'note', type: 'text' as const }],
      },
      features: [{ geometry: point(8, 47), values: ['a needle in it', 'x'] }],
    })
    const table = sql.raw(`data.d_${dataset}`)
    await db.execute(
      sql`insert into ${table} (kind) select md5(n::text) from generate_series(1, ${SEARCH_UNINDEXED_MAX_ROWS}) n`,
    )
    await db.execute(
      sql`update datasets set feature_count = (select count(*) from ${table}) where id = ${dataset}`,
    )
    const map = await insertMap(db, user, { name: 'm' })
    const shown = { name: 'l', type: 'point', source: {}, dataId: dataset } as const
    const layerId = (await insertLayer(db, user, map, shown))!
    const query: SearchQuery = {
      ...{ text: 'NEEDLE', layers: [{ layerId, columns: ['kind'], sort: [] }], near: null, srid: 4326 },
      ...{ isPlain: false, limit: 10, offset: 0 },
    }
    const found = await search(context, user, query)
    expect(found.features.map(({ fid }) => fid)).toEqual([1])
    const { rows } = await db.execute<{ id: string }>(
      sql`select id from jobs where process = 'search-index' and inputs ->> 'dataset' = ${String(dataset)}`,
    )
    expect(rows).toHaveLength(1)
    expect(await waitForJob(context, SYSTEM, rows[0]!.id, WAIT_MS)).toMatchObject({
      ...{ status: 'successful', outputs: { indexed: ['kind'] } },
    })
    const noted = await db.execute(
      sql`select name from dataset_columns where dataset_id = ${dataset} and is_search_indexed`,
    )
    expect(noted.rows).toEqual([{ name: 'kind' }])
    const indexes = await db.execute<{ indexdef: string }>(
      sql`select indexdef from pg_indexes where tablename = ${`d_${dataset}`} and indexdef like '%gin_trgm_ops%'`,
    )
    expect(indexes.rows).toHaveLength(1)
    expect((await search(context, user, query)).features).toEqual(found.features)
  })
})

describe('clip', () => {
  it('by a dataset keeps what lies in any of its polygons, once', async () => {
    const by = await filledDataset(user, {
      ...{ name: 'mask', geometryType: 'Polygon', srid: SWISS },
      features: [{ geometry: square(-5, -5, 20) }, { geometry: square(5, 5, 20) }],
    })
    const made = await madeBy(await run('clip', { dataset: squares, by: { dataset: by } }))
    expect(made.warnings).toEqual(['1 feature left out: nothing remains'])
    const rows = await rowsOf(made.id)
    expect(rows.map(({ fid, kind: of, area }) => [fid, of, area])).toEqual([
      [1, 'a', 100],
      [2, 'a', 75],
      [3, 'b', 25],
    ])
    expect(made.record).toMatchObject({ geometryType: 'MultiPolygon', srid: SWISS })
  })

  it('by a geometry in degrees, points and lines as well', async () => {
    const features = [
      { geometry: line(0, 0.5, 3, 0.5) },
      { geometry: line(0, 5, 3, 5) },
      { geometry: line(0.25, 0.5, 0.75, 0.5) },
    ]
    const lines = await filledDataset(user, { name: 'lines', geometryType: 'LineString', features })
    const geometry = { type: 'MultiPolygon', coordinates: [[ring(0, 0, 1)], [ring(2, 0, 1)]] }
    const clipped = await madeBy(await run('clip', { dataset: lines, by: { geometry } }))
    expect((await rowsOf(clipped.id)).map(({ shape }) => shape)).toEqual([
      'MULTILINESTRING((0 0.5,1 0.5),(2 0.5,3 0.5))',
      'MULTILINESTRING((0.25 0.5,0.75 0.5))',
    ])
    const points = await filledDataset(user, {
      ...{ name: 'points', geometryType: 'Point', dimensions: 'XYZ' },
      features: [
        { geometry: { ...point(0.5, 0.5), z: [7] } },
        { geometry: { ...point(1.5, 0.5), z: [8] } },
        { geometry: null },
      ],
    })
    const kept = await madeBy(await run('clip', { dataset: points, by: { geometry } }))
    expect(kept.record).toMatchObject({ geometryType: 'MultiPoint', dimensions: 'XYZ' })
    expect((await rowsOf(kept.id)).map(({ shape }) => shape)).toEqual(['MULTIPOINT Z ((0.5 0.5 7))'])
  })

  it('by a dataset of another system', async () => {
    const by = await filledDataset(user, {
      ...{ name: 'degrees', geometryType: 'Polygon' },
      features: [{ geometry: square(7, 46, 1) }],
    })
    const dataset = await filledDataset(user, {
      ...{ name: 'metres', geometryType: 'Point', srid: 3857 },
      features: [7.5, 8.5].map((lon) => ({ geometry: point(lon * 111319.49079327358, 5860000) })),
    })
    const made = await madeBy(await run('clip', { dataset, by: { dataset: by } }))
    expect((await rowsOf(made.id)).map(({ fid }) => fid)).toEqual([1])
  })
})

describe('dissolve', () => {
  it('makes features of the same values one', async () => {
    const made = await madeBy(
      await run('dissolve', { dataset: squares, by: ['kind'], name: 'kinds', title: 'Kinds' }),
    )
    expect(made).toMatchObject({ name: 'kinds', features: 2 })
    const rows = await rowsOf(made.id)
    expect(rows.map(({ kind: of, area }) => [of, area])).toEqual([
      ['a', 200],
      ['b', 200],
    ])
    expect(rows.map(({ shape }) => shape.split('((').length - 1)).toEqual([1, 2])
  })

  it('of everything, over more features than a batch has', async () => {
    const features = Array.from({ length: DERIVED_BATCH_ROWS + 30 }, (_, i) => ({
      geometry: square(i, 0, 1),
    }))
    const dataset = await filledDataset(user, { name: 'row', geometryType: 'Polygon', srid: SWISS, features })
    const made = await madeBy(await run('dissolve', { dataset }))
    const [row, ...others] = await rowsOf(made.id)
    expect(others).toEqual([])
    expect(row).toMatchObject({ type: 'MULTIPOLYGON', area: features.length, isValid: true })
  })
})

it('reprojects', async () => {
  const dataset = await filledDataset(user, {
    ...{ name: 'lonlat', geometryType: 'Point', columns: kind },
    features: [
      { geometry: point(8, 47), values: ['x'] },
      { geometry: null, values: ['none'] },
    ],
  })
  const made = await madeBy(await run('reproject', { dataset, crs: 'EPSG:3857' }))
  expect(made.record).toMatchObject({ srid: 3857, geometryType: 'Point', name: 'lonlat_3857' })
  const rows = await rowsOf(made.id)
  expect(rows.map((row) => row.kind)).toEqual(['x'])
  const [x, y] = /POINT\((\S+) (\S+)\)/.exec(rows[0]!.shape)!.slice(1).map(Number)
  expect(x).toBeCloseTo(radians(8) * 6378137, 4)
  expect(y).toBeCloseTo(6378137 * Math.log(Math.tan(Math.PI / 4 + radians(47) / 2)), 4)
})

describe('what cannot be', () => {
  const refused = async <Name extends ProcessingName>(name: Name, request: ProcessingRequests[Name]) =>
    startProcessing(context, user, name, request).then(
      () => 'it began',
      (error: unknown) => (error instanceof ValidationError ? error.issues[0]!.attribute : error),
    )

  it('is refused before there is a job', async () => {
    expect(await refused('buffer', { dataset: squares, distance: 0 })).toBe('distance')
    expect(await refused('buffer', { dataset: squares, distance: Number.NaN })).toBe('distance')
    expect(await refused('buffer', { dataset: squares, distance: 1, segments: 1.5 })).toBe('segments')
    expect(await refused('dissolve', { dataset: squares, by: ['nothing"; drop table users; --'] })).toBe('by')
    expect(await refused('reproject', { dataset: squares, crs: 'EPSG:999999' })).toBe('crs')
    for (const geometry of [
      null,
      7,
      {},
      { type: 'Point', coordinates: [0, 0] },
      { type: 'Polygon', coordinates: [[['a']]] },
    ])
      expect(await refused('clip', { dataset: squares, by: { geometry } })).toBe('by')
    await expect(startProcessing(context, ANONYMOUS, 'dissolve', { dataset: squares })).rejects.toThrow(
      UnauthenticatedError,
    )
  })

  it('is a dataset that the caller does not see, before or while it is worked on', async () => {
    const hidden = await filledDataset(user, {
      ...{ name: 'hidden', geometryType: 'Polygon', srid: SWISS, isPublic: false },
      features: [{ geometry: square(0, 0, 10) }],
    })
    const stranger = await makeUser()
    await expect(startProcessing(context, stranger, 'dissolve', { dataset: hidden })).rejects.toThrow(
      NotFoundError,
    )
    await expect(
      startProcessing(context, stranger, 'clip', { dataset: squares, by: { dataset: hidden } }),
    ).rejects.toThrow(NotFoundError)
    await setGrants(db, user, hidden, [{ principalType: 'user', principalId: stranger.id, verb: 'view' }])
    await expect(startProcessing(context, stranger, 'dissolve', { dataset: hidden })).rejects.toThrow(
      ForbiddenError,
    )
    await expect(
      startProcessing(context, stranger, 'clip', { dataset: squares, by: { dataset: hidden } }),
    ).rejects.toThrow(ForbiddenError)
    const made = await madeBy(await run('dissolve', { dataset: hidden, isPublic: true }))
    expect(made.record.isPublic).toBe(false)
  })
})

it('makes the same however often it is killed', async () => {
  let id = ''
  const start = async () => {
    id = (await startProcessing(context, user, 'dissolve', { dataset: squares, by: ['kind'] })).id
  }
  await start()
  const kills = await runKilledAtEveryStep(
    () => processOf(id),
    PROCESS,
    async () => {},
  )
  expect(kills.length).toBeGreaterThan(8)
  const made = await madeBy(await readJob(context, user, id))
  expect((await rowsOf(made.id)).map(({ area }) => area)).toEqual([200, 200])
})

describe('of a layer', () => {
  let map: number
  let layer: number
  beforeAll(async () => {
    map = await insertMap(db, user, { name: 'A map' })
    const shown = { name: 'Squares', type: 'polygon', source: {}, dataId: unshared } as const
    layer = (await insertLayer(db, user, map, shown))!
  })

  const grant = (resourceId: number, verbs: Verb[], to: { type: 'user' | 'everyone'; id: number }) =>
    setGrants(
      db,
      user,
      resourceId,
      verbs.map((verb) => ({ principalType: to.type, principalId: to.id, verb })),
    )
  const buffer: LayerBufferRequest = {
    ...{ name: 'Around the squares', distance: 0.001, unit: 'degree', isMerged: true },
    rule: { fill: [198, 45, 240], border: [0, 32, 96], borderWidth: 2 },
  }
  const ended = async (job: Promise<JobRecord>, principal: Principal = user) =>
    waitForJob(context, principal, (await job).id, WAIT_MS)

  it('a buffer is one layer of its map, above it, however often the job is killed', async () => {
    const { id } = await startLayerBuffer(context, user, layer, buffer)
    const kills = await runKilledAtEveryStep(
      () => processOf(id),
      PROCESS,
      async () => {},
    )
    expect(kills.length).toBeGreaterThan(10)
    const job = await readJob(context, user, id)
    const made = await madeBy(job)
    expect(made).toMatchObject({ name: 'around_the_squares', features: 1, record: { isPublic: false } })
    const layers = await listMapLayers(db, user, map)
    expect(layers.map(({ id: of }) => of)).toEqual([layer, bufferLayerOf(job).id])
    expect(bufferLayerOf(job).mapId).toBe(map)
    expect(layers[1]).toMatchObject({ name: 'Around the squares', type: 'polygon', data: { id: made.id } })
    expect(layers[1]!.rules).toMatchObject([{ expression: '', isVisible: true, ...buffer.rule }])
    const [shape] = await rowsOf(made.id)
    // A square of side 10 of this system, and the distance of a degree of the equator around it.
    const distance = (0.001 * 6_378_137 * Math.PI) / 180
    expect(shape!.area).toBeCloseTo(100 + 40 * distance + 3.1214 * distance ** 2, -2)
  })

  it('what the layer and its map grant is enough, for the job, too', async () => {
    const other = await makeUser()
    const by = (principal: Principal) =>
      ended(startLayerExport(context, principal, layer, 'csv', undefined), principal)
    await expect(by(other)).rejects.toThrow(NotFoundError)
    await grant(map, ['view'], { type: 'everyone', id: 0 })
    await expect(by(other)).rejects.toThrow(ForbiddenError)
    await expect(by(ANONYMOUS)).rejects.toThrow(UnauthenticatedError)
    await grant(layer, ['extract'], { type: 'user', id: other.id })
    expect(await by(other)).toMatchObject({ status: 'successful', message: null })
    await expect(startLayerBuffer(context, other, layer, buffer)).rejects.toThrow(ForbiddenError)
    await grant(map, ['view', 'extract'], { type: 'everyone', id: 0 })
    const exported = await by(ANONYMOUS)
    expect(exported).toMatchObject({ status: 'successful', ownerId: null })
    expect(exportedFile(exported).byteSize).toBeGreaterThan(0)
    await expect(startLayerBuffer(context, ANONYMOUS, layer, buffer)).rejects.toThrow(UnauthenticatedError)
    await grant(map, ['view', 'extract', 'edit'], { type: 'user', id: other.id })
    const buffered = await ended(startLayerBuffer(context, other, layer, buffer), other)
    expect(buffered).toMatchObject({ status: 'successful', ownerId: other.id })
    // Whatever has been granted, of a layer that is not to be exported.
    await db.execute(sql`update layers set is_exportable = false where id = ${layer}`)
    await expect(by(other)).rejects.toThrow(ForbiddenError)
    expect(await by(user)).toMatchObject({ status: 'successful' })
  })
})

it('leaves nothing when it is dismissed', async () => {
  const { id } = await startProcessing(context, user, 'buffer', { dataset: squares, distance: 3 })
  const made = await inside(
    () => processOf(id),
    (instance, state) =>
      new Promise<number>((resolve) => {
        const step = instance.step.bind(instance)
        instance.step = async (name, job) => {
          const next = await step(name, job)
          const { value } =
            (job as unknown as { state?: { value: { phase: string; id: number } } }).state ?? {}
          if (value?.phase !== 'fill' || job.phase !== 'run') return next
          resolve(value.id)
          const isRunning = () => state.storage.kv.get<AnyJob>(`job:${name}`)?.phase === 'run'
          while (isRunning()) await scheduler.wait(5)
          return next
        }
      }),
  )
  await removeJob(context, user, id)
  expect(await findDataset(db, SYSTEM, made)).toBeNull()
  const { rows } = await db.execute(sql`select to_regclass(${`data.d_${made}`}) as found`)
  expect(rows).toEqual([{ found: null }])
})
