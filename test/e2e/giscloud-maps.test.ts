import { randomBytes } from 'node:crypto'
import { beforeAll, describe, expect, it } from 'vitest'
import {
  addRows,
  anonymous,
  type GisCloudUser,
  idIn,
  makeLayer,
  makeMap,
  makeTable,
  newGisCloudUser,
  share,
} from './giscloud-client.ts'
import { call } from './mapwarper-client.ts'

let owner: GisCloudUser
let friend: GisCloudUser
let stranger: GisCloudUser
/** A table of one point, which nobody but its owner may see. */
let table: string
/** A map with a layer of the table, shared with nobody. */
let map: number
let layer: number

beforeAll(async () => {
  ;[owner, friend, stranger] = await Promise.all([newGisCloudUser(), newGisCloudUser(), newGisCloudUser()])
  table = await makeTable(owner)
  await addRows(owner, table, [{ data: { name: 'Split', value: 3 }, geometry: 'POINT(16.44 43.51)' }])
  map = await makeMap(owner, { name: 'City of Zagreb' })
  layer = await makeLayer(owner, map, table)
})

const unique = () => randomBytes(6).toString('hex')
const dataIds = (answer: { body: { data: { id: string }[] } }) => answer.body.data.map(({ id }) => Number(id))
const permissions = (resource: number) => `/1/resources/${resource}/permissions.json`

describe('maps', () => {
  it('GET /1/maps/{id}: every member in the form of the documentation', async () => {
    const { status, body } = await owner.get(`/1/maps/${map}.json`)
    expect(status).toBe(200)
    const time = expect.any(Number)
    expect(body).toMatchObject({
      ...{ id: String(map), resource_id: String(map), name: 'City of Zagreb', active: '1', epsg: '900913' },
      proj4:
        '+proj=merc +a=6378137 +b=6378137 +lat_ts=0.0 +lon_0=0.0 +x_0=0.0 +y_0=0 +k=1.0 +units=m +nadgrids=@null +no_defs',
      ...{
        units: 'meter',
        archived: 'f',
        visible: 't',
        share: 't',
        copyright: null,
        maxzoom: null,
        bgcolor: null,
      },
      ...{ created: time, modified: time, accessed: time },
    })
    expect(body.owner).toMatch(/^\d+$/)
    expect(Math.abs(body.accessed - Date.now() / 1000)).toBeLessThan(600)
    // No bounds are given: those of the layers, in the map's own system.
    expect(body.bounds.xmin).toBeCloseTo(1_830_092.4, 0)
    expect(body.bounds.ymax).toBeCloseTo(5_389_924, -1)
    const expanded = await owner.get(`/1/maps/${map}.json?expand=owner,options,permissions,permisssions`)
    expect(expanded.body.owner).toEqual({ id: body.owner, username: owner.username })
    expect(expanded.body.options).toEqual([])
    expect(expanded.body.permissions).toEqual([
      { permissions: [{ type: 'OWNER', share_id: '0' }], username: owner.username },
    ])
  })

  it('POST /1/maps: systems by code, by PROJ string, by both, and members nobody knows', async () => {
    const proj4 =
      '+proj=tmerc +lat_0=0 +lon_0=16.5 +k=0.9999 +x_0=500000 +y_0=0 +ellps=GRS80 +units=m +towgs84=0,0,0,0,0,0,0 +no_defs'
    const made = await Promise.all(
      [
        { epsg: '3765', bounds: { xmin: 1, ymin: 2, xmax: 3, ymax: 4 } },
        { proj4, rating: 5, anything: { nested: [1] } },
        { proj4: '+proj=tmerc +lat_0=1', epsg: 4326 },
        { epsg: 3857, units: 'foot', maxzoom: '18', bgcolor: '1,2,3', visible: 'f', archived: false },
      ].map((members) => makeMap(owner, members)),
    )
    const [byCode, byProj, byBoth, alias] = await Promise.all(
      made.map(async (id) => (await owner.get(`/1/maps/${id}.json`)).body),
    )
    expect(byCode).toMatchObject({
      epsg: '3765',
      units: 'meter',
      bounds: { xmin: 1, xmax: 3, ymin: 2, ymax: 4 },
    })
    expect(byProj).toMatchObject({ epsg: '3765', proj4, rating: 5, anything: { nested: [1] } })
    expect(byBoth).toMatchObject({ epsg: '4326', proj4: '+proj=tmerc +lat_0=1', units: 'degree' })
    expect(alias).toMatchObject({
      epsg: '3857',
      units: 'foot',
      maxzoom: '18',
      bgcolor: '1,2,3',
      visible: 'f',
    })
    const refused = [
      { name: '' },
      { epsg: 1 },
      { proj4: '+proj=nonsense' },
      { units: 'parsec' },
      { bounds: '3,2,1,4' },
      { maxzoom: 'x' },
      { name: 'a\0b' },
      { kept: 'a\0b' },
      { kept: 'x'.repeat(20_000) },
    ]
    const answers = await Promise.all(
      refused.map((body) => owner.post('/1/maps.json', { name: 'm', ...body })),
    )
    for (const answer of answers) {
      expect(answer.status, answer.text).toBe(400)
      expect(answer.body).toMatchObject({ code: 'BAD_REQUEST', msg: expect.any(String) })
    }
    expect((await anonymous.post('/1/maps.json', { name: 'm' })).status).toBe(401)
  })

  it('GET /1/maps: shelves, order, search, pages', async () => {
    const user = await newGisCloudUser()
    const word = unique()
    const [mine, open, away] = await Promise.all([
      makeMap(user, { name: `${word} b` }),
      makeMap(user, { name: `${word} a` }),
      makeMap(user, { name: `${word} c`, archived: 't' }),
    ])
    const theirs = await makeMap(owner, { name: `${word} d` })
    await Promise.all([share(user, open, 'anonymous', 'READ'), share(owner, theirs, user.username, 'EDIT')])
    const list = async (query: string, by = user) =>
      dataIds(await by.get(`/1/maps.json?query=${word.toUpperCase()}&query_on=name&order_by=name&${query}`))
    expect(await list('')).toEqual([open, mine, theirs])
    expect(await list('type=private')).toEqual([open, mine])
    expect(await list('type=shared')).toEqual([theirs])
    expect(await list('type=public')).toEqual([open])
    expect(await list('type=archived')).toEqual([away])
    expect(await list('type=private,shared')).toEqual([open, mine, theirs])
    expect(await list('', stranger)).toEqual([open])
    const paged = await user.get(`/1/maps.json?query=${word}&order_by=name:desc&perpage=2&page=2`)
    expect(paged.body).toMatchObject({ type: 'maps', total: 3, page: 2 })
    expect(dataIds(paged)).toEqual([open])
    const uncounted = await user.get(`/1/maps.json?query=${word}&nototal=1`)
    expect(uncounted.body.total).toBe(0)
    expect(uncounted.body.data).toHaveLength(3)
    for (const wrong of ['type=x', 'order_by=x', 'query=a&query_on=x', 'perpage=x', 'page=0'])
      expect((await user.get(`/1/maps.json?${wrong}`)).status, wrong).toBe(400)
  })

  it('PUT /1/maps/{id}: what is not sent stays; without an id it is a 400 that says so', async () => {
    const id = await makeMap(owner, { name: 'before', copyright: 'me', kept: 1, other: 2 })
    expect((await owner.put(`/1/maps/${id}.json`, { name: 'after', kept: null })).status).toBe(200)
    expect((await owner.put(`/1/maps/${id}.json?archived=true`)).status).toBe(200)
    const { body } = await owner.get(`/1/maps/${id}.json`)
    expect(body).toMatchObject({ name: 'after', copyright: 'me', archived: 't', other: 2 })
    expect(body).not.toHaveProperty('kept')
    const nameless = await owner.put('/1/maps.json', '{"name": "Updated map name"}')
    expect([nameless.status, nameless.body.msg]).toEqual([400, expect.stringContaining('id of the map')])
    expect((await owner.put('/1/maps.json', { id, name: 'again' })).status).toBe(200)
    expect((await friend.put(`/1/maps/${id}.json`, { name: 'x' })).status).toBe(404)
    await share(owner, id, friend.username, 'READ')
    expect((await friend.put(`/1/maps/${id}.json`, { name: 'x' })).status).toBe(403)
    await share(owner, id, friend.username, 'EDIT')
    expect((await friend.put(`/1/maps/${id}.json`, { name: 'x' })).status).toBe(200)
  })

  it('DELETE /1/maps/{id}: takes the layers along, and is the owner’s', async () => {
    const id = await makeMap(owner)
    const within = await makeLayer(owner, id, table)
    await share(owner, id, friend.username, 'EDIT_WITH_SHARE')
    expect((await friend.delete(`/1/maps/${id}.json`)).status).toBe(403)
    expect((await stranger.delete(`/1/maps/${id}.json`)).status).toBe(404)
    expect((await owner.delete(`/1/maps/${id}.json`)).status).toBe(200)
    expect((await owner.get(`/1/maps/${id}.json`)).status).toBe(404)
    expect((await owner.get(`/1/layers/${within}.json`)).status).toBe(404)
    expect((await owner.get(`/1/tables/${table}.json`)).status).toBe(200)
  })

  it('DELETE /1/map_cache/{id}/{init}: INIT is 2, layers are the map’s', async () => {
    const renew = (path: string, by = owner) => by.delete(`/1/map_cache/${path}`)
    expect((await renew(`${map}/2`)).status).toBe(204)
    expect((await renew(`${map}/2?layers=${layer}`)).status).toBe(204)
    expect((await renew(`${map}/1`)).status).toBe(400)
    expect((await renew(`${map}/2?layers=a`)).status).toBe(400)
    expect((await renew(`${map}/2?layers=${map}`)).status).toBe(404)
    expect((await renew(`${map}/2`, stranger)).status).toBe(404)
  })
})

describe('layers', () => {
  it('GET /1/layers/{id}: every member in the form of the documentation', async () => {
    const source = '{"type":"tile","src":"osm"}'
    const edge = '20037508.342789'
    const bounds = { x_min: `-${edge}`, x_max: edge, y_min: `-${edge}`, y_max: edge }
    const id = idIn(
      await owner.post('/1/layers.json', {
        ...{ mid: map, name: 'Open Street Map', type: 'tile', source, epsg: '900913', order: '0', ...bounds },
      }),
    )
    const { body } = await owner.get(`/1/layers/${id}.json`)
    const { created, modified, owner: whose, ...others } = body
    expect([typeof created, typeof modified, typeof whose]).toEqual(['number', 'number', 'string'])
    expect(others).toEqual({
      ...{ id: String(id), name: 'Open Street Map', type: 'tile', map_id: String(map), source },
      ...{ datasource_id: null, resource_id: String(id), epsg: '900913', onscale: null, offscale: null },
      ...{
        label: null,
        ...bounds,
        textfield: null,
        styles: null,
        alpha: '100',
        encoding: null,
        margin: null,
      },
      ...{ opened: null, visible: 't', lock: 'f', exportable: 't', parent: null, tooltip: null },
      ...{
        label_placement: null,
        hidegeometry: 'f',
        geometry_offset: null,
        use_info_window: 'f',
        order: '0',
      },
      ...{ raster: 'f', grp: null, merged: null, layerclass: null, layerid: null, ds_map_id: null },
      ...{ dynamic_mode: null, geometry_precision: null },
    })
    await owner.delete(`/1/layers/${id}.json`)
  })

  it('POST /1/layers: sources, folders, and what is wrong with them', async () => {
    const mid = await makeMap(owner)
    const add = (members: object, by = owner) => by.post('/1/layers.json', { mid, name: 'l', ...members })
    const folder = idIn(await add({ type: 'folder', source: '{"qgis":1}' }))
    const source = { type: 'pg', src: table }
    const styles = [{ expression: "name = 'Split'", color: '1,2,3', visible: '1', iconsoverlap: 2, own: [1] }]
    const styled = idIn(
      await add({
        ...{
          source: JSON.stringify(source),
          styles: JSON.stringify(styles),
          parent: folder,
          alpha: 49.6,
          order: 7,
        },
        ...{ hidegeometry: true, textfield: 'name', onscale: 1000, kept: 'x' },
      }),
    )
    const { body } = await owner.get(`/1/layers/${styled}.json?expand=columns,datasource,options,form`)
    expect(JSON.parse(body.styles)).toEqual(styles)
    expect(body).toMatchObject({
      ...{ type: 'point', epsg: '4326', x_min: '16.44', y_max: '43.51', parent: String(folder), alpha: '50' },
      ...{
        hidegeometry: 't',
        textfield: 'name',
        onscale: '1000',
        kept: 'x',
        order: '7',
        options: [],
        form: null,
      },
      columns: { name: { column: 'name', datatype: 'text', order: '1' } },
      datasource: { type: 'dataset', permissions: [{ username: owner.username }] },
    })
    const dataset = Number(body.datasource.resource_id)
    const url = 'https://example.org/wms'
    for (const members of [
      { source: { type: 'dataset', src: dataset } },
      {
        type: 'wms',
        source: { type: 'wms', version: '1.1.1', url, srs: 'EPSG:3857', style: '', layer: 'a' },
      },
      { type: 'wfs', source: { type: 'wfs', url, layer_id: 'a', srs: 'EPSG:4326' } },
      { type: 'tile', source: { type: 'tile', src: 'https://example.org/{z}/{x}/{y}.png' } },
    ])
      expect((await add(members)).status).toBe(201)
    const mosaic = await call('/api/v1/layers', {
      json: { data: { type: 'layers', attributes: { name: 'A mosaic' } } },
      as: owner.account.basic,
    })
    const drawn = idIn(await add({ source: { type: 'mosaic', src: mosaic.json.data.id } }))
    expect((await owner.get(`/1/layers/${drawn}.json`)).body).toMatchObject({ type: 'raster', raster: 't' })
    const faults: [object, number][] = [
      [{ source: { type: 'pg', src: 'no such table' } }, 404],
      [{ source: { type: 'file', src: 'no/such.shp' } }, 404],
      [{ source: { type: 'scan', src: String(map) } }, 404],
      [{ source: { type: 'nonsense' } }, 400],
      [{ source: '{"type":' }, 400],
      [{ source: { type: 'tile', src: 'https://example.org/tile.png' } }, 400],
      [{ source: { type: 'wms', url: 'file:///etc/passwd' } }, 400],
      [{ source, type: 'polygon' }, 400],
      [{ source, styles: [{ expression: 'name ==' }] }, 400],
      [{ source, styles: [{ color: '1,2' }] }, 400],
      [{ source, parent: styled }, 400],
      [{ source, parent: layer }, 400],
      [{ source, mid: 'x' }, 400],
      [{ source, mid: 2 ** 31 - 1 }, 404],
      [{ source, x_min: 1 }, 400],
    ]
    const answers = await Promise.all(faults.map(([members]) => add(members)))
    for (const [i, answer] of answers.entries()) expect(answer.status, answer.text).toBe(faults[i]![1])
    expect((await add({ source }, stranger)).status).toBe(404)
    await share(owner, mid, friend.username, 'EDIT')
    // The map may be edited, but the table is not to be seen but through its layer.
    expect((await add({ source }, friend)).status).toBe(404)
    expect((await add({ type: 'folder' }, friend)).status).toBe(201)
    // In itself, or in what lies in it, no folder can be.
    const inner = idIn(await add({ type: 'folder', parent: folder }))
    expect((await owner.put(`/1/layers/${folder}.json`, { parent: inner })).status).toBe(400)
  })

  it('POST, PUT /1/layers: a file of one’s storage becomes a table, and anew when it is stored anew', async () => {
    const mid = await makeMap(owner)
    const upload = (longitude: number) => {
      const form = new FormData()
      form.append('upfile', new Blob([`x,y,name\n${longitude},45,a\n`]), 'places.csv')
      return owner.post('/1/storage/fs/qgis', form)
    }
    expect((await upload(15)).status).toBe(201)
    const source = { type: 'file', src: `/${'0a'.repeat(16)}/qgis/places.csv` }
    const members = { mid, name: 'Places', type: 'point', source: JSON.stringify(source) }
    const refused = await owner.post('/1/layers.json', { ...members, type: 'polygon' })
    expect([refused.status, refused.body.msg]).toEqual([400, expect.stringContaining('type is polygon')])
    const id = idIn(await owner.post('/1/layers.json', members))
    const look = async () => (await owner.get(`/1/layers/${id}.json?expand=datasource`)).body
    const first = await look()
    expect(first).toMatchObject({ x_min: '15', source: JSON.stringify(source) })
    expect((await owner.put(`/1/layers/${id}.json`, members)).status).toBe(204)
    expect((await look()).datasource).toEqual(first.datasource)
    await upload(16)
    expect((await owner.put(`/1/layers/${id}.json`, members)).status).toBe(204)
    expect((await look()).x_min).toBe('16')
  })

  it('GET /1/layers, GET /1/maps/{id}/layers: what one sees, in the order it is drawn', async () => {
    const mid = await makeMap(owner)
    const [high, low] = [
      await makeLayer(owner, mid, table, { name: 'High', order: 9 }),
      await makeLayer(owner, mid, table, { name: 'low', order: 1 }),
    ]
    expect(dataIds(await owner.get(`/1/maps/${mid}/layers.json`))).toEqual([low, high])
    expect(dataIds(await owner.get(`/1/maps/${mid}/layers.json?order_by=name&query=IG`))).toEqual([high])
    expect((await stranger.get(`/1/maps/${mid}/layers.json`)).status).toBe(404)
    await share(owner, high, friend.username, 'READ')
    expect(dataIds(await friend.get(`/1/maps/${mid}/layers.json`))).toEqual([high])
    const all = await friend.get('/1/layers.json?order_by=id:desc&type=point&expand=options')
    expect(dataIds(all)[0]).toBe(high)
    expect(all.body.data[0].options).toEqual([])
    expect((await friend.get(`/1/layers/${high}/features.json`)).body.data[0].data.name).toBe('Split')
  })

  it('PUT /1/layers/{id}: 204, and nobody passes on what is not theirs', async () => {
    const [mid, other] = await Promise.all([makeMap(owner), makeMap(friend)])
    const id = await makeLayer(owner, mid, table)
    const put = (members: object, by = friend) => by.put(`/1/layers/${id}.json`, members)
    expect((await put({ name: 'x' }, owner)).status).toBe(204)
    expect((await put({ name: 'x' })).status).toBe(404)
    await share(owner, mid, friend.username, 'READ')
    expect((await put({ name: 'x' })).status).toBe(403)
    await share(owner, mid, friend.username, 'EDIT')
    expect((await put({ name: 'theirs', styles: '[]', exportable: 'f', visible: 'f' })).status).toBe(204)
    const { body } = await owner.get(`/1/layers/${id}.json`)
    expect(body).toMatchObject({ name: 'theirs', styles: '[]', exportable: 'f', visible: 'f' })
    // Pictures are read from the owner's storage: one that the owner has not shown is not for others to show.
    const icon = (url: string) => ({ styles: JSON.stringify([{ expression: '', url }]) })
    expect((await put(icon('/private/plan.png'))).status).toBe(403)
    expect((await put(icon('https://example.org/pin.png'))).status).toBe(204)
    expect((await put(icon('/icons/pin.png'), owner)).status).toBe(204)
    expect((await put(icon('/icons/pin.png'))).status).toBe(204)
    // To have it exported again is the owner's; so is to show its data in another map.
    expect((await put({ exportable: 't' })).status).toBe(403)
    expect((await put({ mid: other })).status).toBe(403)
    const second = await makeMap(owner)
    expect((await put({ mid: second }, owner)).status).toBe(204)
    expect((await owner.get(`/1/layers/${id}.json`)).body.map_id).toBe(String(second))
    expect((await put({ name: 'x' })).status).toBe(404)
    const nameless = await owner.put('/1/layers.json', '{"name": "Updated layer name"}')
    expect([nameless.status, nameless.body.msg]).toEqual([400, expect.stringContaining('id of the layer')])
  })

  it('DELETE /1/layers/{id}: by its owner, and by who may edit the map', async () => {
    const mid = await makeMap(owner)
    const [first, second] = [await makeLayer(owner, mid, table), await makeLayer(owner, mid, table)]
    await share(owner, second, friend.username, 'EDIT')
    expect((await stranger.delete(`/1/layers/${first}.json`)).status).toBe(404)
    expect((await friend.delete(`/1/layers/${second}.json`)).status).toBe(403)
    await share(owner, mid, friend.username, 'EDIT')
    expect((await friend.delete(`/1/layers/${first}.json`)).status).toBe(204)
    expect((await owner.delete(`/1/layers/${second}.json`)).status).toBe(204)
    expect((await owner.get(`/1/layers/${second}.json`)).status).toBe(404)
  })

  it('GET /1/layers/{id}/columns, and everything under /1/maps/{id}/layers/{layer}, too', async () => {
    const columns = [
      { name: 'name', type: 'text' },
      { name: 'value', type: 'double' },
    ]
    expect((await owner.get(`/1/layers/${layer}/columns.json`)).body).toEqual(columns)
    expect((await owner.get(`/1/maps/${map}/layers/${layer}/columns.json`)).body).toEqual(columns)
    expect((await owner.get(`/1/maps/${map}/layers/${layer}.json`)).body.id).toBe(String(layer))
    const elsewhere = await makeMap(owner)
    for (const path of [`${layer}.json`, `${layer}/columns.json`, `${layer}/features.json`, '0.json'])
      expect((await owner.get(`/1/maps/${elsewhere}/layers/${path}`)).status, path).toBe(404)
    expect((await stranger.get(`/1/layers/${layer}/columns.json`)).status).toBe(404)
  })
})

describe('sharing', () => {
  it('GET, POST, DELETE /1/resources/{resource}/permissions: as the documentation has them', async () => {
    const id = await makeMap(owner)
    const read = await share(owner, id, 'anonymous', 'READ')
    expect(await share(owner, id, 'anonymous', 'READ')).toBe(read)
    const mobile = await share(owner, id, friend.username, 'INSERT_MDC')
    const list = await owner.get(permissions(id))
    expect(list.body).toEqual({
      ...{ type: 'permissions', total: 0, page: 1 },
      data: [
        { permissions: [{ type: 'READ', share_id: String(read) }], username: 'anonymous' },
        { permissions: [{ type: 'INSERT_MDC', share_id: String(mobile) }], username: friend.username },
        { permissions: [{ type: 'OWNER', share_id: '0' }], username: owner.username },
      ],
    })
    const one = await owner.get(`/1/resources/${id}/permissions/${mobile}.json`)
    expect(one.body).toEqual({
      ...{ id: String(mobile), resource_id: String(id), user_id: expect.stringMatching(/^\d+$/) },
      ...{ dependency_option_id: null, username: friend.username, permission: 'INSERT_MDC' },
    })
    const grant = (members: object, by = owner) => by.post(`/1/resources/${id}/permission.json`, members)
    const faults: [object, number][] = [
      [{ username: friend.username }, 400],
      [{ permission: 'READ' }, 400],
      [{ username: friend.username, permission: 'NONSENSE' }, 400],
      [{ username: friend.username, permission: 'OWNER' }, 400],
      [{ username: 'anonymous', permission: 'EDIT_WITH_SHARE' }, 400],
      [{ username: `nobody-${unique()}`, permission: 'READ' }, 404],
    ]
    for (const [members, status] of faults) expect((await grant(members)).status).toBe(status)
    expect((await grant({ username: stranger.username, permission: 'EDIT' }, friend)).status).toBe(403)
    expect((await friend.get(permissions(id))).status).toBe(403)
    expect((await anonymous.get(permissions(id))).status).toBe(401)
    const removed = (share: number, by = owner) => by.delete(`/1/resources/${id}/permissions/${share}.json`)
    expect((await removed(0)).status).toBe(403)
    expect((await removed(read, friend)).status).toBe(403)
    expect((await removed(read)).status).toBe(204)
    expect((await removed(read)).status).toBe(404)
    expect((await stranger.get(permissions(id))).status).toBe(404)
  })

  it('passes on what one holds, and takes back no more', async () => {
    const id = await makeMap(owner)
    const [edit, , sharing] = [
      await share(owner, id, stranger.username, 'EDIT'),
      await share(owner, id, friend.username, 'READ'),
      await share(owner, id, friend.username, 'SHARE'),
    ]
    const other = await newGisCloudUser()
    const grant = (permission: string) =>
      friend.post(permissions(id), { username: other.username, permission })
    expect((await grant('EDIT')).status).toBe(403)
    expect((await grant('EXPORT')).status).toBe(403)
    const read = idIn(await grant('READ'))
    expect((await other.get(`/1/maps/${id}.json`)).status).toBe(200)
    expect((await friend.delete(`/1/resources/${id}/permissions/${edit}.json`)).status).toBe(403)
    expect((await friend.delete(`/1/resources/${id}/permissions/${read}.json`)).status).toBe(204)
    expect((await other.get(`/1/maps/${id}.json`)).status).toBe(404)
    expect((await owner.delete(`/1/resources/${id}/permissions/${sharing}.json`)).status).toBe(204)
    expect((await grant('READ')).status).toBe(403)
  })

  it('is the same for a table at /ogc and at /1, and by its own address wants a grant of its own', async () => {
    const name = await makeTable(owner)
    const mid = await makeMap(owner)
    const lid = await makeLayer(owner, mid, name)
    await share(owner, mid, friend.username, 'READ')
    const collection = `/ogc/collections/${name}`
    const seenBy = async ({ credential }: GisCloudUser) => (await call(collection, { as: credential })).status
    expect((await friend.get(`/1/layers/${lid}/features.json`)).status).toBe(200)
    expect([await seenBy(friend), (await friend.get(`/1/tables/${name}.json`)).status]).toEqual([404, 404])
    const { body } = await owner.get(`/1/layers/${lid}.json?expand=datasource`)
    const dataset = Number(body.datasource.resource_id)
    await share(owner, dataset, friend.username, 'READ')
    expect([await seenBy(friend), (await friend.get(`/1/tables/${name}.json`)).status]).toEqual([200, 200])
    const publish = { visibility: 'public' }
    const headers = { 'content-type': 'application/merge-patch+json' }
    await call(collection, { method: 'PATCH', body: JSON.stringify(publish), headers, as: owner.credential })
    const everyone = (await owner.get(permissions(dataset))).body.data[0]
    expect(everyone.username).toBe('anonymous')
    expect(everyone.permissions.map(({ type }: { type: string }) => type).sort()).toEqual(['EXPORT', 'READ'])
  })
})

describe('options and datasources', () => {
  it('GET, POST, PUT, DELETE /1/resources/{resource}/options', async () => {
    const path = `/1/resources/${layer}/options`
    const option = { option_name: 'QGIS_LAYER', option_value: '{"id":"a"}', option_type: 5 }
    const id = idIn(await owner.post(`${path}.json`, option))
    const kept = { id: String(id), ...option, option_type: '5' }
    expect((await owner.get(`${path}.json`)).body).toEqual({
      type: 'options',
      total: 1,
      page: 1,
      data: [kept],
    })
    expect((await owner.get(`/1/maps/${map}/layers.json?expand=options`)).body.data[0].options).toEqual([
      kept,
    ])
    expect((await owner.put(`${path}/${id}.json`, { option_value: 'b' })).status).toBe(204)
    expect((await owner.get(`${path}/${id}.json`)).body).toEqual({ ...kept, option_value: 'b' })
    expect((await stranger.get(`${path}.json`)).status).toBe(404)
    const read = await share(owner, layer, friend.username, 'READ')
    expect((await friend.get(`${path}/${id}.json`)).status).toBe(200)
    expect((await friend.post(`${path}.json`, option)).status).toBe(403)
    expect((await friend.delete(`${path}/${id}.json`)).status).toBe(403)
    await owner.delete(`/1/resources/${layer}/permissions/${read}.json`)
    expect((await owner.post(`${path}.json`, { option_value: 'nameless' })).status).toBe(400)
    expect((await owner.delete(`${path}/${id}.json`)).status).toBe(204)
    expect((await owner.delete(`${path}/${id}.json`)).status).toBe(404)
  })

  it('GET, POST, PUT, DELETE /1/datasources', async () => {
    const params = '{"url":"https://example.org/wfs","typename":"a:b"}'
    const datasource = {
      name: 'A WFS',
      type: 70,
      x_min: 1.5,
      y_min: 2,
      x_max: 3,
      y_max: 4,
      epsg: '4326',
      params,
    }
    const id = idIn(await owner.post('/1/datasources.json', datasource))
    const texts = Object.entries(datasource).map(([name, value]) => [name, String(value)])
    const { body } = await owner.get('/1/datasources.json?type=70&order_by=id:desc')
    const { params: given, ...others } = body.data[0]
    expect(others).toMatchObject({
      ...Object.fromEntries(texts.slice(0, -1)),
      id: String(id),
      resource_id: String(id),
    })
    expect(JSON.parse(given)).toEqual(JSON.parse(params))
    const lid = idIn(
      await owner.post('/1/layers.json', { mid: map, name: 'w', type: 'wfs', datasource_id: id }),
    )
    expect((await owner.get(`/1/layers/${lid}.json?expand=datasource`)).body).toMatchObject({
      datasource_id: String(id),
      datasource: { resource_id: String(id), type: '70' },
    })
    expect((await owner.put(`/1/datasources/${id}.json`, { name: 'B' })).status).toBe(204)
    expect((await owner.get(`/1/datasources/${id}.json`)).body).toMatchObject({ name: 'B', type: '70' })
    expect((await stranger.get(`/1/datasources/${id}.json`)).status).toBe(404)
    expect((await stranger.put(`/1/datasources/${id}.json`, { name: 'x' })).status).toBe(404)
    for (const wrong of [{ name: 'x' }, { name: 'x', type: 'y' }, { name: 'x', type: 70, params: '{' }])
      expect((await owner.post('/1/datasources.json', wrong)).status).toBe(400)
    expect((await owner.delete(`/1/datasources/${id}.json`)).status).toBe(204)
    expect((await owner.get(`/1/layers/${lid}.json`)).body.datasource_id).toBeNull()
    expect((await owner.get('/1/datasources.json?type=x')).status).toBe(400)
  })
})
