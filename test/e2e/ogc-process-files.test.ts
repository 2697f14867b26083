import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { sql } from 'drizzle-orm'
import { beforeAll, describe, expect, it } from 'vitest'
import { type Answer, baseUrl, call, newUser, type TestUser, withFileServed } from './mapwarper-client.ts'
import { platformDatabase } from './platform-database.ts'

const PLACES = 'ne_110m_populated_places_simple'
const LAYERS = { ne_110m_admin_0_countries: 177, [PLACES]: 243, ne_110m_rivers_lake_centerlines: 13 }
const EXPORTS: Record<string, RegExp> = {
  shp: /^PK/,
  mif: /^PK/,
  kml: /^<\?xml[\s\S]*<kml /,
  gpx: /^<\?xml[\s\S]*<gpx /,
  dxf: /^\s*(0\r?\nSECTION|999)/,
  gml: /^<\?xml[\s\S]*FeatureCollection/,
  csv: /^"?\w+"?,/,
  geojson: /^\{\s*"type":\s*"FeatureCollection"/,
  gpkg: /^SQLite format 3\0/,
  fgb: /^fgb/,
}

let user: TestUser
let other: TestUser
let gpkg: Uint8Array<ArrayBuffer>
let places: string
beforeAll(async () => {
  ;[user, other] = await Promise.all([newUser(), newUser()])
  gpkg = new Uint8Array(await readFile(new URL('../fixtures/ne110m4cql2.gpkg', import.meta.url)))
  const made = await importFile(gpkg, 'places.gpkg', {
    name: newName(),
    layers: PLACES,
    visibility: 'private',
  })
  places = made.json.collections[0].id
})

const newName = () => `d${randomBytes(6).toString('hex')}`

const execute = (process: string, inputs: object, more: object = {}): Promise<Answer> =>
  call(`/ogc/processes/${process}/execution`, { json: { inputs, ...more }, as: user.basic })

/** Sends a file as the part of a form. */
function importFile(
  bytes: Uint8Array<ArrayBuffer> | string,
  fileName: string,
  fields: Record<string, string>,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const body = new FormData()
  body.set('file', new Blob([bytes]), fileName)
  for (const [name, value] of Object.entries(fields)) body.set(name, value)
  return call('/ogc/processes/import/execution', { body, as: user.basic, headers })
}

const asBase64 = (bytes: Uint8Array | string) => ({
  ...{ value: Buffer.from(bytes).toString('base64'), encoding: 'base64' },
})

const counts = ({ json }: Answer): Record<string, number> =>
  Object.fromEntries(
    json.collections.map(({ layer, features }: { layer: string; features: number }) => [layer, features]),
  )

function expectProblem(answer: Answer, status: number, detail: RegExp | string): void {
  expect([answer.status, answer.headers.get('content-type')], answer.text).toEqual([
    status,
    'application/problem+json',
  ])
  expect(answer.json.detail).toMatch(detail)
}

describe('import', () => {
  it('makes a collection of every layer of a file that is the part of a form; everybody sees them', async () => {
    const answer = await importFile(gpkg, 'ne110m4cql2.gpkg', { name: newName() })
    expect(answer.status, answer.text).toBe(200)
    expect(counts(answer)).toEqual(LAYERS)
    for (const { id, href } of answer.json.collections) {
      expect(href).toBe(`${baseUrl}/ogc/collections/${id}`)
      const collection = await call(href)
      expect([collection.status, collection.json.id], collection.text).toEqual([200, id])
    }
  })

  it('takes base64 in JSON, and keeps what is private to who imported it', async () => {
    const name = newName()
    const file = { ...asBase64(gpkg), mediaType: 'application/geopackage+sqlite3' }
    const answer = await execute('import', { file, name, layers: [PLACES], visibility: 'private' })
    expect(counts(answer)).toEqual({ [PLACES]: LAYERS[PLACES] })
    const { id, href } = answer.json.collections[0]
    expect(id).toBe(name)
    expect((await call(href, { as: user.basic })).status).toBe(200)
    for (const as of [{}, other.basic]) expect((await call(href, { headers: as })).status).toBe(404)
  })

  it('takes the address of a file, GeoJSON as it is, and a data URI', async () => {
    await withFileServed('ne110m4cql2.gpkg', gpkg, 'application/octet-stream', async (href) => {
      const answer = await execute('import', { file: { href }, name: newName(), layers: PLACES })
      expect(counts(answer), answer.text).toEqual({ [PLACES]: LAYERS[PLACES] })
      expectProblem(await execute('import', { file: { href: `${href}.none` } }), 400, 'inaccessible')
    })
    for (const href of ['http://127.0.0.1:1/a', 'ftp://example.org/a', 'nowhere'])
      expectProblem(
        await execute('import', { file: { href } }),
        400,
        /^file.href is invalid or inaccessible$/,
      )
    const geojson = { type: 'Point', coordinates: [7.5, 51.9] }
    const feature = { type: 'Feature', properties: { name: 'Münster' }, geometry: geojson }
    for (const value of [feature, `data:application/geo+json;base64,${btoa(JSON.stringify(geojson))}`]) {
      const answer = await execute('import', { file: { value }, name: newName() })
      expect([answer.status, answer.json.collections?.[0]?.features], answer.text).toEqual([200, 1])
    }
  })

  it('asks for what it lacks where that is wished, and goes on with the answer', async () => {
    const csv = 'name,x,y\nMünster,405000,5757000\n'
    const failed = await importFile(csv, 'towns.csv', { name: newName() })
    expectProblem(failed, 400, /EPSG:n.*the input "crs" is missing/)
    expect(failed.json.question).toMatchObject({ input: 'crs' })
    const name = newName()
    const asking = await importFile(csv, 'towns.csv', { name, interactive: 'true' })
    expect([asking.status, asking.json.status], asking.text).toEqual([201, 'running'])
    expect(asking.json.question).toMatchObject({ input: 'crs', message: asking.json.message })
    const { jobID, links } = asking.json
    const answers: string = links.find(({ rel }: { rel: string }) => rel === 'edit').href
    for (const [answer, detail] of [
      [{}, /^crs is missing/],
      [{ crs: 'somewhere' }, /^crs is not valid/],
      [{ crs: null }, /^crs is missing/],
    ] as const)
      expectProblem(await call(answers, { json: answer, as: user.basic }), 400, detail)
    expectProblem(await call(answers, { json: { crs: 'EPSG:25832' }, as: other.basic }), 404, jobID)
    const answered = await call(answers, { json: { crs: 'EPSG:25832' }, as: user.basic })
    expect([answered.status, answered.json.question], answered.text).toEqual([200, undefined])
    for (let attempt = 0; attempt < 1200; attempt++) {
      const { json } = await call(`/ogc/jobs/${jobID}`, { as: user.basic })
      if (json.status === 'successful') break
      expect(json.status, json.message).toBe('running')
      await new Promise((resolve) => setTimeout(resolve, 25))
    }
    const results = await call(`/ogc/jobs/${jobID}/results`, { as: user.basic })
    expect(results.json.collections).toMatchObject([{ id: name, features: 1 }])
  })

  it('that is dismissed while it runs leaves nothing', async () => {
    const name = newName()
    const begun = await importFile(gpkg, 'a.gpkg', { name, layers: PLACES }, { prefer: 'respond-async' })
    expect(begun.status, begun.text).toBe(201)
    const path = `/ogc/jobs/${begun.json.jobID}`
    const dismissed = await call(path, { method: 'DELETE', as: user.basic })
    expect(dismissed.json, dismissed.text).toMatchObject({ status: 'dismissed' })
    expect((await call(`/ogc/collections/${name}`, { as: user.basic })).status).toBe(404)
    expectProblem(await call(`${path}/results`, { as: user.basic }), 404, 'dismissed')
    const left = await (await platformDatabase()).execute(sql`select id from datasets where name = ${name}`)
    expect(left.rows).toEqual([])
  })

  it('refuses what is no file, or not said as it must be', async () => {
    for (const [inputs, detail] of [
      [{}, /^file is missing$/],
      [{ file: 'AAAA' }, /^file is not valid/],
      [{ file: { value: 5 } }, /^file is not valid/],
      [{ file: { value: 'AA,A' } }, /^inputs.file.value: .* at character 2$/],
      [{ file: { value: 'data:text/csv,a' } }, /^inputs.file.value: .*base64/],
      [{ file: { value: 'AAAA', encoding: 'hex' } }, /^inputs.file.encoding/],
      [{ file: { value: 'AAAA', mediaType: 5 } }, /^inputs.file.mediaType/],
      [{ file: asBase64('a'), crs: 'WGS84' }, /^crs is not valid/],
      [{ file: asBase64('a'), layers: [5] }, /^layers is not valid/],
      [{ file: asBase64('a'), colour: 'red' }, /^colour is not an input/],
      [{ file: asBase64(gpkg.slice(0, 4000)) }, /./],
      [{ file: asBase64('\0\x01\x02') }, /./],
    ] as const)
      expectProblem(await execute('import', inputs), 400, detail)
    const form = new FormData()
    form.set('upload', new Blob(['a']), 'a.csv')
    const misnamed = await call('/ogc/processes/import/execution', { body: form, as: user.basic })
    expectProblem(misnamed, 400, '"upload" takes no file')
    form.delete('upload')
    form.set('file', 'a text')
    const text = await call('/ogc/processes/import/execution', { body: form, as: user.basic })
    expectProblem(text, 400, '"file" must be sent as a file')
  })

  it('and everything but echo are for who is signed in', async () => {
    for (const process of ['import', 'export', 'buffer', 'clip', 'dissolve', 'reproject', 'tile-archive'])
      expectProblem(await call(`/ogc/processes/${process}/execution`, { json: {} }), 401, 'sign in')
  })
})

describe('export', () => {
  it.each(Object.entries(EXPORTS))('writes %s', async (format, start) => {
    const answer = await execute('export', { collection: places, format })
    expect(answer.status, answer.text).toBe(200)
    const { href, type, length, title, warnings } = answer.json.file
    expect(warnings).toEqual(expect.any(Array))
    const file = await fetch(href, { headers: user.basic })
    expect([file.status, file.headers.get('content-type')]).toEqual([200, type])
    expect(file.headers.get('content-disposition')).toBe(`attachment; filename="${title}"`)
    const bytes = new Uint8Array(await file.arrayBuffer())
    expect(bytes.length).toBe(length)
    expect(Buffer.from(bytes.subarray(0, 2000)).toString('latin1')).toMatch(start)
  })

  it('hands its file out to who began it, in parts, raw, and until the job is deleted', async () => {
    const inputs = { collection: places, format: 'csv', filter: 'pop_other > 15000000', properties: ['name'] }
    const raw = await execute('export', inputs, { response: 'raw' })
    expect([raw.headers.get('content-type'), raw.text.split(/\r?\n/)[0]]).toEqual([
      'text/csv; charset=utf-8',
      expect.stringMatching(/^"?name"?,/),
    ])
    const document = await execute('export', inputs)
    const { href, length } = document.json.file
    const part = await call(href, { headers: { range: 'bytes=0-3', ...user.basic } })
    expect([part.status, part.text, part.headers.get('content-range')]).toEqual([
      ...[206, raw.text.slice(0, 4), `bytes 0-3/${length}`],
    ])
    const beyond = await call(href, { headers: { range: 'bytes=99999-', ...user.basic } })
    expectProblem(beyond, 416, 'no such bytes')
    const head = await call(href, { method: 'HEAD', as: user.basic })
    expect([head.status, head.headers.get('content-length')]).toEqual([200, String(length)])
    const etag = head.headers.get('etag')!
    expect((await call(href, { headers: { 'if-none-match': etag, ...user.basic } })).status).toBe(304)
    for (const as of [{}, other.basic]) expectProblem(await call(href, { headers: as }), 404, 'Job')
    await call(href.replace(/\/files\/.*/, ''), { method: 'DELETE', as: user.basic })
    expectProblem(await call(href, { as: user.basic }), 404, 'Job')
  })

  it('refuses what cannot be, and says where', async () => {
    for (const [inputs, status, detail] of [
      [{ format: 'csv' }, 400, /^collection is missing/],
      [{ collection: places }, 400, /^format is missing/],
      [{ collection: places, format: 'doc' }, 400, /^format/],
      [{ collection: places, format: 'csv', crs: 'EPSG:1' }, 400, /^crs/],
      [{ collection: places, format: 'csv', properties: ['none'] }, 400, /^properties/],
      [{ collection: places, format: 'pmtiles', filter: 'true' }, 400, /^filter cannot be chosen/],
      [{ collection: newName(), format: 'csv' }, 404, /./],
      [{ collection: 2 ** 40, format: 'csv' }, 404, /./],
    ] as const)
      expectProblem(await execute('export', inputs), status, detail)
    const filtered = await execute('export', { collection: places, format: 'csv', filter: 'name = $' })
    expectProblem(filtered, 400, /./)
    expect(filtered.json.position).toBe(7)
    const elsewhere = { json: { inputs: { collection: places, format: 'csv' } }, as: other.basic }
    expectProblem(await call('/ogc/processes/export/execution', elsewhere), 404, places)
  })
})

describe('a process over a collection', () => {
  const square = {
    type: 'Polygon',
    coordinates: [
      [
        [0, 40],
        [20, 40],
        [20, 60],
        [0, 60],
        [0, 40],
      ],
    ],
  }

  it.each([
    ['buffer', { distance: 1000 }, 243],
    ['buffer', { distance: 1000, dissolve: true, segments: 2 }, 1],
    ['clip', { by: square }, 26],
    ['clip', { by: { value: square } }, 26],
    ['dissolve', { by: ['featurecla', 'boolean'] }, 8],
    ['reproject', { crs: 'EPSG:3857' }, 243],
  ])('%s %j', async (process, inputs, features) => {
    const name = newName()
    const answer = await execute(process, { collection: places, name, visibility: 'private', ...inputs })
    expect(answer.status, answer.text).toBe(200)
    expect(answer.json.collection).toMatchObject({ id: name, features, warnings: expect.any(Array) })
    expect((await call(answer.json.collection.href, { as: user.basic })).json.id).toBe(name)
    expect((await call(answer.json.collection.href, { as: other.basic })).status).toBe(404)
  })

  it('refuses what cannot be, and says where', async () => {
    for (const [process, inputs, detail] of [
      ['buffer', { distance: '5' }, /^distance/],
      ['buffer', { distance: 0 }, /^distance/],
      ['buffer', { distance: 5, segments: 1000 }, /^segments/],
      ['clip', { by: { type: 'Point', coordinates: [0, 0] } }, /^by/],
      ['clip', { by: { type: 'Polygon', coordinates: [[[0, 0]]] } }, /^by/],
      ['clip', {}, /^by is missing/],
      ['dissolve', { by: ['none'] }, /^by/],
      ['reproject', { crs: 'EPSG:99999' }, /^crs/],
      ['reproject', {}, /^crs is missing/],
    ] as const)
      expectProblem(await execute(process, { collection: places, ...inputs }), 400, detail)
  })

  it('draws an archive of its tiles', async () => {
    const point = { type: 'Point', coordinates: [7.5, 51.9] }
    const made = await execute('import', { file: { value: point }, name: newName() })
    const answer = await execute('tile-archive', { collection: made.json.collections[0].id })
    expect(answer.status, answer.text).toBe(200)
    expect(answer.json.file.title).toBe(`${made.json.collections[0].id}.pmtiles`)
    const file = await fetch(answer.json.file.href, { headers: user.basic })
    expect(file.headers.get('content-type')).toBe('application/vnd.pmtiles')
    expect(Buffer.from(await file.arrayBuffer()).toString('latin1', 0, 8)).toBe('PMTiles\x03')
  })
})
