import { beforeAll, describe, expect, it } from 'vitest'
import { zipFile } from '../support/zip-file.ts'
import {
  type Answer,
  administrator,
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

const IMPORTS = '/api/v1/imports'
const UNKNOWN = 2147483647

let editor: TestUser
beforeAll(async () => {
  editor = await newUser(['editor', 'trusted'])
})

type Files = Record<string, Uint8Array<ArrayBuffer>>

/** The form that makes an import; pictures go under `images[]`, archives under `images`. */
function importForm(fields: Record<string, string>, csv: string | null, files: Files = {}): FormData {
  const form = new FormData()
  for (const [name, value] of Object.entries(fields)) form.append(name, value)
  if (csv !== null) form.set('data[attributes][metadata]', new Blob([csv], { type: 'text/csv' }), 'maps.csv')
  for (const [name, bytes] of Object.entries(files)) {
    const field = name.endsWith('.zip') ? 'data[attributes][images]' : 'data[attributes][images][]'
    form.append(field, new Blob([bytes], { type: 'application/octet-stream' }), name)
  }
  return form
}

const named = (name: string) => ({ 'data[type]': 'imports', 'data[attributes][name]': name })
const admin = (path: string, more: Call = {}): Promise<Answer> => call(path, { ...more, as: administrator })
const post = (form: FormData) => admin(IMPORTS, { body: form })
const attributesBody = (attributes: unknown, type = 'imports') => ({ data: { type, attributes } })

async function newImport(csv: string, files: Files = {}, fields: Record<string, string> = {}) {
  const made = await post(importForm({ ...named('An import'), ...fields }, csv, files))
  expect(made.status, made.text).toBe(201)
  return made.json.data
}

async function newLayer(): Promise<number> {
  const body = { data: { type: 'layers', attributes: { name: 'A layer' } } }
  const made = await call('/api/v1/layers', { json: body, as: editor.basic })
  expect(made.status, made.text).toBe(201)
  return Number(made.json.data.id)
}

/** Starts an import and waits for its end. */
async function run(id: string, method = 'PATCH') {
  const started = await admin(`${IMPORTS}/${id}/start`, { method })
  expect(started.status, started.text).toBe(200)
  for (let attempt = 0; attempt < 600; attempt++) {
    const { json } = await admin(`${IMPORTS}/${id}`)
    if (json.data.attributes.status !== 'running') return json.data
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error(`import ${id} does not end`)
}

describe('an import', () => {
  it('makes a map of every row that is in order, with every column, and lays them into its layers', async () => {
    const [mine, there] = [crypto.randomUUID(), crypto.randomUUID()]
    const existing = await newMap(editor.basic, { title: 'There', unique_id: there })
    const layers = [await newLayer(), await newLayer()]
    const csv = [
      '\uFEFFuuid,Filename,Title,description,date_depicted,issue_year,published_date,source_uri,tags,subject_area,' +
        'publisher,authors,scale,reprint_date,publication_place,metadata_projection,lat,lon,call_number',
      `${mine},100x70map.png,"old's Map","Description, with comma",1932,,1933-05-01,urn:x,"old,maps,demo",Tartu,` +
        'P,A,1:1000,1950,Tartu,EPSG:3301,58.3,26.7,C 1',
      ',missing.png,Missing',
      ',second.PNG,"Second',
      'map",,,1920',
      ',broken.png,Broken',
      `${there},,There again`,
      ',second.png,,no title',
      ',second.png,Bad numbers,,MDCC,,,,,,,,,,,,north',
    ].join('\r\n')
    const created = await post(
      importForm({ ...named('Maps of Tartu'), 'data[attributes][layer_ids]': layers.join(', ') }, csv, {
        '100x70map.png': pngImage(100, 70),
        'second.png': pngImage(40, 30),
        'broken.png': pngImage(9, 9).slice(0, 60),
        'spare.png': pngImage(8, 8),
      }),
    )
    expect(created.status, created.text).toBe(201)
    const { id } = created.json.data
    const self = new URL(`${IMPORTS}/${id}`, created.json.data.links.self).href
    expect(created.json.data).toEqual({
      id,
      type: 'imports',
      attributes: {
        name: 'Maps of Tartu',
        status: 'ready',
        created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
        finished_at: null,
        updated_at: expect.stringMatching(/Z$/),
        status_detail: null,
        layer_ids: layers,
        file_count: 4,
        rows: { created: 0, found: 0, skipped: 0, failed: 0 },
        errors: [],
      },
      relationships: {
        maps: { data: [] },
        user: { data: { id: expect.stringMatching(/^\d+$/), type: 'users' } },
      },
      links: { self },
    })
    const waiting = await admin(`${IMPORTS}/${id}/maps`)
    expect([waiting.status, waiting.json.data, waiting.json.links]).toEqual([200, [], {}])

    const { attributes, relationships } = await run(id)
    expect(attributes).toMatchObject({
      status: 'finished',
      finished_at: expect.stringMatching(/Z$/),
      rows: { created: 2, found: 1, skipped: 1, failed: 3 },
    })
    expect(attributes).not.toHaveProperty('file_count')
    expect(attributes.errors).toEqual([
      { line: 0, detail: 'pictures that no row names: spare.png' },
      { line: 3, detail: 'filename "missing.png" names no picture' },
      { line: 6, detail: expect.stringMatching(/^broken\.png: truncated PNG/) },
      { line: 8, detail: 'has no title' },
      { line: 9, detail: 'date_depicted is not a number; lat is not a number' },
    ])
    const mapIds = relationships.maps.data.map((map: { id: string }) => Number(map.id))
    expect(mapIds[2]).toBe(existing)

    const maps = await admin(`${IMPORTS}/${id}/maps?sort_order=asc&per_page=2`)
    expect(maps.json.meta).toEqual({ total_entries: 3, total_pages: 2 })
    expect(maps.json.data.map((map: { id: string }) => Number(map.id))).toEqual([existing, mapIds[0]])
    const next = await admin(maps.json.links.next)
    expect(next.json.data.map((map: { id: string }) => Number(map.id))).toEqual([mapIds[1]])
    const { data: first } = (await call(`/api/v1/maps/${mapIds[0]}`)).json
    expect(first.attributes).toMatchObject({
      ...{
        title: "old's Map",
        unique_id: mine,
        width: 100,
        height: 70,
        date_depicted: '1932',
        source_uri: 'urn:x',
      },
      description: 'Description, with comma\nPublished: 1933-05-01\nReprinted: 1950',
    })
    expect(first.relationships.added_by.data).toEqual(relationships.user.data)
    expect(first.links.thumb).toMatch(/100x70map\.png$/)
    expect(next.json.data[0].attributes).toMatchObject({ title: 'Second\nmap', width: 40 })
    for (const mapId of mapIds.slice(0, 2)) expect(await statusAfter(mapId, 'loading')).toBe('available')
    for (const layer of layers) {
      const { data } = (await call(`/api/v1/layers/${layer}`)).json
      expect(data.relationships.maps.data.map((map: { id: string }) => Number(map.id)).sort()).toEqual(
        mapIds.sort(),
      )
    }

    const again = await admin(`${IMPORTS}/${id}/start`, { method: 'POST' })
    expect([again.status, again.json]).toEqual([
      422,
      { errors: [{ title: 'Import not ready', detail: 'Import is finished so cannot be started' }] },
    ])
    const deleted = await admin(`${IMPORTS}/${id}`, { method: 'DELETE' })
    expect([deleted.status, deleted.json.data.id]).toEqual([200, id])
    expect((await admin(`${IMPORTS}/${id}`)).json).toEqual(notFound('Import', id))
    expect((await call(`/api/v1/maps/${mapIds[0]}/status`)).text).toBe('available')
    expect((await call(`/api/v1/layers/${layers[0]}`)).status).toBe(200)
  })

  it('takes its pictures out of an archive', async () => {
    const archive = zipFile([
      { path: 'maps/a.png', bytes: pngImage(30, 20) },
      { path: 'maps/b.png', bytes: pngImage(31, 21), method: 0 },
      { path: '__MACOSX/maps/._a.png', bytes: new Uint8Array(9) },
      { path: 'maps/corrupt.png', bytes: pngImage(32, 22), claims: { crc32: 7 } },
    ])
    const csv = 'title,filename\nA,a.png\nB,maps/b.png\nC,corrupt.png'
    const { id, attributes } = await newImport(csv, { 'maps.zip': archive })
    expect(attributes.file_count).toBe(3)
    const finished = await run(id, 'POST')
    expect(finished.attributes).toMatchObject({ status: 'finished', rows: { created: 2, failed: 1 } })
    expect(finished.attributes.errors).toEqual([
      {
        line: 4,
        detail: 'corrupt.png: the file "maps/corrupt.png" of the archive does not match its checksum',
      },
    ])
    for (const [index, width] of [30, 31].entries()) {
      const mapId = finished.relationships.maps.data[index].id
      expect(await statusAfter(mapId, 'loading')).toBe('available')
      expect((await call(`/api/v1/maps/${mapId}`)).json.data.attributes.width).toBe(width)
    }
  })

  it('of JSON needs no pictures where the maps are there; one that finds none fails and may be started again', async () => {
    const unique_id = crypto.randomUUID()
    const metadata = `uuid,title\n${unique_id},There`
    const made = await admin(IMPORTS, { json: attributesBody({ name: 'By uuid', metadata }, 'import') })
    expect([made.status, made.json.data.attributes.file_count]).toEqual([201, 0])
    const { id } = made.json.data
    const failed = await run(id)
    expect(failed.attributes).toMatchObject({ status: 'failed', status_detail: 'no row made a map' })
    expect(failed.attributes.errors).toEqual([{ line: 2, detail: "filename can't be blank" }])
    const mapId = await newMap(editor.basic, { unique_id })
    const finished = await run(id)
    expect(finished.attributes).toMatchObject({ status: 'finished', rows: { found: 1 }, errors: [] })
    expect(finished.relationships.maps.data).toEqual([{ id: String(mapId), type: 'maps' }])
    const layer = await newLayer()
    const changed = await admin(`${IMPORTS}/${id}`, {
      method: 'PUT',
      json: attributesBody({ layer_ids: [layer] }),
    })
    expect([changed.status, changed.json.data.attributes.layer_ids]).toEqual([200, [layer]])
    const { data } = (await call(`/api/v1/layers/${layer}`)).json
    expect(data.relationships.maps.data).toEqual([{ id: String(mapId), type: 'maps' }])
  })
})

describe('making an import', () => {
  const CSV = 'title,filename\na,a.png'

  it.each<[string, FormData, unknown[]]>([
    ['without a table', importForm(named('a'), null), [fault('metadata', 'file is not uploaded')]],
    ['without a name', importForm({ 'data[type]': 'imports' }, CSV), [fault('name', "can't be blank")]],
    [
      'of an empty table',
      importForm(named('a'), ''),
      [fault('metadata', 'is not a valid CSV: it has no header')],
    ],
    [
      'of an open quote',
      importForm(named('a'), 'title\n"a'),
      [fault('metadata', 'is not a valid CSV: a quote opened behind line 1 is not closed')],
    ],
    [
      'of layers that are none',
      importForm({ ...named('a'), 'data[attributes][layer_ids]': '1,two' }, CSV),
      [fault('layer_ids', 'is not a list of ids')],
    ],
    [
      'of pictures as text',
      importForm({ ...named('a'), 'data[attributes][images]': 'a.png' }, CSV),
      [fault('images', 'must be sent as files')],
    ],
    [
      'of a broken archive',
      importForm(named('a'), CSV, {
        'a.zip': zipFile([{ path: 'a', bytes: new Uint8Array(9) }]).slice(0, 50),
      }),
      [
        fault(
          'images',
          expect.stringMatching(/^cannot be read: not a valid zip archive/) as unknown as string,
        ),
      ],
    ],
    [
      'without its type',
      importForm({}, CSV),
      [{ title: 'Missing param', detail: 'params data or type is missing' }],
    ],
    [
      'of another type',
      importForm({ 'data[type]': 'maps' }, CSV, { 'a.png': pngImage(8, 8) }),
      [{ title: 'Invalid param', detail: "params type should be 'imports'" }],
    ],
    [
      'without attributes',
      importForm({ 'data[type]': 'imports' }, null),
      [{ title: 'Missing param', detail: 'param is missing or the value is empty: attributes' }],
    ],
  ])('is refused %s', async (_, form, errors) => {
    const { status, json } = await post(form)
    expect([status, json]).toEqual([422, { errors }])
  })

  it('is refused as the documentation’s example, which brings no table', async () => {
    const { status, json } = await admin(IMPORTS, { json: attributesBody({ name: 'Tartu Map' }, 'import') })
    expect([status, json]).toEqual([422, { errors: [fault('metadata', 'file is not uploaded')] }])
  })

  it('is refused with a layer that is not there, or a body that cannot be read', async () => {
    const unknown = await post(
      importForm({ ...named('a'), 'data[attributes][layer_ids][]': String(UNKNOWN) }, CSV),
    )
    expect([unknown.status, unknown.json]).toEqual([404, notFound('Layer', UNKNOWN)])
    const headers = { 'content-type': 'application/json' }
    expect((await admin(IMPORTS, { body: '{"data":', headers })).status).toBe(400)
    expect((await admin(IMPORTS, { body: 'x', headers: { 'content-type': 'text/csv' } })).status).toBe(415)
  })
})

describe('changing an import', () => {
  it('is of its name and layers, under any of its documented types', async () => {
    const [layer, { id }] = await Promise.all([newLayer(), newImport('title\na')])
    const change = (attributes: unknown, type?: string, method = 'PATCH') =>
      admin(`${IMPORTS}/${id}`, { method, json: attributesBody(attributes, type) })
    const renamed = await change({ name: 'New name', layer_ids: `${layer}` }, 'gcps')
    expect(renamed.status).toBe(200)
    expect(renamed.json.data.attributes).toMatchObject({
      name: 'New name',
      layer_ids: [layer],
      file_count: 0,
    })
    const emptied = await change({ layer_ids: [] }, 'import', 'PUT')
    expect(emptied.json.data.attributes).toMatchObject({ name: 'New name', layer_ids: [] })
    const blank = await change({ name: ' ' })
    expect([blank.status, blank.json]).toEqual([422, { errors: [fault('name', "can't be blank")] }])
    const unknown = await change({ layer_ids: [UNKNOWN] })
    expect([unknown.status, unknown.json]).toEqual([404, notFound('Layer', UNKNOWN)])
    expect((await change({ name: 'a' }, 'maps')).json.errors[0].title).toBe('Invalid param')
  })
})

describe('the list of imports', () => {
  it('pages and sorts, the newest first', async () => {
    const names = ['b', 'a'].map((letter) => `zzzz${letter}-${crypto.randomUUID()}`)
    const ids = []
    for (const name of names)
      ids.push((await newImport('title\na', {}, { 'data[attributes][name]': name })).id)
    const newest = await admin(`${IMPORTS}.json?per_page=50`)
    const listed = newest.json.data.map((item: { id: string }) => item.id)
    expect(listed.indexOf(ids[1])).toBeLessThan(listed.indexOf(ids[0]))
    expect(newest.json.data[0].attributes).not.toHaveProperty('file_count')
    const page = await admin(`${IMPORTS}?sort_key=name&sort_order=desc&per_page=1`)
    expect(page.json.data[0].attributes.name).toBe(names[0])
    expect(Object.keys(page.json.links)).toEqual(['self', 'next', 'last'])
    expect((await admin(page.json.links.next)).json.data[0].attributes.name).toBe(names[1])
    expect(page.json.meta.total_pages).toBe(page.json.meta.total_entries)
    for (const key of ['id', 'user_id', 'status', 'created_at', 'updated_at', 'finished_at', 'junk'])
      expect((await admin(`${IMPORTS}?sort_key=${key}&sort_order=asc&per_page=1`)).status).toBe(200)
    expect((await admin(`${IMPORTS}?page=0`)).status).toBe(404)
    expect((await admin(`${IMPORTS}?per_page=many`)).status).toBe(422)
  })
})

describe('everything about imports', () => {
  const calls: [method: string, path: string][] = [
    ['GET', ''],
    ['POST', ''],
    ['GET', '/ID'],
    ['PATCH', '/ID'],
    ['PUT', '/ID'],
    ['DELETE', '/ID'],
    ['PATCH', '/ID/start'],
    ['GET', '/ID/maps'],
  ]

  it.each(calls)('is for administrators: %s %s', async (method, path) => {
    const address = (id: number | string) => `${IMPORTS}${path.replace('ID', String(id))}`
    const json = method === 'GET' || method === 'DELETE' ? {} : { json: {} }
    const anonymous = await call(address(UNKNOWN), { method, ...json })
    expect([anonymous.status, anonymous.json]).toEqual([401, notSignedIn])
    const other = await call(address(UNKNOWN), { method, ...json, as: editor.basic })
    expect([other.status, other.json]).toEqual([401, unauthorized])
    if (path === '') return
    for (const id of [UNKNOWN, 'x', '99999999999']) {
      const missing = await admin(address(id), { method, ...json })
      expect([missing.status, missing.json]).toEqual([404, notFound('Import', id)])
    }
  })
})
