import { eq } from 'drizzle-orm'
import { afterEach, beforeAll, describe, expect, inject, it } from 'vitest'
import { grants } from '../../src/store/schema.ts'
import { refusal, Watcher } from './live-client.ts'
import {
  administrator,
  baseUrl,
  call,
  gcpBody,
  newMap,
  newUser,
  notFound,
  pngImage,
  statusAfter,
  type TestUser,
} from './mapwarper-client.ts'
import { platformDatabase } from './platform-database.ts'
import { pinCorners, placeInTile, rectified, uploadFile } from './rectified-map.ts'

let ann: TestUser
let bob: TestUser
const open: Watcher[] = []

beforeAll(async () => {
  ;[ann, bob] = await Promise.all([newUser(['editor']), newUser()])
})

afterEach(async () => {
  await Promise.all(open.splice(0).map((watcher) => watcher.terminate()))
})

async function watch(id: number, headers: Record<string, string> = {}) {
  const opened = await Watcher.open(id, headers)
  open.push(opened.watcher)
  return opened
}

const by = ({ id, login }: TestUser) => ({ id: String(id), login })
const point = { x: 10, y: 20, lat: '52.5', lon: '4.25' }

describe('who watches a map', () => {
  it('is told who is there, who comes and who leaves', async () => {
    const id = await newMap(ann.basic)
    const first = await watch(id, ann.basic)
    const annThere = { ...by(ann), session: expect.any(String), joined: expect.stringMatching(/^\d{4}-.*Z$/) }
    expect(first.welcome).toEqual({
      type: 'welcome',
      you: annThere,
      editors: [annThere],
      watchers: 0,
      map: {
        id: String(id),
        status: 'available',
        mask_status: 'unmasked',
        mask_stale: false,
        status_detail: null,
      },
    })
    const nobody = await watch(id)
    expect(nobody.welcome.you).toMatchObject({ id: null, login: null })
    expect(nobody.welcome.editors).toEqual([annThere])

    const second = await watch(id, bob.basic)
    expect(second.welcome.editors).toHaveLength(2)
    expect(second.welcome.watchers).toBe(1)
    for (const { watcher } of [first, nobody])
      expect(await watcher.next()).toEqual({ type: 'joined', editor: second.welcome.you })
    await second.watcher.close()
    for (const { watcher } of [first, nobody])
      expect(await watcher.next()).toEqual({ type: 'left', editor: second.welcome.you })
  })

  it('is told of every change of a point, whatever made it', async () => {
    const [id, other] = await Promise.all([newMap(ann.basic), newMap(ann.basic)])
    const { watcher } = await watch(id, ann.basic)
    const elsewhere = (await watch(other)).watcher
    const told = async (who = bob) => {
      const { type, action, gcp, by: doer } = await watcher.next()
      expect([type, doer]).toEqual(['gcp', by(who)])
      return [action, gcp.attributes.x, gcp.attributes.map_id]
    }
    const made = await call('/api/v1/gcps', { json: gcpBody({ map_id: id, ...point }), as: bob.basic })
    const gcp = made.json.data
    expect(await watcher.next()).toEqual({ type: 'gcp', action: 'create', gcp, by: by(bob) })
    const changed = await call(`/api/v1/gcps/${gcp.id}`, {
      ...{ method: 'PATCH', json: gcpBody({ x: 11 }), as: bob.basic },
    })
    expect(await watcher.next()).toEqual({
      type: 'gcp',
      action: 'update',
      gcp: changed.json.data,
      by: by(bob),
    })

    const moved = gcpBody({ map_id: other })
    await call(`/api/v1/gcps/${gcp.id}`, { method: 'PATCH', json: moved, as: bob.basic })
    expect(await told()).toEqual(['destroy', 11, id])
    expect(await elsewhere.next()).toMatchObject({ action: 'create', gcp: { attributes: { map_id: other } } })

    const gcps = [1, 2].map((x) => ({ mapid: id, ...point, x }))
    await call('/api/v1/gcps/add_many', { json: { gcps }, as: ann.basic })
    expect(await told(ann)).toEqual(['create', 1, id])
    expect(await told(ann)).toEqual(['create', 2, id])

    const file = new FormData()
    file.set('replace', 'true')
    file.set('file', new Blob(['x,y,lon,lat\n3,3,5,50\n']), 'points.csv')
    const imported = await call(`/api/v1/maps/${id}/gcps/import`, { body: file, as: ann.basic })
    expect(imported.status, imported.text).toBeLessThan(300)
    // Each kind of change is told on a way of its own.
    const all = [await told(ann), await told(ann), await told(ann)]
    expect(all.sort()).toEqual([
      ['create', 3, id],
      ['destroy', 1, id],
      ['destroy', 2, id],
    ])
    expect(elsewhere.unread()).toEqual([])
  })

  it('is told that the points changed where there are too many to be named', async () => {
    const id = await newMap(ann.basic)
    const { watcher } = await watch(id)
    const gcps = Array.from({ length: 101 }, (_, x) => ({ mapid: id, ...point, x }))
    await call('/api/v1/gcps/add_many', { json: { gcps }, as: ann.basic })
    expect(await watcher.next()).toMatchObject({ type: 'map', change: 'points', by: by(ann) })
  })

  it('is told when the map is changed, rectified and deleted', async () => {
    const { id } = await uploadFile(ann, 'a.png', pngImage(64, 48))
    expect(await statusAfter(id, 'loading')).toBe('available')
    await pinCorners(ann, id, [64, 48], placeInTile(8, 133, 89))
    const { watcher, welcome } = await watch(id)
    expect(welcome.map.status).toBe('available')
    await rectified(ann, id)
    let last = await watcher.next('map')
    expect(last).toMatchObject({ change: 'rectification', by: by(ann) })
    while (last.status === 'warping') last = await watcher.next('map')
    expect(last).toMatchObject({ change: 'rectification', status: 'warped', by: null })
    await call(`/api/v1/maps/${id}/publish`, { method: 'PATCH', as: administrator })
    expect(await watcher.next('map')).toMatchObject({ change: 'publication', status: 'published' })
    await call(`/api/v1/maps/${id}`, { method: 'DELETE', as: ann.basic })
    expect(await watcher.next()).toEqual({ type: 'map', change: 'deleted', status: 'deleted', by: by(ann) })
    expect(await watcher.closedByServer()).toEqual({ code: 1001, reason: 'the map was deleted' })
    expect(await refusal(id)).toEqual({ status: 404, body: notFound('Map', id) })
  })
})

describe('what a client says', () => {
  it('is a cursor that the others see, or a ping', async () => {
    const id = await newMap(ann.basic)
    const { watcher, welcome } = await watch(id, ann.basic)
    const other = (await watch(id)).watcher
    watcher.send({ type: 'cursor', x: 1.5, y: 2 })
    const { session } = welcome.you
    expect(await other.next()).toEqual({ type: 'cursor', session, by: by(ann), x: 1.5, y: 2 })
    for (const ping of ['ping', { type: 'ping' }]) watcher.send(ping)
    expect([await watcher.next(), await watcher.next()]).toEqual(['pong', { type: 'pong' }])
    other.send({ type: 'cursor', x: 1, y: 2 })
    expect((await other.next()).type).toBe('error')
    for (const wrong of ['', '{', 'null', '[]', { type: 'gcp' }, { type: 'cursor', x: 'a', y: null }]) {
      watcher.send(wrong)
      expect(await watcher.next()).toEqual({ type: 'error', detail: expect.any(String) })
    }
  })

  it('is not much, and not often', async () => {
    const id = await newMap(ann.basic)
    const long = (await watch(id, ann.basic)).watcher
    const often = (await watch(id, bob.basic)).watcher
    const { watcher } = await watch(id)
    long.send({ type: 'ping', padding: 'x'.repeat(1024) })
    expect((await long.closedByServer()).code).toBe(1009)
    expect((await watcher.next()).editor.login).toBe(ann.login)
    // Within one second or the next there are more than 100 of them.
    for (let i = 0; i < 250; i++) often.send({ type: 'cursor', x: i, y: 0 })
    expect((await often.closedByServer()).code).toBe(1008)
    let cursors = 0
    let message = await watcher.next()
    for (; message.type === 'cursor'; message = await watcher.next()) cursors++
    expect(message).toMatchObject({ type: 'left', editor: by(bob) })
    expect(cursors).toBeGreaterThanOrEqual(25)
    expect(cursors).toBeLessThanOrEqual(75)
    expect(watcher.unread()).toEqual([])
  })
})

describe('the socket of a map', () => {
  it('is not there for who may not see the map', async () => {
    const id = await newMap(ann.basic)
    await (await platformDatabase()).delete(grants).where(eq(grants.resourceId, id))
    for (const as of [{}, bob.basic])
      expect(await refusal(id, as)).toEqual({ status: 404, body: notFound('Map', id) })
    expect((await watch(id, ann.basic)).welcome.editors).toHaveLength(1)
    expect((await watch(id, administrator)).welcome.editors).toHaveLength(2)
    for (const none of ['0', '-1', '2147483648', '1e3', '%00', 'x'])
      expect((await refusal(none)).status).toBe(404)
  })

  it('is a WebSocket and nothing else', async () => {
    const id = await newMap(ann.basic)
    const { status, json } = await call(`/maps/${id}/live`)
    expect([status, json.errors[0].title]).toEqual([426, 'Upgrade required'])
  })

  it('is opened for a page of another site only with a token', async () => {
    const id = await newMap(ann.basic)
    const signedIn = await call('/api/v1/auth/sign_in', {
      json: { user: { email: bob.email, password: bob.password } },
    })
    const cookie = (signedIn.headers.get('set-cookie') ?? '').split(';')[0] ?? ''
    const origin = 'https://evil.example'
    for (const credential of [{ cookie }, bob.basic, { cookie, origin: 'null' }])
      expect((await refusal(id, { origin, ...credential })).status).toBe(403)
    for (const good of [baseUrl, inject('trustedOrigin')])
      expect((await watch(id, { origin: good, cookie })).welcome.you.login).toBe(bob.login)
    const token = { 'x-user-id': String(bob.id), 'x-user-token': signedIn.json.meta.auth_token }
    expect((await watch(id, { origin, cookie, ...token })).welcome.you.login).toBe(bob.login)
    expect((await watch(id, { origin })).welcome.you.login).toBeNull()
  })

  it('has a person ten times at most', async () => {
    const id = await newMap(ann.basic)
    for (let i = 0; i < 10; i++) await watch(id, bob.basic)
    const { status, body } = await refusal(id, bob.basic)
    expect([status, body.errors[0].title]).toEqual([503, 'Too many watchers'])
    expect((await watch(id, ann.basic)).welcome.editors).toHaveLength(11)
  })
})
