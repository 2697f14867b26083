import { beforeAll, describe, expect, it } from 'vitest'
import type { RasterCodecs } from '../../src/formats/codecs.ts'
import type { GeoTransform } from '../../src/geo/geo-transform.ts'
import { type GeoTiffFile, geoTiffFile, keysOf } from '../support/geotiff-file.ts'
import { testCodecs } from '../unit/ingest/tools.ts'
import { type Answer, baseUrl, call, newUser, type TestUser } from './mapwarper-client.ts'

const SIZE = { width: 300, height: 200 }
const TRANSFORM: GeoTransform = [400_000, 10, 0, 5_260_000, 0, -10]
const samples = Uint8Array.from({ length: SIZE.width * SIZE.height * 3 }, (_, i) => [220, 40, 90][i % 3]!)
const FILE: GeoTiffFile = { ...SIZE, bands: 3, samples, transform: TRANSFORM, keys: keysOf(32632) }
/** A tile in which the raster lies, and a pixel of that that is in the middle of the raster. */
const TILE = { z: 12, x: 2135, y: 1432, pixel: { x: 135, y: 173 } }

let user: TestUser
let codecs: RasterCodecs

beforeAll(async () => {
  ;[user, codecs] = await Promise.all([newUser(), testCodecs()])
})

/** Runs the process `import` to its end. */
function importing(file: Uint8Array, inputs: Record<string, unknown> = {}): Promise<Answer> {
  const value = Buffer.from(file).toString('base64')
  const given = { value, encoding: 'base64', mediaType: 'image/tiff' }
  return call('/ogc/processes/import/execution', {
    ...{ as: user.basic, headers: { prefer: 'wait=60' } },
    json: { inputs: { file: given, title: 'A raster', ...inputs } },
  })
}

async function imported(inputs: Record<string, unknown> = {}): Promise<{ id: string; number: number }> {
  const { status, text, json } = await importing(geoTiffFile(FILE), inputs)
  expect(status, text).toBe(200)
  const { id } = json.collections[0]
  const { links } = await read(`/ogc/collections/${id}/map/tiles/WebMercatorQuad`)
  const { href } = links.find(({ rel }: Link) => rel === 'describedby')
  return { id, number: Number(/(\d+)\.json$/.exec(href)![1]) }
}

interface Link {
  rel: string
  href: string
  type: string
}

async function read(path: string) {
  const { status, text, json } = await call(path, { as: user.basic, headers: { accept: 'application/json' } })
  expect(status, `${path}: ${text}`).toBe(200)
  return json
}

describe('a GeoTIFF that is imported', () => {
  let id: string
  let number: number
  beforeAll(async () => {
    ;({ id, number } = await imported())
  })

  it('is a collection with map tiles and its file, and without features', async () => {
    const collection = await read(`/ogc/collections/${id}`)
    expect(collection.itemType).toBeUndefined()
    const [west, south, east, north] = collection.extent.spatial.bbox[0]
    expect([west, north].map((value) => value.toFixed(3))).toEqual(['7.673', '47.486'])
    expect(east - west).toBeGreaterThan(0.039)
    expect(north - south).toBeGreaterThan(0.017)
    const linked = (rel: string): string =>
      collection.links.find((link: Link) => link.rel.endsWith(rel))?.href
    const { tilesets } = await read(linked('tilesets-map'))
    expect(tilesets.map(({ dataType }: { dataType: string }) => dataType)).toEqual(['map'])
    expect((await call(`/ogc/collections/${id}/items`)).status).toBe(404)
    const file = await fetch(linked('enclosure'))
    expect(Buffer.compare(Buffer.from(await file.arrayBuffer()), geoTiffFile(FILE))).toBe(0)
    const part = await fetch(linked('enclosure'), { headers: { range: 'bytes=0-3' } })
    expect(part.status).toBe(206)
    expect([...new Uint8Array(await part.arrayBuffer())]).toEqual([0x49, 0x49, 42, 0])
  })

  it('is drawn by all the addresses of its tiles', async () => {
    const { z, x, y, pixel } = TILE
    const { links } = await read(`/ogc/collections/${id}/map/tiles/WebMercatorQuad`)
    const templates: Link[] = links.filter(({ rel }: Link) => rel === 'item')
    expect(templates.map(({ type }) => type)).toEqual(['image/png', 'image/webp'])
    const { tiles } = await read(`/tiles/${number}.json`)
    const addresses = [
      ...templates.map(({ href }) =>
        href.replace('{tileMatrix}', `${z}`).replace('{tileRow}', `${y}`).replace('{tileCol}', `${x}`),
      ),
      tiles[0].replace('{z}', `${z}`).replace('{x}', `${x}`).replace('{y}', `${y}`),
    ]
    for (const address of addresses) {
      const { data, width } = await picture(address)
      const at = (pixel.y * width + pixel.x) * 4
      expect([...data.slice(at, at + 4)]).toEqual([220, 40, 90, 255])
      expect([...data.slice(0, 4)]).toEqual([0, 0, 0, 0])
    }
  })

  it('is a web map service in its own system', async () => {
    const query =
      'service=WMS&version=1.3.0&request=GetMap&layers=image&styles=&crs=EPSG:32632&format=image/png' +
      '&bbox=400000,5258000,403000,5260000&width=30&height=20&transparent=true'
    const { data } = await picture(`/wms/${number}?${query}`)
    const colours = Array.from({ length: 600 }, (_, i) => [...data.slice(i * 4, i * 4 + 4)].join())
    expect([...new Set(colours)]).toEqual(['220,40,90,255'])
  })

  it('is no map', async () => {
    for (const path of ['', '/gcps', '/status', '/rectifications'])
      expect((await call(`/api/v1/maps/${number}${path}`, { as: user.basic })).status, path).toBe(404)
    for (const [method, path] of [
      ['PATCH', ''],
      ['DELETE', ''],
      ['PATCH', '/rectify'],
      ['PATCH', '/publish'],
    ] as const) {
      const { status } = await call(`/api/v1/maps/${number}${path}`, { as: user.basic, method, json: {} })
      expect([401, 403, 404], `${method} ${path}`).toContain(status)
    }
    const listed = await read('/api/v1/maps?per_page=500&field=title&query=A%20raster')
    expect(listed.data).toEqual([])
    expect((await call(`/tiles/${number}.json`)).status).toBe(200)
  })
})

async function picture(address: string) {
  const response = await fetch(new URL(address, baseUrl))
  expect(response.status, address).toBe(200)
  const format = response.headers.get('content-type') === 'image/webp' ? 'webp' : 'png'
  return codecs.decode(format, new Uint8Array(await response.arrayBuffer()))
}

describe('a raster that is private', () => {
  it('is there for its owner alone, and goes with all it has', async () => {
    const { id, number } = await imported({ visibility: 'private' })
    const { z, x, y } = TILE
    const addresses = [
      ...[`/tiles/${number}.json`, `/tiles/${number}.tif`, `/tiles/${number}/${z}/${x}/${y}.png`],
      ...[
        `/ogc/collections/${id}`,
        `/ogc/collections/${id}/map/tiles`,
        `/ogc/collections/${number}/map/tiles`,
      ],
      `/wms/${number}?service=WMS&request=GetCapabilities`,
    ]
    const other = await newUser()
    for (const address of addresses) {
      expect((await call(address)).status, address).toBe(404)
      expect((await call(address, { as: other.basic })).status, address).toBe(404)
      expect((await call(address, { as: user.basic })).status, address).toBe(200)
    }
    const { status } = await call(`/ogc/collections/${id}`, { as: user.basic, method: 'DELETE' })
    expect([200, 204]).toContain(status)
    for (const address of addresses)
      expect((await call(address, { as: user.basic })).status, address).toBe(404)
  })
})

describe('what is no raster', () => {
  const { keys: _, ...unnamed } = FILE
  const { transform: __, ...picture } = unnamed

  it.each([
    ['a picture', picture, /not georeferenced/],
    ['one without a system', unnamed, /does not say.*crs/],
    ['one elsewhere', { ...FILE, keys: keysOf(4326) }, /none of EPSG:4326/],
  ])('%s is refused and says why', async (_name, file, reason) => {
    const { status, json } = await importing(geoTiffFile(file))
    expect(status).toBe(400)
    expect(json.detail).toMatch(reason)
  })
})
