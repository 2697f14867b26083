import { beforeAll, describe, expect, it } from 'vitest'
import {
  call,
  fault,
  gcpBody,
  newMap,
  newUser,
  notFound,
  notSignedIn,
  type TestUser,
  unauthorized,
} from './mapwarper-client.ts'

const UNKNOWN = 2147483647

let user: TestUser
let editor: TestUser
beforeAll(async () => {
  ;[user, editor] = await Promise.all([newUser(), newUser(['editor'])])
})

const add = (attributes: Record<string, unknown>, as = user.basic) =>
  call('/api/v1/gcps', { json: gcpBody(attributes), as })

async function newGcp(map_id: number, attributes: Record<string, unknown> = {}): Promise<number> {
  const made = await add({ map_id, x: 1, y: 2, lat: 33.3, lon: 44.4, ...attributes })
  expect(made.status, made.text).toBe(201)
  return Number(made.json.data.id)
}

describe('adding a point', () => {
  it('is open to any user on any map', async () => {
    const map = await newMap(editor.basic)
    const { status, json } = await add({ map_id: map, x: 1, y: '2.5', lat: '33.30', lon: -44.4 })
    expect(status).toBe(201)
    expect(json.data).toEqual({
      id: expect.stringMatching(/^\d+$/),
      type: 'gcps',
      attributes: {
        map_id: map,
        x: 1,
        y: 2.5,
        lat: '33.3',
        lon: '-44.4',
        created_at: expect.stringMatching(/\.\d{3}Z$/),
        updated_at: expect.stringMatching(/\.\d{3}Z$/),
        error: null,
      },
    })
  })

  it('names everything that is missing', async () => {
    const { status, json } = await add({ x: 1 })
    expect(status).toBe(422)
    expect(json.errors).toEqual([
      fault('y', 'is not a number'),
      fault('y', "can't be blank"),
      fault('lat', 'is not a number'),
      fault('lat', "can't be blank"),
      fault('lon', 'is not a number'),
      fault('lon', "can't be blank"),
      fault('map_id', "can't be blank"),
    ])
  })

  it.each([
    ['x', 'NaN'],
    ['x', '1e999'],
    ['y', 'Infinity'],
    ['y', [1]],
    ['lat', 90.1],
    ['lat', '-91'],
    ['lon', 361],
    ['lon', 'east'],
    ['x', '0x10'],
    ['map_id', 'one'],
  ])('refuses %s %j', async (attribute, value) => {
    const map_id = await newMap(user.basic)
    const { status, json } = await add({ map_id, x: 1, y: 2, lat: 3, lon: 4, [attribute]: value })
    expect(status).toBe(422)
    expect(json.errors[0].source.pointer).toBe(`/data/attributes/${attribute}`)
    expect((await call(`/api/v1/maps/${map_id}/gcps`)).json.data).toEqual([])
  })

  it('does not find a map that is not there', async () => {
    for (const map_id of [UNKNOWN, 99999999999]) {
      const { status, json } = await add({ map_id, x: 1, y: 2, lat: 3, lon: 4 })
      expect([status, json]).toEqual([404, notFound('Map', map_id)])
    }
  })

  it('wants a user and the envelope', async () => {
    const anonymous = await call('/api/v1/gcps', { json: gcpBody({ x: 1 }) })
    expect([anonymous.status, anonymous.json]).toEqual([401, notSignedIn])
    const type = await call('/api/v1/gcps', {
      json: { data: { type: 'maps', attributes: {} } },
      as: user.basic,
    })
    expect(type.json).toEqual({
      errors: [{ title: 'Invalid param', detail: "params type should be 'gcps'" }],
    })
    const missing = await call('/api/v1/gcps', { json: {}, as: user.basic })
    expect(missing.json).toEqual({
      errors: [{ title: 'Missing param', detail: 'params data or type is missing' }],
    })
  })

  it('keeps coordinates to 10 decimals and survives absurd ones', async () => {
    const map_id = await newMap(user.basic)
    const lat = `1.${'1'.repeat(20_000)}`
    const { status, json } = await add({ map_id, x: 1, y: 1e-300, lat, lon: '1e-99999' })
    expect(status).toBe(201)
    expect(json.data.attributes).toMatchObject({ lat: '1.1111111111', lon: '0' })
  })
})

describe('one point', () => {
  it('is read, changed and deleted', async () => {
    const map = await newMap(user.basic)
    const id = await newGcp(map)
    expect((await call(`/api/v1/gcps/${id}.json`)).json.data.attributes).toMatchObject({ x: 1, error: null })
    for (const [method, x] of [
      ['PATCH', 22],
      ['PUT', 23],
    ] as const) {
      const changed = await call(`/api/v1/gcps/${id}`, {
        method,
        json: gcpBody({ x, y: 55 }),
        as: editor.basic,
      })
      expect(changed.status).toBe(200)
      expect(changed.json.data.attributes).toMatchObject({ map_id: map, x, y: 55, lat: '33.3', lon: '44.4' })
    }
    const removed = await call(`/api/v1/gcps/${id}`, { method: 'DELETE', as: user.basic })
    expect([removed.status, removed.json.data.attributes.x]).toEqual([200, 23])
    expect((await call(`/api/v1/gcps/${id}`)).json).toEqual(notFound('Gcp', id))
  })

  it('is deleted at the address of the documentation too', async () => {
    const id = await newGcp(await newMap(user.basic))
    expect((await call(`/api/v1/gcp/${id}`, { method: 'DELETE', as: user.basic })).status).toBe(200)
    expect((await call(`/api/v1/gcps/${id}`)).status).toBe(404)
  })

  it('can move to another map', async () => {
    const id = await newGcp(await newMap(user.basic))
    const other = await newMap(user.basic)
    const moved = await call(`/api/v1/gcps/${id}`, {
      method: 'PATCH',
      json: gcpBody({ map_id: other }),
      as: user.basic,
    })
    expect(moved.json.data.attributes.map_id).toBe(other)
    expect((await call(`/api/v1/maps/${other}/gcps`)).json.data).toHaveLength(1)
  })

  it('checks in the documented order', async () => {
    const id = await newGcp(await newMap(user.basic))
    const badType = { data: { type: 'maps', attributes: {} } }
    const patch = (gcp: number, json: unknown, as?: Record<string, string>) =>
      call(`/api/v1/gcps/${gcp}`, { method: 'PATCH', json, ...(as ? { as } : {}) })
    expect((await patch(UNKNOWN, badType)).status).toBe(401)
    expect((await patch(UNKNOWN, badType, user.basic)).json).toEqual(notFound('Gcp', UNKNOWN))
    expect((await patch(id, badType, user.basic)).json.errors[0].title).toBe('Invalid param')
    expect((await patch(id, gcpBody({ lat: 'north' }), user.basic)).json).toEqual({
      errors: [fault('lat', 'is not a number')],
    })
    expect((await patch(id, gcpBody({ map_id: UNKNOWN }), user.basic)).status).toBe(404)
    expect((await call(`/api/v1/gcps/${id}`, { method: 'DELETE' })).status).toBe(401)
    expect((await call('/api/v1/gcps/abc')).json).toEqual(notFound('Gcp', 'abc'))
  })

  it('moves the time of its map', async () => {
    const map = await newMap(user.basic)
    const updatedAt = async () => (await call(`/api/v1/maps/${map}`)).json.data.attributes.updated_at
    const before = await updatedAt()
    const id = await newGcp(map)
    const added = await updatedAt()
    expect(added > before).toBe(true)
    await call(`/api/v1/gcps/${id}`, { method: 'DELETE', as: user.basic })
    expect((await updatedAt()) > added).toBe(true)
  })
})

describe('the list of points', () => {
  it('is of one map, sorted and paged, without errors', async () => {
    const map = await newMap(user.basic)
    for (const x of [3, 1, 2]) await newGcp(map, { x })
    const { json } = await call(`/api/v1/gcps.json?map_id=${map}&sort_key=x&sort_order=asc&per_page=2`)
    expect(json.data.map((gcp: { attributes: { x: number } }) => gcp.attributes.x)).toEqual([1, 2])
    expect(json.data[0].attributes.error).toBeNull()
    expect(json.meta).toEqual({ total_entries: 3, total_pages: 2 })
    const next = await call(json.links.next)
    expect(next.json.data.map((gcp: { attributes: { x: number } }) => gcp.attributes.x)).toEqual([3])
    expect(next.json.links.next).toBeUndefined()
    expect((await call(`/api/v1/gcps?map_id=${map}`)).json.links).toEqual({})
  })

  it('does not find an unknown map', async () => {
    for (const id of [UNKNOWN, 'abc'])
      expect((await call(`/api/v1/gcps?map_id=${id}`)).json).toEqual(notFound('Map', id))
  })
})

describe('the points of a map', () => {
  /** Points and errors that were published for MapWarper. */
  const PUBLISHED = [
    [727, 1680, -51.7, -24.2333333333, 0.81668256],
    [2332.5, 1679.5, -51.6833333333, -24.2333333333, 0.35300773],
    [3939, 1678.5, -51.6666666667, -24.2333333333, 1.05510515],
    [5546, 1680, -51.65, -24.2333333333, 0.57101549],
    [2331.5, 3286, -51.6833333333, -24.25, 1.01461682],
    [3940, 3286.5, -51.6666666667, -24.25, 1.01461682],
  ] as const

  it('have the published errors, oldest first', async () => {
    const map = await newMap(user.basic)
    for (const [x, y, lon, lat] of PUBLISHED) await newGcp(map, { x, y, lon, lat })
    const { json } = await call(`/api/v1/maps/${map}/gcps.json`)
    expect(json.data.map((gcp: { attributes: { x: number } }) => gcp.attributes.x)).toEqual(
      PUBLISHED.map(([x]) => x),
    )
    for (const [index, point] of PUBLISHED.entries())
      expect(json.data[index].attributes.error).toBeCloseTo(point[4], 7)
    expect(json.meta.map_error).toBeCloseTo(0.84555554, 7)
    expect(json.meta['map-error']).toBe(json.meta.map_error)
    expect(json.links).toBeUndefined()

    const csv = await call(`/maps/${map}/gcps.csv`)
    expect(csv.headers.get('content-type')).toContain('text/csv')
    expect(csv.headers.get('content-disposition')).toMatch(/^attachment; filename=".*\.csv"$/)
    expect(csv.text.split('\n')).toEqual([
      'x,y,lon,lat',
      ...PUBLISHED.map(([x, y, lon, lat]) => `${x},${y},${lon},${lat}`),
      '',
    ])
  })

  it('have no error while there are three or fewer', async () => {
    const map = await newMap(user.basic)
    expect((await call(`/api/v1/maps/${map}/gcps`)).json).toEqual({
      data: [],
      meta: { 'map-error': 0, map_error: 0 },
    })
    await newGcp(map)
    expect((await call(`/api/v1/maps/${map}/gcps`)).json.data[0].attributes.error).toBe(0)
  })

  it('belong to a map that is there', async () => {
    expect((await call(`/api/v1/maps/${UNKNOWN}/gcps`)).json).toEqual(notFound('Map', UNKNOWN))
    expect((await call(`/maps/${UNKNOWN}/gcps.csv`)).status).toBe(404)
  })
})

describe('add_many', () => {
  const addMany = (json: unknown, as = editor.basic) => call('/api/v1/gcps/add_many', { json, as })

  it('adds to several maps and leaves out what is there or names no map', async () => {
    const [a, b] = [await newMap(user.basic), await newMap(user.basic)]
    const point = { x: 2, y: 3, lat: '52.56', lon: '-4.65' }
    const gcps = [
      { mapid: a, ...point, name: 'church' },
      { mapid: b, ...point },
      { mapid: a, ...point },
      point,
    ]
    const first = await addMany({ gcps })
    expect(first.status).toBe(200)
    expect(first.json.data.map((gcp: { attributes: { map_id: number } }) => gcp.attributes.map_id)).toEqual([
      a,
      b,
    ])
    expect(first.json.data[0].attributes).toMatchObject({
      x: 2,
      y: 3,
      lat: '52.56',
      lon: '-4.65',
      error: null,
    })
    const second = await addMany({ gcps: [...gcps, { mapid: a, ...point, x: 9 }] })
    expect(second.json.data).toHaveLength(1)
    expect((await call(`/api/v1/maps/${a}/gcps`)).json.data).toHaveLength(2)
  })

  it('adds all or none', async () => {
    const map = await newMap(user.basic)
    const good = { mapid: map, x: 2, y: 3, lat: '52.56', lon: '-4.65' }
    const unknown = await addMany({ gcps: [good, { ...good, mapid: UNKNOWN }] })
    expect([unknown.status, unknown.json]).toEqual([404, notFound('Map', UNKNOWN)])
    const bad = await addMany({ gcps: [good, { ...good, lat: 'north', y: undefined }] })
    expect(bad.status).toBe(422)
    expect(bad.json.errors.map((error: { source: { pointer: string } }) => error.source.pointer)).toEqual([
      '/gcps/1/y',
      '/gcps/1/y',
      '/gcps/1/lat',
    ])
    expect((await addMany({ gcps: [good, 7] })).status).toBe(422)
    expect((await addMany({ gcps: [{ ...good, name: 'a\0' }] })).status).toBe(422)
    expect((await call(`/api/v1/maps/${map}/gcps`)).json.data).toEqual([])
  })

  it('wants a list, and an editor', async () => {
    const none = await addMany({})
    expect(none.status).toBe(422)
    expect(none.json).toEqual({
      errors: [{ title: 'Missing param', detail: 'param is missing or the value is empty: gcps' }],
    })
    expect((await addMany({ gcps: [] })).json).toEqual({ data: [] })
    const plain = await addMany({ gcps: [] }, user.basic)
    expect([plain.status, plain.json]).toEqual([401, unauthorized])
    expect((await addMany({ gcps: [] }, {})).json).toEqual(notSignedIn)
  })
})
