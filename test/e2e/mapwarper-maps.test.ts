import { readFile } from 'node:fs/promises'
import { beforeAll, describe, expect, it } from 'vitest'
import {
  type Answer,
  administrator,
  baseUrl,
  type Call,
  call,
  dataUri,
  fault,
  mapBody,
  newMap,
  newUser,
  notFound,
  notSignedIn,
  pngImage,
  statusAfter,
  type TestUser,
  unauthorized,
  withFileServed,
} from './mapwarper-client.ts'

const origin = new URL(baseUrl).origin
const UNKNOWN = 2147483647

let owner: TestUser
let stranger: TestUser
let editor: TestUser
beforeAll(async () => {
  ;[owner, stranger, editor] = await Promise.all([newUser(), newUser(), newUser(['editor'])])
})

const create = (attributes: unknown, more: Call = {}) =>
  call('/api/v1/maps.json', { json: { data: { type: 'maps', attributes } }, as: owner.basic, ...more })

describe('making a map', () => {
  it('works without an image', async () => {
    const { status, json, headers } = await create({
      title: 'initial title',
      tag_list: 'a, b',
      issue_year: 1798,
    })
    expect(status).toBe(201)
    expect(headers.get('content-type')).toBe('application/json; charset=utf-8')
    expect(Object.keys(json)).toEqual(['data'])
    const { id, type, attributes, relationships, links } = json.data
    expect(id).toMatch(/^\d+$/)
    expect(type).toBe('maps')
    expect(attributes).toEqual({
      title: 'initial title',
      description: null,
      width: null,
      height: null,
      status: 'available',
      mask_status: 'unmasked',
      mask_stale: false,
      created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      updated_at: expect.stringMatching(/\.\d{3}Z$/),
      bbox: null,
      map_type: 'is_map',
      source_uri: null,
      unique_id: null,
      date_depicted: '',
      status_detail: null,
      transform_options: null,
      resample_options: null,
      use_mask: null,
      srs: null,
    })
    expect(relationships).toEqual({
      layers: { data: [] },
      added_by: { data: { id: String(owner.id), type: 'users' } },
    })
    expect(links.self).toBe(`${origin}/api/v1/maps/${id}`)
    expect(links.tiles).toBe(`${origin}/maps/tile/${id}/{z}/{x}/{y}.png`)
    expect(links.thumb).toBe('/missing.png')
    expect((await call(links.thumb)).headers.get('content-type')).toBe('image/png')
  })

  it('takes an image as a data URI and reads it', async () => {
    const upload = dataUri(pngImage(96, 64), 'image/png')
    const { status, json } = await create({ title: 'grey', upload, upload_file_name: 'grey.png' })
    expect(status).toBe(201)
    expect(json.data.attributes).toMatchObject({ width: 96, height: 64 })
    expect(['loading', 'available']).toContain(json.data.attributes.status)
    const id = Number(json.data.id)
    expect(await statusAfter(id, 'loading')).toBe('available')
    expect(json.data.links.thumb).toBe(`/uploads/${id}/thumb/grey.png`)

    const thumb = await call(json.data.links.thumb)
    expect(thumb.status).toBe(200)
    expect(thumb.headers.get('content-type')).toBe('image/png')
    const etag = thumb.headers.get('etag')!
    const again = await call(json.data.links.thumb, { headers: { 'if-none-match': etag } })
    expect(again.status).toBe(304)
    const redirect = await call(`/maps/thumb/${id}`)
    expect(redirect.status).toBe(302)
    expect(redirect.headers.get('location')).toBe(`/uploads/${id}/thumb/grey.png`)
  })

  it('takes a plain multipart file', async () => {
    const jpeg = await readFile(new URL('../fixtures/haas-1798.jpg', import.meta.url))
    const form = new FormData()
    form.set('data[type]', 'maps')
    form.set('data[attributes][title]', 'Haas')
    form.set('data[attributes][date_depicted]', '1798')
    form.set('file', new Blob([jpeg], { type: 'image/jpeg' }), 'haas-1798.jpg')
    const { status, json } = await call('/api/v1/maps', { body: form, as: owner.basic })
    expect(status).toBe(201)
    expect(json.data.attributes).toMatchObject({
      title: 'Haas',
      width: 1600,
      height: 1018,
      date_depicted: '1798',
    })
    expect(json.data.links.thumb).toMatch(/haas-1798\.png$/)
  })

  it('fetches an image by its address', async () => {
    await withFileServed('far away.png', pngImage(40, 30), 'image/png', async (address) => {
      const { status, json } = await create({ title: 'a', upload_url: encodeURI(address) })
      expect(status).toBe(201)
      const { id, attributes, links } = json.data
      expect(attributes).toMatchObject({ width: 40, height: 30, source_uri: encodeURI(address) })
      expect(links.thumb).toBe(`/uploads/${id}/thumb/far%20away.png`)
      const named = await create({ title: 'a', upload_url: encodeURI(address), source_uri: 'urn:x' })
      expect(named.json.data.attributes.source_uri).toBe('urn:x')
      const gone = await create({ title: 'a', upload_url: new URL('/gone.png', address).href })
      expect(gone.status).toBe(422)
      expect(gone.json).toEqual({ errors: [fault('upload_url', 'is invalid or inaccessible')] })
    })
  })

  it('checks the attributes', async () => {
    const untitled = await create({ description: 'a' })
    expect(untitled.status).toBe(422)
    expect(untitled.json).toEqual({ errors: [fault('title', "can't be blank")] })
    const year = await create({ title: 'a', issue_year: 'MDCC' })
    expect(year.json).toEqual({ errors: [fault('issue_year', 'is not a number')] })
    const both = await create({ title: '', date_depicted: '17980', map_type: 'globe' })
    expect(both.json.errors.map((error: { source: { pointer: string } }) => error.source.pointer)).toEqual([
      '/data/attributes/title',
      '/data/attributes/date_depicted',
      '/data/attributes/map_type',
    ])
    expect((await create({ title: 'a\0b' })).status).toBe(422)
  })

  it('keeps unique_id unique', async () => {
    const unique_id = crypto.randomUUID()
    expect((await create({ title: 'a', unique_id })).status).toBe(201)
    const second = await create({ title: 'b', unique_id })
    expect(second.status).toBe(422)
    expect(second.json).toEqual({ errors: [fault('unique_id', 'has already been taken')] })
    expect((await create({ title: 'c', unique_id: '' })).status).toBe(201)
    expect((await create({ title: 'd', unique_id: '' })).status).toBe(201)
  })

  it.each([
    ['base64', 'data:image/png;base64,@@@@'],
    ['no data URI', 'just text'],
    ['no image', dataUri(Buffer.from('hello, this is no image at all'), 'image/png')],
    ['a truncated image', dataUri(pngImage(64, 64).subarray(0, 200), 'image/png')],
  ])('refuses an upload that is wrong: %s', async (_name, upload) => {
    const { status, json } = await create({ title: 'a', upload })
    expect(status).toBe(422)
    expect(json.errors[0].source.pointer).toBe('/data/attributes/upload')
  })

  it.each([
    'http://127.0.0.1:1/a.png',
    'http://[::1]/a.png',
    'file:///etc/passwd',
    'http://10.0.0.1/',
    'nonsense',
  ])('does not fetch %s', async (upload_url) => {
    const { status, json } = await create({ title: 'a', upload_url })
    expect(status).toBe(422)
    expect(json).toEqual({ errors: [fault('upload_url', 'is invalid or inaccessible')] })
  })

  it('wants the envelope', async () => {
    const post = (json: unknown) => call('/api/v1/maps', { json, as: owner.basic })
    for (const json of [{}, { data: {} }, { data: { attributes: { title: 'a' } } }]) {
      const { status, json: body } = await post(json)
      expect(status).toBe(422)
      expect(body).toEqual({ errors: [{ title: 'Missing param', detail: 'params data or type is missing' }] })
    }
    expect((await post({ data: { type: 'layers', attributes: { title: 'a' } } })).json).toEqual({
      errors: [{ title: 'Invalid param', detail: "params type should be 'maps'" }],
    })
    expect((await post({ data: { type: 'maps' } })).json).toEqual({
      errors: [{ title: 'Missing param', detail: 'param is missing or the value is empty: attributes' }],
    })
  })

  it('refuses bodies that cannot be read', async () => {
    const headers = { 'content-type': 'application/json' }
    const malformed = await call('/api/v1/maps', { body: '{"data":', headers, as: owner.basic })
    expect(malformed.status).toBe(400)
    expect(malformed.json.errors).toEqual([
      {
        title: 'Malformed body',
        detail: 'not valid JSON: unexpected end at position 8 (line 1, column 9)',
      },
    ])
    const large = await create({ title: 'a', description: 'x'.repeat(1100 * 1024) })
    expect(large.status).toBe(413)
    const bare = await call('/api/v1/maps', {
      body: pngImage(8, 8),
      headers: { 'content-type': 'image/png' },
      as: owner.basic,
    })
    expect([bare.status, bare.json.errors[0].title]).toEqual([415, 'Unsupported media type'])
  })

  it('is for users', async () => {
    const { status, json, headers } = await call('/api/v1/maps', { json: mapBody({ title: 'a' }) })
    expect(status).toBe(401)
    expect(json).toEqual(notSignedIn)
    expect(headers.get('www-authenticate')).toBe('Basic realm="Application"')
  })
})

describe('reading a map', () => {
  it('is for everyone, in both formats', async () => {
    const id = await newMap(owner.basic, { description: 'b' })
    for (const address of [`/api/v1/maps/${id}`, `/api/v1/maps/${id}.json`, `/api/v1/maps/${id}?format=json`])
      expect((await call(address)).json.data).toMatchObject({
        id: String(id),
        attributes: { description: 'b' },
      })
    for (const address of [`/api/v1/maps/${id}.geojson`, `/api/v1/maps/${id}?format=geojson`])
      expect((await call(address)).json).toMatchObject({
        id,
        type: 'Feature',
        properties: { title: 'A map', bbox: null, thumb_url: '/missing.png' },
        geometry: { type: 'Polygon', coordinates: '' },
      })
  })

  it('answers the status as bare text', async () => {
    const id = await newMap(owner.basic)
    const { text, headers } = await call(`/api/v1/maps/${id}/status`)
    expect(text).toBe('available')
    expect(headers.get('content-type')).toContain('text/plain')
  })

  it.each([UNKNOWN, '99999999999', 'abc', '-1'])('does not find %s', async (id) => {
    for (const path of [`/api/v1/maps/${id}`, `/api/v1/maps/${id}.geojson`, `/api/v1/maps/${id}/status`]) {
      const { status, json } = await call(path)
      expect(status).toBe(404)
      expect(json).toEqual(notFound('Map', id))
    }
  })

  it('answers HEAD', async () => {
    const id = await newMap(owner.basic)
    const { status, text } = await call(`/api/v1/maps/${id}`, { method: 'HEAD' })
    expect(status).toBe(200)
    expect(text).toBe('')
  })
})

describe('the list of maps', () => {
  it('pages, sorts, and can be followed', async () => {
    const titles = ['zz-3', 'zz-1', 'zz-2'].map((title) => `${title}-${crypto.randomUUID()}`)
    for (const title of titles) await newMap(owner.basic, { title })
    const first = await call('/api/v1/maps.json?sort_key=title&sort_order=desc&per_page=2')
    expect(first.status).toBe(200)
    const { data, links, meta } = first.json
    expect(data).toHaveLength(2)
    expect(Object.keys(links)).toEqual(['self', 'next', 'last'])
    expect(meta.total_pages).toBe(Math.ceil(meta.total_entries / 2))
    const next = await call(links.next)
    expect(Object.keys(next.json.links)).toEqual(expect.arrayContaining(['self', 'first', 'prev']))
    const seen = [...data, ...next.json.data].map((map: { id: string }) => map.id)
    expect(new Set(seen).size).toBe(seen.length)
    const prev = await call(next.json.links.prev)
    expect(prev.json.data.map((map: { id: string }) => map.id)).toEqual(
      data.map((map: { id: string }) => map.id),
    )
    const order = [...data, ...next.json.data].map((map) => map.attributes.title)
    expect(titles.filter((title) => order.includes(title))).not.toEqual([])
  })

  it('has the newest first, and only warped ones when asked', async () => {
    const id = await newMap(owner.basic)
    const newest = await call('/api/v1/maps?sort_key=created_at&per_page=20')
    expect(newest.json.data.map((map: { id: string }) => Number(map.id))).toContain(id)
    const warped = await call('/api/v1/maps?show_warped=1&per_page=1000')
    for (const map of warped.json.data) expect(['warped', 'published']).toContain(map.attributes.status)
    expect(warped.json.data.map((map: { id: string }) => map.id)).not.toContain(String(id))
  })

  it('is a bare array of features as GeoJSON', async () => {
    await newMap(owner.basic)
    const { json } = await call('/api/v1/maps.geojson?per_page=1')
    expect(json).toHaveLength(1)
    expect(json[0].type).toBe('Feature')
  })

  it.each(['0', '-1', 'x', '99999999999999999999'])('has no page %s', async (page) => {
    const { status, json } = await call(`/api/v1/maps?page=${page}`)
    expect(status).toBe(404)
    expect(json.errors[0].title).toBe('Not found')
  })

  it('ignores a sort key it does not know', async () => {
    expect((await call('/api/v1/maps?sort_key=password_hash&sort_order=up&per_page=1')).status).toBe(200)
  })
})

describe('changing a map', () => {
  it.each(['PATCH', 'PUT'])('works with %s, for owner and editor', async (method) => {
    const id = await newMap(owner.basic, { description: 'kept', tag_list: 'a' })
    for (const [user, title] of [
      [owner, 'by its owner'],
      [editor, 'by an editor'],
    ] as const) {
      const { status, json } = await call(`/api/v1/maps/${id}.json`, {
        method,
        json: mapBody({ title, status: 'warped', public: false }),
        as: user.basic,
      })
      expect(status).toBe(200)
      expect(json.data.attributes).toMatchObject({ title, description: 'kept', status: 'available' })
    }
  })

  it('checks who, then what, in the documented order', async () => {
    const id = await newMap(owner.basic)
    const patch = (path: string, json: unknown, as?: Record<string, string>) =>
      call(path, { method: 'PATCH', json, ...(as ? { as } : {}) })
    const badType = { data: { type: 'layers', attributes: {} } }
    const anonymous = await patch(`/api/v1/maps/${UNKNOWN}`, badType)
    expect([anonymous.status, anonymous.json]).toEqual([401, notSignedIn])
    const unknown = await patch(`/api/v1/maps/${UNKNOWN}`, badType, owner.basic)
    expect([unknown.status, unknown.json]).toEqual([404, notFound('Map', UNKNOWN)])
    const foreign = await patch(`/api/v1/maps/${id}`, badType, stranger.basic)
    expect([foreign.status, foreign.json]).toEqual([401, unauthorized])
    const type = await patch(`/api/v1/maps/${id}`, badType, owner.basic)
    expect([type.status, type.json.errors[0].title]).toEqual([422, 'Invalid param'])
    const blank = await patch(`/api/v1/maps/${id}`, mapBody({ title: '' }), owner.basic)
    expect([blank.status, blank.json]).toEqual([422, { errors: [fault('title', "can't be blank")] }])
    expect((await call(`/api/v1/maps/${id}`)).json.data.attributes.title).toBe('A map')
  })
})

describe('deleting a map', () => {
  it('answers with the map as it was', async () => {
    const upload = dataUri(pngImage(32, 32), 'image/png')
    const id = await newMap(owner.basic, { upload, upload_file_name: 'b.png' })
    await statusAfter(id, 'loading')
    const remove = (as?: Record<string, string>) =>
      call(`/api/v1/maps/${id}`, { method: 'DELETE', ...(as ? { as } : {}) })
    expect((await remove()).status).toBe(401)
    const foreign = await remove(stranger.basic)
    expect([foreign.status, foreign.json]).toEqual([401, unauthorized])
    const removed = await remove(owner.basic)
    expect([removed.status, removed.json.data.id]).toEqual([200, String(id)])
    expect((await remove(owner.basic)).json).toEqual(notFound('Map', id))
    expect((await call(`/api/v1/maps/${id}`)).status).toBe(404)
    expect((await call(`/uploads/${id}/thumb/b.png`)).status).toBe(404)
  })
})

describe('around the API', () => {
  it('answers any origin', async () => {
    const preflight = await call('/api/v1/maps', {
      method: 'OPTIONS',
      headers: {
        origin: 'https://elsewhere.example',
        'access-control-request-method': 'PATCH',
        'access-control-request-headers': 'x-user-token',
      },
    })
    expect(preflight.headers.get('access-control-allow-origin')).toBe('*')
    expect(preflight.headers.get('access-control-allow-methods')).toContain('PATCH')
    expect(preflight.headers.get('access-control-allow-headers')).toBe('x-user-token')
  })

  it('lets pages of other sites read the files of a map', async () => {
    const id = await newMap(owner.basic)
    for (const path of [
      `/maps/${id}/gcps.csv`,
      `/maps/${id}/annotation.json`,
      `/mapimages/${id}.gml`,
      `/maps/thumb/${id}`,
      `/uploads/${id}/thumb/x.png`,
    ]) {
      const { headers } = await call(path)
      expect(headers.get('access-control-allow-origin'), path).toBe('*')
    }
  })

  it('has a page, a document and a JSON body for what is not there', async () => {
    expect((await call('/api/v1/')).headers.get('content-type')).toContain('text/html')
    const document = await call('/docs/mapwarper/openapi.json')
    expect(document.json.openapi).toBe('3.1.0')
    expect(document.json.paths['/api/v1/maps/{id}/rectify'].patch).toBeDefined()
    for (const path of ['/api/v1/globes.json', '/api/v1/maps/1/edit']) {
      const nothing = await call(path)
      expect([nothing.status, nothing.json.errors[0].title]).toEqual([404, 'Not found'])
    }
  })

  it('takes every documented method of an address alike, with .json after it or without', async () => {
    const { paths } = (await call('/docs/mapwarper/openapi.json')).json
    const addresses = Object.keys(paths).filter((path) => path.startsWith('/api/v1/'))
    // What is in a list may change between two calls.
    const shapeOf = ({ status, text, json }: Answer) => [status, status === 200 ? Object.keys(json) : text]
    expect(addresses.length).toBeGreaterThan(40)
    for (const path of addresses) {
      const as = path.startsWith('/api/v1/auth/') ? {} : administrator
      const answers = async (method: string) => {
        const json = ['get', 'delete'].includes(method) ? undefined : {}
        const address = path.replaceAll(/\{\w+\}/g, String(UNKNOWN))
        const asked = { method: method.toUpperCase(), json, as }
        const [plain, suffixed] = await Promise.all([call(address, asked), call(`${address}.json`, asked)])
        expect(shapeOf(suffixed), `${method} ${path}`).toEqual(shapeOf(plain))
        return `${plain.status} ${plain.text}`
      }
      const methods = Object.keys(paths[path])
      const changing = methods.filter((method) => !['get', 'delete'].includes(method))
      const other = methods.filter((method) => !changing.includes(method))
      const changed = new Set(await Promise.all(changing.map(answers)))
      expect(changed.size, path).toBeLessThanOrEqual(1)
      for (const answer of [...changed, ...(await Promise.all(other.map(answers)))])
        expect(answer, path).not.toContain('No route matches')
    }
  })
})
