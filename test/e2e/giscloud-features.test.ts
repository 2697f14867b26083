import { randomBytes } from 'node:crypto'
import { beforeAll, describe, expect, it } from 'vitest'
import {
  addRows,
  anonymous,
  type GisCloudClient,
  type GisCloudUser,
  idIn,
  makeLayer,
  makeMap,
  makeTable,
  newGisCloudUser,
  share,
} from './giscloud-client.ts'

let owner: GisCloudUser
let other: GisCloudUser
let table: string
let map: number
let layer: number

const COLUMNS = {
  Name: { type: 'text' },
  value: { type: 'number' },
  rank: { type: 'integer' },
  opened: { type: 'date' },
  pictures: { type: 'text' },
}
const PLACES = [
  { data: { Name: 'Zagreb', value: 790_017, rank: 1, opened: '1094-01-01' }, geometry: 'POINT(15.98 45.81)' },
  { data: { Name: 'Split', value: 160_577, rank: 2, opened: '1991-06-25' }, geometry: 'POINT(16.44 43.51)' },
  { data: { Name: "Graz's", value: 291_072.5, rank: 3 }, geometry: 'POINT(15.44 47.07)' },
  { data: { Name: 'Nowhere' } },
]

beforeAll(async () => {
  ;[owner, other] = await Promise.all([newGisCloudUser(), newGisCloudUser()])
  ;[table, map] = await Promise.all([makeTable(owner, { columns: COLUMNS }), makeMap(owner)])
  await addRows(owner, table, PLACES)
  layer = await makeLayer(owner, map, table)
})

const at = (id: number, rest = '') => `/1/layers/${id}/features${rest}`
const list = async (query = '', as: GisCloudClient = owner, id = layer) => {
  const answer = await as.get(at(id, `.json?${query}`))
  expect(answer.status, answer.text).toBe(200)
  return answer.body
}
const names = async (query: string) =>
  (await list(query)).data.map(({ data }: { data: { name: string } }) => data.name)
const where = (text: string) => names(`where=${encodeURIComponent(text)}`)

describe('GET /1/layers/{id}/features', () => {
  it('gives items in the system of the map, names in small letters', async () => {
    const body = await list()
    expect(body).toMatchObject({ type: 'features', total: 4, page: 1 })
    const [zagreb, , , nowhere] = body.data
    expect(Object.keys(zagreb)).toEqual([
      ...['__id', '__owner', '__modified', '__created', '__ymax', '__ymin', '__xmax', '__xmin', 'data'],
    ])
    expect(zagreb).toMatchObject({ __id: 1, __owner: owner.account.id })
    expect(Math.abs(zagreb.__created - Date.now() / 1000)).toBeLessThan(3600)
    expect(zagreb.__xmin).toBeCloseTo(1_778_885.4, 0)
    expect(zagreb.__ymax).toBeCloseTo(5_749_953.7, 0)
    expect(zagreb.data).toEqual({
      ...{ name: 'Zagreb', value: 790_017, rank: 1, opened: '1094-01-01', pictures: null },
    })
    expect(nowhere).toMatchObject({ __xmin: null, __ymax: null, data: { name: 'Nowhere', value: null } })
  })

  it('gives geometries in every notation and system', async () => {
    const first = async (query: string) => (await list(`perpage=1&${query}`)).data[0]
    const [geojson, wkt, kml, gml, projected, proj4] = await Promise.all([
      first('geometry=geojson&epsg=4326'),
      first('geometry=wkt&epsg=4326&noattrib'),
      first('geometry=kml'),
      first('geometry=gml&epsg=4326'),
      first('geometry=wkt&epsg=32633'),
      first(`geometry=wkt&proj4=${encodeURIComponent('+proj=utm +zone=33 +datum=WGS84 +units=m +no_defs')}`),
    ])
    expect(geojson.__geometry).toEqual({ type: 'Point', coordinates: [15.98, 45.81] })
    expect(wkt).toMatchObject({ __geometry: 'POINT(15.98 45.81)', __xmin: 15.98 })
    expect(wkt).not.toHaveProperty('data')
    expect(kml.__geometry).toMatch(/^<Point><coordinates>15\.98\d*,45\.81\d*<\/coordinates><\/Point>$/)
    expect(gml.__geometry).toMatch(/^<gml:Point srsName="EPSG:4326"><gml:pos[^>]*>15\.98 45\.81<\/gml:pos>/)
    expect(projected.__geometry).toMatch(/^POINT\(576\d{3}\.\d+ 5073\d{3}\.\d+\)$/)
    expect(proj4).toEqual(projected)
  })

  it('has the page, the order and the box that are asked for', async () => {
    expect(await names('order_by=value:desc&perpage=2')).toEqual(['Zagreb', "Graz's"])
    expect(await names('order_by=NAME&perpage=2&page=2')).toEqual(['Split', 'Zagreb'])
    expect(await names('order_by=__id:desc&perpage=1')).toEqual(['Nowhere'])
    expect((await list('nototal&perpage=1')).total).toBe(0)
    expect(await list('bounds=15,43,17,46&epsg=4326&perpage=1')).toMatchObject({ total: 2 })
    expect(await names('bounds=1770000,5740000,1780000,5760000')).toEqual(['Zagreb'])
    expect(await names('bounds=17,40,15.5,50&epsg=4326')).toEqual(["Graz's"])
  })

  it('gives the features for which a condition holds', async () => {
    expect(await where("NAME ilike '%GR%' and value between 1 and 800000")).toEqual(['Zagreb', "Graz's"])
    expect(await where("name = 'Graz''s' or rank in (2, 9)")).toEqual(['Split', "Graz's"])
    expect(await where("opened >= '1900-01-01' and rank/2 = 1")).toEqual(['Split'])
    expect(await where('value is null')).toEqual(['Nowhere'])
    const around = "st_dwithin(geom, st_geomfromtext('POINT(16 45.8)', 4326), 0.1)"
    expect(await where(around)).toEqual(['Zagreb'])
    const faulty = async (text: string) =>
      (await owner.get(at(layer, `?where=${encodeURIComponent(text)}`))).body
    expect(await faulty("nme = 'x'")).toMatchObject({ code: 'BAD_REQUEST', position: 0, msg: /nme/ })
    expect(await faulty('rank = 1; drop table users')).toMatchObject({ code: 'BAD_REQUEST', position: 8 })
    expect(await faulty('rank = (select 1)')).toMatchObject({ code: 'BAD_REQUEST', position: 8 })
    expect(await faulty('pg_sleep(9) is null')).toMatchObject({ code: 'BAD_REQUEST', position: 0 })
    expect(await faulty("name = 'x' or value")).toMatchObject({ code: 'BAD_REQUEST', position: 14 })
    expect(await faulty('value * 1e308 * 1e308 > 0')).toMatchObject({ code: 'BAD_REQUEST' })
  })

  it('is a script that calls a function, for who does not ask by what browsers add themselves', async () => {
    const [answer, hidden, faulty] = await Promise.all([
      owner.get(at(layer, '?perpage=1&callback=L.done[0]')),
      anonymous.get(at(layer, '?callback=f'), { ...owner.account.basic }),
      owner.get(at(layer, '?callback=alert(1)//')),
    ])
    expect(answer.headers.get('content-type')).toMatch(/^application\/javascript/)
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff')
    expect(JSON.parse(/^\/\*\*\/L\.done\[0\]\((.*)\);$/s.exec(answer.text)![1]!)).toMatchObject({ total: 4 })
    expect(hidden.status).toBe(404)
    expect(faulty.status).toBe(400)
  })

  it('gives a page whole, however large its features are', async () => {
    const large = await makeLayer(owner, map, await makeTable(owner))
    const names = [1, 2, 3].map(() => randomBytes(950_000).toString('hex'))
    for (const name of names) idIn(await owner.post(at(large), { data: { name } }))
    const body = await list('perpage=1000', owner, large)
    expect(body.data.map(({ data }: { data: { name: string } }) => names.indexOf(data.name))).toEqual([
      0, 1, 2,
    ])
    expect(body.total).toBe(3)
  })
})

describe('POST of a feature, and what can be done to it', () => {
  let path: string
  let tag: string

  it('POST /1/layers/{id}/features adds one, which GET /1/layers/{id}/features/{feature} shows', async () => {
    const made = await owner.post(at(layer, '.json'), {
      ...{ data: { name: 'myname', value: '995', RANK: 7 }, geometry: 'POINT(15 45)' },
    })
    path = made.headers.get('location')!
    expect(path).toBe(at(layer, `/${idIn(made)}`))
    const read = await owner.get(`${path}.json?geometry=wkt&epsg=4326`)
    expect(read.body).toMatchObject({
      ...{ __id: idIn(made), __geometry: 'POINT(15 45)' },
      data: { name: 'myname', value: 995, rank: 7, opened: null, pictures: null },
    })
    tag = read.headers.get('etag')!
    expect((await owner.get(`/1/maps/${map}/layers/${layer}/features/${idIn(made)}.json`)).status).toBe(200)
  })

  it('POST /1/layers/{id}/features takes the system that the text names', async () => {
    const made = await owner.post(at(layer), { geometry: 'SRID=3857;POINT(1669792.36 5621521.49)' })
    const { body } = await owner.get(at(layer, `/${idIn(made)}?epsg=4326`))
    expect([body.__xmin, body.__ymin].map((side: number) => Math.round(side * 1e5) / 1e5)).toEqual([15, 45])
    await owner.delete(at(layer, `/${idIn(made)}`))
  })

  it('PUT /1/layers/{id}/features/{feature} changes what is named', async () => {
    const changed = await owner.put(`${path}.json`, { data: { name: 'new name' }, geometry: 'POINT(16 43)' })
    expect(changed.status, changed.text).toBe(200)
    expect((await owner.get(`${path}.json?geometry=wkt&epsg=4326`)).body).toMatchObject({
      ...{ __geometry: 'POINT(16 43)', data: { name: 'new name', value: 995, rank: 7 } },
    })
    const late = await owner.put(path, { data: { rank: 8 } }, { 'if-match': tag })
    expect(late).toMatchObject({ status: 412, body: { code: 'PRECONDITION_FAILED' } })
    expect((await owner.put(path, { data: { rank: '' }, geometry: null })).status).toBe(200)
    expect((await owner.get(path)).body).toMatchObject({
      __xmin: null,
      data: { name: 'new name', rank: null },
    })
  })

  it('DELETE /1/layers/{id}/features/{feature} leaves nothing of it', async () => {
    expect((await owner.delete(`${path}.json`)).status).toBe(204)
    const after = await Promise.all([owner.get(path), owner.delete(path), owner.put(path, {})])
    expect(after.map(({ status }) => status)).toEqual([404, 404, 404])
  })

  it('POST and PUT tell what is wrong with a body, and change nothing', async () => {
    const before = await list()
    const bodies: [object | string, RegExp][] = [
      [{ data: { nme: 'x' } }, /data\.nme is no property/],
      [{ data: { rank: 'x' } }, /data\.rank must be an integer/],
      [{ data: { rank: 2 ** 40 } }, /data\.rank/],
      [{ data: { name: 'a\0b' } }, /data\.name/],
      [{ data: [1] }, /data must be an object/],
      [{ geometry: 'POINT(15' }, /geometry .*character/],
      [{ geometry: 'LINESTRING(0 0, 1 1)' }, /geometry .*LineString/],
      [{ geometry: 'SRID=999;POINT(0 0)' }, /geometry /],
      [{ geometry: 'POINT(0 91)' }, /geometry .*pole/],
      [{ geometry: 5 }, /geometry must be well-known text/],
      ['[1]', /body must be a JSON object/],
      ['{"data":', /not valid JSON/],
    ]
    await Promise.all(
      bodies.map(async ([body, message]) => {
        for (const answer of [await owner.post(at(layer), body), await owner.put(at(layer, '/1'), body)]) {
          expect(answer.status, `${JSON.stringify(body)}: ${answer.text}`).toBe(400)
          expect(answer.body.msg).toMatch(message)
        }
      }),
    )
    expect(await list()).toEqual(before)
  })

  it('answers what it cannot read with 400, what is not there with 404, and other methods with 405', async () => {
    const expected: Record<number, string[]> = {
      400: [
        ...['?perpage=0', '?page=x', '?geometry=svg', '?epsg=x', '?epsg=999999', '?proj4=%2Bproj%3Dnothing'],
        ...['?bounds=1,2,3', '?bounds=a,b,c,d', '?bounds=1e999,0,1,1', '?bounds=0,2,1,1', '?bounds=9,0,1,1'],
        ...['?order_by=nothing', '?order_by=%00', '?where=%00', '?where=(', '?callback=1', '/1?epsg=-1'],
        ...[`?where=${'('.repeat(500)}`, `?where=name%20like%20'${'%25_'.repeat(200)}'`],
      ],
      404: ['/0', '/abc', '/99999999999999999999', '/999', '/1/name', '/1/name/a/b'],
    }
    await Promise.all(
      Object.entries(expected).flatMap(([status, paths]) =>
        paths.map(async (path) => {
          const answer = await owner.get(at(layer, path))
          expect(`${path} ${answer.status} ${answer.text}`).toMatch(new RegExp(` ${status} \\{`))
        }),
      ),
    )
    const [missing, huge, put, folder] = await Promise.all([
      owner.get(at(999_999_999)),
      owner.get(`/1/layers/${'9'.repeat(30)}/features`),
      owner.put(at(layer), {}),
      owner.get(at(await makeLayer(owner, map, table, { type: 'folder', source: '{}' }))),
    ])
    expect([missing.status, huge.status, put.status, folder.status]).toEqual([404, 404, 405, 404])
  })

  it('goes as far as what is granted on the layer or its map', async () => {
    const PERMISSIONS = ['READ', 'INSERT', 'UPDATE', 'DELETE', 'EDIT'] as const
    const layers = await Promise.all(
      PERMISSIONS.map(async (permission) => {
        const id = await makeLayer(owner, await makeMap(owner), table)
        await share(owner, id, other.username, permission)
        return id
      }),
    )
    const shared = await makeLayer(owner, await makeMap(owner), table)
    const outcomes = async (id: number) => {
      const made = idIn(await owner.post(at(id), { data: { name: 'to go' } }))
      const own = at(id, `/${made}`)
      const answers = [
        await other.get(at(id)),
        await other.get(own),
        await other.post(at(id), { data: { name: 'x' } }),
        await other.put(own, { data: { name: 'y' } }),
        await other.delete(own),
      ]
      await owner.delete(own)
      return answers.map(({ status }) => status)
    }
    const found = await Promise.all([...layers, shared].map(outcomes))
    expect(Object.fromEntries([...PERMISSIONS, 'nothing'].map((name, i) => [name, found[i]]))).toEqual({
      READ: [200, 200, 403, 403, 403],
      INSERT: [404, 404, 201, 404, 404],
      UPDATE: [200, 200, 403, 200, 403],
      DELETE: [200, 200, 403, 403, 204],
      EDIT: [200, 200, 403, 403, 403],
      nothing: [404, 404, 404, 404, 404],
    })
    const [read] = layers
    expect((await anonymous.get(at(read!))).status).toBe(404)
    await share(owner, read!, 'anonymous', 'READ')
    expect((await list('', anonymous, read!)).type).toBe('features')
    expect((await anonymous.post(at(read!), { data: {} })).status).toBe(401)
    expect((await other.get(`/1/tables/${table}.json`)).status).toBe(404)
  })
})

describe('GET /1/geo_utils/features_at_point', () => {
  const near = (query: string, as: GisCloudClient = owner) =>
    as.get(`/1/geo_utils/features_at_point.json?${query}`)

  it('gives the features of layers around a place, page by page', async () => {
    const metres = await makeTable(owner, { srid: 3857 })
    await addRows(owner, metres, [
      { data: { name: 'in metres' }, geometry: 'POINT(1778885 5749954)' },
      { data: { name: 'far' }, geometry: 'POINT(0 0)' },
    ])
    const second = await makeLayer(owner, map, metres)
    const both = `layer_id=${layer},${second}&point_x=15.98&point_y=45.81`
    const found = await near(`${both}&buffer=1000.json`)
    expect(found.status, found.text).toBe(200)
    expect(found.body).toMatchObject({ type: 'features', total: 2, page: 1 })
    const told = ({ body }: typeof found) =>
      body.data.map(({ layer_id, data }: { layer_id: number; data: { name: string } }) => [
        layer_id,
        data.name,
      ])
    expect(told(found)).toEqual([
      [layer, 'Zagreb'],
      [second, 'in metres'],
    ])
    expect(told(await near(`${both}&buffer=1000&perpage=1&page=2`))).toEqual([[second, 'in metres']])
    expect(told(await near(`${both}&buffer=400000m&perpage=2&page=2`))).toEqual([
      [layer, "Graz's"],
      [second, 'in metres'],
    ])
    const one = `layer_id=${layer}&point_x=1778885.4&point_y=5749953.7&srid=3857`
    expect(told(await near(`${one}&buffer=1m`))).toEqual([[layer, 'Zagreb']])
    // 146 km on the ellipsoid; on the map it is 213 km.
    expect((await near(`${one}&buffer=140000`)).body.total).toBe(1)
    expect((await near(`${one}&buffer=150000`)).body.total).toBe(2)
  })

  it('refuses what is no place or no layer', async () => {
    const place = 'point_x=16&point_y=45'
    const expected: [string, number][] = [
      [place, 400],
      [`layer_id=x&${place}`, 400],
      [`layer_id=${layer}&point_x=16`, 400],
      [`layer_id=${layer}&point_x=16&point_y=95`, 400],
      [`layer_id=${layer}&${place}&srid=1`, 400],
      [`layer_id=${layer}&${place}&buffer=-5`, 400],
      [`layer_id=${layer}&${place}&buffer=1e9`, 400],
      [`layer_id=${Array.from({ length: 26 }, (_, i) => i + 1)}&${place}`, 400],
      [`layer_id=${layer},999999999&${place}`, 404],
    ]
    for (const [query, status] of expected) {
      const answer = await near(query)
      expect(`${query} ${answer.status} ${answer.text}`).toContain(` ${status} {`)
    }
    expect((await near(`layer_id=${layer}&${place}`, other)).status).toBe(404)
  })
})

it('GET /1/layers/{id}/features/{feature}/{attribute}/{file} gives the files that an attribute names', async () => {
  const folder = `/1/storage/fs/media/${layer}`
  const store = async (filename: string, content: string) => {
    const form = new URLSearchParams({ filename, content })
    expect((await owner.post(folder, form)).status).toBe(201)
  }
  for (const name of ['a b.txt', 'page.html', 'notes.json', 'other.txt']) await store(name, `This is ${name}`)
  const put = await owner.put(at(layer, '/1'), {
    data: { pictures: 'a b.txt, page.html,notes.json,gone.txt' },
  })
  expect(put.status).toBe(200)
  const file = (name: string, as: GisCloudClient = owner) => as.get(at(layer, `/1/PICTURES/${name}`))
  const [text, page, notes, saved, unnamed, gone, hidden, elsewhere] = await Promise.all([
    file('a%20b.txt'),
    file('page.html'),
    file('notes.json'),
    file('a%20b.txt?download=1'),
    file('other.txt'),
    file('gone.txt'),
    file('a%20b.txt', other),
    owner.get(at(layer, '/1/name/a%20b.txt')),
  ])
  expect([text.status, text.text]).toEqual([200, 'This is a b.txt'])
  expect(text.headers.get('content-type')).toMatch(/^text\/plain/)
  expect(page.headers.get('content-security-policy')).toContain('sandbox')
  expect(page.headers.get('x-content-type-options')).toBe('nosniff')
  expect([notes.status, notes.text]).toEqual([200, 'This is notes.json'])
  expect(saved.headers.get('content-disposition')).toMatch(/^attachment/)
  expect([unnamed, gone, hidden, elsewhere].map(({ status }) => status)).toEqual([404, 404, 404, 404])
})
