import { eq } from 'drizzle-orm'
import { beforeAll, describe, expect, it } from 'vitest'
import { grants } from '../../src/store/schema.ts'
import {
  administrator,
  call,
  gcpBody,
  mapBody,
  newMap,
  newUser,
  notFound,
  notSignedIn,
  pngImage,
  statusAfter,
  type TestUser,
  unauthorized,
} from './mapwarper-client.ts'
import { platformDatabase } from './platform-database.ts'
import { pinCorners, placeInTile, rectified, uploadFile } from './rectified-map.ts'

const UNKNOWN = 2147483647

interface Entry {
  id: number
  auditable_id: number
  auditable_type: string
  user_id: number | null
  action: string
  version: number
  created_at: string
}

let owner: TestUser
let other: TestUser
let map: number
let gone: number
let gcp: number
let layer: number

const log = async (path: string, as = other.basic): Promise<{ data: Entry[]; meta: object }> => {
  const { status, json, text } = await call(path, { as })
  expect(status, text).toBe(200)
  return json
}
const told = ({ data }: { data: Entry[] }) =>
  data.map((entry) => `${entry.auditable_type} ${entry.auditable_id} ${entry.action} ${entry.version}`)

/** A map with all that can happen to it, a layer, and a map that was deleted with its point. */
beforeAll(async () => {
  ;[owner, other] = await Promise.all([newUser(), newUser()])
  map = (await uploadFile(owner, 'a.png', pngImage(64, 48))).id
  expect(await statusAfter(map, 'loading')).toBe('available')
  await pinCorners(owner, map, [64, 48], placeInTile(9, 30, 200))
  const first = (await call(`/api/v1/maps/${map}/gcps`)).json.data[0]
  gcp = Number(first.id)
  for (const lon of [first.attributes.lon, String(Number(first.attributes.lon) + 0.001)])
    await call(`/api/v1/gcps/${gcp}`, { method: 'PATCH', json: gcpBody({ lon }), as: other.basic })
  await call(`/api/v1/maps/${map}`, { method: 'PATCH', json: mapBody({ title: 'b' }), as: owner.basic })
  await rectified(other, map)
  const json = { data: { type: 'layers', attributes: { name: 'Layer' }, map_ids: [map] } }
  layer = Number((await call('/api/v1/layers', { json, as: owner.basic })).json.data.id)

  gone = await newMap(owner.basic)
  const point = gcpBody({ map_id: gone, x: 1, y: 2, lat: 3, lon: 4 })
  await call('/api/v1/gcps', { json: point, as: owner.basic })
  await call(`/api/v1/maps/${gone}`, { method: 'DELETE', as: owner.basic })
})

describe('the log of a map', () => {
  it('has every change with its version, the newest first', async () => {
    const { data, meta } = await log(`/api/v1/activity/maps/${map}.json`)
    expect(data.map(({ action, version, user_id }) => [action, version, user_id])).toEqual([
      ['update', 3, other.id],
      ['update', 2, owner.id],
      ['create', 1, owner.id],
    ])
    expect(meta).toEqual({ total_entries: 3, total_pages: 1 })
    expect(data[2]).toEqual({
      id: expect.any(Number),
      auditable_id: map,
      auditable_type: 'Map',
      user_id: owner.id,
      action: 'create',
      version: 1,
      created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    })
  })

  it('stays when the map is deleted', async () => {
    expect(told(await log(`/api/v1/activity/maps/${gone}`))).toEqual([
      `Map ${gone} destroy 2`,
      `Map ${gone} create 1`,
    ])
  })

  it('gives changes at the same moment versions of their own', async () => {
    const id = await newMap(owner.basic)
    const change = (title: string) =>
      call(`/api/v1/maps/${id}`, { method: 'PATCH', json: mapBody({ title }), as: owner.basic })
    await Promise.all(['a', 'b', 'c', 'd', 'e'].map(change))
    const { data } = await log(`/api/v1/activity/maps/${id}`)
    expect(data.map(({ version }) => version).toSorted()).toEqual([1, 2, 3, 4, 5, 6])
  })
})

describe('the log of a user', () => {
  it('has what they did to maps, points and layers', async () => {
    const did = told(await log(`/api/v1/activity/users/${owner.id}`))
    expect(did).toEqual(expect.arrayContaining([`Layer ${layer} create 1`, `Map ${map} update 2`]))
    expect(did.filter((entry) => entry.startsWith('Gcp'))).toHaveLength(6)
    expect(did.findIndex((entry) => /^Gcp \d+ destroy 2$/.test(entry))).toBeLessThan(
      did.indexOf(`Map ${gone} create 1`),
    )
    const others = await log(`/api/v1/activity/users/${other.id}?per_page=2&page=2`)
    expect(others.meta).toEqual({ total_entries: 3, total_pages: 2 })
    expect(told(others)).toEqual([`Gcp ${gcp} update 2`])
    expect(told(await log(`/api/v1/activity/users/${other.id}`)).slice(1)).toEqual([
      `Gcp ${gcp} update 3`,
      `Gcp ${gcp} update 2`,
    ])
  })
})

describe('the log of everything', () => {
  it('has maps, points and layers; that of maps has maps alone', async () => {
    const everything = told(await log('/api/v1/activity?per_page=1000'))
    expect(everything).toEqual(
      expect.arrayContaining([`Map ${map} update 3`, `Gcp ${gcp} create 1`, `Layer ${layer} create 1`]),
    )
    const maps = await log('/api/v1/activity/maps?page[size]=1000')
    expect(told(maps)).toContain(`Map ${gone} destroy 2`)
    expect(new Set(maps.data.map((entry) => entry.auditable_type))).toEqual(new Set(['Map']))
    const times = maps.data.map((entry) => entry.created_at)
    expect(times).toEqual(times.toSorted().toReversed())
  })

  it('leaves out what the caller may not see', async () => {
    const hidden = await newMap(owner.basic)
    const point = gcpBody({ map_id: hidden, x: 1, y: 2, lat: 3, lon: 4 })
    const secret = (await call('/api/v1/gcps', { json: point, as: owner.basic })).json.data.id
    const changes = [`Map ${hidden} create 1`, `Gcp ${secret} create 1`]
    expect(told(await log('/api/v1/activity?per_page=1000'))).toEqual(expect.arrayContaining(changes))
    await (await platformDatabase()).delete(grants).where(eq(grants.resourceId, hidden))
    const paths = ['/api/v1/activity', '/api/v1/activity/maps', `/api/v1/activity/users/${owner.id}`]
    for (const path of paths) {
      const seen = told(await log(`${path}?per_page=1000`))
      for (const change of changes) expect(seen).not.toContain(change)
      const own = told(await log(`${path}?per_page=1000`, owner.basic))
      expect(own).toContain(changes[0])
      expect(told(await log(`${path}?per_page=1000`, administrator))).toContain(changes[0])
    }
    const one = await call(`/api/v1/activity/maps/${hidden}`, { as: other.basic })
    expect([one.status, one.json]).toEqual([404, notFound('Map', hidden)])
  })

  it('is for those who are signed in, and for what there is', async () => {
    const paths = ['', '/maps', `/maps/${map}`, `/users/${owner.id}`].map((path) => `/api/v1/activity${path}`)
    for (const path of paths) {
      const anonymous = await call(path)
      expect([anonymous.status, anonymous.json]).toEqual([401, notSignedIn])
      expect((await call(`${path}?page=0`, { as: other.basic })).status).toBe(404)
      expect((await call(`${path}?per_page=x`, { as: other.basic })).status).toBe(422)
      expect((await log(`${path}?page=999999`)).data).toEqual([])
    }
    for (const [path, entity] of [
      ['maps', 'Map'],
      ['users', 'User'],
    ] as const)
      for (const id of [UNKNOWN, 'x', '0', ...(path === 'maps' ? [layer] : [])]) {
        const unknown = await call(`/api/v1/activity/${path}/${id}`, { as: other.basic })
        expect([unknown.status, unknown.json]).toEqual([404, notFound(entity, id)])
      }
    expect((await call('/api/v1/activity/1', { as: other.basic })).status).toBe(404)
  })
})

describe('the statistics of users', () => {
  const rows = async (query: string) =>
    (await call(`/api/v1/stats?per_page=1000&${query}`, { as: administrator })).json

  it('count maps and points, whatever they are sorted by', async () => {
    const { data, meta } = await rows('')
    expect(meta).toEqual({ total_entries: expect.any(Number), total_pages: 1 })
    expect(data.find((row: { user_id: number }) => row.user_id === other.id)).toEqual({
      user_id: other.id,
      username: other.login,
      total_count: 3,
      gcp_count: 2,
      map_count: 1,
      gcp_update_count: 2,
      gcp_create_count: 0,
      gcp_destroy_count: 0,
      id: null,
    })
    const own = data.find((row: { user_id: number }) => row.user_id === owner.id)
    expect(own).toMatchObject({
      gcp_count: 7,
      gcp_create_count: 6,
      gcp_destroy_count: 1,
      gcp_update_count: 0,
    })
    expect(own.total_count).toBe(own.gcp_count + own.map_count)
    const keys = Object.keys(own).filter((key) => key !== 'id' && key !== 'username')
    for (const key of keys) {
      const sorted = (await rows(`sort_key=${key}&sort_order=asc`)).data.map(
        (row: Record<string, number>) => row[key],
      )
      expect(sorted, key).toEqual(sorted.toSorted((a: number, b: number) => a - b))
    }
    const names = (await rows('sort_key=username')).data.map((row: { username: string }) => row.username)
    expect(names).toContain(owner.login)
    const totals = data.map((row: { total_count: number }) => row.total_count)
    expect(totals).toEqual(totals.toSorted((a: number, b: number) => b - a))
  })

  it('are for administrators', async () => {
    const anonymous = await call('/api/v1/stats')
    expect([anonymous.status, anonymous.json]).toEqual([401, notSignedIn])
    const user = await call('/api/v1/stats?per_page=x', { as: owner.basic })
    expect([user.status, user.json]).toEqual([401, unauthorized])
    expect((await call('/api/v1/stats?per_page=x', { as: administrator })).status).toBe(422)
    expect((await call('/api/v1/stats?sort_key=toString&sort_order=asc', { as: administrator })).status).toBe(
      200,
    )
  })
})
