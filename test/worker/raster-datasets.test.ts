import { sql } from 'drizzle-orm'
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import {
  type RasterFile,
  RasterImport,
  type RasterState,
} from '../../durable-objects/processes/import-raster.ts'
import type { ProcessRun } from '../../durable-objects/processes/processor.ts'
import { BAKE } from '../../durable-objects/scan.ts'
import type { Context } from '../../src/domain/context.ts'
import { memorySource } from '../../src/formats/probe/byte-source.ts'
import type { GeoTransform } from '../../src/geo/geo-transform.ts'
import { findDataset } from '../../src/store/datasets.ts'
import { findScanPoints, insertGcps } from '../../src/store/gcps.ts'
import { findGeoreference } from '../../src/store/georeferences.ts'
import { claimForImage } from '../../src/store/image-replacements.ts'
import { ANONYMOUS, type Principal, type UserPrincipal } from '../../src/store/principal.ts'
import { listRectifications } from '../../src/store/rectification-history.ts'
import { setScanPublished } from '../../src/store/scan-publication.ts'
import { type ScanSearch, searchScans } from '../../src/store/scan-search.ts'
import { deleteScan, findScan, updateScan, visibleScanIds } from '../../src/store/scans.ts'
import { rasterCodecs } from '../../workers/codecs.ts'
import { processJobs } from '../../workers/process-jobs.ts'
import { scanJobs } from '../../workers/scan-jobs.ts'
import { type GeoTiffFile, geoTiffFile, keysOf } from '../support/geotiff-file.ts'
import { db, env, objectKeysUnder, processOf, scanOf } from './support/bindings.ts'
import { inside, runToTheEnd } from './support/crash.ts'
import { makeUser } from './support/scans.ts'
import { ask } from './support/tile-service.ts'

const WAIT_MS = 100_000
const context: Context = {
  ...{
    db,
    bucket: env.BUCKET,
    jobs: scanJobs(env),
    processes: processJobs(env),
    authSecret: '',
    fetchAllow: [],
    identity: {},
  },
}
let owner: UserPrincipal

beforeAll(async () => {
  owner = await makeUser()
}, WAIT_MS)

beforeEach(() => {
  vi.spyOn(console, 'error').mockReturnValue()
  return () => vi.restoreAllMocks()
})

const HALF_WORLD_METRES = 20037508.342789244
const ZOOM = 14
const METRES = (2 * HALF_WORLD_METRES) / (256 * 2 ** ZOOM)
const TILE = { x: 8600, y: 5800 }
const SIZE = { width: 640, height: 530 }
/** Web mercator, its pixels those of zoom 14 from a corner of a tile on. */
const ALIGNED: GeoTransform = [
  -HALF_WORLD_METRES + TILE.x * 256 * METRES,
  METRES,
  0,
  HALF_WORLD_METRES - TILE.y * 256 * METRES,
  0,
  -METRES,
]

const ANY_SCAN: ScanSearch = {
  ...{ page: 1, perPage: 100, sortKey: null, ascending: false, warpedOnly: false },
  ...{ text: null, area: null, mosaicId: null },
}

/** Everything that a change of a scan would move. */
async function rowsOf(id: number): Promise<unknown> {
  const { rows } = await db.execute(sql`select to_jsonb(r) as resource, to_jsonb(s) as image
    from resources r join scans s on s.id = r.id where r.id = ${id}`)
  return rows[0]
}

/** Three bands without two equal pixels side by side. */
function rgb({ width, height } = SIZE): Uint8Array {
  const samples = new Uint8Array(width * height * 3)
  for (let i = 0; i < width * height; i++) {
    const x = i % width
    const y = Math.floor(i / width)
    samples.set([(x * 37) & 255, (y * 53) & 255, (x * 11 + y * 7) & 255], i * 3)
  }
  return samples
}

const ALIGNED_FILE: GeoTiffFile = {
  ...SIZE,
  bands: 3,
  samples: rgb(),
  transform: ALIGNED,
  keys: keysOf(3857),
}

/** 256 x 256 pixels of a raster as RGBA, transparent beyond it. */
function partOf(samples: ArrayLike<number>, left: number, top: number): Buffer {
  const out = Buffer.alloc(256 * 256 * 4)
  for (let y = 0; y < 256 && top + y < SIZE.height; y++)
    for (let x = 0; x < 256 && left + x < SIZE.width; x++) {
      const from = ((top + y) * SIZE.width + left + x) * 3
      const to = (y * 256 + x) * 4
      for (let band = 0; band < 3; band++) out[to + band] = samples[from + band]!
      out[to + 3] = 255
    }
  return out
}

interface Imported {
  outputs: { datasets: { id: number; name: string; warnings: string[] }[] }
  states: RasterState[]
}

interface How {
  principal?: Principal
  isPublic?: boolean
  crs?: string
  worldFile?: string
  /** Each step is done twice, each time by an import that knows nothing but its state. */
  twice?: boolean
  /** Gives up before this phase. */
  until?: RasterState['phase']
}

let imports = 0

/** Imports a raster in a process's own Durable Object. */
function importRaster(file: GeoTiffFile | Uint8Array, how: How = {}): Promise<Imported> {
  const bytes = file instanceof Uint8Array ? file : geoTiffFile(file)
  const name = `raster-${++imports}`
  return inside(
    () => processOf(crypto.randomUUID()),
    async (_, { storage }) => {
      const raster: RasterFile = {
        ...{ source: memorySource(bytes), name: `${name}.tif` },
        ...(how.worldFile === undefined ? {} : { worldFile: how.worldFile }),
      }
      const settings = { name, title: `Raster ${name}`, isPublic: how.isPublic ?? true }
      const run = {
        ...{ context, principal: how.principal ?? owner, sql: storage.sql },
        ...{ report: async () => {}, goesOn: () => true },
      } as unknown as ProcessRun
      const made = { ...settings, ...(how.crs === undefined ? {} : { crs: how.crs }) }
      let importing = new RasterImport()
      const states = [importing.begin()]
      for (;;) {
        const state = states.at(-1)!
        if (state.phase === how.until) {
          await importing.discard(run, state)
          return { outputs: { datasets: [] }, states }
        }
        if (how.twice) {
          await new RasterImport().step(run, state, raster, made)
          importing = new RasterImport()
        }
        const result = await importing.step(run, state, raster, made)
        if ('outputs' in result) return { outputs: result.outputs as Imported['outputs'], states }
        states.push(JSON.parse(JSON.stringify(result.state)))
      }
    },
  )
}

async function imported(file: GeoTiffFile | Uint8Array, how: How = {}): Promise<number> {
  const { outputs } = await importRaster(file, how)
  return outputs.datasets[0]!.id
}

async function pixels(path: string, principal?: Principal) {
  const { status, bytes } = await ask(path, principal ? { principal } : {})
  expect(status).toBe(200)
  return (await rasterCodecs()).decode(path.includes('webp') ? 'webp' : 'png', bytes)
}

describe('a raster in web mercator whose pixels are those of the tiles', () => {
  it('comes out of its tiles as it went in', async () => {
    const id = await imported(ALIGNED_FILE)
    const expectExact = async (extension: string) => {
      for (const [dx, dy] of [
        [0, 0],
        [2, 1],
        [1, 2],
      ] as const) {
        const tile = await pixels(`/tiles/${id}/${ZOOM}/${TILE.x + dx}/${TILE.y + dy}.${extension}`)
        expect(Buffer.compare(Buffer.from(tile.data), partOf(ALIGNED_FILE.samples, dx * 256, dy * 256))).toBe(
          0,
        )
      }
    }
    await expectExact('png')
    await expectExact('webp')
    await runToTheEnd(() => scanOf(id), BAKE)
    await expectExact('png')
    await expectExact('webp')
  })
})

describe('the import of a raster', () => {
  it('gives the same dataset however often its steps are repeated', async () => {
    const { outputs, states } = await importRaster(ALIGNED_FILE, { twice: true })
    expect([...new Set(states.map(({ phase }) => phase))]).toEqual(['open', 'cut', 'store', 'publish'])
    const { id, name } = outputs.datasets[0]!
    expect(outputs).toEqual({
      datasets: [{ id, name, form: 'raster', features: 0, repaired: 0, warnings: [] }],
    })
    expect(await findDataset(db, ANONYMOUS, name)).toMatchObject({
      ...{ id, form: 'raster', srid: 3857, geometryType: null, featureCount: 0, columns: [] },
      ...{ isPublic: true, ownerId: owner.id, title: `Raster ${name}` },
      rights: { extract: true, edit: false, own: false },
    })
    const { rows } = await db.execute(sql`select
      (select count(*)::int from scans where id = ${id}) as images,
      (select count(*)::int from rectifications where scan_id = ${id}) as places,
      (select count(*)::int from grants where resource_id = ${id}) as grants`)
    expect(rows).toEqual([{ images: 1, places: 1, grants: 2 }])
    const plain = await imported(ALIGNED_FILE)
    const pyramid = async (datasetId: number) => {
      const [key] = await objectKeysUnder(`scans/${datasetId}/pyramid/`)
      return new Uint8Array(await (await env.BUCKET.get(key!))!.arrayBuffer())
    }
    expect(Buffer.compare(await pyramid(id), await pyramid(plain))).toBe(0)
    const original = await env.BUCKET.get(`datasets/${id}/original.tif`)
    expect(Buffer.compare(new Uint8Array(await original!.arrayBuffer()), geoTiffFile(ALIGNED_FILE))).toBe(0)
  })

  it('leaves nothing where it is given up, whenever', async () => {
    for (const until of ['cut', 'store', 'publish'] as const) {
      const { states } = await importRaster(ALIGNED_FILE, { until })
      const { id } = states.at(-1) as { id: number }
      expect(await objectKeysUnder(`scans/${id}/`)).toEqual([])
      expect(await objectKeysUnder(`datasets/${id}/`)).toEqual([])
      const { rows } = await db.execute(sql`select id from resources where id = ${id}`)
      expect(rows).toEqual([])
    }
  })

  it('takes back what it has published when it is not wanted any more', async () => {
    const { states } = await importRaster(ALIGNED_FILE)
    const last = states.at(-1) as RasterState & { id: number }
    await new RasterImport().discard({ context } as unknown as ProcessRun, last)
    expect(await findDataset(db, owner, last.id)).toBeNull()
    expect(await objectKeysUnder(`scans/${last.id}/`)).toEqual([])
    expect(await objectKeysUnder(`datasets/${last.id}/`)).toEqual([])
  })

  it('asks for the reference system where the file has none, and goes by the answer', async () => {
    const { keys: _, ...without } = ALIGNED_FILE
    await expect(importRaster(without)).rejects.toMatchObject({
      question: { input: 'crs', message: expect.stringContaining('does not say') },
    })
    await expect(importRaster(without, { crs: 'EPSG:1' })).rejects.toMatchObject({
      question: { input: 'crs', message: expect.stringContaining('"EPSG:1" is not known') },
    })
    const id = await imported(without, { crs: 'EPSG:3857' })
    expect(await findDataset(db, ANONYMOUS, id)).toMatchObject({ srid: 3857 })
    await expect(
      importRaster({ ...without, keys: keysOf(32767), citation: 'A local grid' }),
    ).rejects.toMatchObject({ question: { message: expect.stringContaining('A local grid') } })
  })

  it('refuses a picture that is not georeferenced and says what to do with it', async () => {
    const { transform: _, keys: __, ...picture } = ALIGNED_FILE
    await expect(importRaster(picture)).rejects.toThrow(/is not georeferenced.*rectify/)
    const points: GeoTiffFile['tags'] = [
      [33922, { type: 'double', values: [0, 0, 0, 7, 47, 0, 9, 9, 0, 8, 46, 0, 0, 9, 0, 7, 46, 0] }],
    ]
    await expect(importRaster({ ...picture, tags: points })).rejects.toThrow(/has 3 control points/)
    const worldFile = '10\n0\n0\n-10\n400005\n5259995\n'
    const id = await imported(picture, { worldFile, crs: 'EPSG:32632' })
    expect(await findDataset(db, ANONYMOUS, id)).toMatchObject({
      ...{ srid: 32632, nativeExtent: [400000, 5260000 - 5300, 406400, 5260000] },
    })
  })

  it('refuses coordinates that are none of the system', async () => {
    await expect(importRaster({ ...ALIGNED_FILE, keys: keysOf(4326) })).rejects.toThrow(/none of EPSG:4326/)
  })

  it('refuses damaged files by name', async () => {
    const bytes = geoTiffFile(ALIGNED_FILE)
    await expect(importRaster(bytes.subarray(0, bytes.length - 9))).rejects.toMatchObject({
      code: 'truncated',
    })
    const compressed: GeoTiffFile['tags'] = [[259, { type: 'short', values: [50000] }]]
    await expect(importRaster({ ...ALIGNED_FILE, tags: compressed })).rejects.toThrow(
      /Zstandard.*gdal_translate/,
    )
  })
})

describe('measurements', () => {
  const transform: GeoTransform = [7, 0.001, 0, 47, 0, -0.001]
  const size = { width: 100, height: 80 }
  const heights = Float32Array.from({ length: 8000 }, (_, i) => (i < 400 ? -9999 : i - 300))

  it.each([
    ['32 bits with fractions', heights, '-9999'],
    ['16 bits with a sign', Int16Array.from(heights), '-9999'],
    ['16 bits', Uint16Array.from(heights, (value) => Math.max(0, value)), '0'],
    ['fractions where there is nothing', heights.map((v) => (v < 0 ? Number.NaN : v)), undefined],
  ] as const)(
    'of %s are shown from the least to the greatest, and nothing where there is none',
    async (_, samples, noData) => {
      const file: GeoTiffFile = {
        ...{ ...size, bands: 1, samples, transform, keys: keysOf(4326) },
        ...(noData === undefined ? {} : { noData }),
      }
      const { outputs } = await importRaster(file)
      const { id, warnings } = outputs.datasets[0]!
      expect(warnings).toEqual(['values from 100 to 7699 are shown from black to white'])
      const [z, x, y] = [10, 532, 360]
      const { data } = await pixels(`/tiles/${id}/${z}/${x}/${y}.png`)
      const seen = new Set<number>()
      let transparent = 0
      for (let i = 0; i < data.length; i += 4) {
        if (data[i + 3] === 0) transparent++
        else seen.add(data[i]!)
        expect(data[i]).toBe(data[i + 1])
      }
      expect(transparent).toBeGreaterThan(0)
      expect(Math.min(...seen)).toBeLessThan(3)
      expect(Math.max(...seen)).toBeGreaterThan(250)
    },
  )

  it('of 8 bits are shown as they are, transparent where every band has no data', async () => {
    const samples = rgb()
    for (let y = 0; y < 40; y++) samples.fill(0, y * SIZE.width * 3, (y * SIZE.width + 50) * 3)
    samples[(100 * SIZE.width + 100) * 3] = 0
    const id = await imported({ ...ALIGNED_FILE, samples, noData: '0' })
    const { data } = await pixels(`/tiles/${id}/${ZOOM}/${TILE.x}/${TILE.y}.png`)
    const alphaAt = (x: number, y: number) => data[(y * 256 + x) * 4 + 3]
    expect([alphaAt(10, 10), alphaAt(49, 39), alphaAt(50, 39), alphaAt(49, 40), alphaAt(100, 100)]).toEqual([
      ...[0, 0, 255, 255, 255],
    ])
  })

  it('with more bands than colours show the first', async () => {
    const samples = Uint8Array.from({ length: 100 * 80 * 4 }, (_, i) => (i % 4) * 60)
    const file: GeoTiffFile = {
      ...size,
      bands: 4,
      samples,
      transform,
      keys: keysOf(4326),
      extraSamples: [0, 0, 0],
    }
    const { outputs } = await importRaster(file)
    expect(outputs.datasets[0]!.warnings).toEqual(['of 4 bands the first is shown'])
  })
})

describe('the faces of a raster', () => {
  it('describe its tiles, by number and by name', async () => {
    const { outputs } = await importRaster(ALIGNED_FILE)
    const { id, name } = outputs.datasets[0]!
    const tilejson = (await ask(`/tiles/${id}.json`)).json() as Record<string, unknown>
    expect(tilejson).toMatchObject({
      ...{ name: `Raster ${name}`, minzoom: 0, maxzoom: ZOOM },
      tiles: [
        expect.stringMatching(
          new RegExp(`^https://maps.example/tiles/${id}/\\{z\\}/\\{x\\}/\\{y\\}\\.png\\?v=\\d+$`),
        ),
      ],
    })
    expect((await ask(`/tiles/${name}.json`)).json()).toEqual(tilejson)
    const address = new URL((tilejson.tiles as string[])[0]!)
    const at = (z: number, x: number, y: number) =>
      address.pathname.replace('%7Bz%7D', `${z}`).replace('%7Bx%7D', `${x}`).replace('%7By%7D', `${y}`)
    const tile = await ask(at(ZOOM, TILE.x, TILE.y) + address.search)
    expect(tile.headers.get('cache-control')).toBe('public, max-age=31536000, immutable')
    const map = `map/tiles/WebMercatorQuad/${ZOOM}/${TILE.y}/${TILE.x}`
    for (const reference of [id, name]) {
      const same = await ask(`/ogc/collections/${reference}/${map}`)
      expect(same.headers.get('content-type')).toBe('image/png')
      expect(Buffer.compare(same.bytes, tile.bytes)).toBe(0)
    }
    const webp = await ask(`/ogc/collections/${id}/${map}?f=webp`)
    expect(webp.headers.get('content-type')).toBe('image/webp')
    expect((await ask(`/ogc/collections/${id}/${map}?f=tiff`)).status).toBe(400)
  })

  it('are a web map service', async () => {
    const id = await imported(ALIGNED_FILE)
    const capabilities = await ask(`/wms/${id}?service=WMS&request=GetCapabilities`)
    expect(new TextDecoder().decode(capabilities.bytes)).toContain(`https://maps.example/wms/${id}?`)
    const [x0, , , y0] = ALIGNED
    const box = [x0, y0 - 256 * METRES, x0 + 256 * METRES, y0].join(',')
    const query = `service=WMS&version=1.3.0&request=GetMap&layers=image&styles=&crs=EPSG:3857&bbox=${box}`
    const map = await pixels(`/wms/${id}?${query}&width=256&height=256&format=image/png&transparent=true`)
    const tile = await pixels(`/tiles/${id}/${ZOOM}/${TILE.x}/${TILE.y}.png`)
    expect(Buffer.compare(Buffer.from(map.data), Buffer.from(tile.data))).toBe(0)
    const legend = await ask(`/wms/${id}?service=WMS&request=GetLegendGraphic`)
    expect(new TextDecoder().decode(legend.bytes)).toContain('OperationNotSupported')
  })

  it('are hidden from those who may not see it', async () => {
    const { outputs } = await importRaster(ALIGNED_FILE, { isPublic: false })
    const { id, name } = outputs.datasets[0]!
    const addresses = [
      `/tiles/${id}/${ZOOM}/${TILE.x}/${TILE.y}.png`,
      `/tiles/${name}/${ZOOM}/${TILE.x}/${TILE.y}.png`,
      `/tiles/${id}.json`,
      `/ogc/collections/${id}/map/tiles/WebMercatorQuad/${ZOOM}/${TILE.y}/${TILE.x}`,
      `/wms/${id}?service=WMS&request=GetCapabilities`,
    ]
    for (const address of addresses) {
      expect((await ask(address)).status).toBe(404)
      expect((await ask(address, { principal: await makeUser() })).status).toBe(404)
      const own = await ask(address, { principal: owner })
      expect(own.status).toBe(200)
      expect(own.headers.get('cache-control')).toMatch(/^private/)
      expect(own.took.cached).toBe(0)
    }
  })

  it('do not answer what is nowhere', async () => {
    const id = await imported(ALIGNED_FILE)
    for (const path of [
      ...[
        `/tiles/${id}/3/9/1.png`,
        `/tiles/${id}/29/1/1.png`,
        `/tiles/${id}/1/1/1.jpeg`,
        `/tiles/0/0/0/0.png`,
      ],
      ...['/tiles/9999999999/0/0/0.png', '/tiles/%00/0/0/0.png', '/tiles/%E0%A4/0/0/0.png', '/tiles/%.json'],
      ...['/tiles/2147483647.json', `/wms/2147483647?request=GetCapabilities`],
    ])
      expect((await ask(path)).status, path).toBe(404)
  })
})

describe('what is made of scans', () => {
  it('does not know of rasters', async () => {
    const id = await imported(ALIGNED_FILE)
    await runToTheEnd(() => scanOf(id), BAKE)
    const admin: UserPrincipal = { ...owner, roles: ['administrator'] }
    for (const path of [
      ...[`/maps/tile/${id}/${ZOOM}/${TILE.x}/${TILE.y}.png`, `/maps/tile/${id}/tilejson.json`],
      ...[`/maps/wms/${id}?service=WMS&request=GetCapabilities`, `/maps/${id}.kml`, `/maps/${id}/export.tif`],
      ...[`/iiif/${id}/info.json`, `/iiif/${id}/manifest.json`],
    ])
      expect((await ask(path, { principal: admin })).status, path).toBe(404)
    const { rows } = await db.execute(
      sql`select count(*)::int as count from activity where auditable_id = ${id} and auditable_type = 'Map'`,
    )
    expect(rows).toEqual([{ count: 0 }])
    const { tiles } = (await ask(`/tiles/${id}.json`)).json() as { tiles: string[] }
    const { search } = new URL(tiles[0]!)
    // This isolate knows the finished drawing by its version now; it is no map's all the same.
    await ask(`/tiles/${id}/${ZOOM}/${TILE.x}/${TILE.y}.png${search}`)
    expect((await ask(`/maps/tile/${id}/${ZOOM}/${TILE.x}/${TILE.y}.png${search}`)).status).toBe(404)
  })

  it('cannot be done to rasters', async () => {
    const id = await imported(ALIGNED_FILE)
    await runToTheEnd(() => scanOf(id), BAKE)
    const image = await rowsOf(id)
    expect(await findScan(db, owner, id)).toBeNull()
    expect((await visibleScanIds(db, owner, [id])).size).toBe(0)
    expect(await findScanPoints(db, owner, id)).toBeNull()
    expect(await insertGcps(db, owner, [{ scanId: id, x: 1, y: 1, lon: '7', lat: '47' }])).toEqual([])
    expect(await findGeoreference(db, owner, id)).toBeNull()
    expect(await deleteScan(db, owner, id)).toBe(false)
    await updateScan(db, owner, id, { title: 'Mine', publisher: 'Me' })
    expect(await claimForImage(db, owner, id, 'warped')).toBe(false)
    expect(await setScanPublished(db, { ...owner, roles: ['administrator'] }, id, true)).toBe(false)
    expect((await listRectifications(db, owner, id, { page: 1, perPage: 10 })).total).toBe(0)
    expect(await rowsOf(id)).toEqual(image)
    const all = await searchScans(db, owner, { ...ANY_SCAN, text: { field: 'title', contains: 'Raster' } })
    expect(all).toEqual({ records: [], total: 0 })
    const area: ScanSearch['area'] = { operation: 'intersect', bbox: [8, 46, 10, 47] }
    const around = await searchScans(db, owner, { ...ANY_SCAN, area })
    expect(around!.records.map((record) => record.id)).not.toContain(id)
  })
})
