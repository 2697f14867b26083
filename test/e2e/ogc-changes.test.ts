import { beforeAll, describe, expect, test } from 'vitest'
import { baseUrl, basic, call, newUser, type TestUser } from './mapwarper-client.ts'
import { CRS84, EPSG, feature, type Made, newCollection } from './ogc-client.ts'

let owner: TestUser
let stranger: TestUser
let collection: Made

beforeAll(async () => {
  owner = await newUser()
  stranger = await newUser()
  collection = await newCollection(owner)
})

const GEOJSON = { 'content-type': 'application/geo+json' }
const PATCH = { 'content-type': 'application/merge-patch+json' }

const send = (
  method: string,
  path: string,
  body: unknown,
  { as = owner, headers = GEOJSON }: { as?: TestUser | null; headers?: Record<string, string> } = {},
) =>
  call(path, {
    ...{ method, body: typeof body === 'string' ? body : JSON.stringify(body), headers },
    ...(as ? { as: as.basic } : {}),
  })

async function added(properties: Record<string, unknown> = { name: 'A' }): Promise<string> {
  const { status, headers, text } = await send(
    'POST',
    `${collection.path}/items`,
    feature([7.4, 46.9], properties),
  )
  expect(status, text).toBe(201)
  return new URL(headers.get('location')!).pathname
}

describe('a feature', () => {
  test('that is no JSON is told where', async () => {
    const { status, json } = await send('POST', `${collection.path}/items`, '{"type":"Feature",}')
    expect([status, json.position]).toEqual([400, 18])
  })

  test('is created, and found where Location says', async () => {
    const before = (await call(collection.path)).json.itemCount
    const made = await send(
      'POST',
      `${collection.path}/items`,
      feature([7.4, 46.9], { name: 'Bern', boolean: true }),
    )
    expect([made.status, made.text]).toEqual([201, ''])
    const location = made.headers.get('location')!
    expect(location.startsWith(`${baseUrl}${collection.path}/items/`)).toBe(true)
    const found = await call(location)
    expect(found.json).toMatchObject({
      geometry: { type: 'Point', coordinates: [7.4, 46.9] },
      properties: { name: 'Bern', boolean: true, pop_other: null },
    })
    expect(found.headers.get('etag')).toBe(made.headers.get('etag'))
    expect((await call(collection.path)).json.itemCount).toBe(before + 1)
  })

  test('comes back where Prefer wants it', async () => {
    const headers = { ...GEOJSON, prefer: 'return=representation' }
    const made = await send('POST', `${collection.path}/items`, feature(null, { name: 'B' }), { headers })
    expect(made.status).toBe(201)
    expect(made.headers.get('preference-applied')).toBe('return=representation')
    expect(made.json).toMatchObject({ type: 'Feature', geometry: null, properties: { name: 'B' } })
    const path = new URL(made.headers.get('location')!).pathname
    const put = await send('PUT', path, feature(null, { name: 'C' }), { headers })
    expect([put.status, put.json.properties.name]).toEqual([200, 'C'])
  })

  test('is sent in another system by Content-Crs', async () => {
    const headers = { ...GEOJSON, 'content-crs': `<${EPSG(4326)}>` }
    const made = await send('POST', `${collection.path}/items`, feature([46.9, 7.4], {}), { headers })
    expect((await call(made.headers.get('location')!)).json.geometry.coordinates).toEqual([7.4, 46.9])
    const unknown = { ...GEOJSON, 'content-crs': '<http://www.opengis.net/def/crs/0/unsupported>' }
    const refused = await send('POST', `${collection.path}/items`, feature([1, 1], {}), { headers: unknown })
    expect([refused.status, refused.json.parameter]).toEqual([400, 'Content-Crs'])
  })

  test('is replaced whole; the id in the body does not matter', async () => {
    const path = await added({ name: 'A', pop_other: 5 })
    const put = await send('PUT', path, { ...feature([8, 47], { name: 'Z' }), id: 999 })
    expect([put.status, put.text]).toEqual([204, ''])
    const found = await call(path)
    expect(found.json).toMatchObject({
      geometry: { coordinates: [8, 47] },
      properties: { name: 'Z', pop_other: null },
    })
    expect(found.headers.get('etag')).toBe(put.headers.get('etag'))
  })

  test('is changed by a merge patch of either form', async () => {
    const path = await added({ name: 'A', pop_other: 5 })
    const id = path.split('/').at(-1)
    const nested = await send('PATCH', path, { properties: { pop_other: 6 } }, { headers: PATCH })
    expect(nested.status, nested.text).toBe(204)
    expect((await call(path)).json.properties).toMatchObject({ name: 'A', pop_other: 6 })
    const flat = { name: null, geometry: { type: 'Point', coordinates: [1, 2] }, fid: Number(id) }
    expect((await send('PATCH', path, flat, { headers: PATCH })).status).toBe(204)
    expect((await call(path)).json).toMatchObject({
      geometry: { coordinates: [1, 2] },
      properties: { name: null, pop_other: 6 },
    })
    for (const body of [{ id: 999, properties: {} }, { fid: 999 }]) {
      const refused = await send('PATCH', path, body, { headers: PATCH })
      expect([refused.status, refused.json.detail]).toEqual([400, 'The id of a feature cannot be changed'])
    }
  })

  test('is deleted once', async () => {
    const path = await added()
    expect((await call(path, { method: 'DELETE', as: owner.basic })).status).toBe(204)
    expect((await call(path)).status).toBe(404)
    expect((await call(path, { method: 'DELETE', as: owner.basic })).status).toBe(404)
  })

  test.each([
    ['PUT', feature([1, 1], { name: 'never' })],
    ['PATCH', { name: 'never' }],
    ['DELETE', undefined],
  ])('%s: 412 for another tag, a later change, or none there', async (method, body) => {
    const path = await added()
    const type = method === 'PATCH' ? PATCH : GEOJSON
    const with_ = (headers: Record<string, string>, at = path) =>
      send(method, at, body === undefined ? '' : body, { headers: { ...type, ...headers } })
    const etag = (await call(path)).headers.get('etag')!
    expect((await with_({ 'if-match': '"other"' })).status).toBe(412)
    expect((await with_({ 'if-match': `W/${etag}` })).status).toBe(412)
    expect((await with_({ 'if-unmodified-since': 'Sun, 06 Nov 1994 08:49:37 GMT' })).status).toBe(412)
    expect((await with_({ 'if-match': '*' }, `${collection.path}/items/99999999`)).status).toBe(412)
    expect((await with_({}, `${collection.path}/items/99999999`)).status).toBe(404)
    const refused = await with_({ 'if-match': '"other"' })
    expect(refused.headers.get('content-type')).toBe('application/problem+json')
    expect((await call(path)).headers.get('etag')).toBe(etag)
    const allowed = await with_({ 'if-match': `"other", ${etag}` })
    expect(allowed.status, allowed.text).toBe(204)
  })

  test('of two writers at once one wins, and the other is told', async () => {
    const path = await added()
    const etag = (await call(path)).headers.get('etag')!
    const writes = await Promise.all(
      ['one', 'two', 'three'].map((name) =>
        send('PATCH', path, { name }, { headers: { ...PATCH, 'if-match': etag } }),
      ),
    )
    expect(writes.map(({ status }) => status).sort()).toEqual([204, 412, 412])
    const winner = ['one', 'two', 'three'][writes.findIndex(({ status }) => status === 204)]
    expect((await call(path)).json.properties.name).toBe(winner)
  })

  test.each([
    ['no JSON', '{', 400],
    ['no object', '[]', 400],
    ['no feature', { type: 'Point', coordinates: [1, 2] }, 400],
    [
      'another geometry',
      {
        ...feature(null, {}),
        geometry: {
          type: 'LineString',
          coordinates: [
            [0, 0],
            [1, 1],
          ],
        },
      },
      400,
    ],
    ['no coordinates', { ...feature(null, {}), geometry: { type: 'Point' } }, 400],
    [
      'a coordinate that is none',
      { ...feature(null, {}), geometry: { type: 'Point', coordinates: ['1', 2] } },
      400,
    ],
    ['an unknown property', feature(null, { nope: 1 }), 400],
    ['a value of another type', feature(null, { pop_other: 'many' }), 400],
    ['NUL in a text', feature(null, { name: 'a\u0000b' }), 400],
    ['a date that is none', feature(null, { date: '2024-02-30' }), 400],
    ['too much', `{"type":"Feature","x":"${'x'.repeat(9 * 1024 * 1024)}"}`, 413],
    ['a hole without end', '['.repeat(100_000), 400],
  ])('%s is refused', async (_, body, status) => {
    const { json, headers, ...answer } = await send('POST', `${collection.path}/items`, body)
    expect([answer.status, headers.get('content-type')]).toEqual([status, 'application/problem+json'])
    expect(json.detail).not.toBe('')
  })

  test('of another media type is refused', async () => {
    for (const [method, type] of [
      ['POST', 'text/plain'],
      ['POST', 'application/x-www-form-urlencoded'],
      ['PUT', 'application/merge-patch+json'],
      ['PATCH', 'application/json-patch+json'],
    ] as const) {
      const path = method === 'POST' ? `${collection.path}/items` : `${collection.path}/items/1`
      const refused = await send(method, path, feature(null, {}), { headers: { 'content-type': type } })
      expect(refused.status, `${method} ${type}`).toBe(415)
    }
  })

  test('of a collection is added with the others, or none of them is', async () => {
    const before = (await call(collection.path)).json.itemCount
    const bad = { type: 'FeatureCollection', features: [feature([1, 1], {}), feature([1, 1], { nope: 1 })] }
    expect((await send('POST', `${collection.path}/items`, bad)).status).toBe(400)
    expect((await call(collection.path)).json.itemCount).toBe(before)
  })

  test('is changed by its owner and editors only', async () => {
    const path = await added()
    const editor = await newUser(['editor'])
    for (const [method, body, headers] of [
      ['PUT', feature([1, 1], {}), GEOJSON],
      ['PATCH', { name: 'x' }, PATCH],
      ['DELETE', '', GEOJSON],
    ] as const) {
      expect((await send(method, path, body, { as: stranger, headers })).status, method).toBe(403)
      const anonymous = await send(method, path, body, { as: null, headers })
      expect(anonymous.status, method).toBe(401)
      expect(anonymous.headers.get('www-authenticate')).toContain('Basic')
    }
    const items = `${collection.path}/items`
    expect((await send('POST', items, feature([1, 1], {}), { as: stranger })).status).toBe(403)
    expect((await send('PATCH', path, { name: 'edited' }, { as: editor, headers: PATCH })).status).toBe(204)
  })
})

describe('a collection', () => {
  test('has the schema it was made with', async () => {
    const made = await newCollection(owner, {
      ...{ geometryType: 'multipolygon', crs: EPSG(2056), description: 'Parcels', keywords: ['land'] },
      properties: {
        ...{ number: { type: 'integer', format: 'int32' }, area: { type: 'number', title: 'Area' } },
        ...{ at: { type: 'string', format: 'time' }, more: { type: 'object' } },
      },
    })
    const { json } = await call(made.path)
    expect(json).toMatchObject({
      description: 'Parcels',
      keywords: ['land'],
      storageCrs: EPSG(2056),
      itemCount: 0,
    })
    expect(json.crs).toEqual(expect.arrayContaining([CRS84, EPSG(2056)]))
    const { properties } = (await call(`${made.path}/schema`)).json
    expect(properties).toMatchObject({
      geometry: { format: 'geometry-multipolygon' },
      number: { type: 'integer', maximum: 2 ** 31 - 1 },
      area: { type: 'number', title: 'Area' },
      at: { type: 'string', format: 'time' },
    })
    const square = [
      [
        [2_600_000, 1_200_000],
        [2_600_100, 1_200_000],
        [2_600_100, 1_200_100],
        [2_600_000, 1_200_000],
      ],
    ]
    const body = {
      type: 'Feature',
      properties: { number: 1 },
      geometry: { type: 'MultiPolygon', coordinates: [square] },
    }
    const headers = { ...GEOJSON, 'content-crs': `<${EPSG(2056)}>` }
    const added = await send('POST', `${made.path}/items`, body, { headers })
    expect(added.status, added.text).toBe(201)
    const [west, south] = (await call(made.path)).json.extent.spatial.bbox[0]
    expect([west, south]).toEqual([expect.closeTo(7.4386, 3), expect.closeTo(46.9511, 3)])
    const own = await call(`${made.path}/items?crs=${encodeURIComponent(EPSG(2056))}`)
    expect(own.headers.get('content-crs')).toBe(`<${EPSG(2056)}>`)
    expect(own.json.features[0].geometry.coordinates[0][0][0][0]).toBeCloseTo(2_600_000, 3)
  })

  test('without geometry has features without one', async () => {
    const made = await newCollection(owner, { geometryType: null, properties: { name: { type: 'string' } } })
    expect((await send('POST', `${made.path}/items`, feature(null, { name: 'row' }))).status).toBe(201)
    expect((await call(`${made.path}/items`)).json.features[0]).toMatchObject({
      ...{ geometry: null, properties: { name: 'row' } },
    })
    expect((await call(`${made.path}/tiles`)).status).toBe(404)
    expect((await call(`${made.path}/items?bbox=0,0,1,1`)).status).toBeLessThan(500)
  })

  test.each([
    {},
    { title: 5 },
    { title: '' },
    { title: 'x', geometryType: 'Circle' },
    { title: 'x', crs: 'EPSG:0' },
    { title: 'x', properties: [] },
    { title: 'x', properties: { a: { type: 'point' } } },
    { title: 'x', properties: { a: 1 } },
    { title: 'x', visibility: 'secret' },
    { title: 'x', unknown: true },
    { title: 'a\u0000b' },
    { title: 'x', name: 'a/b c' },
    { title: 'x', properties: { '': { type: 'string' } } },
  ])('cannot be %j', async (body) => {
    const { status, json } = await call('/ogc/collections', { json: body, as: owner.basic })
    expect([status, json.status]).toEqual([400, 400])
  })

  test('is made by who is signed in', async () => {
    expect((await call('/ogc/collections', { json: { title: 'x' } })).status).toBe(401)
  })

  test('is renamed, described and deleted by its owner', async () => {
    const made = await newCollection(owner)
    const change = { title: 'New title', description: 'Said', name: `renamed-${made.id}` }
    expect((await send('PATCH', made.path, change, { as: stranger, headers: PATCH })).status).toBe(403)
    const changed = await send('PATCH', made.path, change, { headers: PATCH })
    expect(changed.status, changed.text).toBe(200)
    expect(changed.json).toMatchObject({ id: `renamed-${made.id}`, title: 'New title', description: 'Said' })
    expect((await call(made.path)).status).toBe(404)
    const path = `/ogc/collections/renamed-${made.id}`
    expect((await call(path, { method: 'DELETE', as: stranger.basic })).status).toBe(403)
    expect((await call(path, { method: 'DELETE', as: owner.basic })).status).toBe(204)
    expect((await call(path)).status).toBe(404)
  })

  test('gets, renames and loses properties one at a time', async () => {
    const made = await newCollection(owner, { properties: { name: { type: 'string' } } })
    const patched = (properties: unknown) =>
      send('PATCH', `${made.path}/schema`, { properties }, { headers: PATCH })
    expect((await patched({ height: { type: 'number', title: 'Height' } })).json.properties).toMatchObject({
      height: { type: 'number', title: 'Height' },
    })
    const added = await send('POST', `${made.path}/items`, feature([1, 1], { name: 'a', height: 2.5 }))
    expect(added.status, added.text).toBe(201)
    expect((await patched({ height: { name: 'elevation' } })).json.properties).toHaveProperty('elevation')
    expect((await call(`${made.path}/items`)).json.features[0].properties).toEqual({
      name: 'a',
      elevation: 2.5,
    })
    expect((await patched({ elevation: null })).json.properties).not.toHaveProperty('elevation')
    expect((await call(`${made.path}/items`)).json.features[0].properties).toEqual({ name: 'a' })
    for (const body of [{}, { a: null, b: null }, { name: { type: 'number' } }, { nope: null }])
      expect((await patched(body)).status, JSON.stringify(body)).toBeGreaterThanOrEqual(400)
  })

  test('that is private does not exist for others, and opens with login or email', async () => {
    const made = await newCollection(owner, { visibility: 'private' })
    await send('POST', `${made.path}/items`, feature([1, 1], { name: 'secret' }))
    const paths = [
      '',
      '/items',
      '/items/1',
      '/schema',
      '/queryables',
      '/sortables',
      '/tiles',
      '/tiles/WebMercatorQuad',
    ]
    for (const path of paths) {
      expect((await call(made.path + path)).status, path).toBe(404)
      expect((await call(made.path + path, { as: stranger.basic })).status, path).toBe(404)
      expect((await call(made.path + path, { as: owner.basic })).status, path).toBe(200)
    }
    expect((await send('POST', `${made.path}/items`, feature([1, 1], {}), { as: stranger })).status).toBe(404)
    expect((await call(made.path, { method: 'DELETE', as: stranger.basic })).status).toBe(404)
    const byLogin = await call(made.path, { as: basic(owner.login, owner.password) })
    expect(byLogin.status).toBe(200)
    expect((await call(made.path, { as: basic(owner.login, 'wrong password') })).status).toBe(404)
    const listed = (await call('/ogc/collections?limit=1000')).json.collections
    expect(listed.map(({ id }: { id: string }) => id)).not.toContain(made.id)
    expect((await send('PATCH', made.path, { visibility: 'public' }, { headers: PATCH })).status).toBe(200)
    expect((await call(made.path)).status).toBe(200)
  })
})
