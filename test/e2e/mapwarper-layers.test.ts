import { eq, sql } from 'drizzle-orm'
import { beforeAll, describe, expect, it } from 'vitest'
import { grants } from '../../src/store/schema.ts'
import {
  baseUrl,
  type Call,
  call,
  fault,
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

const origin = new URL(baseUrl).origin
const UNKNOWN = 2147483647

/** A user whose credential is the API token, which costs less to check than the password. */
async function tokenUser(roles?: string[]): Promise<TestUser> {
  const user = await newUser(roles)
  const { json } = await call('/api/v1/auth/validate_token', { as: user.basic })
  return { ...user, basic: { 'x-user-id': String(user.id), 'x-user-token': json.meta.auth_token } }
}

let owner: TestUser
let stranger: TestUser
let editor: TestUser
let administrator: TestUser
/** Three maps without an image. */
let maps: [number, number, number]

beforeAll(async () => {
  ;[owner, stranger, editor, administrator] = await Promise.all([
    ...[tokenUser(), tokenUser()],
    ...[tokenUser(['editor']), tokenUser(['administrator'])],
  ] as const)
  maps = [await newMap(owner.basic), await newMap(owner.basic), await newMap(stranger.basic)]
})

const layerBody = (attributes: unknown, more: Record<string, unknown> = {}) => ({
  data: { type: 'layers', attributes, ...more },
})
const create = (attributes: unknown, more: Record<string, unknown> = {}, as = owner.basic) =>
  call('/api/v1/layers.json', { json: layerBody(attributes, more), as })

async function newLayer(mapIds: number[] = [], name = 'A layer'): Promise<number> {
  const made = await create({ name }, { map_ids: mapIds })
  expect(made.status, made.text).toBe(201)
  return Number(made.json.data.id)
}

const patch = (id: number | string, json: unknown, more: Call = {}) =>
  call(`/api/v1/layers/${id}`, { method: 'PATCH', json, as: owner.basic, ...more })
const act = (id: number | string, action: string, more: Call = {}) =>
  call(`/api/v1/layers/${id}/${action}`, { method: 'PATCH', as: administrator.basic, ...more })
const read = (id: number, as: Call['as'] = {}) => call(`/api/v1/layers/${id}`, { as: as ?? {} })

async function attributesOf(id: number, as?: Call['as']) {
  return (await read(id, as)).json.data.attributes
}

const ids = (answer: { json: { data: { id: string }[] } }) => answer.json.data.map(({ id }) => Number(id))
const identifiers = (list: number[]) => list.map((id) => ({ id: String(id), type: 'maps' }))

describe('making a layer', () => {
  it('takes its maps in their order', async () => {
    const [a, b, c] = maps
    const attributes = { name: 'Plan of Paramaribo', source_uri: 'urn:x', depicts_year: 1798 }
    const made = await create(attributes, { map_ids: [c, a, b] })
    expect(made.status).toBe(201)
    expect(made.headers.get('content-type')).toBe('application/json; charset=utf-8')
    const { id } = made.json.data
    expect(made.json.data).toEqual({
      id: expect.stringMatching(/^\d+$/),
      type: 'layers',
      attributes: {
        name: 'Plan of Paramaribo',
        description: null,
        created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
        updated_at: expect.stringMatching(/\.\d{3}Z$/),
        bbox: null,
        maps_count: 3,
        rectified_maps_count: 0,
        is_visible: true,
        source_uri: 'urn:x',
        rectified_percent: 0,
        published: false,
        map_order: [c, a, b],
        depicts_year: '1798',
      },
      relationships: {
        maps: { data: identifiers([c, a, b]) },
        added_by: { data: { id: String(owner.id), type: 'users' } },
      },
      links: {
        self: `${origin}/api/v1/layers/${id}`,
        kml: `${origin}/layers/${id}.kml`,
        tiles: `${origin}/mosaics/tile/${id}/{z}/{x}/{y}.png`,
        tilejson: `${origin}/mosaics/tile/${id}/tilejson.json`,
        wms: `${origin}/mosaics/wms/${id}?request=GetCapabilities&service=WMS&version=1.1.1`,
        wmts: `${origin}/mosaics/wmts/${id}?service=WMTS&request=GetCapabilities&version=1.0.0`,
        tms: `${origin}/mosaics/tms/${id}/{z}/{x}/{y}.png`,
      },
    })
    expect((await call(made.json.data.links.self)).json).toEqual(made.json)
  })

  it('needs an account and a name, and maps that are there', async () => {
    const anonymous = await create({ name: 'a' }, {}, {})
    expect([anonymous.status, anonymous.json]).toEqual([401, notSignedIn])
    const unnamed = await create({ description: 'a' })
    expect([unnamed.status, unnamed.json]).toEqual([422, { errors: [fault('name', "can't be blank")] }])
    const unknown = await create({ name: 'a' }, { map_ids: [maps[0], UNKNOWN] })
    expect([unknown.status, unknown.json]).toEqual([404, notFound('Map', UNKNOWN)])
    const list = await create({ name: 'a' }, { map_ids: { a: 1 } })
    expect([list.status, list.json.errors[0].title]).toEqual([422, 'Invalid param'])
    const many = await create(
      { name: 'a' },
      { map_ids: Array.from({ length: 2001 }, (_, index) => index + 1) },
    )
    expect([many.status, many.json.errors[0].source.pointer]).toEqual([422, '/data/map_ids'])
    const type = await call('/api/v1/layers', { json: { data: { type: 'maps' } }, as: owner.basic })
    expect([type.status, type.json.errors[0].detail]).toEqual([422, "params type should be 'layers'"])
    const nothing = await call('/api/v1/layers', { json: {}, as: owner.basic })
    expect([nothing.status, nothing.json.errors[0].detail]).toEqual([422, 'params data or type is missing'])
  })
})

describe('changing a layer', () => {
  it('changes what is given, adds maps on top and orders them', async () => {
    const [a, b, c] = maps
    const id = await newLayer([a])
    const named = await patch(id, layerBody({ name: 'Another', description: 'd' }))
    expect(named.status).toBe(200)
    expect(named.json.data.attributes).toMatchObject({ name: 'Another', description: 'd', map_order: [a] })
    const added = await patch(id, layerBody({ depicts_year: '1800' }, { map_ids: [a, c, b] }), {
      method: 'PUT',
    })
    expect(added.json.data.attributes).toMatchObject({
      name: 'Another',
      depicts_year: '1800',
      map_order: [a, c, b],
    })
    const again = await patch(id, { data: { type: 'layers', map_ids: [b] } })
    expect([again.status, again.json.data.attributes.map_order]).toEqual([200, [a, c, b]])
    const swapped = await patch(id, layerBody({ map_order: [b, a] }))
    expect(swapped.json.data.attributes.map_order).toEqual([b, c, a])
    expect((await read(id)).json).toEqual(swapped.json)
    const both = await patch(await newLayer([a]), layerBody({ map_order: [c, a] }, { map_ids: [c] }))
    expect(both.json.data.attributes.map_order).toEqual([c, a])
  })

  it('changes nothing where something is wrong', async () => {
    const id = await newLayer([maps[0]], 'As it was')
    const before = (await read(id)).json
    const wrong: [unknown, number, unknown][] = [
      [layerBody({ name: 'b' }, { map_ids: [maps[1], UNKNOWN] }), 404, notFound('Map', UNKNOWN)],
      [layerBody({ name: 'b' }, { map_ids: [id] }), 404, notFound('Map', id)],
      [layerBody({ name: '' }), 422, { errors: [fault('name', "can't be blank")] }],
      [
        layerBody({ name: 'b', map_order: [maps[1]] }),
        422,
        { errors: [fault('map_order', `names map ${maps[1]}, which is not in the layer`)] },
      ],
      [
        layerBody({ name: 'b', map_order: 'all' }),
        422,
        { errors: [fault('map_order', 'is not a list of map ids')] },
      ],
      [
        layerBody({}),
        422,
        { errors: [{ title: 'Missing param', detail: expect.stringContaining('attributes') }] },
      ],
      [{}, 422, { errors: [{ title: 'Missing param', detail: 'params data or type is missing' }] }],
    ]
    for (const [json, status, answer] of wrong) {
      const { status: given, json: body } = await patch(id, json)
      expect([given, body]).toEqual([status, answer])
    }
    expect((await read(id)).json).toEqual(before)
  })

  it('is for its owner and for editors; checks come in their order', async () => {
    const id = await newLayer()
    const anonymous = await patch(UNKNOWN, {}, { as: {} })
    expect([anonymous.status, anonymous.json]).toEqual([401, notSignedIn])
    const unknown = await patch(UNKNOWN, {})
    expect([unknown.status, unknown.json]).toEqual([404, notFound('Layer', UNKNOWN)])
    for (const { basic } of [stranger, administrator]) {
      const foreign = await patch(id, { data: { type: 'maps' } }, { as: basic })
      expect([foreign.status, foreign.json]).toEqual([401, unauthorized])
    }
    const edited = await patch(id, layerBody({ name: 'Edited' }), { as: editor.basic })
    expect([edited.status, edited.json.data.attributes.name]).toEqual([200, 'Edited'])
    expect((await patch('x', {})).json).toEqual(notFound('Layer', 'x'))
    expect((await patch(maps[0], layerBody({ name: 'a' }))).json).toEqual(notFound('Layer', maps[0]))
  })
})

describe('taking a map out', () => {
  it('leaves the others in their order', async () => {
    const [a, b, c] = maps
    const id = await newLayer([a, b, c])
    const removed = await act(id, 'remove_map', { json: { map_id: b }, as: owner.basic })
    expect([removed.status, removed.json.data.attributes.map_order]).toEqual([200, [a, c]])
    const byForm = { body: new URLSearchParams({ map_id: String(a) }), as: editor.basic, method: 'POST' }
    expect((await act(id, 'remove_map', byForm)).json.data.attributes.map_order).toEqual([c])
    const byQuery = await act(id, `remove_map?map_id=${c}`, { method: 'PUT', as: owner.basic })
    expect(byQuery.json.data.relationships.maps.data).toEqual([])
  })

  it('says what is wrong', async () => {
    const id = await newLayer([maps[0]])
    const remove = (json: unknown, as = owner.basic) => act(id, 'remove_map', { json, as })
    const outside = await remove({ map_id: maps[1] })
    expect([outside.status, outside.json]).toEqual([
      422,
      { errors: [{ title: 'Layer error', detail: 'Error removing map.' }] },
    ])
    expect((await remove({ map_id: UNKNOWN })).json).toEqual(notFound('Map', UNKNOWN))
    expect((await remove({ map_id: 'x\0' })).status).toBe(404)
    expect((await remove({})).json.errors[0]).toEqual({
      ...{ title: 'Missing param', detail: 'param is missing or the value is empty: map_id' },
    })
    expect((await remove({ map_id: { toString: 1 } })).status).toBe(422)
    expect((await remove({ map_id: maps[0] }, stranger.basic)).json).toEqual(unauthorized)
    expect((await remove({ map_id: maps[0] }, {})).json).toEqual(notSignedIn)
    expect((await act(UNKNOWN, 'remove_map', { json: {}, as: owner.basic })).status).toBe(404)
    expect((await attributesOf(id)).map_order).toEqual([maps[0]])
  })
})

describe('deleting a layer', () => {
  it('gives it back as it was and keeps its maps', async () => {
    const id = await newLayer([maps[0]])
    const before = (await read(id)).json
    const remove = (as: Call['as']) =>
      call(`/api/v1/layers/${id}`, { method: 'DELETE', ...(as ? { as } : {}) })
    expect((await remove(undefined)).json).toEqual(notSignedIn)
    expect((await remove(stranger.basic)).json).toEqual(unauthorized)
    const deleted = await remove(owner.basic)
    expect([deleted.status, deleted.json]).toEqual([200, before])
    expect((await remove(owner.basic)).json).toEqual(notFound('Layer', id))
    expect((await read(id)).status).toBe(404)
    expect((await call(`/api/v1/maps/${maps[0]}`)).status).toBe(200)
  })
})

describe('administration', () => {
  it('is for administrators', async () => {
    const id = await newLayer([maps[0]])
    for (const action of ['toggle_visibility', 'publish', 'unpublish', 'merge']) {
      for (const { basic } of [owner, editor]) {
        const refused = await act(id, action, { json: {}, as: basic })
        expect([action, refused.status, refused.json]).toEqual([action, 401, unauthorized])
      }
      expect((await act(id, action, { json: {}, as: {} })).json).toEqual(notSignedIn)
      const unknown = await act(UNKNOWN, action, { json: {} })
      expect([action, unknown.status, unknown.json]).toEqual([action, 404, notFound('Layer', UNKNOWN)])
    }
  })

  it('hides a layer and shows it again', async () => {
    const id = await newLayer()
    expect((await act(id, 'toggle_visibility')).json.data.attributes.is_visible).toBe(false)
    expect((await attributesOf(id)).is_visible).toBe(false)
    const shown = await act(id, 'toggle_visibility', { method: 'POST' })
    expect(shown.json.data.attributes.is_visible).toBe(true)
  })

  it('publishes only what has a warped map', async () => {
    const id = await newLayer([maps[0]])
    const early = await act(id, 'publish')
    expect([early.status, early.json]).toEqual([
      422,
      { errors: [{ title: 'Layer not warped', detail: 'Layer has no warped map so cannot be published' }] },
    ])
    const back = await act(id, 'unpublish')
    expect([back.status, back.json]).toEqual([
      422,
      { errors: [{ title: 'Publish error', detail: 'Layer is not published so cannot be unpublished' }] },
    ])
  })

  it('merges a layer into another and keeps it empty', async () => {
    const [a, b, c] = maps
    const from = await newLayer([a, c])
    const into = await newLayer([b, c])
    const merged = await act(from, 'merge', { json: { dest_id: into } })
    expect([merged.status, merged.json.data.id]).toEqual([200, String(into)])
    expect(merged.json.data.attributes.map_order).toEqual([b, c, a])
    expect((await attributesOf(from)).map_order).toEqual([])
    const itself = await act(into, 'merge', { json: { dest_id: into } })
    expect([itself.status, itself.json.errors[0]]).toEqual([
      422,
      { title: 'Layer error', detail: 'Error merging layers: a layer cannot be merged into itself' },
    ])
    expect((await act(into, 'merge', { json: { dest_id: UNKNOWN } })).json).toEqual(
      notFound('Layer', UNKNOWN),
    )
    expect((await act(into, 'merge', { json: {} })).json.errors[0].title).toBe('Missing param')
  })
})

describe('finding layers', () => {
  const word = `Q${Date.now().toString(36)}x`
  let first: number
  let second: number
  const find = (query: string) => call(`/api/v1/layers?${query}`)

  beforeAll(async () => {
    first = await newLayer([maps[0], maps[1]], `Zeta ${word} of Tartu`)
    const made = await create({ name: 'Alpha', description: `in the ${word}!` }, { map_ids: [maps[1]] })
    second = Number(made.json.data.id)
  })

  it('looks for text', async () => {
    expect(ids(await find(`query=${word.toLowerCase()}`))).toEqual([first])
    expect(ids(await find(`query=${word}+of+TARTU&field=title`))).toEqual([first])
    expect(ids(await find(`query=${word.slice(0, -1)}`))).toEqual([])
    expect(ids(await find(`query=${word}&field=description`))).toEqual([second])
    expect((await find(`query=${'a'.repeat(501)}`)).status).toBe(422)
  })

  it('lists the layers of a map, sorted, page by page', async () => {
    const path = `/api/v1/maps/${maps[1]}/layers`
    const byName = ids(await call(`${path}?sort_key=name&sort_order=asc&per_page=1000`))
    expect(byName.indexOf(second)).toBeLessThan(byName.indexOf(first))
    expect(byName.indexOf(second)).toBeGreaterThanOrEqual(0)
    const newest = await find(`map_id=${maps[1]}&per_page=1`)
    expect(ids(newest)).toEqual([second])
    expect(newest.json.meta).toEqual({ total_entries: byName.length, total_pages: byName.length })
    expect(ids(await call(newest.json.links.next))).toEqual([first])
    const oldest = ids(await find(`map_id=${maps[1]}&sort_order=asc&per_page=1000`))
    expect(oldest.slice(-2)).toEqual([first, second])
    for (const unknown of [`/api/v1/maps/${UNKNOWN}/layers`, `/api/v1/layers?map_id=${UNKNOWN}`])
      expect((await call(unknown)).json).toEqual(notFound('Map', UNKNOWN))
    expect((await find('map_id=x')).json).toEqual(notFound('Map', 'x'))
    expect((await find('page=0')).status).toBe(404)
    expect((await find('per_page=x')).status).toBe(422)
  })

  it('gives features', async () => {
    const list = await call(`/api/v1/layers.geojson?query=${word}`)
    const [feature] = list.json
    expect(list.json).toHaveLength(1)
    expect(feature).toMatchObject({
      id: first,
      type: 'Feature',
      geometry: { type: 'Polygon', coordinates: '' },
    })
    expect((await call(`/api/v1/layers/${first}.geojson`)).json).toEqual(feature)
    expect((await call(`/api/v1/layers/${first}?format=geojson`)).json).toEqual(feature)
  })

  it('says what is wrong with an area', async () => {
    const { status, json } = await find('bbox=1,2,3')
    expect([status, json.errors[0].title]).toEqual([422, 'Invalid param'])
  })
})

describe('a layer of rectified maps', () => {
  /** Two tiles of zoom 12 next to each other, somewhere no other test puts a map. */
  const COLUMNS = [3000, 3001]
  let left: number
  let right: number
  let bboxes: string[]

  /** The envelope of bboxes as a layer prints it. */
  const envelope = (...parts: string[]) => {
    const numbers = parts.map((part) => part.split(',').map(Number))
    const side = (index: number) => numbers.map((bbox) => bbox[index]!)
    const sides = [Math.min(...side(0)), Math.min(...side(1)), Math.max(...side(2)), Math.max(...side(3))]
    return sides.map((value) => value.toFixed(6)).join(',')
  }

  beforeAll(async () => {
    const uploaded = await Promise.all(
      COLUMNS.map(async (x, index) => {
        const { id } = await uploadFile(owner, `sheet${index}.png`, pngImage(32, 24))
        expect(await statusAfter(id, 'loading')).toBe('available')
        await pinCorners(owner, id, [32, 24], placeInTile(12, x, 2300))
        return id
      }),
    )
    ;[left, right] = uploaded as [number, number]
  })

  it('follows them as they are rectified', async () => {
    const id = await newLayer([left, right, maps[0]])
    const before = await attributesOf(id)
    expect(before).toMatchObject({ bbox: null, maps_count: 3, rectified_maps_count: 0 })
    expect((await call(`/layers/thumb/${id}`)).headers.get('location')).toBe('/missing.png')
    await rectified(owner, left)
    const bboxOf = async (map: number) => (await call(`/api/v1/maps/${map}`)).json.data.attributes.bbox
    const one = await attributesOf(id)
    expect(one).toMatchObject({ bbox: envelope(await bboxOf(left)), rectified_maps_count: 1 })
    expect(one.rectified_percent).toBeCloseTo(100 / 3, 9)
    expect(one.updated_at > before.updated_at).toBe(true)
    await rectified(owner, right)
    bboxes = [await bboxOf(left), await bboxOf(right)]
    expect(await attributesOf(id)).toMatchObject({ bbox: envelope(...bboxes), rectified_maps_count: 2 })

    const thumb = await call(`/mosaics/thumb/${id}`)
    expect([thumb.status, thumb.headers.get('location')]).toEqual([302, `/uploads/${right}/thumb/sheet1.png`])
    await patch(id, layerBody({ map_order: [right, left] }))
    const other = await call(`/layers/thumb/${id}`)
    expect(other.headers.get('location')).toBe(`/uploads/${left}/thumb/sheet0.png`)
    expect((await call(`/layers/thumb/${UNKNOWN}`)).json).toEqual(notFound('Layer', UNKNOWN))

    const published = await act(id, 'publish', { method: 'PUT' })
    expect([published.status, published.json.data.attributes.published]).toEqual([200, true])
    const again = await act(id, 'publish')
    expect([again.status, again.json]).toEqual([
      422,
      { errors: [{ title: 'Publish error', detail: 'Layer is already published' }] },
    ])
    await act(id, 'remove_map', { json: { map_id: left }, as: owner.basic })
    expect(await attributesOf(id)).toMatchObject({ bbox: envelope(bboxes[1]!), published: true })
    expect((await act(id, 'unpublish')).json.data.attributes.published).toBe(false)
  })

  it('is found by its area and by the share of its rectified maps', async () => {
    const both = await newLayer([left, right])
    const half = await newLayer([left, maps[0]])
    const empty = await newLayer([])
    const [west, south, east, north] = envelope(...bboxes)
      .split(',')
      .map(Number) as [number, number, number, number]
    const find = async (query: string) =>
      ids(await call(`/api/v1/layers?per_page=1000&${query}`)).filter((id) =>
        [both, half, empty].includes(id),
      )
    const area = `${west - 0.001},${south - 0.001},${east + 0.001},${north + 0.001}`
    expect(await find(`bbox=${area}`)).toEqual([both, half])
    expect(await find(`bbox=${area}&operation=within`)).toEqual([half, both])
    expect(await find(`bbox=${bboxes[0]}`)).toEqual([half, both])
    const withinLeft = bboxes[0]!.split(',').map((side, index) => Number(side) + (index < 2 ? -1e-5 : 1e-5))
    expect(await find(`bbox=${withinLeft}&operation=within`)).toEqual([half])
    expect(await find(`bbox=${west + 10},${south},${east + 10},${north}`)).toEqual([])
    expect(await find('sort_key=percent')).toEqual([both, half])
    expect(await find('sort_key=percent&sort_order=asc')).toEqual([half, both])
    const feature = (await call(`/api/v1/layers/${both}.geojson`)).json
    const ring = JSON.parse(feature.geometry.coordinates)[0]
    expect(ring).toEqual([
      [west, south],
      [east, south],
      [east, north],
      [west, north],
      [west, south],
    ])
    expect(feature.properties).toMatchObject({ bbox: envelope(...bboxes), rectified_percent: 100 })
  })

  it('leads to all that its own links and those of its maps name, by both families of its addresses', async () => {
    const id = await newLayer([left])
    const linksOf = async (path: string): Promise<Record<string, string>> =>
      (await call(path)).json.data.links
    const { live, mask, ...ofMap } = await linksOf(`/api/v1/maps/${left}`)
    const ofLayer = Object.values(await linksOf(`/api/v1/layers/${id}`))
    const { thumb } = await linksOf(`/api/v1/maps/${maps[0]}`)
    const addresses = [
      ...[...Object.values(ofMap), thumb!],
      ...[...ofLayer, ...ofLayer.map((address) => address.replace('/mosaics/', '/layers/'))],
    ].map((address) => address.replace('{z}/{x}/{y}', `12/${COLUMNS[0]}/2300`))
    expect(addresses.length).toBeGreaterThan(30)
    for (const address of addresses) {
      const { status, text } = await call(address)
      expect([address, status, text.length > 0]).toEqual([address, 200, true])
    }
  })

  it('loses a map that is deleted', async () => {
    const { id: gone } = await uploadFile(owner, 'gone.png', pngImage(32, 24))
    expect(await statusAfter(gone, 'loading')).toBe('available')
    await pinCorners(owner, gone, [32, 24], placeInTile(8, 180, 150))
    await rectified(owner, gone)
    const id = await newLayer([left, gone])
    expect((await attributesOf(id)).bbox).not.toBe(envelope(bboxes[0]!))
    expect((await call(`/api/v1/maps/${gone}`, { method: 'DELETE', as: owner.basic })).status).toBe(200)
    expect(await attributesOf(id)).toMatchObject({
      bbox: envelope(bboxes[0]!),
      map_order: [left],
      maps_count: 1,
    })
  })
})

describe('what only some may see', () => {
  it('a private map is in a layer for them alone', async () => {
    const hidden = await newMap(owner.basic)
    const [shown] = maps
    const id = await newLayer([hidden, shown, maps[1]])
    await (await platformDatabase()).delete(grants).where(eq(grants.resourceId, hidden))
    for (const as of [{}, stranger.basic, editor.basic]) {
      const { data } = (await read(id, as)).json
      expect(data.attributes).toMatchObject({ maps_count: 2, map_order: [shown, maps[1]] })
      expect(data.relationships.maps.data).toEqual(identifiers([shown, maps[1]]))
      expect((await call(`/api/v1/maps/${hidden}/layers`, { as })).json).toEqual(notFound('Map', hidden))
    }
    for (const { basic } of [owner, administrator])
      expect((await attributesOf(id, basic)).map_order).toEqual([hidden, shown, maps[1]])

    const taken = await create({ name: 'Mine' }, { map_ids: [hidden] }, stranger.basic)
    expect([taken.status, taken.json]).toEqual([404, notFound('Map', hidden)])
    const out = await act(id, 'remove_map', { json: { map_id: hidden }, as: editor.basic })
    expect([out.status, out.json]).toEqual([404, notFound('Map', hidden)])
    const named = await patch(id, layerBody({ map_order: [hidden, shown] }), { as: editor.basic })
    expect(named.status).toBe(422)
    await patch(id, layerBody({ map_order: [maps[1], shown] }), { as: editor.basic })
    expect((await attributesOf(id, owner.basic)).map_order).toEqual([hidden, maps[1], shown])
  })

  it('a private layer is not there for others', async () => {
    const id = await newLayer([maps[0]], 'Secret')
    await (await platformDatabase()).delete(grants).where(eq(grants.resourceId, id))
    for (const as of [stranger.basic, editor.basic]) {
      for (const answer of [
        await read(id, as),
        await call(`/layers/thumb/${id}`, { as }),
        await patch(id, layerBody({ name: 'a' }), { as }),
        await act(id, 'remove_map', { json: { map_id: maps[0] }, as }),
        await call(`/api/v1/layers/${id}`, { method: 'DELETE', as }),
      ])
        expect([answer.status, answer.json]).toEqual([404, notFound('Layer', id)])
      expect(ids(await call('/api/v1/layers?query=Secret', { as }))).not.toContain(id)
      expect(ids(await call(`/api/v1/maps/${maps[0]}/layers?per_page=1000`, { as }))).not.toContain(id)
    }
    expect((await read(id)).status).toBe(404)
    for (const { basic } of [owner, administrator]) expect((await read(id, basic)).status).toBe(200)
    expect(ids(await call('/api/v1/layers?query=Secret', { as: owner.basic }))).toContain(id)
  })
})

describe('what is recorded', () => {
  it('is every change with its version and who made it', async () => {
    const [a, b] = maps
    const id = await newLayer([a])
    await patch(id, layerBody({ name: 'b' }), { as: editor.basic })
    await act(id, 'remove_map', { json: { map_id: a }, as: owner.basic })
    await act(id, 'toggle_visibility')
    await act(await newLayer([b]), 'merge', { json: { dest_id: id } })
    await call(`/api/v1/layers/${id}`, { method: 'DELETE', as: owner.basic })
    const { rows } = await (await platformDatabase()).execute(
      sql`select action, version, user_id from activity
        where auditable_type = 'Layer' and auditable_id = ${id} order by id`,
    )
    expect(rows).toEqual([
      { action: 'create', version: 1, user_id: owner.id },
      { action: 'update', version: 2, user_id: editor.id },
      { action: 'update', version: 3, user_id: owner.id },
      { action: 'update', version: 4, user_id: administrator.id },
      { action: 'update', version: 5, user_id: administrator.id },
      { action: 'destroy', version: 6, user_id: owner.id },
    ])
  })
})
