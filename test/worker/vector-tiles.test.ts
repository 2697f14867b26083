import { VectorTile, type VectorTileLayer } from '@mapbox/vector-tile'
import { type SQL, sql } from 'drizzle-orm'
import { PbfReader } from 'pbf'
import { PMTiles } from 'pmtiles'
import { beforeAll, describe, expect, test } from 'vitest'
import { PROCESS } from '../../durable-objects/process-job.ts'
import type { Context } from '../../src/domain/context.ts'
import { startTileArchive } from '../../src/domain/datasets/start-tile-archive.ts'
import { TILE_MAX_BYTES } from '../../src/domain/datasets/tile-drawing.ts'
import { ForbiddenError, NotFoundError } from '../../src/domain/errors.ts'
import { type JobRecord, readJob, waitForJob } from '../../src/domain/jobs.ts'
import type { FlatGeometry } from '../../src/geo/flat-geometry.ts'
import { BucketArchive } from '../../src/store/bucket-archive.ts'
import { findDataset, type NewColumn } from '../../src/store/datasets.ts'
import { featureTable } from '../../src/store/feature-table.ts'
import { TILE_FEATURES_MAX, TILE_VALUE_MAX_BYTES } from '../../src/store/feature-tiles.ts'
import { objectKeys } from '../../src/store/objects.ts'
import { ANONYMOUS, type Principal, type UserPrincipal } from '../../src/store/principal.ts'
import { processJobs } from '../../workers/process-jobs.ts'
import { scanJobs } from '../../workers/scan-jobs.ts'
import { db, env, objectKeysUnder, processOf } from './support/bindings.ts'
import { inside, runKilledAtEveryStep } from './support/crash.ts'
import { makeUser } from './support/scans.ts'
import { type Answered, ask } from './support/tile-service.ts'
import { type FilledDataset, filledDataset } from './support/vector-dataset.ts'

const context: Context = {
  ...{ db, bucket: env.BUCKET, jobs: scanJobs(env), processes: processJobs(env) },
  ...{ authSecret: '', fetchAllow: [], identity: {} },
}
const GZIP = { headers: { 'accept-encoding': 'gzip' } }
const WAIT_MS = 30_000

let owner: UserPrincipal
let names = 0

beforeAll(async () => {
  owner = await makeUser()
})

const filled = (dataset: Omit<FilledDataset, 'name'>): Promise<number> =>
  filledDataset(owner, { ...dataset, name: `tiled_${names++}` })

const point = (x: number, y: number): FlatGeometry => ({ type: 1, xy: [x, y] })
const square = (west: number, south: number, east: number, north: number): FlatGeometry => ({
  ...{ type: 3, ends: [5] },
  xy: [west, south, east, south, east, north, west, north, west, south],
})

const gunzip = (bytes: Uint8Array<ArrayBuffer>): Promise<ArrayBuffer> =>
  new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'))).arrayBuffer()

/** The one layer of a tile. */
async function layerOf({ status, bytes, headers }: Pick<Answered, 'status' | 'bytes' | 'headers'>) {
  expect(status, new TextDecoder().decode(bytes)).toBe(200)
  const plain = headers.get('content-encoding') === 'gzip' ? await gunzip(bytes) : bytes
  const layers = Object.values(new VectorTile(new PbfReader(new Uint8Array(plain))).layers)
  expect(layers).toHaveLength(1)
  return layers[0]!
}

const featuresOf = (layer: VectorTileLayer) =>
  Array.from({ length: layer.length }, (_, i) => layer.feature(i))
const coordinatesOf = (layer: VectorTileLayer, i = 0) =>
  layer
    .feature(i)
    .loadGeometry()
    .map((part) => part.map(({ x, y }) => [x, y]))

/** Changes rows of a dataset and moves its version, as every write does. */
async function write(id: number, statement: SQL): Promise<void> {
  await db.batch([
    db.execute(statement),
    db.execute(sql`update resources set version = version + 1 where id = ${id}`),
  ])
}

const PLACES: NewColumn[] = [
  { name: 'name', type: 'text' },
  { name: 'people', type: 'bigint' },
  { name: 'share', type: 'double' },
  { name: 'isCapital', type: 'boolean' },
  { name: 'founded', type: 'date' },
  { name: 'seen', type: 'timestamp' },
  { name: 'more', type: 'json' },
  { name: 'seal', type: 'binary' },
]

describe('a tile', () => {
  test('has the features of its place with their numbers, properties and geometries', async () => {
    const id = await filled({
      ...{ geometryType: 'Point', columns: PLACES },
      features: [
        {
          geometry: point(8.54, 47.37),
          values: [
            'Zürich',
            2n ** 53n + 1n,
            0.25,
            false,
            '0015-01-01',
            '2026-01-02T03:04:05.25Z',
            '{"a":1}',
            new Uint8Array(2),
          ],
        },
        { geometry: null },
        { geometry: point(-74, 40.7), values: ['New York', -1n, Number.NaN] },
      ],
    })
    const layer = await layerOf(await ask(`/tiles/${id}/1/1/0.mvt`, GZIP))
    expect(layer).toMatchObject({ version: 2, extent: 4096, length: 1, name: `tiled_${names - 1}` })
    const zurich = layer.feature(0)
    expect(zurich).toMatchObject({ id: 1, type: 1 })
    expect({ ...zurich.properties }).toEqual({
      ...{ name: 'Zürich', people: Number(2n ** 53n + 1n), share: 0.25, isCapital: false },
      ...{ founded: '0015-01-01', seen: '2026-01-02T03:04:05.25Z', more: '{"a": 1}' },
    })
    const [[[x, y]]] = coordinatesOf(layer) as [[[number, number]]]
    const [lon, lat] = (zurich.toGeoJSON(1, 0, 1).geometry as GeoJSON.Point).coordinates as [number, number]
    expect([x, y].every(Number.isInteger)).toBe(true)
    expect(Math.abs(lon - 8.54)).toBeLessThan(360 / 4096 / 2)
    expect(Math.abs(lat - 47.37)).toBeLessThan(360 / 4096 / 2)
    const newYork = (await layerOf(await ask(`/tiles/${id}/1/0/0.pbf`, GZIP))).feature(0)
    expect({ ...newYork.properties }).toEqual({ name: 'New York', people: -1 })
  })

  test('is the same from whichever system the dataset is in, to half a unit', async () => {
    const place = { lon: 7.44, lat: 46.95 }
    const expected = await filled({
      geometryType: 'Point',
      features: [{ geometry: point(place.lon, place.lat) }],
    })
    const [[[x, y]]] = coordinatesOf(
      await layerOf(await ask(`/tiles/${expected}/12/2132/1441.mvt`, GZIP)),
    ) as [[[number, number]]]
    for (const srid of [3857, 2056, 32632, 4258, 3035]) {
      const { rows } = await db.execute<{ x: number; y: number }>(sql`select ST_X(p) as x, ST_Y(p) as y from
        ST_Transform(ST_SetSRID(ST_MakePoint(${place.lon}::float8, ${place.lat}::float8), 4326), ${srid}::int) p`)
      const here = rows[0]!
      const id = await filled({
        geometryType: 'Point',
        srid,
        features: [{ geometry: point(here.x, here.y) }],
      })
      const [[[u, v]]] = coordinatesOf(await layerOf(await ask(`/tiles/${id}/12/2132/1441.mvt`, GZIP))) as [
        [[number, number]],
      ]
      // The datum shifts of the Swiss system may differ by some decimetres, a unit here is 1.6 m.
      expect(Math.hypot(u - x, v - y), `EPSG:${srid}`).toBeLessThanOrEqual(1.5)
    }
  })

  test('of the degree set has its rows and columns in degrees', async () => {
    const id = await filled({ geometryType: 'Polygon', features: [{ geometry: square(45, 0, 90, 45) }] })
    const tile = await ask(`/ogc/collections/${id}/tiles/WorldCRS84Quad/1/0/2`, GZIP)
    expect(coordinatesOf(await layerOf(tile))).toEqual(
      [
        [
          [2048, 4096],
          [2048, 2048],
          [4096, 2048],
          [4096, 4096],
          [2048, 4096],
        ].map(([x, y]) => [x, y]),
      ].map((ring) => expect.arrayContaining(ring)),
    )
    expect((await ask(`/ogc/collections/${id}/tiles/WorldCRS84Quad/1/1/0`, GZIP)).status).toBe(204)
  })

  test('keeps what reaches the poles, or goes on around the world', async () => {
    const id = await filled({
      geometryType: 'Polygon',
      features: [{ geometry: square(-180, 60, 180, 90) }, { geometry: square(170, -10, 190, 10) }],
    })
    const layer = await layerOf(await ask(`/tiles/${id}/0/0/0.mvt`, GZIP))
    expect(featuresOf(layer).map(({ id }) => id)).toEqual([1, 2])
    expect(layer.feature(0).bbox()).toEqual([0, -64, 4096, expect.closeTo(1189, -0.5)])
    const sides = layer.feature(1).loadGeometry()
    expect(sides).toHaveLength(2)
    expect(sides.map((ring) => Math.min(...ring.map(({ x }) => x))).sort((a, b) => a - b)).toEqual([0, 3982])
    expect((await layerOf(await ask(`/tiles/${id}/3/0/4.mvt`, GZIP))).length).toBe(1)
    const antarctic = await filled({
      ...{ geometryType: 'Polygon', srid: 3031 },
      features: [{ geometry: square(0, 0, 2e6, 2e6) }],
    })
    const [, south, , north] = (await layerOf(await ask(`/tiles/${antarctic}/0/0/0.mvt`, GZIP)))
      .feature(0)
      .bbox()
    expect(south).toBeGreaterThan(3000)
    expect(north).toBe(4160)
  })

  test('deep in a large polygon is full, at its edge is cut exactly', async () => {
    const circle = Array.from({ length: 2001 }, (_, i) => {
      const angle = ((i % 2000) * 2 * Math.PI) / 2000
      return [10 + 5 * Math.cos(angle), 5 * Math.sin(angle)]
    }).flat()
    const id = await filled({
      geometryType: 'Polygon',
      features: [{ geometry: { type: 3, xy: circle, ends: [2001] } }],
    })
    // 10 E, 0 N is the corner of tiles x = 2^z * 190 / 360.
    const inner = await layerOf(await ask(`/tiles/${id}/14/8647/8191.mvt`, GZIP))
    expect(inner.feature(0).bbox()).toEqual([-64, -64, 4160, 4160])
    const [zoom, column] = [9, Math.floor((2 ** 9 * 195) / 360)]
    const edge = await layerOf(await ask(`/tiles/${id}/${zoom}/${column}/255.mvt`, GZIP))
    const east = ((195 / 360) * 2 ** zoom - column) * 4096
    expect(Math.abs(edge.feature(0).bbox()[2]! - east)).toBeLessThanOrEqual(1)
    expect((await ask(`/tiles/${id}/${zoom}/${column + 1}/255.mvt`, GZIP)).status).toBe(204)
  })

  test('takes the kinds of geometry as they come, three dimensions as two', async () => {
    const id = await filled({
      ...{ geometryType: 'Geometry', dimensions: 'XYZ' },
      features: [
        { geometry: { ...point(1, 1), z: [5] } },
        { geometry: { type: 2, xy: [0, 0, 10, 10], z: [1, 2] } },
        { geometry: { ...square(20, 20, 40, 40), z: [1, 2, 3, 4, 1] } },
      ],
    })
    const layer = await layerOf(await ask(`/tiles/${id}/0/0/0.mvt`, GZIP))
    expect(featuresOf(layer).map(({ id, type }) => [id, type])).toEqual([
      [1, 1],
      [2, 2],
      [3, 3],
    ])
  })

  test('has the properties and the features that are asked for', async () => {
    const id = await filled({
      ...{ geometryType: 'Point', columns: PLACES.slice(0, 2) },
      features: [1, 2, 3].map((n) => ({ geometry: point(n, n), values: [`place ${n}`, BigInt(n)] })),
    })
    const path = `/ogc/collections/${id}/tiles/WebMercatorQuad/0/0/0`
    const chosen = await layerOf(await ask(`${path}?properties=people`, GZIP))
    expect(featuresOf(chosen).map(({ properties }) => ({ ...properties }))).toEqual([
      { people: 1 },
      { people: 2 },
      { people: 3 },
    ])
    expect({ ...(await layerOf(await ask(`${path}?properties=`, GZIP))).feature(0).properties }).toEqual({})
    const filter = encodeURIComponent("people > 1 and name <> 'place 3'")
    const filtered = await layerOf(await ask(`${path}?filter=${filter}`, GZIP))
    expect(featuresOf(filtered).map(({ id }) => id)).toEqual([2])
    const json = encodeURIComponent(JSON.stringify({ op: '=', args: [{ property: 'people' }, 3] }))
    const byJson = await layerOf(await ask(`${path}?filter=${json}&filter-lang=cql2-json`, GZIP))
    expect(featuresOf(byJson).map(({ id }) => id)).toEqual([3])
    expect((await ask(`${path}?filter=${encodeURIComponent('people > 9')}`, GZIP)).status).toBe(204)
  })

  test('with too many features has the greatest of them, and says so', async () => {
    const id = await filled({ geometryType: 'Polygon', features: [{ geometry: square(0, 0, 1, 1) }] })
    await write(
      id,
      sql`insert into ${featureTable(id)} (geom) select ST_MakeEnvelope(x * 0.0004, 2, x * 0.0004 + 0.5, 2.5, 4326)
        from generate_series(1, ${TILE_FEATURES_MAX}::int) x`,
    )
    const tile = await ask(`/tiles/${id}/5/16/15.mvt`, GZIP)
    expect(tile.headers.get('tile-partial')).toBe('true')
    const layer = await layerOf(tile)
    expect(layer.length).toBeLessThanOrEqual(TILE_FEATURES_MAX)
    expect(layer.feature(0).id).toBe(1)
    expect((await ask(`/tiles/${id}/5/16/15.mvt`, GZIP)).headers.get('tile-partial')).toBe('true')
  })

  test('is no larger than a tile may be, and leaves out values that are', async () => {
    const id = await filled({ ...{ geometryType: 'Point', columns: PLACES.slice(0, 1) }, features: [] })
    await write(
      id,
      sql`insert into ${featureTable(id)} (geom, name)
        select ST_SetSRID(ST_MakePoint(x % 40, x % 37), 4326),
          case when x = 1 then repeat('a', ${TILE_VALUE_MAX_BYTES + 1}::int)
          else (select string_agg(md5((x * 100 + i)::text), '') from generate_series(1, 60) i) end
        from generate_series(1, 1500) x`,
    )
    const tile = await ask(`/tiles/${id}/0/0/0.mvt`, GZIP)
    expect(tile.headers.get('tile-partial')).toBe('true')
    expect(tile.bytes.byteLength).toBeLessThanOrEqual(TILE_MAX_BYTES)
    const layer = await layerOf(tile)
    expect(layer.length).toBeGreaterThan(100)
    expect(layer.length).toBeLessThan(1500)
    const filter = encodeURIComponent('name is null or name is not null')
    const whole = await ask(
      `/ogc/collections/${id}/tiles/WebMercatorQuad/0/0/0?properties=&filter=${filter}`,
      GZIP,
    )
    expect((await layerOf(whole)).length).toBe(1500)
    const huge = await ask(
      `/ogc/collections/${id}/tiles/WebMercatorQuad/0/0/0?filter=${encodeURIComponent("name like 'aaa%'")}`,
      GZIP,
    )
    expect({ ...(await layerOf(huge)).feature(0).properties }).toEqual({})
  })
})

describe('what a request takes', () => {
  test('one round trip; none for a warm tile by its versioned address; an edit shows on the next', async () => {
    const id = await filled({ geometryType: 'Point', features: [{ geometry: point(1, 1) }] })
    const { rows } = await db.execute<{ version: number }>(
      sql`select version from resources where id = ${id}`,
    )
    const { version } = rows[0]!
    const plain = `/tiles/${id}/0/0/0.mvt`
    const first = await ask(plain, GZIP)
    expect(first.headers.get('cache-control')).toBe('public, no-cache')
    expect((await ask(plain, GZIP)).took).toEqual({ database: 1, bucket: 0, cached: 0 })
    const other = await ask(`/tiles/${id}/1/1/0.mvt`, GZIP)
    expect(other.took).toEqual({ database: 1, bucket: 0, cached: 1 })
    const versioned = await ask(`${plain}?v=${version}`, GZIP)
    expect(versioned.took).toEqual({ database: 0, bucket: 0, cached: 0 })
    expect(versioned.headers.get('cache-control')).toBe('public, max-age=31536000, immutable')
    expect(versioned.bytes).toEqual(first.bytes)
    const etag = first.headers.get('etag')!
    const same = await ask(plain, { headers: { ...GZIP.headers, 'if-none-match': etag } })
    expect([same.status, same.bytes.byteLength, same.took.database]).toEqual([304, 0, 1])

    await write(id, sql`insert into ${featureTable(id)} (geom) values (ST_SetSRID(ST_MakePoint(2, 2), 4326))`)
    const edited = await ask(plain, { headers: { ...GZIP.headers, 'if-none-match': etag } })
    expect((await layerOf(edited)).length).toBe(2)
    expect(edited.took).toEqual({ database: 1, bucket: 0, cached: 1 })
    expect(edited.headers.get('etag')).not.toBe(etag)
    const old = await ask(`/tiles/${id}/2/2/1.mvt?v=${version}`, GZIP)
    expect(old.headers.get('cache-control')).toBe('public, no-cache')
  })

  test('columns that come, go and change are seen on the next request', async () => {
    const id = await filled({
      ...{ geometryType: 'Point', columns: [{ name: 'old', type: 'text' }] },
      features: [{ geometry: point(1, 1), values: ['a'] }],
    })
    await layerOf(await ask(`/tiles/${id}/0/0/0.mvt`, GZIP))
    await db.batch([
      db.execute(sql`alter table ${featureTable(id)} drop column old`),
      db.execute(sql`alter table ${featureTable(id)} add column new integer default 7`),
      db.execute(sql`delete from dataset_columns where dataset_id = ${id}`),
      db.execute(
        sql`insert into dataset_columns (dataset_id, position, name, column_name, type) values (${id}, 1, 'new', 'new', 'integer')`,
      ),
      db.execute(sql`update datasets set schema_version = schema_version + 1 where id = ${id}`),
      db.execute(sql`update resources set version = version + 1 where id = ${id}`),
    ])
    const layer = await layerOf(await ask(`/tiles/${id}/0/0/0.mvt`, GZIP))
    expect({ ...layer.feature(0).properties }).toEqual({ new: 7 })
    await db.batch([
      db.execute(sql`drop table ${featureTable(id)}`),
      db.execute(sql`delete from resources where id = ${id}`),
    ])
    expect((await ask(`/tiles/${id}/0/0/0.mvt`, GZIP)).status).toBe(404)
  })

  test('a private dataset is for who may see it, and in no shared cache', async () => {
    const features = [{ geometry: point(1, 1) }]
    const id = await filled({ geometryType: 'Point', isPublic: false, features })
    const stranger = await makeUser()
    for (const path of [
      `/tiles/${id}/0/0/0.mvt`,
      `/tiles/${id}.json`,
      `/tiles/${id}.pmtiles`,
      `/ogc/collections/${id}/tiles/WebMercatorQuad/0/0/0?filter=nothing=1`,
    ]) {
      expect((await ask(path)).status, path).toBe(404)
      expect((await ask(path, { principal: stranger })).status, path).toBe(404)
    }
    const own = await ask(`/tiles/${id}/0/0/0.mvt`, { ...GZIP, principal: owner })
    expect((await layerOf(own)).length).toBe(1)
    expect(own.took.cached).toBe(0)
    const version = own.headers.get('etag')!.match(/\d+/)![0]
    const versioned = await ask(`/tiles/${id}/0/0/0.mvt?v=${version}`, { ...GZIP, principal: owner })
    expect(versioned.headers.get('cache-control')).toBe('private, max-age=31536000, immutable')
    expect((await ask(`/tiles/${id}/0/0/0.mvt?v=${version}`)).status).toBe(404)
    expect((await ask(`/tiles/${id}.json`, { principal: owner })).headers.get('cache-control')).toBe(
      'private, no-cache',
    )
  })

  test('who does not take gzip gets the tile as it is; HEAD gets none', async () => {
    const id = await filled({ geometryType: 'Point', features: [{ geometry: point(1, 1) }] })
    const path = `/tiles/${id}/0/0/0.mvt`
    const [packed, plain] = [
      await ask(path, GZIP),
      await ask(path, { headers: { 'accept-encoding': 'gzip;q=0, br' } }),
    ]
    expect(packed.headers.get('content-encoding')).toBe('gzip')
    expect(plain.headers.get('content-encoding')).toBeNull()
    expect(new Uint8Array(await gunzip(packed.bytes))).toEqual(plain.bytes)
    expect(plain.headers.get('content-length')).toBe(String(plain.bytes.byteLength))
    const head = await ask(path, { ...GZIP, method: 'HEAD' })
    expect([head.status, head.bytes.byteLength, head.headers.get('content-length')]).toEqual([
      ...[200, 0, String(packed.bytes.byteLength)],
    ])
  })
})

describe('what cannot be answered', () => {
  let path: string
  let id: number

  beforeAll(async () => {
    id = await filled({
      ...{ geometryType: 'Point', columns: PLACES.slice(0, 2) },
      features: [{ geometry: point(1, 1), values: ['a', 1n] }],
    })
    path = `/ogc/collections/${id}/tiles`
  })

  test.each([
    ['WebMercatorQuad/0/0/0?properties=nothing', 'properties'],
    ['WebMercatorQuad/0/0/0?properties=name,%00', 'properties'],
    ['WebMercatorQuad/0/0/0?filter=nothing%20%3D%201', 'filter'],
    ['WebMercatorQuad/0/0/0?filter=name%20%3D%20%27', 'filter'],
    ['WebMercatorQuad/0/0/0?filter=name%20%3D%20%27%00%27', 'filter'],
    ['WebMercatorQuad/0/0/0?filter=', 'filter'],
    ['WebMercatorQuad/0/0/0?filter=%7B&filter-lang=cql2-json', 'filter'],
    ['WebMercatorQuad/0/0/0?filter=name%20%3D%201&filter-lang=sql', 'filter-lang'],
    ['WebMercatorQuad/0/0/0?f=png', 'f'],
    ['WebMercatorQuad/0/0/0?limit=1', 'limit'],
    ['WebMercatorQuad/x/0/0', 'zoom'],
    ['WebMercatorQuad/0/-1/0', 'row'],
    ['WebMercatorQuad/0/0/1e3', 'column'],
  ])('%s is refused', async (rest, parameter) => {
    const { status, headers, json } = await ask(`${path}/${rest}`)
    expect(headers.get('content-type')).toBe('application/problem+json')
    expect(json()).toMatchObject({ status: 400, parameter, instance: `${path}/${rest.split('?')[0]}` })
    expect(status).toBe(400)
  })

  test('a fault of a filter tells its position', async () => {
    const { json } = await ask(`${path}/WebMercatorQuad/0/0/0?filter=${encodeURIComponent('people = = 1')}`)
    expect(json()).toMatchObject({ status: 400, position: 9 })
  })

  test.each([
    ['a tile outside its matrix', () => `${path}/WebMercatorQuad/0/0/1`],
    ['a tile outside its matrix', () => `/tiles/${id}/2/4/0.mvt`],
    ['a matrix that the set does not have', () => `${path}/WebMercatorQuad/25/0/0`],
    ['numbers without end', () => `/tiles/${id}/999999999999999/0/0.mvt`],
    ['another set', () => `${path}/EuropeanETRS89_LAEAQuad/0/0/0`],
    ['no such dataset', () => '/tiles/999999999/0/0/0.mvt'],
    ['no such name', () => '/ogc/collections/no_such_name/tiles/WebMercatorQuad/0/0/0'],
    ['a name that none can have', () => '/tiles/%00/0/0/0.mvt'],
    ['a name that is no text', () => '/tiles/%ff.json'],
    ['no archive', () => `/tiles/${id}.pmtiles`],
  ])('%s is not found', async (_, address) => {
    const { status, headers, json } = await ask(address())
    expect(status).toBe(404)
    expect(headers.get('content-type')).toBe('application/problem+json')
    expect(json()).toMatchObject({ status: 404, title: 'Not found' })
  })

  test('datasets without places have empty tiles', async () => {
    const empty = await filled({ geometryType: 'Point', features: [] })
    const nowhere = await filled({ geometryType: 'Point', srid: 0, features: [{ geometry: point(1, 1) }] })
    for (const dataset of [empty, nowhere]) {
      const { status, bytes, headers } = await ask(`/tiles/${dataset}/0/0/0.mvt`, GZIP)
      expect([status, bytes.byteLength, headers.get('cache-control')]).toEqual([204, 0, 'public, no-cache'])
    }
  })
})

test('TileJSON names the layer, its fields, and tiles of the present version', async () => {
  const id = await filled({
    geometryType: 'Point',
    columns: PLACES,
    features: [{ geometry: point(7, 47) }, { geometry: point(8, 48) }],
  })
  const { json, headers } = await ask(`/tiles/${id}.json`)
  const version = headers.get('etag')!.match(/\d+/)![0]
  expect(json()).toMatchObject({
    ...{ tilejson: '3.0.0', scheme: 'xyz', minzoom: 0, bounds: [7, 47, 8, 48] },
    tiles: [`https://maps.example/tiles/${id}/{z}/{x}/{y}.mvt?v=${version}`],
    vector_layers: [
      {
        id: `tiled_${names - 1}`,
        fields: {
          name: 'String',
          people: 'Number',
          share: 'Number',
          isCapital: 'Boolean',
          founded: 'String',
          seen: 'String',
          more: 'String',
        },
      },
    ],
  })
  const { json: byName } = await ask(`/tiles/tiled_${names - 1}.json`)
  expect(byName()).toEqual(json())
})

describe('an archive', () => {
  /** Squares of a tenth of a degree over two by two degrees. */
  const squares = (): FilledDataset['features'] =>
    Array.from({ length: 100 }, (_, i) => {
      const [west, south] = [8 + (i % 10) * 0.2, 46 + Math.floor(i / 10) * 0.2]
      return { geometry: square(west, south, west + 0.1, south + 0.1), values: [`square ${i}`] }
    })
  const COLUMNS = PLACES.slice(0, 1)

  const jobStub = (jobId: string) => () => processOf(jobId)

  async function ended(job: JobRecord): Promise<JobRecord> {
    const record = await waitForJob(context, owner, job.id, WAIT_MS)
    expect(record, record.message ?? '').toMatchObject({ status: 'successful' })
    return record
  }

  const fileOf = ({ outputs }: JobRecord) => (outputs as { file: { key: string; byteSize: number } }).file

  test('has every tile as it is drawn live, is served from, and out of use as soon as the dataset is changed', async () => {
    const id = await filled({ geometryType: 'Polygon', columns: COLUMNS, features: squares() })
    const live = await layerOf(
      await ask(`/ogc/collections/${id}/tiles/WebMercatorQuad/5/11/16?properties=name`, GZIP),
    )
    const { key, byteSize } = fileOf(await ended(await startTileArchive(context, owner, { dataset: id })))
    expect(key).toBe(objectKeys.datasetTiles(id, 1))

    const archive = new PMTiles(new BucketArchive(env.BUCKET, key))
    const header = await archive.getHeader()
    expect(header).toMatchObject({
      minZoom: 0,
      tileType: 1,
      tileCompression: 2,
      minLon: 8,
      minLat: 46,
      clustered: true,
    })
    expect(header.tileDataOffset + header.tileDataLength!).toBe(byteSize)
    expect(await archive.getMetadata()).toMatchObject({
      vector_layers: [
        { id: `tiled_${names - 1}`, fields: { name: 'String' }, minzoom: 0, maxzoom: header.maxZoom },
      ],
    })
    const stored = new VectorTile(new PbfReader(new Uint8Array((await archive.getZxy(5, 16, 11))!.data)))
    expect(
      featuresOf(Object.values(stored.layers)[0]!).map((feature) => [feature.id, feature.loadGeometry()]),
    ).toEqual(featuresOf(live).map((feature) => [feature.id, feature.loadGeometry()]))
    const seen = new Set<number>()
    for (let x = 66; x <= 72; x++)
      for (let y = 44; y <= 48; y++) {
        const tile = await archive.getZxy(7, x, y)
        if (!tile) continue
        const layer = Object.values(new VectorTile(new PbfReader(new Uint8Array(tile.data))).layers)[0]!
        for (const feature of featuresOf(layer)) seen.add(feature.id!)
      }
    expect(seen.size).toBe(100)

    await ask(`/tiles/${id}.json`)
    await ask(`/tiles/${id}/1/0/0.mvt`, GZIP)
    const served = await ask(`/tiles/${id}/6/33/22.mvt`, GZIP)
    expect(served.took).toMatchObject({ database: 1, cached: 1 })
    expect(served.took.bucket).toBeGreaterThan(0)
    expect((await layerOf(served)).length).toBeGreaterThan(0)
    expect((await ask(`/tiles/${id}/6/0/0.mvt`, GZIP)).status).toBe(204)

    const whole = await ask(`/tiles/${id}.pmtiles`)
    expect([whole.status, whole.bytes.byteLength]).toEqual([200, byteSize])
    const part = await ask(`/tiles/${id}.pmtiles`, { headers: { range: 'bytes=0-6' } })
    expect([part.status, new TextDecoder().decode(part.bytes)]).toEqual([206, 'PMTiles'])

    await write(id, sql`delete from ${featureTable(id)} where fid > 1`)
    expect((await ask(`/tiles/${id}.pmtiles`)).status).toBe(404)
    expect((await layerOf(await ask(`/tiles/${id}/6/33/22.mvt`, GZIP))).length).toBe(1)
    const next = await ended(await startTileArchive(context, owner, { dataset: id, asFile: true }))
    const { name } = (await findDataset(db, owner, id))!
    expect(fileOf(next).key).toBe(objectKeys.jobOutput(next.id, `${name}.pmtiles`))
    expect((await env.BUCKET.head(fileOf(next).key))?.size).toBe(fileOf(next).byteSize)
    expect(await objectKeysUnder(`datasets/${id}/`)).toEqual([objectKeys.datasetTiles(id, 2)])
  })

  test('that is killed at every step is the same, byte for byte', async () => {
    const bytes: (Uint8Array | null)[] = []
    const make = async (kill: boolean) => {
      const id = await filledDataset(owner, {
        name: 'killed',
        geometryType: 'Polygon',
        columns: COLUMNS,
        features: [0, 8, 16].map((west) => ({ geometry: square(west, 40, west + 5, 45), values: ['large'] })),
      })
      const job = await startTileArchive(
        kill ? { ...context, processes: { ...context.processes, start: async () => {} } } : context,
        owner,
        { dataset: id },
      )
      if (kill) {
        const kills = await runKilledAtEveryStep(jobStub(job.id), PROCESS, () =>
          processOf(job.id).start(job.id),
        )
        expect(kills.length).toBeGreaterThan(8)
      }
      const { key } = fileOf(await ended(job))
      bytes.push(
        await env.BUCKET.get(key).then(async (object) => new Uint8Array(await object!.arrayBuffer())),
      )
    }
    await make(false)
    await make(true)
    expect(bytes[1]).toEqual(bytes[0])
  })

  test('shows one version, however the dataset changes while it is made', async () => {
    const id = await filled({ geometryType: 'Polygon', columns: COLUMNS, features: squares() })
    const job = await startTileArchive(
      { ...context, processes: { ...context.processes, start: async () => {} } },
      owner,
      { dataset: id },
    )
    let writes = 0
    await inside(jobStub(job.id), (instance) => {
      const step = instance.step.bind(instance)
      instance.step = async (name, record) => {
        if (record.cursor === 3 && writes++ === 0)
          await write(id, sql`delete from ${featureTable(id)} where fid > 50`)
        return step(name, record)
      }
    })
    await processOf(job.id).start(job.id)
    const record = await ended(job)
    expect(writes).toBeGreaterThan(0)
    expect(record.outputs).toMatchObject({ version: 2 })
    const archive = new PMTiles(new BucketArchive(env.BUCKET, fileOf(record).key))
    const tile = new VectorTile(new PbfReader(new Uint8Array((await archive.getZxy(5, 16, 11))!.data)))
    const ids = featuresOf(Object.values(tile.layers)[0]!).map((feature) => feature.id!)
    expect(ids.length).toBeGreaterThan(10)
    expect(Math.max(...ids)).toBeLessThanOrEqual(50)
  })

  test('is made for who may extract the dataset, of features that there are', async () => {
    const id = await filled({ geometryType: 'Point', isPublic: false, features: [{ geometry: point(1, 1) }] })
    const stranger = await makeUser()
    await expect(startTileArchive(context, stranger, { dataset: id })).rejects.toThrow(NotFoundError)
    await db.execute(
      sql`insert into grants (resource_id, principal_type, principal_id, verb) values (${id}, 'user', ${stranger.id}, 'view')`,
    )
    await expect(startTileArchive(context, stranger, { dataset: id })).rejects.toThrow(ForbiddenError)
    expect((await ask(`/tiles/${id}.pmtiles`, { principal: stranger })).status).toBe(403)
    expect((await ask(`/tiles/${id}.pmtiles`, { principal: ANONYMOUS })).status).toBe(404)
    await ended(await startTileArchive(context, owner, { dataset: id }))
    await db.execute(
      sql`insert into grants (resource_id, principal_type, verb) values (${id}, 'everyone', 'view')`,
    )
    const seenByAll = async (principal: Principal) =>
      (await ask(`/tiles/${id}.pmtiles`, { principal })).status
    expect([await seenByAll(owner), await seenByAll(stranger), await seenByAll(ANONYMOUS)]).toEqual([
      200, 403, 401,
    ])
    const empty = await filled({ geometryType: 'Point', features: [] })
    const job = await startTileArchive(context, owner, { dataset: empty })
    const record = await waitForJob(context, owner, job.id, WAIT_MS)
    expect(record).toMatchObject({ status: 'failed', message: expect.stringContaining('no features') })
    expect(await readJob(context, owner, job.id)).toMatchObject({ status: 'failed' })
  })
})
