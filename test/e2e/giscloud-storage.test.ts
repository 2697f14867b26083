import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { zipFile } from '../support/zip-file.ts'
import {
  addRows,
  anonymous,
  type GisCloudAnswer,
  type GisCloudClient,
  type GisCloudUser,
  idIn,
  makeLayer,
  makeMap,
  makeTable,
  newGisCloudUser,
  share,
} from './giscloud-client.ts'
import { baseUrl, call } from './mapwarper-client.ts'

const fixture = (name: string) => readFileSync(new URL(`../fixtures/${name}`, import.meta.url))

let owner: GisCloudUser
let other: GisCloudUser
let map: number
let table: string
/** Two points of EPSG:4326. */
let layer: number
beforeAll(async () => {
  ;[owner, other] = await Promise.all([newGisCloudUser(), newGisCloudUser()])
  ;[map, table] = await Promise.all([makeMap(owner), makeTable(owner)])
  await addRows(owner, table, [
    { data: { name: 'Zürich', value: 1 }, geometry: 'POINT(8.5 47.4)' },
    { data: { name: 'Bern', value: 2 }, geometry: 'POINT(7.4 46.9)' },
  ])
  layer = await makeLayer(owner, map, table, { name: 'Towns' })
})

const FS = '/1/storage/fs'
const newFolder = () => `f${randomBytes(6).toString('hex')}`

/** A form with a file in each of its parts. */
function form(files: Record<string, readonly [name: string, content: string | Uint8Array<ArrayBuffer>]>) {
  const body = new FormData()
  for (const [part, [name, content]] of Object.entries(files)) body.append(part, new Blob([content]), name)
  return body
}

/** The rest of an answer's `Location` behind the storage's address. */
const storedAt = ({ headers }: GisCloudAnswer) => headers.get('location')?.slice(FS.length + 1)

const names = ({ body }: GisCloudAnswer) => body.data.map(({ name }: { name: string }) => name)

function expectFault(answer: GisCloudAnswer, status: number, code: string, msg: RegExp | string = ''): void {
  expect([answer.status, answer.body?.code], answer.text).toEqual([status, code])
  expect(answer.body.msg).toMatch(msg)
}

describe('files', () => {
  it('POST /1/storage/fs/{path} takes the files of a form, GET gives them back, DELETE removes them', async () => {
    const folder = newFolder()
    const path = `${FS}/${folder}/test.csv`
    const stored = await owner.post(`${FS}/${folder}`, form({ filedata: ['test.csv', 'a,b\n1,2\n'] }))
    expect([stored.status, storedAt(stored)], stored.text).toEqual([201, `${folder}/test.csv`])
    const file = await owner.get(path)
    expect([file.status, file.text]).toEqual([200, 'a,b\n1,2\n'])
    expect(Object.fromEntries(file.headers)).toMatchObject({
      'content-type': 'text/csv; charset=utf-8',
      'content-disposition': 'inline; filename="test.csv"',
      'x-content-type-options': 'nosniff',
      'content-security-policy': expect.stringContaining('sandbox'),
    })
    const etag = file.headers.get('etag')!
    const [part, unchanged, beyond, saved, foreign, nobody] = await Promise.all([
      owner.get(path, { range: 'bytes=2-4' }),
      owner.get(path, { 'if-none-match': etag }),
      owner.get(path, { range: 'bytes=100-' }),
      owner.get(`${path}?download`),
      other.get(path),
      anonymous.get(path),
    ])
    expect([part.status, part.text, part.headers.get('content-range')]).toEqual([206, 'b\n1', 'bytes 2-4/8'])
    expect([unchanged.status, unchanged.text]).toEqual([304, ''])
    expectFault(beyond, 416, 'RANGE_NOT_SATISFIABLE')
    expect(saved.headers.get('content-disposition')).toBe('attachment; filename="test.csv"')
    expectFault(foreign, 404, 'RESOURCE_NOT_FOUND')
    expectFault(nobody, 401, 'UNAUTHORIZED')

    const replaced = await owner.post(`${FS}/${folder}`, form({ file: ['test.csv', 'c\n'] }))
    expect(replaced.status).toBe(201)
    const newer = await owner.get(path, { 'if-none-match': etag })
    expect([newer.status, newer.text]).toEqual([200, 'c\n'])
    expectFault(await other.delete(path), 404, 'RESOURCE_NOT_FOUND')
    expect((await owner.delete(path)).status).toBe(204)
    expectFault(await owner.delete(path), 404, 'RESOURCE_NOT_FOUND')
    expectFault(await owner.get(path), 404, 'RESOURCE_NOT_FOUND')
  })

  it('POST /1/storage/fs/{path} takes a name and a text, in any of the ways they are sent', async () => {
    const folder = newFolder()
    const texts = await Promise.all([
      owner.post(`${FS}/${folder}/`, new URLSearchParams({ filename: 'nü.txt', content: 'größer' })),
      owner.post(`${FS}/${folder}`, { filename: 'b.unknown', content: '<script>' }),
    ])
    expect(texts.map(storedAt)).toEqual([`${folder}/n%C3%BC.txt`, `${folder}/b.unknown`])
    const [text, odd] = await Promise.all([
      owner.get(`${FS}/${folder}/n%C3%BC.txt`),
      owner.get(`${FS}/${folder}/b.unknown`),
    ])
    expect([text.text, text.headers.get('content-type')]).toEqual(['größer', 'text/plain; charset=utf-8'])
    expect(odd.headers.get('content-disposition')).toBe('inline; filename="b.unknown"')
  })

  it('GET /1/storage/fs/{path} of a folder, and its info.json, list what is in it', async () => {
    const folder = newFolder()
    const files = form({ upfile: ['b.svg', '<svg/>'], file: ['a.bin', 'xyz'] })
    await Promise.all([
      owner.post(`${FS}/${folder}`, files),
      owner.post(`${FS}/${folder}/deep/er`, form({ f: ['c.txt', '12345'] })),
      owner.post(`${FS}/${folder}`, { filename: 'info.json', content: '{}' }),
    ])
    const [list, info, page, uncounted, bySize, within, itself] = await Promise.all([
      owner.get(`${FS}/${folder}`),
      owner.get(`${FS}/${folder}/info.json`),
      owner.get(`${FS}/${folder}?perpage=1&page=2`),
      owner.get(`${FS}/${folder}/info.json?nototal=1`),
      owner.get(`${FS}/${folder}?order_by=size:desc`),
      owner.get(`${FS}/${folder}/deep/info.json`),
      owner.get(`${FS}/${folder}/info.json?download`),
    ])
    const seconds = expect.any(Number)
    const times = { created: seconds, modified: seconds }
    expect(list.body).toEqual({
      ...{ type: 'files', total: 4, page: 1 },
      data: [
        { name: 'deep', type: 'dir', path: `${folder}/deep`, size: 5, content_type: null, ...times },
        {
          ...{ name: 'a.bin', type: 'file', path: `${folder}/a.bin`, size: 3, ...times },
          content_type: 'application/octet-stream',
        },
        {
          name: 'b.svg',
          type: 'file',
          path: `${folder}/b.svg`,
          size: 6,
          content_type: 'image/svg+xml',
          ...times,
        },
        {
          ...{ name: 'info.json', type: 'file', path: `${folder}/info.json`, size: 2, ...times },
          content_type: 'application/json',
        },
      ],
    })
    expect(info.body).toEqual(list.body)
    expect([page.body.total, page.body.page, names(page)]).toEqual([4, 2, ['a.bin']])
    expect([uncounted.body.total, names(uncounted)]).toEqual([0, names(list)])
    expect(names(bySize)).toEqual(['b.svg', 'deep', 'a.bin', 'info.json'])
    expect(names(within)).toEqual(['er'])
    expect(itself.text).toBe('{}')
    expect(names(await owner.get(FS))).toContain(folder)
    expectFault(await owner.get(`${FS}/${folder}/none/info.json`), 404, 'RESOURCE_NOT_FOUND')
    expect((await owner.delete(`${FS}/${folder}`)).status).toBe(204)
    expectFault(await owner.get(`${FS}/${folder}/deep/er/c.txt`), 404, 'RESOURCE_NOT_FOUND')
  })

  it('POST /1/storage/fs/{path} unpacks an archive, which becomes a layer', async () => {
    const folder = newFolder()
    const archive = fixture('vector/areas-shp.zip')
    const stored = await owner.post(`${FS}/${folder}`, form({ filedata: ['areas.zip', archive] }))
    expect([stored.status, storedAt(stored)], stored.text).toEqual([201, folder])
    expect(names(await owner.get(`${FS}/${folder}`))).toContain('areas.shp')
    const source = JSON.stringify({ type: 'file', src: `/${folder}/areas.shp` })
    const made = await owner.post('/1/layers.json', { mid: map, name: 'Areas', type: 'polygon', source })
    const columns = await owner.get(`/1/layers/${idIn(made)}/columns.json`)
    expect(columns.body.length).toBeGreaterThan(0)

    const leaving = zipFile([
      { path: 'fine.txt', bytes: new Uint8Array(1) },
      { path: '../../x', bytes: new Uint8Array(1) },
    ])
    const bomb = zipFile([{ path: 'bomb', bytes: new Uint8Array(30_000_000) }])
    for (const [bytes, why] of [
      [leaving, 'leads elsewhere'],
      [bomb, 'too large'],
      [Uint8Array.from([1, 2, 3]), 'not a valid zip archive'],
    ] as const) {
      const refused = await owner.post(
        `${FS}/${folder}/bad`,
        form({ f: ['a.zip', bytes], g: ['g.txt', 'g'] }),
      )
      expectFault(refused, 400, 'BAD_REQUEST', why)
    }
    expectFault(await owner.get(`${FS}/${folder}/bad`), 404, 'RESOURCE_NOT_FOUND')
  })

  it('POST /1/storage/fs/{path} stores in the space of the owner of a map, for who may edit it', async () => {
    const folder = newFolder()
    const shared = await makeMap(owner)
    const send = (as: GisCloudClient, to: string) => {
      const body = form({ f: ['a.txt', 'a'] })
      if (to !== '') body.set('destination_map', to)
      return as.post(`${FS}/${folder}`, body)
    }
    expectFault(await send(other, String(shared)), 404, 'RESOURCE_NOT_FOUND')
    const granted = await share(owner, shared, other.username, 'READ')
    expectFault(await send(other, String(shared)), 403, 'FORBIDDEN')
    expect((await owner.delete(`/1/resources/${shared}/permissions/${granted}.json`)).status).toBe(204)
    await share(owner, shared, other.username, 'EDIT')
    expect((await send(other, String(shared))).status).toBe(201)
    expect((await owner.get(`${FS}/${folder}/a.txt`)).text).toBe('a')
    expectFault(await other.get(`${FS}/${folder}/a.txt`), 404, 'RESOURCE_NOT_FOUND')
    for (const to of ['x', '-1', '1e9', '99999999999'])
      expectFault(await send(other, to), 400, 'BAD_REQUEST', 'destination_map')
    expectFault(await send(other, '2147483647'), 404, 'RESOURCE_NOT_FOUND')
  })

  it('refuses addresses, names and bodies that are none', async () => {
    const folder = newFolder()
    await owner.post(`${FS}/${folder}`, form({ f: ['a', 'a'] }))
    const addresses = [
      '..%2f..%2fetc',
      '%2e%2e%5cx',
      '%252e%252e%252fx',
      'a%00',
      'a%0a',
      '%ff',
      'C:/x',
      'x'.repeat(300),
    ]
    const bodies: [RequestInit['body'], number, string][] = [
      [form({ f: ['../b', 'b'] }), 400, 'separator'],
      [form({ f: ['..\\b', 'b'] }), 400, 'separator'],
      [form({ f: ['..', 'b'] }), 400, 'leads elsewhere'],
      [form({ f: ['b', 'b'], g: ['b', 'c'] }), 400, 'there twice'],
      [new FormData(), 400, 'brings no file'],
      [new URLSearchParams({ filename: 'b' }), 400, 'content'],
      [new URLSearchParams({ content: 'b' }), 400, 'filename'],
      ['{"filename":["b"],"content":"b"}', 400, 'filename'],
      ['{"filename":"b","content":{}}', 400, 'content'],
      ['{', 400, 'not valid JSON'],
      ['', 400, 'brings no file'],
    ]
    const [read, sent, within, method, root] = await Promise.all([
      Promise.all(addresses.flatMap((path) => [owner.get(`${FS}/${path}`), owner.delete(`${FS}/${path}`)])),
      Promise.all(bodies.map(([body]) => owner.post(`${FS}/${folder}`, body!))),
      owner.post(`${FS}/${folder}/a`, form({ f: ['b', 'b'] })),
      owner.put(`${FS}/${folder}/a`, { filename: 'a' }),
      owner.delete(FS),
    ])
    for (const answer of read) expectFault(answer, 400, 'BAD_REQUEST', 'path')
    for (const [i, [, status, why]] of bodies.entries()) expectFault(sent[i]!, status, 'BAD_REQUEST', why)
    expectFault(within, 409, 'CONFLICT')
    expectFault(method, 405, 'METHOD_NOT_ALLOWED')
    expect(method.headers.get('allow')).toContain('DELETE')
    expectFault(root, 400, 'BAD_REQUEST')
    expect(names(await owner.get(`${FS}/${folder}`))).toEqual(['a'])
  })
})

describe('export', () => {
  const FORMATS: Record<string, RegExp> = {
    shp: /^PK/,
    mif: /^PK/,
    kml: /^<\?xml[\s\S]*<kml /,
    gpx: /^<\?xml[\s\S]*<gpx /,
    dxf: /SECTION/,
    gml: /^<\?xml[\s\S]*FeatureCollection/,
    csv: /^name,value,x,y/,
  }

  async function bytesOf(path: string, as: GisCloudClient = owner): Promise<Buffer<ArrayBuffer>> {
    const answer = await fetch(new URL(path, baseUrl), { headers: as.credential })
    const bytes = Buffer.from(await answer.arrayBuffer())
    expect(answer.status, bytes.toString('utf8', 0, 500)).toBe(200)
    return bytes
  }

  const hasOgr = (() => {
    try {
      return execFileSync('ogrinfo', ['--version'], { encoding: 'utf8', timeout: 10_000 }).includes('GDAL')
    } catch {
      return false
    }
  })()

  /** What GDAL says of a file. */
  function ogrInfo(format: string, bytes: Buffer): string {
    const folder = mkdtempSync(join(tmpdir(), 'export-'))
    try {
      const isZip = bytes.toString('latin1', 0, 2) === 'PK'
      const path = join(folder, `a.${isZip ? 'zip' : format}`)
      writeFileSync(path, bytes)
      const options = format === 'csv' ? ['-oo', 'X_POSSIBLE_NAMES=x', '-oo', 'Y_POSSIBLE_NAMES=y'] : []
      const args = ['-ro', '-al', ...options, isZip ? `/vsizip/${path}` : path]
      return execFileSync('ogrinfo', args, {
        ...{ encoding: 'utf8', timeout: 20_000, stdio: ['ignore', 'pipe', 'ignore'] },
      })
    } finally {
      rmSync(folder, { recursive: true })
    }
  }

  it('GET /1/layers/{id}/export.{format} writes every documented format', async () => {
    const made = await Promise.all(
      Object.keys(FORMATS).map(
        async (format) => [format, await bytesOf(`/1/layers/${layer}/export.${format}`)] as const,
      ),
    )
    for (const [format, bytes] of made) {
      expect(bytes.toString('latin1', 0, 2000), format).toMatch(FORMATS[format]!)
      if (!hasOgr) continue
      const told = ogrInfo(format, bytes)
      expect(told, format).toMatch(/POINT (Z )?\(8\.5 47\.4/)
      if (format !== 'dxf') expect(told, format).toContain('Bern')
    }
  })

  it('GET /1/layers/{id}/export.{format} in an archive, in another system, through its map', async () => {
    const at = `/1/layers/${layer}/export`
    const [named, asked, mercator, inMap, withoutBody] = await Promise.all([
      bytesOf(`${at}.csv.zip`),
      bytesOf(`${at}.csv?zip=true`),
      owner.get(`${at}.csv?epsg=3857`),
      owner.get(`/1/maps/${map}/layers/${layer}/export.csv`),
      fetch(new URL(`${at}.csv`, baseUrl), { method: 'HEAD', headers: owner.credential }),
    ])
    for (const zip of [named, asked])
      expect(zip.toString('latin1')).toMatch(new RegExp(`^PK[\\s\\S]*${table}\\.csv`))
    expect(mercator.text).toContain('Zürich,1,946215.67')
    expect(mercator.headers.get('content-disposition')).toBe(`attachment; filename="${table}.csv"`)
    expect(inMap.text).toContain('Zürich,1,8.5,47.4')
    expect([withoutBody.status, await withoutBody.text()]).toEqual([200, ''])
    const [system, fixed, unknown, none] = await Promise.all([
      owner.get(`${at}.csv?epsg=99`),
      owner.get(`${at}.kml?epsg=3857`),
      owner.get(`${at}.xyz`),
      owner.get('/1/layers/2147483647/export.csv'),
    ])
    for (const answer of [system, fixed]) expectFault(answer, 400, 'BAD_REQUEST', /^epsg/)
    for (const answer of [unknown, none]) expectFault(answer, 404, 'RESOURCE_NOT_FOUND')
  })

  it('GET /1/layers/{id}/export.{format} takes EXPORT of the layer or its map, and a layer that may leave', async () => {
    const shown = await makeMap(owner)
    const itsLayer = await makeLayer(owner, shown, table)
    const path = `/1/layers/${itsLayer}/export.csv`
    expectFault(await other.get(path), 404, 'RESOURCE_NOT_FOUND')
    await share(owner, shown, 'anonymous', 'READ')
    expectFault(await other.get(path), 403, 'FORBIDDEN')
    expectFault(await anonymous.get(path), 401, 'UNAUTHORIZED')
    await share(owner, itsLayer, other.username, 'EXPORT')
    expect((await other.get(path)).text).toContain('Bern')
    await share(owner, shown, 'anonymous', 'EXPORT')
    expect((await anonymous.get(path)).text).toContain('Bern')
    expect((await owner.put(`/1/layers/${itsLayer}.json`, { exportable: 'f' })).status).toBe(204)
    expectFault(await other.get(path), 403, 'FORBIDDEN')
    expectFault(await anonymous.get(path), 401, 'UNAUTHORIZED')
    expect((await owner.get(path)).status).toBe(200)
  })

  it('GET and DELETE /1/layers/{id}/export.{format}/jobs/{job} are for an export that took longer', async () => {
    const { json } = await call('/ogc/processes/export/execution', {
      json: { inputs: { collection: table, format: 'csv' } },
      headers: { prefer: 'respond-async' },
      as: owner.account.basic,
    })
    const path = `/1/layers/${layer}/export.csv/jobs/${json.jobID}`
    let answer = await owner.get(path)
    for (let i = 0; i < 100 && answer.status === 202; i++) {
      expect(answer.body).toMatchObject({ id: json.jobID, progress: expect.any(Number) })
      expect(answer.headers.get('location')).toBe(path)
      await new Promise((resolve) => setTimeout(resolve, 50))
      answer = await owner.get(path)
    }
    expect([answer.status, answer.text]).toEqual([200, expect.stringContaining('Bern')])
    const zipped = `/1/layers/${layer}/export.csv.zip/jobs/${json.jobID}`
    expect((await bytesOf(zipped)).toString('latin1')).toMatch(/^PK/)
    expectFault(await other.get(path), 404, 'RESOURCE_NOT_FOUND')
    expect((await owner.delete(path)).status).toBe(204)
    expectFault(await owner.get(path), 404, 'RESOURCE_NOT_FOUND')
    expectFault(await owner.get(`/1/layers/${layer}/export.csv/jobs/x`), 404, 'RESOURCE_NOT_FOUND')
  })
})

describe('buffer', () => {
  const at = () => `/1/layers/${layer}/buffer.json`
  const documented = {
    ...{ name: 'buffer_layer_name', size: '100', merge_geom: true, units: 'meter' },
    ...{ fill_color: '198,45,240', border_color: '0,32,96', border_width: 1 },
  }

  it('POST /1/layers/{id}/buffer makes a layer of the same map', async () => {
    const made = await owner.post(at(), documented)
    expect(made.headers.get('location')).toMatch(new RegExp(`^/1/maps/${map}/layers/\\d+$`))
    const id = idIn(made)
    const [found, features, hidden] = await Promise.all([
      owner.get(`/1/layers/${id}.json`),
      owner.get(`/1/layers/${id}/features.json?geometry=geojson&epsg=4326`),
      other.get(`/1/layers/${id}.json`),
    ])
    expect(found.body).toMatchObject({ name: 'buffer_layer_name', type: 'polygon', map_id: String(map) })
    expect(JSON.parse(found.body.styles)).toMatchObject([
      { color: '198,45,240', bordercolor: '0,32,96', borderwidth: '1', expression: '' },
    ])
    expect(features.body.total).toBe(1)
    expectFault(hidden, 404, 'RESOURCE_NOT_FOUND')
    const source = await owner.get(`/1/layers/${layer}.json`)
    expect(Number(found.body.order)).toBeGreaterThan(Number(source.body.order))
    // A hundred metres on the ground, in degrees of latitude.
    expect(Number(found.body.y_max) - 47.4).toBeCloseTo(100 / 111_170, 5)
    const { json } = await call('/ogc/jobs?processID=buffer', { as: owner.account.basic })
    const again = await owner.get(`/1/layers/${layer}/buffer/jobs/${json.jobs[0].jobID}`)
    expect([again.status, again.headers.get('location')]).toEqual([201, made.headers.get('location')])
    expectFault(
      await other.get(`/1/layers/${layer}/buffer/jobs/${json.jobs[0].jobID}`),
      404,
      'RESOURCE_NOT_FOUND',
    )
  })

  it('POST /1/layers/{id}/buffer in degrees, each feature by itself, by default in black and white', async () => {
    const id = idIn(await owner.post(at(), { name: 'Degrees', size: 0.5, units: 'degree', merge_geom: 'f' }))
    const [found, features] = await Promise.all([
      owner.get(`/1/layers/${id}.json`),
      owner.get(`/1/layers/${id}/features.json`),
    ])
    expect(Number(found.body.y_max)).toBeCloseTo(47.9, 6)
    expect(JSON.parse(found.body.styles)).toMatchObject([
      { color: '255,255,255', bordercolor: '0,0,0', borderwidth: '1' },
    ])
    expect(features.body.data.map(({ data }: { data: object }) => data)).toMatchObject([
      { name: 'Zürich' },
      { name: 'Bern' },
    ])
  })

  it('POST /1/layers/{id}/buffer refuses what is none, and who may not', async () => {
    const members: [object, RegExp][] = [
      [{ name: undefined }, /^name/],
      [{ name: {} }, /^name/],
      [{ size: undefined }, /^size/],
      [{ size: 'far' }, /^size/],
      [{ size: 0 }, /^size/],
      [{ size: -1 }, /^size/],
      [{ size: 1e300 }, /^size/],
      [{ size: 181, units: 'degree' }, /^size/],
      [{ units: 'parsec' }, /^units/],
      [{ merge_geom: 'perhaps' }, /^merge_geom/],
      [{ border_width: 5 }, /^border_width/],
      [{ border_color: '1,2' }, /^border_color/],
      [{ fill_color: '1,2,256' }, /^fill_color/],
    ]
    const answers = await Promise.all(members.map(([wrong]) => owner.post(at(), { ...documented, ...wrong })))
    for (const [i, [, why]] of members.entries()) expectFault(answers[i]!, 400, 'BAD_REQUEST', why)
    expectFault(await owner.post('/1/layers/2147483647/buffer.json', documented), 404, 'RESOURCE_NOT_FOUND')
    expectFault(await other.post(at(), documented), 404, 'RESOURCE_NOT_FOUND')
    const shown = await makeMap(owner)
    const path = `/1/layers/${await makeLayer(owner, shown, table)}/buffer.json`
    await share(owner, shown, 'anonymous', 'EXPORT')
    expectFault(await other.post(path, documented), 403, 'FORBIDDEN')
    expectFault(await anonymous.post(path, documented), 401, 'UNAUTHORIZED')
  })
})
