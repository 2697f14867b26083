import { eq } from 'drizzle-orm'
import { beforeAll, describe, expect, it } from 'vitest'
import { grants } from '../../src/store/schema.ts'
import { clientOf, makeLayer, makeMap, share } from './giscloud-client.ts'
import {
  administrator,
  call,
  gcpBody,
  mapBody,
  newMap,
  newUser,
  notFound,
  pngImage,
  statusAfter,
  type TestUser,
} from './mapwarper-client.ts'
import { platformDatabase } from './platform-database.ts'
import { pinCorners, placeInTile, rectified, uploadFile } from './rectified-map.ts'

let owner: TestUser
let stranger: TestUser
let editor: TestUser
let id: number
let gcpId: string
let version: string

/** A map that only its owner sees, rectified before and after everyone lost sight of it. */
beforeAll(async () => {
  ;[owner, stranger, editor] = await Promise.all([newUser(), newUser(), newUser(['editor'])])
  id = (await uploadFile(owner, 'secret.png', pngImage(64, 48), 'A secret')).id
  expect(await statusAfter(id, 'loading')).toBe('available')
  await pinCorners(owner, id, [64, 48], placeInTile(8, 133, 89))
  await rectified(owner, id)
  await (await platformDatabase()).delete(grants).where(eq(grants.resourceId, id))
  const gcps = await call(`/api/v1/maps/${id}/gcps`, { as: owner.basic })
  gcpId = gcps.json.data[0].id
  const tileJson = await call(`/maps/tile/${id}/tilejson.json`, { as: owner.basic })
  version = new URL(tileJson.json.tiles[0]).searchParams.get('v') ?? ''
})

const reads = (): string[] => [
  `/api/v1/maps/${id}`,
  `/api/v1/maps/${id}.geojson`,
  `/api/v1/maps/${id}/status`,
  `/api/v1/maps/${id}/gcps`,
  `/api/v1/gcps?map_id=${id}`,
  `/api/v1/gcps/${gcpId}`,
  `/uploads/${id}/thumb/secret.png`,
  `/maps/thumb/${id}`,
  `/maps/tile/${id}/8/133/89.png`,
  `/maps/tile/${id}/8/133/89.webp?v=${version}`,
  `/maps/tile/${id}/9/266/178@2x.png?v=${version}`,
  `/maps/tile/${id}/tilejson.json`,
  `/maps/${id}/export.png`,
  `/maps/${id}/export.tif`,
  `/maps/${id}/export.aux_xml`,
  `/maps/${id}/export.pmtiles`,
  `/maps/${id}/export.cog.tif`,
  ...['csv', 'points', 'gdal', 'txt', 'json'].map((suffix) => `/maps/${id}/gcps.${suffix}`),
  `/maps/${id}/annotation.json`,
  `/api/v1/maps/${id}/rectifications`,
  `/api/v1/maps/${id}/layers`,
  `/maps/tms/${id}/8/133/166.png`,
  `/maps/wmts/${id}?service=WMTS&request=GetCapabilities`,
  `/maps/wms/${id}?service=WMS&request=GetCapabilities`,
  `/maps/${id}.kml`,
  `/iiif/${id}/info.json`,
  `/iiif/${id}/manifest.json`,
  `/iiif/${id}/full/max/0/default.jpg`,
]

describe('a map that only its owner may see', () => {
  it.each(['nobody', 'a stranger', 'an editor'])('does not exist for %s', async (who) => {
    const as = { nobody: {}, 'a stranger': stranger.basic, 'an editor': editor.basic }[who] ?? {}
    for (const path of reads()) expect([path, (await call(path, { as })).status]).toEqual([path, 404])
    const maps = await call('/api/v1/maps?sort_key=updated_at&per_page=1000', { as })
    expect(maps.json.data.map((map: { id: string }) => map.id)).not.toContain(String(id))
    const gcps = await call('/api/v1/gcps?sort_key=updated_at&per_page=1000', { as })
    expect(gcps.json.data.map((gcp: { id: string }) => gcp.id)).not.toContain(gcpId)
  })

  it('is there for its owner and for administrators, and stays out of shared caches', async () => {
    for (const path of reads())
      for (const as of [owner.basic, administrator]) {
        const { status, headers } = await call(path, { as })
        expect([200, 302], path).toContain(status)
        expect(headers.get('cache-control') ?? 'private', path).toMatch(/\bprivate\b/)
      }
  })

  it('cannot be changed by who does not see it, whatever role they have', async () => {
    const own = await newMap(editor.basic)
    const point = { x: 1, y: 1, lat: 1, lon: 1 }
    const made = await call('/api/v1/gcps', { json: gcpBody({ map_id: own, ...point }), as: editor.basic })
    const attempts = [
      ['PATCH', `/api/v1/maps/${id}`, mapBody({ title: 'Mine' })],
      ['DELETE', `/api/v1/maps/${id}`, undefined],
      ['PATCH', `/api/v1/maps/${id}/rectify`, { transform_options: 'p1' }],
      ['POST', '/api/v1/gcps', gcpBody({ map_id: id, ...point })],
      ['POST', '/api/v1/gcps/add_many', { gcps: [{ mapid: id, ...point }] }],
      ['PATCH', `/api/v1/gcps/${made.json.data.id}`, gcpBody({ map_id: id })],
    ] as const
    for (const [method, path, json] of attempts) {
      const answer = await call(path, { method, json, as: editor.basic })
      expect([path, answer.status, answer.json]).toEqual([path, 404, notFound('Map', id)])
    }
    for (const method of ['PATCH', 'DELETE']) {
      const json = method === 'PATCH' ? gcpBody({ x: 5 }) : undefined
      const answer = await call(`/api/v1/gcps/${gcpId}`, { method, json, as: editor.basic })
      expect([answer.status, answer.json]).toEqual([404, notFound('Gcp', gcpId)])
    }
  })
})

describe('a private map in a layer of a map that is shared', () => {
  it('GET /1/layers/{id}/tiles/{z}/{x}/{y}.png shows it to who sees the layer, by the layer alone', async () => {
    const own = clientOf(owner.basic)
    const map = await makeMap(own)
    const source = JSON.stringify({ type: 'scan', src: String(id) })
    const layer = await makeLayer(own, map, '', { type: 'raster', source })
    const tiles = `/1/layers/${layer}/tiles`
    const statuses = async (as: TestUser | null) => {
      const paths = [`${tiles}/8/133/89.png`, `${tiles}/8/133/89.webp?v=${version}`, `${tiles}.json`]
      const answers = await Promise.all(paths.map((path) => call(path, as ? { as: as.basic } : {})))
      for (const { status, headers } of answers)
        if (status === 200) expect(headers.get('cache-control')).toBe('private, no-cache')
      return answers.map(({ status }) => status)
    }
    expect(await statuses(owner)).toEqual([200, 200, 200])
    expect(await statuses(stranger)).toEqual([404, 404, 404])
    expect(await statuses(null)).toEqual([404, 404, 404])
    await share(own, map, stranger.login, 'READ')
    expect(await statuses(stranger)).toEqual([200, 200, 200])
    expect(await statuses(null)).toEqual([404, 404, 404])
    await share(own, map, 'anonymous', 'READ')
    expect(await statuses(null)).toEqual([200, 200, 200])
    expect((await call(`/maps/tile/${id}/8/133/89.png`)).status).toBe(404)
    const { json } = await call(`${tiles}.json`)
    expect(json.tiles[0]).toContain(`${tiles}/{z}/{x}/{y}.png?v=${version}`)
    const page = await call(`/1/maps/${map}/render.iframe`)
    expect(page.text).toContain(`${tiles}.json`)
    expect((await call(`/1/maps/${map}`, { method: 'DELETE', as: owner.basic })).status).toBe(200)
  })
})

describe('a map that was deleted', () => {
  it('has no tiles by the addresses that were handed out, drawn before or not', async () => {
    const { id: gone } = await uploadFile(owner, 'gone.png', pngImage(64, 48))
    expect(await statusAfter(gone, 'loading')).toBe('available')
    await pinCorners(owner, gone, [64, 48], placeInTile(8, 133, 89))
    await rectified(owner, gone)
    const { tiles } = (await call(`/maps/tile/${gone}/tilejson.json`)).json
    const address = (zxy: string) => tiles[0].replace('{z}/{x}/{y}', zxy)
    await call(`/api/v1/maps/${gone}`, { method: 'DELETE', as: owner.basic })
    for (const zxy of ['5/16/11', '12/2136/1430']) expect((await call(address(zxy))).status).toBe(404)
    expect((await call(`/maps/tile/${gone}/5/16/11.png`)).status).toBe(404)
  })
})
