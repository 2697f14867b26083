import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { VectorTile } from '@mapbox/vector-tile'
import { PbfReader } from 'pbf'
import { FetchSource, PMTiles } from 'pmtiles'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { ADMIN_PASSWORD_DEFAULT } from '../../dev/settings.ts'

const hasGdal = spawnSync('ogrinfo', ['--version']).status === 0
const url = (path: string) => new URL(path, inject('baseUrl')).href
const CREDENTIAL = { authorization: `Basic ${btoa(`admin@example.org:${ADMIN_PASSWORD_DEFAULT}`)}` }
const NAME = 'e2e_vector_tiles'

async function send(
  method: string,
  path: string,
  body: unknown,
  type = 'application/json',
): Promise<Response> {
  const headers = { ...CREDENTIAL, 'content-type': type }
  const response = await fetch(url(path), { method, headers, body: JSON.stringify(body) })
  if (!response.ok) throw new Error(`${method} ${path} answers ${response.status}: ${await response.text()}`)
  return response
}

const field = (i: number) => {
  const [west, south] = [7 + (i % 20) * 0.05, 46 + Math.floor(i / 20) * 0.05]
  const [east, north] = [west + 0.04, south + 0.04]
  return {
    type: 'Feature',
    properties: { name: `Field ${i}`, area: i * 1.5, number: i },
    geometry: {
      type: 'Polygon',
      coordinates: [
        [
          [west, south],
          [east, south],
          [east, north],
          [west, north],
          [west, south],
        ],
      ],
    },
  }
}

/** The features of a tile's one layer. */
async function featuresOf(response: Response) {
  expect(response.status, response.url).toBe(200)
  expect(response.headers.get('content-type')).toBe('application/vnd.mapbox-vector-tile')
  const { layers } = new VectorTile(new PbfReader(new Uint8Array(await response.arrayBuffer())))
  expect(Object.keys(layers)).toEqual([NAME])
  return Array.from({ length: layers[NAME]!.length }, (_, i) => layers[NAME]!.feature(i))
}

interface TileJson {
  tiles: string[]
  bounds: number[]
  maxzoom: number
  vector_layers: { id: string; fields: Record<string, string> }[]
}

const tileJson = async () => (await (await fetch(url(`/tiles/${NAME}.json`))).json()) as TileJson

beforeAll(async () => {
  await send('POST', '/ogc/collections', {
    ...{ name: NAME, title: 'Fields', geometryType: 'Polygon', visibility: 'public' },
    properties: { name: { type: 'string' }, area: { type: 'number' }, number: { type: 'integer' } },
  })
  const features = Array.from({ length: 200 }, (_, i) => field(i))
  await send(
    'POST',
    `/ogc/collections/${NAME}/items`,
    { type: 'FeatureCollection', features },
    'application/geo+json',
  )
})

afterAll(async () => {
  await send('DELETE', `/ogc/collections/${NAME}`, undefined)
})

test('TileJSON leads to tiles with the features', async () => {
  const { tiles, bounds, vector_layers } = await tileJson()
  expect(bounds.map((degrees) => Number(degrees.toFixed(6)))).toEqual([7, 46, 7.99, 46.49])
  expect(vector_layers).toMatchObject([
    { id: NAME, fields: { name: 'String', area: 'Number', number: 'Number' } },
  ])
  const tile = await fetch(tiles[0]!.replace('{z}/{x}/{y}', '7/66/45'))
  expect(tile.headers.get('cache-control')).toBe('public, max-age=31536000, immutable')
  const features = await featuresOf(tile)
  expect(features.length).toBeGreaterThan(100)
  for (const { id, properties, type } of features) {
    expect(type).toBe(3)
    expect({ ...properties }).toEqual({
      name: `Field ${properties.number}`,
      area: Number(properties.number) * 1.5,
      number: id! - 1,
    })
  }
})

test('the addresses of OGC API - Tiles give the same tile; an empty one is 204, one that cannot be 404', async () => {
  const byXyz = await featuresOf(await fetch(url(`/tiles/${NAME}/7/66/45.pbf`)))
  const byOgc = await featuresOf(await fetch(url(`/ogc/collections/${NAME}/tiles/WebMercatorQuad/7/45/66`)))
  expect(byOgc.map((feature) => feature.loadGeometry())).toEqual(
    byXyz.map((feature) => feature.loadGeometry()),
  )
  const inDegrees = await fetch(url(`/ogc/collections/${NAME}/tiles/WorldCRS84Quad/6/15/66`))
  expect((await featuresOf(inDegrees)).length).toBeGreaterThan(100)
  expect((await fetch(url(`/tiles/${NAME}/7/0/0.mvt`))).status).toBe(204)
  const beyond = await fetch(url(`/ogc/collections/${NAME}/tiles/WebMercatorQuad/1/2/0`))
  expect([beyond.status, beyond.headers.get('content-type')]).toEqual([404, 'application/problem+json'])
  const strange = await fetch(url(`/ogc/collections/${NAME}/tiles/WebMercatorQuad/1/0/0?colour=red`))
  expect([strange.status, await strange.json()]).toMatchObject([400, { parameter: 'colour' }])
})

test('bytes are compressed for who takes that, and only then', async () => {
  const path = `/tiles/${NAME}/7/66/45.mvt`
  const plain = await fetch(url(path), { headers: { 'accept-encoding': 'identity' } })
  expect(plain.headers.get('content-encoding')).toBeNull()
  const packed = await fetch(url(path), { headers: { 'accept-encoding': 'gzip' } })
  expect(packed.headers.get('content-encoding')).toBe('gzip')
  expect(await packed.arrayBuffer()).toEqual(await plain.arrayBuffer())
})

test('a filter and a choice of properties', async () => {
  const filter = encodeURIComponent('number < 3')
  const tile = await fetch(
    url(`/ogc/collections/${NAME}/tiles/WebMercatorQuad/7/45/66?properties=name&filter=${filter}`),
  )
  const properties = (await featuresOf(tile)).map((feature) => ({ ...feature.properties }))
  expect(properties).toEqual([{ name: 'Field 0' }, { name: 'Field 1' }, { name: 'Field 2' }])
})

test('an edit shows on the next request, by the same address', async () => {
  const path = `/tiles/${NAME}/11/1063/728.mvt`
  const before = await fetch(url(path))
  const etag = before.headers.get('etag')!
  const count = before.status === 204 ? 0 : (await featuresOf(before)).length
  const same = await fetch(url(path), { headers: { 'if-none-match': etag } })
  expect(same.status).toBe(304)
  const [west, south] = [(1063.4 / 2048) * 360 - 180, 46.05]
  const ring = [
    [west, south],
    [west + 0.001, south],
    [west + 0.001, south + 0.001],
    [west, south],
  ]
  const made = await send(
    'POST',
    `/ogc/collections/${NAME}/items`,
    { type: 'Feature', properties: { name: 'new' }, geometry: { type: 'Polygon', coordinates: [ring] } },
    'application/geo+json',
  )
  const after = await fetch(url(path), { headers: { 'if-none-match': etag } })
  expect((await featuresOf(after)).length).toBe(count + 1)
  await send('DELETE', new URL(made.headers.get('location')!, url('/')).pathname, undefined)
  const again = await fetch(url(path))
  expect(again.status === 204 ? 0 : (await featuresOf(again)).length).toBe(count)
})

test('the archive of all tiles is downloaded piece by piece, and has what the live tiles have', async () => {
  expect((await fetch(url(`/tiles/${NAME}.pmtiles`))).status).toBe(404)
  const live = await featuresOf(await fetch(url(`/tiles/${NAME}/7/66/45.mvt`)))
  await send('POST', '/ogc/processes/tile-archive/execution', { inputs: { collection: NAME } })
  const archive = new PMTiles(new FetchSource(url(`/tiles/${NAME}.pmtiles`)))
  expect(await archive.getMetadata()).toMatchObject({ name: 'Fields', vector_layers: [{ id: NAME }] })
  expect((await archive.getHeader()).maxZoom).toBeGreaterThanOrEqual(7)
  const stored = (await archive.getZxy(7, 66, 45))!.data
  const layer = new VectorTile(new PbfReader(new Uint8Array(stored))).layers[NAME]!
  const geometries = Array.from({ length: layer.length }, (_, i) => layer.feature(i).loadGeometry())
  expect(geometries).toEqual(live.map((feature) => feature.loadGeometry()))
  const served = await featuresOf(await fetch(url(`/tiles/${NAME}/7/66/45.mvt?properties=name`)))
  expect(served.length).toBe(live.length)
})

test('a private dataset has no tiles for others', async () => {
  const name = 'e2e_private_tiles'
  await send('POST', '/ogc/collections', {
    ...{ name, title: 'Private', geometryType: 'Point', visibility: 'private', properties: {} },
  })
  try {
    for (const path of [`/tiles/${name}.json`, `/tiles/${name}/0/0/0.mvt`, `/tiles/${name}.pmtiles`])
      expect((await fetch(url(path))).status, path).toBe(404)
    const own = await fetch(url(`/tiles/${name}/0/0/0.mvt`), { headers: CREDENTIAL })
    expect([own.status, own.headers.get('cache-control')]).toEqual([204, 'private, no-cache'])
  } finally {
    await send('DELETE', `/ogc/collections/${name}`, undefined)
  }
})

describe.skipIf(!hasGdal)('GDAL', () => {
  test('reads a tile', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'graticule-mvt-'))
    try {
      const file = join(folder, 'tile.mvt')
      const tile = await fetch(url(`/tiles/${NAME}/7/66/45.mvt`), {
        headers: { 'accept-encoding': 'identity' },
      })
      writeFileSync(file, Buffer.from(await tile.arrayBuffer()))
      const options = [
        '-ro',
        '-al',
        '-oo',
        'Z=7',
        '-oo',
        'X=66',
        '-oo',
        'Y=45',
        '-where',
        "name = 'Field 21'",
      ]
      const told = execFileSync('ogrinfo', [...options, file], { encoding: 'utf8' })
      expect(told).toMatch(/area \(Real\) = 31\.5/)
      expect(told).toMatch(/mvt_id \(Integer64\) = 22/)
      expect(told).toMatch(/POLYGON/)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})
