import { sql } from 'drizzle-orm'
import { PMTiles, type RangeResponse } from 'pmtiles'
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { BAKE } from '../../durable-objects/scan.ts'
import { ByteLru } from '../../src/domain/render/byte-lru.ts'
import { rendererOf } from '../../src/domain/render/draw.ts'
import { TILE_ZOOM_MAX } from '../../src/domain/render/tile-pyramid.ts'
import type { RectifyOutcome } from '../../src/domain/scan-jobs.ts'
import { pngAuxXml } from '../../src/formats/aux-xml.ts'
import type { RasterCodecs, RgbaImage } from '../../src/formats/codecs.ts'
import { emptyTile } from '../../src/formats/tile-image.ts'
import { geographicGrid } from '../../src/geo/warp/target-grid.ts'
import type { UserPrincipal } from '../../src/store/principal.ts'
import { findTileSource, type TileSource } from '../../src/store/rectifications.ts'
import { rasterCodecs } from '../../workers/codecs.ts'
import { db, env, ingestOf, objectBytes, scanOf } from './support/bindings.ts'
import { areSameBytes, expectSameBytes } from './support/bytes.ts'
import { archiveAt } from './support/consistency.ts'
import { inside, runToTheEnd } from './support/crash.ts'
import { FaultyService, faultyBucket, withBucket } from './support/faults.ts'
import {
  makeUser,
  readScan,
  readyScan,
  type SharedPyramid,
  SMALL_POINTS,
  SYSTEM,
  setPoints,
  smallOriginal,
  uploadScan,
} from './support/scans.ts'
import { type Answered, type Asked, ask, ORIGIN } from './support/tile-service.ts'

const WAIT_MS = 100_000
const UNKNOWN_ID = 1_999_999_999
const YEAR = 'max-age=31536000, immutable'
/** Another place for the small scan: every point a little to the east. */
const MOVED_POINTS = SMALL_POINTS.map(([x, y, lon, lat]) => [x, y, lon + 0.05, lat] as const)

let owner: UserPrincipal
let pyramid: SharedPyramid
let codecs: RasterCodecs
/** A rectified scan that no test changes. */
let scanId: number
let source: TileSource

beforeAll(async () => {
  owner = await makeUser()
  codecs = await rasterCodecs()
  const id = await uploadScan(owner, await smallOriginal())
  await ingestOf(id).wait(id, WAIT_MS)
  const scan = await readScan(id)
  pyramid = { pyramidKey: scan.pyramidKey!, pyramid: scan.pyramid!, thumbnailKey: scan.thumbnailKey! }
  scanId = await rectifiedScan()
  source = await sourceOf(scanId)
}, WAIT_MS)

beforeEach(() => {
  vi.spyOn(console, 'error').mockReturnValue()
  return () => vi.restoreAllMocks()
})

const rectify = (id: number, waitMs = WAIT_MS): Promise<RectifyOutcome> =>
  scanOf(id).rectify({
    ...{ scanId: id, principal: owner, transform: 'p1', resampling: 'bilinear', useMask: false, waitMs },
  })

async function rectifiedScan(): Promise<number> {
  const id = await readyScan(owner, pyramid, SMALL_POINTS)
  expect(await rectify(id)).toEqual({ state: 'done' })
  return id
}

/** Begins a rectification whose bake stands still until its alarm is run. */
async function rectifyOnly(id: number): Promise<number> {
  await inside(
    () => scanOf(id),
    (instance) => {
      instance.beforeStep = () => {
        throw new Error('Instance dispose: the bake stands still')
      }
    },
  )
  expect(await rectify(id, 0)).toEqual({ state: 'running' })
  return (await sourceOf(id)).rectificationId
}

async function bakeNow(id: number): Promise<void> {
  await inside(
    () => scanOf(id),
    (instance) => {
      delete instance.beforeStep
    },
  )
  await runToTheEnd(() => scanOf(id), BAKE)
}

async function sourceOf(id: number): Promise<TileSource> {
  const found = await findTileSource(db, SYSTEM, id)
  if (!found) throw new Error(`scan ${id} has no tiles`)
  return found
}

/** z/x/y of the tile of a zoom that holds the middle of an extent. */
function middleTile([west, south, east, north]: readonly number[], z: number): string {
  const lat = ((south! + north!) / 2) * (Math.PI / 180)
  const x = ((west! + east!) / 2 + 180) / 360
  const y = (1 - Math.asinh(Math.tan(lat)) / Math.PI) / 2
  return `${z}/${Math.floor(x * 2 ** z)}/${Math.floor(y * 2 ** z)}`
}

const tilePath = (id: number, z = source.maxZoom) =>
  `/maps/tile/${id}/${middleTile(source.output.bbox, z)}.png`

const askTile = (id: number, query = '', asked: Asked = {}) => ask(tilePath(id) + query, asked)

function expectRefused(answered: Answered, status: number): void {
  expect(answered.status).toBe(status)
  expect(answered.headers.get('cache-control')).toBe('no-store')
  expect(answered.headers.get('access-control-allow-origin')).toBe('*')
  expect(answered.json()).toEqual({ errors: [{ title: expect.any(String), detail: expect.any(String) }] })
}

const opaqueShare = ({ data, width, height }: RgbaImage) =>
  data.filter((value, i) => i % 4 === 3 && value === 255).length / (width * height)

describe('what a tile takes', () => {
  it('nothing by its versioned address when it is warm, one look-up by its plain one', async () => {
    const id = await rectifiedScan()
    const { rectificationId } = await sourceOf(id)
    const versioned = `?v=${rectificationId}`
    const cold = await askTile(id, versioned)
    expect(cold.took.database).toBe(1)
    expect(cold.took.bucket).toBeGreaterThan(0)
    expect(cold.took.cached).toBe(1)
    const warm = await askTile(id, versioned)
    expect(warm.took).toEqual({ database: 0, bucket: 0, cached: 0 })
    expectSameBytes(warm.bytes, cold.bytes)
    const plain = await askTile(id)
    expect(plain.took).toEqual({ database: 1, bucket: 0, cached: 0 })
    expectSameBytes(plain.bytes, cold.bytes)
    const revalidated = await askTile(id, '', { headers: { 'if-none-match': plain.headers.get('etag')! } })
    expect(revalidated).toMatchObject({ status: 304, took: { database: 1, bucket: 0 } })
  })

  it('no look-up by its versioned address when another tile of the version was drawn before', async () => {
    const id = await rectifiedScan()
    const { rectificationId } = await sourceOf(id)
    await ask(`${tilePath(id, 8)}?v=${rectificationId}`)
    const cold = await askTile(id, `?v=${rectificationId}`)
    expect(cold).toMatchObject({ status: 200, took: { database: 0, cached: 1 } })
    // Header and directory are known: what is left is the tile itself.
    expect(cold.took.bucket).toBe(1)
  })

  it('is kept once for both addresses, and apart by type and scale', async () => {
    const id = await rectifiedScan()
    const { rectificationId } = await sourceOf(id)
    const path = tilePath(id)
    const addresses = [path, path.replace('.png', '.webp'), path.replace('.png', '@2x.png')]
    for (const address of addresses) expect((await ask(address)).took.cached).toBe(1)
    const seen = new Set<string>()
    for (const address of addresses) {
      const warm = await ask(`${address}?v=${rectificationId}`)
      expect(warm.took).toEqual({ database: 0, bucket: 0, cached: 0 })
      seen.add(`${warm.headers.get('content-type')} ${warm.bytes.length}`)
    }
    expect(seen.size).toBe(3)
  })
})

describe('a tile', () => {
  it('is a PNG of 256 px, with a tag, for everybody', async () => {
    const { status, headers, bytes } = await askTile(scanId)
    expect(status).toBe(200)
    expect(Object.fromEntries(headers)).toMatchObject({
      'content-type': 'image/png',
      'content-length': String(bytes.length),
      'cache-control': 'public, no-cache',
      'access-control-allow-origin': '*',
      vary: 'Accept',
      etag: `W/"${source.rectificationId}-png"`,
    })
    const image = await codecs.decode('png', bytes)
    expect([image.width, image.height]).toEqual([256, 256])
    expect(opaqueShare(image)).toBeGreaterThan(0.5)
  })

  it('shows what the archive holds', async () => {
    const [z, x, y] = middleTile(source.output.bbox, source.maxZoom).split('/').map(Number)
    const stored = await archiveAt(source.archiveKey!).getZxy(z!, x!, y!)
    const webp = new Uint8Array(stored!.data)
    expectSameBytes((await ask(tilePath(scanId).replace('.png', '.webp'))).bytes, webp)
    const png = await codecs.decode('png', (await askTile(scanId)).bytes)
    expectSameBytes(png.data, (await codecs.decode('webp', webp)).data)
  })

  it('is WebP for a client that accepts it, and by a .webp address', async () => {
    const headers = { accept: 'image/avif,image/webp,image/png,*/*' }
    const negotiated = await askTile(scanId, '', { headers })
    expect(negotiated.headers.get('content-type')).toBe('image/webp')
    expect(negotiated.headers.get('vary')).toBe('Accept')
    expect(negotiated.headers.get('etag')).toBe(`W/"${source.rectificationId}-webp"`)
    expect((await codecs.decode('webp', negotiated.bytes)).width).toBe(256)
    const named = await ask(tilePath(scanId).replace('.png', '.webp'))
    expect(named.headers.get('content-type')).toBe('image/webp')
    expect(named.headers.get('vary')).toBeNull()
    expectSameBytes(named.bytes, negotiated.bytes)
    const anything = await askTile(scanId, '', { headers: { accept: '*/*' } })
    expect(anything.headers.get('content-type')).toBe('image/png')
  })

  it('is kept for a year by its versioned address', async () => {
    const { headers } = await askTile(scanId, `?v=${source.rectificationId}`)
    expect(headers.get('cache-control')).toBe(`public, ${YEAR}`)
  })

  it('answers 304 to its own tag, and to no other', async () => {
    const tagged = (tag: string) => askTile(scanId, '', { headers: { 'if-none-match': tag } })
    const tag = `W/"${source.rectificationId}-png"`
    for (const header of [tag, tag.slice(2), `"x", ${tag}`, '*']) {
      const { status, headers, bytes } = await tagged(header)
      expect([status, bytes.length, headers.get('etag')]).toEqual([304, 0, tag])
    }
    expect((await tagged(`W/"${source.rectificationId}-webp"`)).status).toBe(200)
  })

  it('answers HEAD without a body, OPTIONS for other origins, and no other method', async () => {
    const get = await askTile(scanId)
    const head = await askTile(scanId, '', { method: 'HEAD' })
    expect([head.status, head.bytes.length]).toEqual([200, 0])
    expect([...head.headers]).toEqual([...get.headers])
    const options = await askTile(scanId, '', { method: 'OPTIONS' })
    expect(options.status).toBe(204)
    expect(options.headers.get('access-control-allow-origin')).toBe('*')
    expect(options.headers.get('access-control-allow-methods')).toBe('GET, HEAD, OPTIONS')
    const post = await askTile(scanId, '', { method: 'POST' })
    expectRefused(post, 405)
    expect(post.headers.get('allow')).toBe('GET, HEAD, OPTIONS')
  })

  it('has twice the side as @2x, for the same place', async () => {
    const { bytes } = await ask(tilePath(scanId).replace('.png', '@2x.png'))
    const large = await codecs.decode('png', bytes)
    const plain = await codecs.decode('png', (await askTile(scanId)).bytes)
    expect([large.width, large.height]).toEqual([512, 512])
    expect(Math.abs(opaqueShare(large) - opaqueShare(plain))).toBeLessThan(0.02)
  })

  it('is drawn live up to six zooms past the archive, and empty beyond', async () => {
    for (let past = 1; past <= 6; past++) {
      const { bytes, status } = await ask(tilePath(scanId, source.maxZoom + past))
      expect(status).toBe(200)
      expect(opaqueShare(await codecs.decode('png', bytes)), `${past} past`).toBe(1)
    }
    const beyond = await ask(tilePath(scanId, source.maxZoom + 7))
    expect(beyond.status).toBe(200)
    expectSameBytes(beyond.bytes, emptyTile(256, 'image/png'))
  })

  it('is empty outside the extent', async () => {
    for (const [suffix, size, type] of [
      ['.png', 256, 'image/png'],
      ['.webp', 256, 'image/webp'],
      ['@2x.png', 512, 'image/png'],
    ] as const) {
      const { status, headers, bytes } = await ask(`/maps/tile/${scanId}/9/1/1${suffix}`)
      expect([status, headers.get('content-type')]).toEqual([200, type])
      expectSameBytes(bytes, emptyTile(size, type))
    }
  })

  it.each([
    ['of an unknown map', () => tilePath(UNKNOWN_ID)],
    ['of an id that no integer column holds', () => tilePath(9_999_999_999)],
    ['with a column past the last', () => `/maps/tile/${scanId}/3/8/0.png`],
    ['with a row past the last', () => `/maps/tile/${scanId}/3/0/8.png`],
    ['of a zoom too deep', () => `/maps/tile/${scanId}/${TILE_ZOOM_MAX + 1}/0/0.png`],
    ['with a negative number', () => `/maps/tile/${scanId}/3/-1/0.png`],
    ['with no number', () => `/maps/tile/${scanId}/3/a/0.png`],
    ['of another image type', () => `/maps/tile/${scanId}/3/1/1.jpg`],
    ['of no version there is', () => `${tilePath(scanId)}?v=${UNKNOWN_ID}`],
  ])('%s is not found, and that is not kept', async (_, path) => {
    expectRefused(await ask(path()), 404)
  })

  it('of a scan that was never rectified is not found', async () => {
    expectRefused(await askTile(await readyScan(owner, pyramid, SMALL_POINTS)), 404)
  })

  it('by a version of another scan is not found', async () => {
    const { rectificationId } = await sourceOf(await rectifiedScan())
    expectRefused(await askTile(scanId, `?v=${rectificationId}`), 404)
  })
})

describe('a private scan', () => {
  const PATHS = [
    ['tile', (id: number) => tilePath(id)],
    ['@2x tile', (id: number) => tilePath(id).replace('.png', '@2x.png')],
    ['TileJSON', (id: number) => `/maps/tile/${id}/tilejson.json`],
    ['archive', (id: number) => `/maps/${id}/export.pmtiles`],
    ['PNG', (id: number) => `/maps/${id}/export.png`],
    ['aux_xml', (id: number) => `/maps/${id}/export.aux_xml`],
    ['GeoTIFF', (id: number) => `/maps/${id}/export.tif`],
  ] as const

  it.each(PATHS)('shows its %s to its owner alone, and nothing is shared', async (_, path) => {
    const id = await rectifiedScan()
    await db.execute(sql`delete from grants where resource_id = ${id}`)
    const { rectificationId } = await sourceOf(id)
    const stranger = await makeUser()
    const versioned = `${path(id)}?v=${rectificationId}`
    for (const address of [path(id), versioned]) {
      const isImmutable =
        address === versioned && address.startsWith('/maps/tile/') && !address.includes('json')
      for (let time = 0; time < 2; time++) {
        expectRefused(await ask(address), 404)
        expectRefused(await ask(address, { principal: stranger }), 404)
        const { status, headers, took } = await ask(address, { principal: owner })
        expect(status).toBe(200)
        expect(headers.get('cache-control')).toBe(isImmutable ? `private, ${YEAR}` : 'private, no-cache')
        expect(took.cached).toBe(0)
      }
    }
    expectRefused(await ask(path(id)), 404)
  })
})

describe('a rectification under way', () => {
  it('has live tiles from its beginning, the same as its archive then holds', async () => {
    const id = await readyScan(owner, pyramid, SMALL_POINTS)
    await rectifyOnly(id)
    expect((await readScan(id)).status).toBe('warping')
    const [z, x, y] = middleTile(source.output.bbox, source.maxZoom).split('/').map(Number)
    const live = await ask(tilePath(id).replace('.png', '.webp'))
    expect(live.status).toBe(200)
    expect(opaqueShare(await codecs.decode('webp', live.bytes))).toBeGreaterThan(0.5)
    const archive = await ask(`/maps/${id}/export.pmtiles`)
    expectRefused(archive, 503)
    expect(Number(archive.headers.get('retry-after'))).toBeGreaterThan(0)
    expect((await ask(`/maps/tile/${id}/tilejson.json`)).status).toBe(200)

    await bakeNow(id)
    expect((await readScan(id)).status).toBe('warped')
    const stored = await archiveAt((await sourceOf(id)).archiveKey!).getZxy(z!, x!, y!)
    expectSameBytes(new Uint8Array(stored!.data), live.bytes)
    expect((await ask(`/maps/${id}/export.pmtiles`)).status).toBe(200)
  })

  it('shows at once by the plain address, while ?v= shows what it names', async () => {
    const id = await rectifiedScan()
    const old = await sourceOf(id)
    const shown = await askTile(id)
    await setPoints(owner, id, MOVED_POINTS)
    const next = await rectifyOnly(id)
    const moved = await askTile(id)
    expect(moved.headers.get('etag')).toBe(`W/"${next}-png"`)
    expect(areSameBytes(moved.bytes, shown.bytes)).toBe(false)
    expectSameBytes((await askTile(id, `?v=${old.rectificationId}`)).bytes, shown.bytes)
    // One that was never asked for before.
    const other = `${tilePath(id, source.maxZoom + 1)}?v=${old.rectificationId}`
    expectSameBytes((await ask(other)).bytes, (await ask(tilePath(scanId, source.maxZoom + 1))).bytes)
    await bakeNow(id)
    expectSameBytes((await askTile(id)).bytes, moved.bytes)
    expectSameBytes((await askTile(id, `?v=${old.rectificationId}`)).bytes, shown.bytes)
  })

  it('that fails gives the plain address back to the tiles there were', async () => {
    const id = await rectifiedScan()
    const shown = await askTile(id)
    const archive = await ask(`/maps/${id}/export.pmtiles`)
    await setPoints(owner, id, MOVED_POINTS)
    const failing = await rectifyOnly(id)
    await inside(
      () => scanOf(id),
      (instance) => {
        const broken = new FaultyService('before', () => true)
        instance.env = withBucket(
          env,
          faultyBucket(env.BUCKET, broken, (name) => name === 'put'),
        )
      },
    )
    await bakeNow(id)
    expect(await readScan(id)).toMatchObject({ status: 'warped', statusDetail: expect.any(String) })
    const back = await askTile(id)
    expectSameBytes(back.bytes, shown.bytes)
    expect(back.headers.get('etag')).toBe(shown.headers.get('etag'))
    expectSameBytes((await ask(`/maps/${id}/export.pmtiles`)).bytes, archive.bytes)
    expectRefused(await ask(`${tilePath(id, 8)}?v=${failing}`), 404)
  })

  it('may drop the archive of a version: its tiles are drawn live from then on', async () => {
    const id = await rectifiedScan()
    const { rectificationId, archiveKey } = await sourceOf(id)
    const versioned = `?v=${rectificationId}`
    // The isolate knows the version and where its archive lay.
    await ask(`${tilePath(id, 8)}${versioned}`)
    for (let i = 0; i < 2; i++) await rectify(id)
    expect(await objectBytes(archiveKey!)).toBeNull()
    const webp = (of: number, query = '') => ask(tilePath(of).replace('.png', '.webp') + query)
    const again = await webp(id, versioned)
    expect(again.status).toBe(200)
    expectSameBytes(again.bytes, (await webp(scanId)).bytes)
  })
})

describe('TileJSON', () => {
  it('is version 3.0 and names the version in its tile addresses', async () => {
    const answered = await ask(`/maps/tile/${scanId}/tilejson.json`)
    const [west, south, east, north] = source.output.bbox
    expect(answered.json()).toEqual({
      tilejson: '3.0.0',
      name: 'A scan',
      version: '1.0.0',
      scheme: 'xyz',
      tiles: [`${ORIGIN}/maps/tile/${scanId}/{z}/{x}/{y}.png?v=${source.rectificationId}`],
      minzoom: source.minZoom,
      maxzoom: source.maxZoom,
      bounds: [west, south, east, north],
      center: [(west + east) / 2, (south + north) / 2, source.maxZoom - 3],
    })
    expect(answered.headers.get('cache-control')).toBe('public, no-cache')
    expect(answered.headers.get('content-type')).toBe('application/json; charset=utf-8')
    const tag = { 'if-none-match': answered.headers.get('etag')! }
    expect((await ask(`/maps/tile/${scanId}/tilejson.json`, { headers: tag })).status).toBe(304)
    expectRefused(await ask(`/maps/tile/${UNKNOWN_ID}/tilejson.json`), 404)
  })
})

describe('the archive as a file', () => {
  const path = () => `/maps/${scanId}/export.pmtiles`
  const part = (range: string, headers = {}) => ask(path(), { headers: { range, ...headers } })

  it('is sent whole, with its length and tag', async () => {
    const whole = await ask(path())
    expect(whole.status).toBe(200)
    expectSameBytes(whole.bytes, await objectBytes(source.archiveKey!))
    expect(Object.fromEntries(whole.headers)).toMatchObject({
      'content-type': 'application/vnd.pmtiles',
      'content-length': String(whole.bytes.length),
      'accept-ranges': 'bytes',
      'cache-control': 'public, no-cache',
      'content-disposition': `inline; filename="${scanId}.pmtiles"`,
    })
    expect(whole.headers.get('content-range')).toBeNull()
  })

  it.each([
    ['bytes=0-126', 0, 127],
    ['bytes=100-', 100, null],
    ['bytes=-50', -50, null],
    ['bytes=7-99999999', 7, null],
    ['bytes=-99999999', 0, null],
  ])('is sent in part for %s', async (range, from, to) => {
    const whole = (await objectBytes(source.archiveKey!))!
    const expected = whole.slice(from, to ?? undefined)
    const { status, headers, bytes } = await part(range)
    expect(status).toBe(206)
    expectSameBytes(bytes, expected)
    const start = from < 0 ? whole.length + from : from
    expect(headers.get('content-length')).toBe(String(expected.length))
    expect(headers.get('content-range')).toBe(`bytes ${start}-${start + expected.length - 1}/${whole.length}`)
  })

  it.each(['bytes=99999999-', 'bytes=99999999-100000000', 'bytes=-0'])('is refused for %s', async (range) => {
    const refused = await part(range)
    expectRefused(refused, 416)
    const size = (await objectBytes(source.archiveKey!))?.length
    expect(refused.headers.get('content-range')).toBe(`bytes */${size}`)
  })

  it.each(['bytes=abc', 'bytes=9-3', 'lines=1-2', 'bytes=', 'bytes=-', 'bytes=0-1,4-5'])(
    'is whole for a range of %s',
    async (range) => {
      const { status, headers, bytes } = await part(range)
      expect([status, headers.get('content-range')]).toEqual([200, null])
      expectSameBytes(bytes, await objectBytes(source.archiveKey!))
    },
  )

  it('answers 304 to its tag, also for HEAD, and 412 to another it must match', async () => {
    const { headers } = await ask(path(), { method: 'HEAD' })
    const etag = headers.get('etag')!
    for (const method of ['GET', 'HEAD']) {
      const same = await ask(path(), { method, headers: { 'if-none-match': etag } })
      expect([same.status, same.bytes.length, same.headers.get('etag')], method).toEqual([304, 0, etag])
      expect((await ask(path(), { method, headers: { 'if-none-match': '"x"' } })).status).toBe(200)
    }
    expect((await ask(path(), { headers: { 'if-match': '"x"' } })).status).toBe(412)
  })

  it('answers HEAD with its length', async () => {
    const { status, headers, bytes } = await ask(path(), { method: 'HEAD' })
    const size = (await objectBytes(source.archiveKey!))?.length
    expect([status, bytes.length, headers.get('content-length')]).toEqual([200, 0, String(size)])
  })

  it('is read by the pmtiles package over ranges', async () => {
    const archive = new PMTiles({
      getKey: () => path(),
      async getBytes(offset: number, length: number): Promise<RangeResponse> {
        const { status, bytes, headers } = await part(`bytes=${offset}-${offset + length - 1}`)
        expect(status).toBe(206)
        return { data: bytes.buffer, etag: headers.get('etag') ?? '' }
      },
    })
    const header = await archive.getHeader()
    expect([header.minZoom, header.maxZoom]).toEqual([source.minZoom, source.maxZoom])
    const [z, x, y] = middleTile(source.output.bbox, source.maxZoom).split('/').map(Number)
    const tile = await archive.getZxy(z!, x!, y!)
    expectSameBytes(new Uint8Array(tile!.data), (await ask(tilePath(scanId).replace('.png', '.webp'))).bytes)
  })
})

describe('the other exports', () => {
  const exported = (name: string, asked?: Asked) => ask(`/maps/${scanId}/export.${name}`, asked)

  it('the PNG holds every pixel of the rectified map', async () => {
    const { status, headers, bytes } = await exported('png')
    expect([status, headers.get('content-type')]).toEqual([200, 'image/png'])
    const image = await codecs.decode('png', bytes)
    const { west, north, pixelSizeX, pixelSizeY, width, height } = source.output
    expect([image.width, image.height]).toEqual([width, height])
    const tools = { bucket: env.BUCKET, codecs, decoded: new ByteLru<Uint8Array>(2 ** 24) }
    const whole = geographicGrid(west, north, pixelSizeX, pixelSizeY, width, height)
    const drawn = await rendererOf(tools, source).draw(whole)
    expectSameBytes(new Uint8Array(image.data), drawn)
    expect(opaqueShare(image)).toBeGreaterThan(0.7)
    const head = await exported('png', { method: 'HEAD' })
    expect([head.status, head.bytes.length, head.took.bucket]).toEqual([200, 0, 0])
    const tag = { 'if-none-match': headers.get('etag')! }
    expect((await exported('png', { headers: tag })).status).toBe(304)
  })

  it('the aux_xml places that PNG', async () => {
    const { status, headers, bytes } = await exported('aux_xml')
    expect([status, headers.get('content-type')]).toEqual([200, 'application/xml'])
    const text = new TextDecoder().decode(bytes)
    expect(text).toBe(pngAuxXml(source.output))
    const [x, sizeX, , y, , sizeY] = /<GeoTransform>(.*)<\/GeoTransform>/
      .exec(text)![1]!
      .split(',')
      .map(Number)
    const [west, south, east, north] = source.output.bbox
    expect(x).toBeCloseTo(west, 9)
    expect(y).toBeCloseTo(north, 9)
    expect(x! + sizeX! * source.output.width).toBeCloseTo(east, 9)
    expect(y! + sizeY! * source.output.height).toBeCloseTo(south, 9)
  })

  it('the GeoTIFF is made when it is first asked for, and then read in parts', async () => {
    const first = await exported('tif')
    expect([first.status, first.headers.get('content-type')]).toEqual([200, 'image/tiff'])
    expect(new TextDecoder('latin1').decode(first.bytes.slice(0, 4))).toMatch(/^II[*+]\0$/)
    const { geotiffKey } = await sourceOf(scanId)
    expectSameBytes(first.bytes, await objectBytes(geotiffKey!))
    const part = await exported('tif', { headers: { range: 'bytes=0-3' } })
    expect([part.status, part.bytes, part.took.bucket]).toEqual([206, first.bytes.slice(0, 4), 1])
  })

  it('of an unknown name or map is not found', async () => {
    for (const path of ['bmp', 'constructor', 'tif_'].map((name) => `/maps/${scanId}/export.${name}`))
      expectRefused(await ask(path), 404)
    for (const name of ['png', 'tif', 'pmtiles', 'aux_xml'])
      expectRefused(await ask(`/maps/${UNKNOWN_ID}/export.${name}`), 404)
  })
})
