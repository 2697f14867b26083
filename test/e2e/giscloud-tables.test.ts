import { beforeAll, describe, expect, it } from 'vitest'
import {
  addRows,
  anonymous,
  type GisCloudUser,
  makeLayer,
  makeMap,
  makeTable,
  newGisCloudUser,
  share,
} from './giscloud-client.ts'

let owner: GisCloudUser
let reader: GisCloudUser
let stranger: GisCloudUser

beforeAll(async () => {
  ;[owner, reader, stranger] = await Promise.all([newGisCloudUser(), newGisCloudUser(), newGisCloudUser()])
})

const found = { code: 'RESOURCE_NOT_FOUND', msg: expect.any(String) }
const bad = (text: string) => ({ code: 'BAD_REQUEST', msg: expect.stringContaining(text) })

describe('tables', () => {
  it('POST /1/tables makes a private table, GET /1/tables/{name} tells of it as it is documented', async () => {
    const table = await makeTable(owner, {
      geometry: 'MULTIPOLYGON',
      columns: { name: { type: 'text' }, code: { type: 'integer' }, day: { type: 'date' } },
    })
    const column = (type: string) => ({ type, not_null: false })
    const told = {
      ...{ name: table, is_view: false, geometry: 'MULTIPOLYGON', srid: 4326 },
      columns: { name: column('text'), code: column('number'), day: column('date') },
      ...{ primary_key: 'ogc_fid', schema: 'public' },
    }
    const [own, counted, others, nobodys] = await Promise.all([
      owner.get(`/1/tables/${table}.json`),
      owner.get(`/1/tables/${table}.json?expand=count`),
      stranger.get(`/1/tables/${table}.json`),
      anonymous.get(`/1/tables/${table}.json`),
    ])
    expect(own.body).toEqual(told)
    expect(counted.body).toEqual({ ...told, num_rows: 0 })
    expect([others.status, nobodys.status]).toEqual([404, 404])
    expect(others.body).toEqual(found)
  })

  it('POST /1/tables answers 409 for a name one has, once however many ask at the same time', async () => {
    const name = `once_${Date.now()}`
    const made = await Promise.all(Array.from({ length: 4 }, () => owner.post('/1/tables.json', { name })))
    expect(made.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409])
    // Somebody else may use it, and means the own table by it.
    expect((await stranger.post('/1/tables.json', { name, geometry: 'POINT' })).status).toBe(201)
    await share(owner, await numberOf(owner, name), stranger.username, 'READ')
    const [own, list] = await Promise.all([
      stranger.get(`/1/tables/${name}.json`),
      stranger.get(`/1/tables.json?query=${name}`),
    ])
    expect(own.body.geometry).toBe('POINT')
    expect(list.body.total).toBe(2)
    const others = list.body.data.find(({ geometry }: { geometry: string | null }) => geometry === null)
    expect((await stranger.get(`/1/tables/${others.name}.json`)).body.geometry).toBeNull()
  })

  it('POST /1/tables refuses what is malformed and says where', async () => {
    const refused = await Promise.all([
      owner.post('/1/tables.json', {}),
      owner.post('/1/tables.json', { name: 'a b' }),
      owner.post('/1/tables.json', { name: 't1', geometry: 'CIRCLE' }),
      owner.post('/1/tables.json', { name: 't1', srid: 4 }),
      owner.post('/1/tables.json', { name: 't1', columns: { a: { type: 'blob' } } }),
      owner.post('/1/tables.json', '{"name":'),
    ])
    expect(refused.map(({ status }) => status)).toEqual(Array(6).fill(400))
    expect(refused.map(({ body }) => body.msg)).toEqual([
      'name must be given',
      expect.stringMatching(/^name must be letters/),
      expect.stringMatching(/^geometry must be POINT/),
      expect.stringContaining('EPSG:4'),
      expect.stringMatching(/^columns\.a\.type must be one of/),
      expect.stringContaining('not valid JSON'),
    ])
    expect((await anonymous.post('/1/tables.json', { name: 't1' })).status).toBe(401)
  })

  it('GET /1/tables lists what one may read, with and without geometry, in pages', async () => {
    const user = await newGisCloudUser()
    const [spatial, plain] = await Promise.all([makeTable(user), makeTable(user, { geometry: 'none' })])
    await addRows(user, plain, [{ data: { name: 'a' } }])
    const get = async (query: string) => {
      const { status, body } = await user.get(`/1/tables.json?${query}`)
      expect(status).toBe(200)
      return body
    }
    const names = ({ data }: { data: { name: string }[] }) => data.map(({ name }) => name)
    const shown = [spatial, plain]
    const own = (body: { data: { name: string }[] }) => names(body).filter((name) => shown.includes(name))
    const [all, only, non, both, counted, last] = await Promise.all([
      get('order_by=created:desc'),
      get('only_spatial&order_by=created:desc'),
      get('only_non_spatial=1&order_by=created:desc'),
      get('only_spatial&only_non_spatial&order_by=created:desc'),
      get(`expand=count&query=${plain}`),
      get('perpage=1&nototal=1&order_by=name:desc'),
    ])
    expect(all).toMatchObject({ type: 'tables', page: 1 })
    expect(own(all).sort()).toEqual([...shown].sort())
    expect([own(only), own(non)]).toEqual([[spatial], [plain]])
    expect(own(both).sort()).toEqual([...shown].sort())
    expect(counted.data[0]).toMatchObject({ name: plain, num_rows: 1, geometry: null, srid: null })
    expect([last.total, last.data.length]).toEqual([0, 1])
    expect((await user.get('/1/tables.json?order_by=nothing')).body).toEqual(bad('order_by must be one of'))
  })

  it('PUT /1/tables/{name} is not supported, DELETE /1/tables/{name} is for the owner', async () => {
    const table = await makeTable(owner)
    const change = await owner.put(`/1/tables/${table}.json`, {})
    expect([change.status, change.headers.get('allow')]).toEqual([405, expect.stringContaining('DELETE')])
    await share(owner, await numberOf(owner, table), reader.username, 'EDIT')
    expect((await stranger.delete(`/1/tables/${table}`)).status).toBe(404)
    expect((await reader.delete(`/1/tables/${table}`)).status).toBe(403)
    expect((await owner.delete(`/1/tables/${table}`)).status).toBe(204)
    expect((await owner.delete(`/1/tables/${table}`)).status).toBe(404)
  })
})

describe('rows', () => {
  let table: string
  beforeAll(async () => {
    table = await makeTable(owner, {
      srid: 3857,
      columns: {
        county_name: { type: 'text' },
        houses: { type: 'integer' },
        shape_area: { type: 'number' },
        ok: { type: 'boolean' },
        seen: { type: 'timestamp' },
      },
    })
    await addRows(owner, table, [
      {
        data: {
          county_name: 'Tusco',
          houses: 20000,
          shape_area: '2638814474.68',
          ok: 't',
          seen: '2020-06-26 09:39:27+02',
        },
        geometry: 'POINT(1000 2000)',
      },
      { data: { county_name: 'Šibenik, "grad"', houses: '7' }, geometry: 'SRID=4326;POINT(15.9 43.73)' },
      { data: { COUNTY_NAME: null } },
    ])
  })

  it('GET /1/tables/{name}/rows gives every value as text', async () => {
    const { status, body } = await owner.get(`/1/tables/${table}/rows.json?geometry=false`)
    expect(status).toBe(200)
    const times = { __created: expect.stringMatching(/^\d{4}-\d\d-\d\d /), __modified: expect.any(String) }
    const more = { ...times, __owner: String(owner.account.id) }
    expect(body).toEqual({
      ...{ type: 'rows', total: 3, page: 1 },
      data: [
        {
          ...{ ogc_fid: '1', county_name: 'Tusco', houses: '20000', shape_area: '2638814474.68', ok: 't' },
          ...{ seen: '2020-06-26 07:39:27+00', ...more },
        },
        {
          ogc_fid: '2',
          county_name: 'Šibenik, "grad"',
          houses: '7',
          shape_area: null,
          ok: null,
          seen: null,
          ...more,
        },
        { ogc_fid: '3', county_name: null, houses: null, shape_area: null, ok: null, seen: null, ...more },
      ],
    })
  })

  it('GET /1/tables/{name}/rows takes geometry, fields, order and pages', async () => {
    const get = async (query: string) => (await owner.get(`/1/tables/${table}/rows.json?${query}`)).body
    const [wkb, wkt, fields, sorted, second, none] = await Promise.all([
      get('fields=wkb_geometry'),
      get('geometry=wkt&fields=wkb_geometry'),
      get('fields=houses,ogc_fid,Houses'),
      get('order_by=houses:desc&fields=houses'),
      get('perpage=1&page=2&nototal=1&fields=ogc_fid'),
      get('page=9'),
    ])
    const shapes = ({ data }: { data: { wkb_geometry: string | null }[] }) =>
      data.map(({ wkb_geometry: shape }) => shape)
    expect(shapes(wkb)[0]).toBe('0101000020110F00000000000000408F400000000000409F40')
    expect(shapes(wkt)[0]).toBe('POINT(1000 2000)')
    expect(shapes(wkt)[1]).toMatch(/^POINT\(17699\d\d\./)
    expect(shapes(wkt)[2]).toBeNull()
    expect(fields.data[1]).toEqual({ ogc_fid: '2', houses: '7' })
    expect(sorted.data).toEqual([{ houses: '20000' }, { houses: '7' }, { houses: null }])
    expect(second).toEqual({ type: 'rows', total: 0, page: 2, data: [{ ogc_fid: '2' }] })
    expect(none.data).toEqual([])
    expect(await get('fields=nothing')).toEqual(bad('"nothing"'))
    expect(await get('order_by=nothing')).toEqual(bad('"nothing"'))
    expect(await get('geometry=kml')).toEqual(bad('geometry must be false, wkt or wkb'))
  })

  it('POST, GET, PUT and DELETE /1/tables/{name}/rows/{id} make, tell, change and delete a row', async () => {
    const own = await makeTable(owner, { geometry: 'POINT' })
    const path = `/1/tables/${own}/rows`
    const made = await owner.post(
      `${path}.json`,
      '{"data": {"name": "Split"}, "geometry": "POINT(16.4 43.5)"}',
    )
    expect([made.status, made.headers.get('location'), made.text]).toEqual([201, `${path}/1`, ''])
    expect((await owner.put(`${path}/1.json`, { data: { value: '7' } })).status).toBe(204)
    const row = await owner.get(`${path}/1.json?geometry=wkt&fields=name,value,wkb_geometry`)
    expect(row.body).toEqual({ name: 'Split', value: '7', wkb_geometry: 'POINT(16.4 43.5)' })
    const refused = await Promise.all([
      owner.post(`${path}.json`, { data: { nothing: 1 } }),
      owner.post(`${path}.json`, { data: { value: 'x' } }),
      owner.post(`${path}.json`, { data: [], geometry: 'POINT(1 2)' }),
      owner.post(`${path}.json`, { geometry: 'POINT(1 2' }),
      owner.post(`${path}.json`, { geometry: 'LINESTRING(1 2,3 4)' }),
      owner.post(`${path}.json`, { data: { name: 'a\0b' } }),
      owner.post(`${path}.json`, {}),
    ])
    expect(refused.map(({ status }) => status)).toEqual(Array(7).fill(400))
    expect((await owner.put(`${path}/2.json`, { data: { value: 1 } })).status).toBe(404)
    expect((await owner.delete(`${path}/x`)).status).toBe(404)
    expect((await owner.delete(`${path}/1`)).status).toBe(204)
    expect((await owner.get(`${path}/1`)).status).toBe(404)
  })

  it('DELETE /1/tables/{name}/rows empties the table, which stays', async () => {
    const own = await makeTable(owner)
    await addRows(owner, own, [{ data: { name: 'a' } }, { data: { name: 'b' } }])
    expect((await stranger.delete(`/1/tables/${own}/rows`)).status).toBe(404)
    expect((await owner.delete(`/1/tables/${own}/rows`)).status).toBe(204)
    expect((await owner.get(`/1/tables/${own}/rows.json`)).body).toMatchObject({ total: 0, data: [] })
  })

  it('GET /1/tables/{name}/rows.csv gives the table to whoever may export it', async () => {
    const { status, text, headers } = await owner.get(`/1/tables/${table}/rows.csv`)
    expect([status, headers.get('content-type')]).toEqual([200, 'text/csv; charset=utf-8'])
    expect(headers.get('content-disposition')).toBe(`attachment; filename="${table}.csv"`)
    const lines = text.split('\r\n')
    expect(lines[0]).toBe('ogc_fid,county_name,houses,shape_area,ok,seen,x,y')
    expect(lines[1]).toBe('1,Tusco,20000,2638814474.68,true,2020-06-26T07:39:27Z,1000,2000')
    expect(lines[2]).toMatch(/^2,"Šibenik, ""grad""",7,,,,17699/)
    expect(lines.slice(3)).toEqual(['3,,,,,,,', ''])
    expect((await stranger.get(`/1/tables/${table}/rows.csv`)).status).toBe(404)
    const resource = await numberOf(owner, table)
    await share(owner, resource, reader.username, 'READ')
    expect((await reader.get(`/1/tables/${table}/rows.csv`)).status).toBe(403)
    await share(owner, resource, reader.username, 'EXPORT')
    expect((await reader.get(`/1/tables/${table}/rows.csv`)).text).toBe(text)
    expect((await reader.post(`/1/tables/${table}/rows`, { data: {} })).status).toBe(403)
  })
})

describe('search', () => {
  let towns: number
  let streets: number
  let map: number

  beforeAll(async () => {
    const [town, street] = await Promise.all([
      makeTable(owner, {
        columns: { city: { type: 'text' }, county: { type: 'text' }, people: { type: 'integer' } },
      }),
      makeTable(owner, {
        ...{ geometry: 'LINESTRING', srid: 3857 },
        columns: { street: { type: 'text' }, number: { type: 'text' }, town: { type: 'text' } },
      }),
    ])
    map = await makeMap(owner)
    towns = await makeLayer(owner, map, town)
    streets = await makeLayer(owner, map, street, { type: 'line' })
    await addRows(owner, town, [
      { data: { city: 'New York', county: 'NY', people: 8000000 }, geometry: 'POINT(-74 40.7)' },
      { data: { city: 'York', county: 'Yorkshire', people: 200000 }, geometry: 'POINT(-1.08 53.96)' },
      { data: { city: 'Šibenik 100%', county: 'x_y', people: 42589 }, geometry: 'POINT(15.9 43.73)' },
      { data: { city: 'Džakarta' } },
    ])
    await addRows(owner, street, [
      { data: { street: 'York Street', number: '12', town: 'Split' }, geometry: 'LINESTRING(0 0,200 0)' },
      { data: { street: 'York Street', number: '14', town: 'Zadar' }, geometry: 'LINESTRING(0 0,0 200)' },
    ])
  })

  const find = async (query: Record<string, string>, as = owner as Pick<GisCloudUser, 'get'>) => {
    const answer = await as.get(`/1/search.json?${new URLSearchParams(query)}`)
    return { ...answer, ids: (answer.body?.data ?? []).map((item: { __id: number }) => item.__id) }
  }

  it('GET /1/search gives items of several layers, nearest first, as it is documented', async () => {
    const { status, body } = await find({
      ...{ query: 'yorK', fields: `${towns}~city,county~;${streets}~street`, perpage: '10', x: '0', y: '50' },
    })
    expect(status).toBe(200)
    expect(body).toEqual({
      ...{ type: 'search', total: 4, page: 1 },
      data: [
        {
          ...{ layer_id: towns, __id: 2, data: { city: 'York', county: 'Yorkshire' }, x: -1.08, y: 53.96 },
          distance: expect.closeTo(446807, -1),
        },
        {
          layer_id: streets,
          __id: expect.any(Number),
          data: { street: 'York Street' },
          x: expect.any(Number),
          y: expect.any(Number),
          distance: expect.any(Number),
        },
        {
          layer_id: streets,
          __id: expect.any(Number),
          data: { street: 'York Street' },
          x: expect.any(Number),
          y: expect.any(Number),
          distance: expect.any(Number),
        },
        {
          ...{ layer_id: towns, __id: 1, data: { city: 'New York', county: 'NY' }, x: -74, y: 40.7 },
          distance: expect.any(Number),
        },
      ],
    })
    const distances = body.data.map(({ distance }: { distance: number }) => distance)
    expect(distances).toEqual([...distances].sort((a, b) => a - b))
  })

  it('GET /1/search orders by columns, pages, tells of columns and of places in another system', async () => {
    const [sorted, second, uncounted, meta, placed] = await Promise.all([
      find({ query: 'york', fields: `${towns}~city~[{people:DESC}]`, x: '0', y: '50' }),
      find({ query: 'york', fields: `${towns}~city~[{people:DESC}]`, perpage: '1', page: '2' }),
      find({ query: 'york', fields: `${towns}`, nototal: '1' }),
      find({ query: 'york', fields: `${towns}~CITY,people`, columns_meta: '1' }),
      find({ query: '42589', fields: `${towns}`, srid: '3857' }),
    ])
    expect(sorted.ids).toEqual([1, 2])
    expect(second.body).toMatchObject({ total: 2, page: 2, data: [{ __id: 2 }] })
    expect(second.body.data[0]).not.toHaveProperty('distance')
    expect([uncounted.body.total, uncounted.ids]).toEqual([0, [1, 2]])
    expect(meta.body.columns_meta).toEqual({
      [towns]: { city: { type: 'text', alias: null }, people: { type: 'number', alias: null } },
    })
    expect(placed.body.data[0]).toMatchObject({ __id: 3, x: expect.closeTo(1769980, -2) })
  })

  it('GET /1/search takes special letters for plain ones where that is wanted, and no letter for a wildcard', async () => {
    const city = `${towns}~city`
    const all = await Promise.all([
      find({ query: 'sib', fields: city }),
      find({ query: 'sib', fields: city, replace_special_chars: '1' }),
      find({ query: 'ŠIB', fields: city }),
      find({ query: 'DZAK', fields: city, replace_special_chars: 't' }),
      find({ query: '0%', fields: city }),
      find({ query: 'k_', fields: city }),
      find({ query: 'x_y', fields: `${towns}~county` }),
      find({ query: '\\', fields: city }),
    ])
    expect(all.map(({ ids }) => ids)).toEqual([[], [3], [3], [4], [3], [], [3], []])
  })

  it('GET /1/search finds the words of an address in any column of the address layer', async () => {
    const [one, both] = await Promise.all([
      find({ query: 'york street 12, split', address_layer: String(streets) }),
      find({ query: 'york street', address_layer: String(streets), fields: `${towns}~city` }),
    ])
    expect(one.body.data).toMatchObject([
      { layer_id: streets, data: { street: 'York Street', number: '12', town: 'Split' } },
    ])
    expect(both.body.total).toBe(2)
  })

  it('GET /1/search is of what one may see: through the layer, not of the layers of others', async () => {
    const fields = `${towns}~city`
    expect((await find({ query: 'york', fields }, stranger)).status).toBe(404)
    expect((await find({ query: 'york', fields: `${towns}~nothing` }, stranger)).status).toBe(404)
    expect((await find({ query: 'york', fields }, anonymous)).status).toBe(404)
    await share(owner, map, reader.username, 'READ')
    expect((await find({ query: 'york', fields }, reader)).ids).toEqual([1, 2])
    expect((await find({ query: 'york', fields: '2147483647~a' })).body).toEqual(found)
  })

  it('GET /1/search says what is wrong with it', async () => {
    const fields = `${towns}~city`
    const refused = await Promise.all([
      find({ fields }),
      find({ query: ' ', fields }),
      find({ query: 'a\0', fields }),
      find({ query: 'a'.repeat(300), fields }),
      find({ query: 'a' }),
      find({ query: 'a', fields: 'x~y' }),
      find({ query: 'a', fields: `${towns}~city~[{city:UP}]` }),
      find({ query: 'a', fields: `${towns}~nothing` }),
      find({ query: 'a', fields: `${towns};${towns}` }),
      find({ query: 'a', fields, x: '1' }),
      find({ query: 'a', fields, x: '1', y: 'NaN' }),
      find({ query: 'a', fields, x: '1', y: '91' }),
      find({ query: 'a', fields, srid: '99' }),
      find({ query: 'a', fields, page: '100000' }),
      find({ query: 'a', address_layer: 'x' }),
    ])
    expect(refused.map(({ status }) => status)).toEqual(Array(15).fill(400))
    expect(refused[6]!.body).toMatchObject({ position: String(towns).length + 13 })
  })
})

/** The number of a table, under which it is shared. */
async function numberOf(user: GisCloudUser, table: string): Promise<number> {
  return Number((await user.get(`/1/tables/${table}.json?expand=resource_id`)).body.resource_id)
}
