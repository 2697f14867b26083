import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, it } from 'vitest'
import { anonymous, clientOf, type GisCloudAnswer, type GisCloudClient, idIn } from './giscloud-client.ts'
import { newUser, type TestUser } from './mapwarper-client.ts'

/** What the publisher sends along with every request; its addresses begin with two slashes. */
const APP = { 'X-GIS-CLOUD-APP': 'GISCloudPublisher/1.0 QGIS/3.22' }
const MAP = 'Roads of 1798'
const FOLDER = 'QGIS/roads_of_1798'
const WEB_MERCATOR =
  '+proj=merc +a=6378137 +b=6378137 +lat_ts=0.0 +lon_0=0.0 +x_0=0.0 +y_0=0 +k=1.0 +units=m +nadgrids=@null +no_defs'

let account: TestUser
let publisher: GisCloudClient
let map: number

beforeAll(async () => {
  account = await newUser()
})

/** The rest of the test's file stands on what this has published. */
const byName = `//1/maps.json?query_on=name&query=${encodeURIComponent(MAP)}&type=private`
const mapMembers = { name: MAP, proj4: WEB_MERCATOR, units: 'meter', bgcolor: '255,255,255' }

/** The last part of the address of what has been made, as the publisher takes it. */
const lastSegment = ({ headers }: GisCloudAnswer) => headers.get('location')!.split('/').at(-1)!

async function publishLayer(members: object): Promise<number> {
  return idIn(await publisher.post('//1/layers.json', { mid: String(map), ...members }, APP))
}

describe('the publisher of QGIS', () => {
  it('signs in by POST /1/keys with user name and password in headers, and asks GET /1/users/current', async () => {
    const headers = { ...APP, 'api-username': account.login, 'api-password': account.password }
    const made = await anonymous.post('//1/keys.json', { key_desc: 'QGIS' }, headers)
    expect(made.status, made.text).toBe(201)
    expect(made.body.value).toMatch(/^[0-9a-f]{32}$/)
    const wrong = { ...headers, 'api-password': 'x' }
    expect((await anonymous.post('//1/keys.json', {}, wrong)).status).toBe(401)
    publisher = clientOf({ 'API-Key': made.body.value })
    const current = await publisher.get('//1/users/current.json', APP)
    expect(current.body).toMatchObject({ id: String(account.id), username: account.login })
    const subscriptions = await publisher.get('//1/users/current/subscriptions.json', APP)
    expect(subscriptions.body.data[0]).toMatchObject({ active: 't' })
  })

  it('looks for its map by GET /1/maps, makes it by POST /1/maps, and finds it again for PUT /1/maps/{id}', async () => {
    expect((await publisher.get(byName, APP)).body).toMatchObject({ type: 'maps', total: 0, data: [] })
    const made = await publisher.post('//1/maps.json', mapMembers, APP)
    map = idIn(made)
    expect(lastSegment(made)).toBe(String(map))
    const { body } = await publisher.get(byName, APP)
    expect(body.data.map(({ id, name }: { id: string; name: string }) => [Number(id), name])).toEqual([
      [map, MAP],
    ])
    const change = { ...mapMembers, bgcolor: '1,2,3' }
    expect((await publisher.put(`//1/maps/${map}.json`, change, APP)).status).toBe(200)
  })

  it('uploads files by POST /1/storage/fs/{path} in a part upfile, and lists them at info.json', async () => {
    const archive = readFileSync(new URL('../fixtures/vector/areas-shp.zip', import.meta.url))
    const body = new FormData()
    body.set('upfile', new Blob([archive]), 'areas.zip')
    const stored = await publisher.post(`//1/storage/fs/${FOLDER}`, body, APP)
    expect(stored.status, stored.text).toBe(201)
    const listed = await publisher.get(`//1/storage/fs/${FOLDER}/info.json`, APP)
    const names = listed.body.data.map(({ name }: { name: string }) => name)
    expect(names).toEqual(expect.arrayContaining(['areas.shp', 'areas.dbf', 'areas.shx']))
  })

  it('publishes folders, then what is in them, by POST /1/layers, and changes them by PUT, which answers 204', async () => {
    const group = await publishLayer({ name: 'Base', type: 'folder', source: '{"qgis":1}', order: 0 })
    const extent = { x_min: -10, y_min: -20, x_max: 10, y_max: 20 }
    const wfs = { url: 'https://example.org/wfs', layer_id: 'ns:roads', srs: 'EPSG:4326' }
    const service = { name: 'Roads', type: 70, ...extent, epsg: 4326, params: JSON.stringify(wfs) }
    const datasource = idIn(await publisher.post('//1/datasources.json', service, APP))
    const renamed = await publisher.put(`//1/datasources/${datasource}.json`, { ...service, name: 'A' }, APP)
    expect(renamed.status, renamed.text).toBe(204)
    const found = await publisher.get('//1/datasources.json?type=70', APP)
    expect(found.body.data).toMatchObject([{ id: String(datasource), name: 'A' }])

    const styles = JSON.stringify([
      {
        expression: '',
        visible: true,
        color: '10,20,30',
        bordercolor: '0,0,0',
        borderwidth: '1',
        width: '2',
      },
    ])
    const file = JSON.stringify({ type: 'file', src: `/${FOLDER}/areas.shp` })
    const tile = JSON.stringify({ type: 'tile', src: 'osm' })
    const wms = JSON.stringify({
      ...{ type: 'wms', version: '1.1.1', url: 'https://example.org/wms', srs: 'EPSG:900913' },
      ...{ style: '', layer: 'roads' },
    })
    const common = { parent: String(group), visible: 't', alpha: '100' }
    const areas = await publishLayer({
      name: 'Areas',
      type: 'polygon',
      source: file,
      styles,
      ...common,
      order: 1,
    })
    await publishLayer({ name: 'Tiles', type: 'tile', source: tile, ...common, order: 2 })
    await publishLayer({ name: 'Pictures', type: 'wms', source: wms, ...common, order: 3 })
    const source = JSON.stringify({ type: 'wfs', ...wfs })
    await publishLayer({ name: 'Roads', type: 'wfs', source, datasource_id: datasource, ...common, order: 4 })

    const changed = await publisher.put(
      `//1/layers/${areas}.json`,
      { mid: String(map), name: 'Areas', styles, alpha: '60' },
      APP,
    )
    expect(changed.status, changed.text).toBe(204)
    const { body } = await publisher.get(`//1/maps/${map}/layers.json?expand=options`, APP)
    const inOrder = body.data.toSorted((a: { order: string }, b: { order: string }) => +a.order - +b.order)
    expect(inOrder).toMatchObject([
      { name: 'Base', type: 'folder', parent: null },
      { name: 'Areas', type: 'polygon', source: file, alpha: '60', parent: String(group) },
      { name: 'Tiles', type: 'tile', source: tile, parent: String(group) },
      { name: 'Pictures', type: 'wms', parent: String(group) },
      { name: 'Roads', type: 'wfs', datasource_id: String(datasource), parent: String(group) },
    ])
    expect(JSON.parse(inOrder[1].styles)).toEqual(JSON.parse(styles))
    const [feature] = (await publisher.get(`//1/layers/${areas}/features.json?perpage=1`, APP)).body.data
    expect(feature).toMatchObject({ __id: expect.any(Number), data: expect.any(Object) })
  })

  it('keeps its settings as options, by POST and PUT /1/resources/{resource}/options', async () => {
    const { body } = await publisher.get(`//1/maps/${map}.json`, APP)
    const options = `//1/resources/${body.resource_id}/options`
    const option = { option_name: 'QGIS_META', option_value: '{"v":1}', option_type: 1 }
    const id = idIn(await publisher.post(`${options}.json`, option, APP))
    const changed = await publisher.put(`${options}/${id}.json`, { ...option, option_value: '{"v":2}' }, APP)
    expect(changed.status, changed.text).toBe(204)
    expect((await publisher.get(`${options}.json`, APP)).body.data).toMatchObject([
      { option_name: 'QGIS_META', option_value: '{"v":2}' },
    ])
  })

  it('makes the map public by POST /1/resources/{resource}/permission, and seen by DELETE /1/map_cache/{id}/{init}', async () => {
    expect((await anonymous.get(`//1/maps/${map}.json`)).status).toBe(404)
    const { body } = await publisher.get(`//1/maps/${map}.json`, APP)
    const grant = { username: 'anonymous', permission: 'READ' }
    const permission = `//1/resources/${body.resource_id}/permission.json`
    expect((await publisher.post(permission, grant, APP)).status).toBe(201)
    expect((await publisher.delete(`//1/map_cache/${map}/2.json`, APP)).status).toBe(204)
    const [shown, layers] = await Promise.all([
      anonymous.get(`//1/maps/${map}.json`),
      anonymous.get(`//1/maps/${map}/layers.json`),
    ])
    expect([shown.status, shown.body.name, layers.body.total]).toEqual([200, MAP, 5])
  })
})
