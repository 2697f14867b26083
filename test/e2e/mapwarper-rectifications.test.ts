import { spawnSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import {
  administrator,
  baseUrl,
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
import { rectified, uploadFile } from './rectified-map.ts'

const UNKNOWN = 2147483647
const COG_VALIDATOR = 'osgeo_utils.samples.validate_cloud_optimized_geotiff'
const hasCogValidator = spawnSync('/usr/bin/python3', ['-c', `import ${COG_VALIDATOR}`]).status === 0

type Point = [x: number, y: number, lon: number, lat: number]
const POINTS: Point[] = [
  [10, 10, 7.01, 47.19],
  [290, 12, 7.29, 47.17],
  [285, 190, 7.27, 47.0],
  [12, 188, 7.0, 47.02],
]

let owner: TestUser
let editor: TestUser
let stranger: TestUser
beforeAll(async () => {
  ;[owner, editor, stranger] = await Promise.all([newUser(), newUser(['editor']), newUser()])
})

async function mapWithPoints(points: readonly Point[] = POINTS): Promise<number> {
  const { id } = await uploadFile(owner, 'scan.png', pngImage(300, 200))
  const gcps = points.map(([x, y, lon, lat]) => ({ mapid: id, x, y, lon, lat, name: `at ${x}` }))
  expect((await call('/api/v1/gcps/add_many', { json: { gcps }, as: editor.basic })).status).toBe(200)
  expect(await statusAfter(id, 'loading')).toBe('available')
  return id
}

const rectify = (id: number, query = '') =>
  call(`/api/v1/maps/${id}/rectify${query}`, { method: 'PATCH', as: stranger.basic })
const attributesOf = async (id: number) => (await call(`/api/v1/maps/${id}`)).json.data.attributes
const history = async (id: number, query = '') =>
  (await call(`/api/v1/maps/${id}/rectifications${query}`)).json
const revert = (id: number, n: number | string, as = stranger) =>
  call(`/api/v1/maps/${id}/rectifications/${n}/revert`, { method: 'POST', as: as.basic })
const gcpsOf = async (id: number): Promise<{ id: string; attributes: Record<string, unknown> }[]> =>
  (await call(`/api/v1/maps/${id}/gcps`)).json.data
const pixels = async (id: number) => (await gcpsOf(id)).map(({ attributes: { x, y } }) => [x, y])

describe('the way a map was rectified', () => {
  it('is in its document and is that of the next rectification', async () => {
    const id = await mapWithPoints()
    const none = { transform_options: null, resample_options: null, use_mask: null, srs: null }
    expect(await attributesOf(id)).toMatchObject(none)
    await rectified(owner, id, 'transform_options=tps&resample_options=cubic&srs=urn:ogc:def:crs:EPSG::21781')
    const remembered = {
      ...{ transform_options: 'tps', resample_options: 'cubic', use_mask: false, srs: 'EPSG:21781' },
    }
    expect(await attributesOf(id)).toMatchObject(remembered)
    const again = await rectify(id)
    expect([again.status, again.json.data.attributes]).toEqual([200, expect.objectContaining(remembered)])
    await rectified(owner, id, 'transform_options=p7&use_mask=true&srs=EPSG:4326')
    expect(await attributesOf(id)).toMatchObject({
      ...{ transform_options: 'auto', resample_options: 'cubic', use_mask: true, srs: 'EPSG:4326' },
    })
  })

  it('may be in any reference system that is known and reaches the points', async () => {
    const id = await mapWithPoints()
    const unknown = await rectify(id, '?srs=EPSG:999999')
    expect([unknown.status, unknown.json]).toEqual([
      422,
      {
        errors: [
          {
            title: 'Unknown reference system',
            detail: 'the reference system "EPSG:999999" is not known',
          },
        ],
      },
    ])
    for (const srs of ['4326', 'x'.repeat(5000), '%00', '%F0%9F%97%BA', '-1', 'EPSG:', 'EPSG:1e3']) {
      const { status, json } = await rectify(id, `?srs=${srs}`)
      expect([status, json.errors[0].title], srs).toEqual([422, 'Unknown reference system'])
    }
    for (const srs of [3857, { a: 1 }, [null]]) {
      const path = `/api/v1/maps/${id}/rectify`
      const { status } = await call(path, { method: 'PATCH', json: { srs }, as: owner.basic })
      expect(status).toBe(422)
    }
    const far = await rectify(id, '?srs=EPSG:2193')
    expect([far.status, far.json.errors[0].title]).toEqual([422, 'Transform not solvable'])
    expect(far.json.errors[0].detail).toMatch(/^point 1 .* lies outside the area of EPSG:2193/)
    expect((await call(`/api/v1/maps/${id}/status`)).text).toBe('available')
    expect((await rectify(UNKNOWN, '?srs=EPSG:999999')).status).toBe(404)
  })
})

describe('the history of a map', () => {
  let id: number
  let first: number
  beforeAll(async () => {
    id = await mapWithPoints()
    await rectified(owner, id, 'transform_options=helmert&resample_options=bilinear&srs=EPSG:3857')
    first = Number((await history(id)).data[0].id)
    const [kept, moved, dropped] = await gcpsOf(id)
    expect(kept).toBeDefined()
    const json = { data: { type: 'gcps', attributes: { x: 250 } } }
    await call(`/api/v1/gcps/${moved!.id}`, { method: 'PATCH', json, as: stranger.basic })
    await call(`/api/v1/gcps/${dropped!.id}`, { method: 'DELETE', as: stranger.basic })
    await rectified(stranger, id, 'transform_options=auto&srs=EPSG:4326')
  })

  it('lists every rectification, newest first, in pages', async () => {
    const { data, meta, links } = await history(id)
    expect(meta).toEqual({ total_entries: 2, total_pages: 1 })
    expect(links).toEqual({})
    expect(data[0]).toMatchObject({
      type: 'rectifications',
      attributes: {
        ...{ map_id: id, transform_options: 'auto', transform: 'p1', resample_options: 'bilinear' },
        ...{ srs: 'EPSG:4326', use_mask: false, state: 'done', failure: null, gcps_count: 3 },
        ...{ live: true, image_replaced: false },
      },
      relationships: {
        map: { data: { id: String(id), type: 'maps' } },
        requested_by: { data: { id: String(stranger.id), type: 'users' } },
      },
    })
    expect(data[0].attributes.gcps).toBeUndefined()
    expect(data[0].attributes.bbox).toBe((await attributesOf(id)).bbox)
    expect(data[1]).toMatchObject({ id: String(first), attributes: { transform: 'helmert', live: false } })
    const page = await history(id, '?per_page=1&page=2')
    expect(page.data.map((one: { id: string }) => one.id)).toEqual([String(first)])
    expect((await call(page.links.prev)).json.data[0].id).toBe(data[0].id)
    const tile = data[1].links.tiles.replace('{z}/{x}/{y}', '8/133/89')
    expect((await fetch(tile)).status).toBe(200)
  })

  it('has each of them with its points', async () => {
    const { status, json } = await call(`/api/v1/maps/${id}/rectifications/${first}`)
    expect(status).toBe(200)
    expect(json.data.attributes.gcps).toEqual(
      POINTS.map(([x, y, lon, lat]) => ({ x, y, lon, lat, name: `at ${x}` })),
    )
    expect(json.data.links.self).toBe(`${baseUrl}/api/v1/maps/${id}/rectifications/${first}`)
    const other = await mapWithPoints()
    for (const path of [
      `/api/v1/maps/${other}/rectifications/${first}`,
      `/api/v1/maps/${id}/rectifications/${UNKNOWN}`,
    ])
      expect((await call(path)).json).toEqual(notFound('Rectification', path.split('/').at(-1)!))
    expect((await call(`/api/v1/maps/${UNKNOWN}/rectifications`)).json).toEqual(notFound('Map', UNKNOWN))
    expect((await call(`/api/v1/maps/${UNKNOWN}/rectifications/1`)).json).toEqual(notFound('Map', UNKNOWN))
    expect((await call(`/api/v1/maps/${id}/rectifications/x`)).status).toBe(404)
    expect((await history(other)).data).toEqual([])
    expect((await call(`/api/v1/maps/${id}/rectifications?page=x`)).status).toBe(404)
  })

  it('can be gone back in, by whoever may rectify', async () => {
    const [kept] = await gcpsOf(id)
    const { bbox } = (await history(id)).data[1].attributes
    const { status, json } = await revert(id, first)
    expect([status, json.data.attributes]).toEqual([
      200,
      expect.objectContaining({
        ...{ bbox, transform_options: 'helmert', resample_options: 'bilinear', srs: 'EPSG:3857' },
      }),
    ])
    expect(await statusAfter(id, 'warping')).toBe('warped')
    const points = await gcpsOf(id)
    expect(points.map(({ attributes: { x } }) => x).sort()).toEqual(POINTS.map(([x]) => x).sort())
    expect(points.map((point) => point.id)).toContain(kept!.id)
    const { data } = await history(id)
    expect(data).toHaveLength(3)
    expect(data[0].attributes).toMatchObject({ live: true, gcps_count: 4 })
    const path = `/api/v1/maps/${id}/rectifications/${first}/revert`
    expect((await call(path, { method: 'POST' })).json).toEqual(notSignedIn)
    expect((await revert(id, UNKNOWN)).json).toEqual(notFound('Rectification', UNKNOWN))
    expect((await revert(UNKNOWN, first)).json).toEqual(notFound('Map', UNKNOWN))
  })

  it.skipIf(!hasCogValidator)('ends in a GeoTIFF that GDAL finds cloud optimized', async () => {
    const [plain, cog] = await Promise.all(
      ['tif', 'cog.tif'].map((name) => fetch(`${baseUrl}/maps/${id}/export.${name}`)),
    )
    expect([cog!.status, cog!.headers.get('content-type')]).toEqual([200, 'image/tiff'])
    const bytes = Buffer.from(await cog!.arrayBuffer())
    expect(bytes.equals(Buffer.from(await plain!.arrayBuffer()))).toBe(true)
    const folder = await mkdtemp(join(tmpdir(), 'cog-'))
    try {
      const file = join(folder, 'map.tif')
      await writeFile(file, bytes)
      const validator = ['-m', COG_VALIDATOR, '--full-check=yes', file]
      const { stdout, stderr } = spawnSync('/usr/bin/python3', validator, { encoding: 'utf8' })
      expect([stderr, stdout]).toEqual(['', expect.stringContaining('is a valid cloud optimized GeoTIFF')])
    } finally {
      await rm(folder, { recursive: true })
    }
  })
})

describe('the image of a map', () => {
  const put = (id: number, body: NonNullable<RequestInit['body']>, as: TestUser | null = owner, query = '') =>
    call(`/api/v1/maps/${id}/image${query}`, { method: 'PUT', body, ...(as ? { as: as.basic } : {}) })
  const form = (width: number, height: number, fields: Record<string, string> = {}) => {
    const body = new FormData()
    for (const [name, value] of Object.entries(fields)) body.set(name, value)
    body.set('file', new Blob([pngImage(width, height)]), 'better.png')
    return body
  }

  /** Waits until the map has its new image and, if it was rectified, is so again. */
  async function settled(id: number): Promise<string> {
    await statusAfter(id, 'loading')
    for (let attempt = 0; attempt < 800; attempt++) {
      const { text } = await call(`/api/v1/maps/${id}/status`)
      if (text === 'warped' || text === 'published') return text
      await new Promise((resolve) => setTimeout(resolve, 25))
    }
    return 'never rectified'
  }

  it('is replaced by a better one, and the map is rectified anew by its points', async () => {
    const id = await mapWithPoints()
    await rectified(owner, id, 'transform_options=p1&resample_options=bilinear')
    const { bbox } = await attributesOf(id)
    const [earlier] = (await history(id)).data
    const { status, json } = await put(id, form(600, 400), editor)
    expect([status, json.data.attributes.status]).toEqual([200, 'loading'])
    expect(await settled(id)).toBe('warped')
    const after = await attributesOf(id)
    expect(after).toMatchObject({
      ...{ width: 600, height: 400, status_detail: null },
      ...{ transform_options: 'p1', resample_options: 'bilinear' },
    })
    const corners = (text: string) => text.split(',').map(Number)
    for (const [i, edge] of corners(after.bbox).entries())
      expect(Math.abs(edge - corners(bbox)[i]!)).toBeLessThan(0.002)
    expect(await pixels(id)).toEqual(POINTS.map(([x, y]) => [2 * x, 2 * y]))
    expect((await call(after && `/maps/thumb/${id}`)).headers.get('location')).toContain('better.png')

    const { data } = await history(id)
    expect(
      data.map((one: { attributes: { image_replaced: boolean } }) => one.attributes.image_replaced),
    ).toEqual([false, true])
    expect(data[1].links.tiles).toBeUndefined()
    expect((await fetch(earlier.links.tiles.replace('{z}/{x}/{y}', '12/2130/1440'))).status).toBe(404)
    expect((await revert(id, earlier.id)).json.data.attributes.bbox).toBe(after.bbox)
  })

  it('of other proportions needs to be told what becomes of the points', async () => {
    const id = await mapWithPoints()
    const refused = await put(id, form(150, 200))
    expect(refused.status).toBe(422)
    expect(refused.json.errors).toEqual([
      fault('file', expect.stringMatching(/^has 150 x 200 pixels, other proportions .* scale_gcps/)),
    ])
    expect((await put(id, form(150, 200, { scale_gcps: 'perhaps' }))).json).toEqual({
      errors: [{ title: 'Invalid param', detail: 'scale_gcps should be true or false' }],
    })
    expect((await put(id, form(150, 200, { scale_gcps: 'false' }))).status).toBe(200)
    expect(await statusAfter(id, 'loading')).toBe('available')
    expect(await pixels(id)).toEqual(POINTS.map(([x, y]) => [x, y]))
    expect((await put(id, form(300, 100), owner, '?scale_gcps=true')).status).toBe(200)
    expect(await statusAfter(id, 'loading')).toBe('available')
    expect(await pixels(id)).toEqual(POINTS.map(([x, y]) => [2 * x, y / 2]))
  })

  it('comes as a file, as a data URI or from an address', async () => {
    const id = await newMap(owner.basic)
    const path = `/api/v1/maps/${id}/image`
    const replace = (json: unknown) => call(path, { method: 'PUT', json, as: owner.basic })
    const upload = dataUri(pngImage(40, 30), 'image/png')
    expect((await replace(mapBody({ upload, upload_file_name: 'a.png' }))).status).toBe(200)
    expect(await statusAfter(id, 'loading')).toBe('available')
    expect(await attributesOf(id)).toMatchObject({ width: 40, height: 30 })
    await withFileServed('b.png', pngImage(50, 30), 'image/png', async (url) => {
      expect((await replace({ upload_url: url })).status).toBe(200)
    })
    expect(await statusAfter(id, 'loading')).toBe('available')
    expect(await attributesOf(id)).toMatchObject({ width: 50, height: 30 })

    const missing = { title: 'Missing param', detail: expect.stringContaining('file, upload or upload_url') }
    for (const body of [{}, mapBody({ upload: '' }), mapBody({ scale_gcps: true }), [], 7])
      expect((await replace(body)).json).toEqual({ errors: [missing] })
    expect((await replace({ data: { type: 'gcps', attributes: {} } })).json.errors[0].title).toBe(
      'Invalid param',
    )
    for (const [attribute, value] of [
      ['upload', 'nothing'],
      ['upload_url', 7],
      ['upload_url', 'http://127.0.0.1:1/a.png'],
    ] as const)
      expect((await replace(mapBody({ [attribute]: value }))).json.errors[0].source).toEqual({
        pointer: `/data/attributes/${attribute}`,
      })
    const text = new FormData()
    text.set('file', new Blob(['no image at all']), 'a.png')
    expect((await put(id, text)).json.errors[0].source.pointer).toBe('/data/attributes/file')
    expect((await put(id, new Blob(['x'], { type: 'image/png' }))).status).toBe(415)
    expect(await attributesOf(id)).toMatchObject({ width: 50, status: 'available' })
  })

  it('is its owner’s and the editors’, and not changed with what is said about the map', async () => {
    const id = await newMap(owner.basic)
    expect((await put(id, form(4, 4), null)).json).toEqual(notSignedIn)
    expect((await put(id, form(4, 4), stranger)).json).toEqual(unauthorized)
    expect((await put(UNKNOWN, form(4, 4))).json).toEqual(notFound('Map', UNKNOWN))
    const json = mapBody({ title: 'New', upload: 'data:,', upload_url: 'https://example.org/a.png' })
    const { status, json: answer } = await call(`/api/v1/maps/${id}`, {
      method: 'PATCH',
      json,
      as: owner.basic,
    })
    const detail = expect.stringContaining('PUT /api/v1/maps/{id}/image')
    expect([status, answer.errors]).toEqual([422, [fault('upload', detail), fault('upload_url', detail)]])
    const empty = mapBody({ title: 'New', upload: '', upload_url: null })
    const changed = await call(`/api/v1/maps/${id}`, { method: 'PATCH', json: empty, as: owner.basic })
    expect([changed.status, changed.json.data.attributes.title]).toEqual([200, 'New'])
  })
})

describe('publishing a map', () => {
  const change = (id: number, what: string, as: Record<string, string> = administrator, method = 'PATCH') =>
    call(`/api/v1/maps/${id}/${what}`, { method, as })

  it('is the administrators’, of warped maps, and can be taken back', async () => {
    const id = await mapWithPoints()
    const error = (title: string, detail: string) => ({ errors: [{ title, detail }] })
    expect((await call(`/api/v1/maps/${id}/publish`, { method: 'PATCH' })).json).toEqual(notSignedIn)
    for (const user of [owner, editor])
      expect((await change(id, 'publish', user.basic)).json).toEqual(unauthorized)
    expect((await change(UNKNOWN, 'publish', owner.basic)).status).toBe(401)
    expect((await change(UNKNOWN, 'publish')).json).toEqual(notFound('Map', UNKNOWN))
    const early = await change(id, 'publish')
    expect([early.status, early.json]).toEqual([
      422,
      error('Map not warped', 'Map is not warped so cannot be published'),
    ])
    const unpublished = error('Publish error', 'Map is not published so cannot be unpublished')
    expect((await change(id, 'unpublish')).json).toEqual(unpublished)

    await rectified(owner, id)
    expect((await change(id, 'publish')).json.data.attributes.status).toBe('published')
    const twice = await change(id, 'publish')
    expect([twice.status, twice.json]).toEqual([422, error('Publish error', 'Map is already published')])
    expect((await rectify(id)).status).toBe(200)
    expect(await statusAfter(id, 'warping')).toBe('published')
    expect((await change(id, 'unpublish', administrator, 'POST')).json.data.attributes.status).toBe('warped')
    expect((await change(id, 'publish', administrator, 'PUT')).json.data.attributes.status).toBe('published')
    expect((await change(id, 'unpublish')).json.data.attributes.status).toBe('warped')
  })
})
