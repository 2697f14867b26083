import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import decodePng, { init as initPng } from '@jsquash/png/decode.js'
import { VectorTile } from '@mapbox/vector-tile'
import { PbfReader } from 'pbf'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { filterExpression } from '../../src/domain/maps/maplibre/filter-expression.ts'
import { parseWhere } from '../../src/query/index.ts'
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
import { baseUrl, pngImage } from './mapwarper-client.ts'

const CHROMIUM = '/usr/bin/chromium'
/** A browser without a graphics card takes its time. */
const SOON = { timeout: 60_000 }
const HOSTILE = `</script><script>alert(1)</script>"><img src=x onerror=alert(1)>`

const { featureFilter, validateStyleMin } = createRequire(
  createRequire(import.meta.url).resolve('maplibre-gl/package.json'),
)('@maplibre/maplibre-gl-style-spec') as {
  validateStyleMin(style: unknown): { message: string }[]
  featureFilter(
    filter: unknown,
    rootKey: string,
  ): { filter(globals: { zoom: number }, feature: { type: number; properties: object }): boolean }
}

let owner: GisCloudUser
let reader: GisCloudUser
let map: number
let folder: number
let areas: number
let places: number
let placeIds: number[]

const square = (x: number, y: number): string =>
  `POLYGON((${x} ${y}, ${x + 1} ${y}, ${x + 1} ${y + 1}, ${x} ${y + 1}, ${x} ${y}))`

/** A private map of three squares, of which the first is red, the second blue and the third hidden, and of three places. */
beforeAll(async () => {
  ;[owner, reader] = await Promise.all([newGisCloudUser(), newGisCloudUser()])
  const [areaTable, placeTable] = await Promise.all([
    makeTable(owner, { geometry: 'POLYGON' }),
    makeTable(owner),
  ])
  ;[, placeIds, map] = await Promise.all([
    addRows(owner, areaTable, [
      { data: { name: 'one', value: 1 }, geometry: square(0, 0) },
      { data: { name: 'two', value: 2 }, geometry: square(1, 0) },
      { data: { name: 'three', value: 3 }, geometry: square(2, 0) },
    ]),
    addRows(owner, placeTable, [
      { data: { name: 'Alpha', value: 10 }, geometry: 'POINT(0.5 1.5)' },
      { data: { name: HOSTILE, value: 20 }, geometry: 'POINT(1.5 1.5)' },
      { data: { name: 'Gamma' }, geometry: 'POINT(2.5 1.5)' },
    ]),
    makeMap(owner, { name: HOSTILE, copyright: '© <b>Somebody</b>' }),
    owner.post('/1/storage/fs/pins', pin()),
    owner.post('/1/storage/fs/', {
      filename: 'page.css',
      content: '#map { outline: 7px solid rgb(1, 2, 3) }',
    }),
  ])
  folder = await makeLayer(owner, map, '', { name: 'Folder', type: 'folder', source: '{"qgis":1}' })
  areas = await makeLayer(owner, map, areaTable, {
    ...{ name: 'Areas', type: 'polygon', parent: folder },
    styles: JSON.stringify([
      { expression: 'value % 2 = 1 and value < 3', color: '255,0,0', bordercolor: '255,0,0' },
      { expression: "name = 'three'", visible: 'f', color: '0,255,0' },
      { expression: '', color: '0,0,255', bordercolor: '0,0,255' },
    ]),
  })
  places = await makeLayer(owner, map, placeTable, {
    name: 'Places',
    styles: JSON.stringify([
      { expression: 'VALUE > 15', url: 'pins/pin.png', width: 20 },
      { expression: '', color: '0,128,0', width: 16, labelfield: 'NAME', showlabel: 't' },
    ]),
  })
})

function pin(): FormData {
  const form = new FormData()
  form.set('upfile', new Blob([new Uint8Array(pngImage(8, 8))], { type: 'image/png' }), 'pin.png')
  return form
}

const pageOf = (query = '', as: GisCloudUser | typeof anonymous = owner) =>
  as.get(`/1/maps/${map}/render.iframe${query}`)

/** What a page tells its script. */
const viewIn = (text: string) =>
  JSON.parse(/<script type="application\/json" id="map-view">([\s\S]*?)<\/script>/.exec(text)![1]!)

const tileOf = (layer: number, query = '', as: GisCloudUser | typeof anonymous = owner) =>
  fetch(`${baseUrl}/1/layers/${layer}/tiles/0/0/0.mvt${query}`, { headers: as.credential })

async function featuresIn(response: Response): Promise<Record<string, unknown>[]> {
  expect(response.status).toBe(200)
  const { layers } = new VectorTile(new PbfReader(new Uint8Array(await response.arrayBuffer())))
  const [layer] = Object.values(layers)
  return Array.from({ length: layer?.length ?? 0 }, (_, i) => layer!.feature(i).properties)
}

describe('GET /1/maps/{id}/render.iframe', () => {
  test('is a page for frames of other sites, with nothing from elsewhere and no script in it', async () => {
    const { status, headers, text } = await pageOf()
    expect([status, headers.get('content-type')]).toEqual([200, 'text/html; charset=UTF-8'])
    expect(headers.get('referrer-policy')).toBe('no-referrer')
    expect(headers.get('cache-control')).toBe('no-store')
    const policy = headers.get('content-security-policy')!
    expect(policy).toContain('frame-ancestors *')
    expect(policy).toContain("script-src 'self';")
    expect(policy).toMatch(/connect-src 'self';/)
    expect(text).not.toMatch(/<script>alert|<img/)
  })

  test('has a style that MapLibre takes, of everything the map has', async () => {
    const { style, tree, bounds, attribution } = viewIn((await pageOf()).text)
    expect(validateStyleMin(style)).toEqual([])
    expect(bounds.map((value: number) => Math.round(value * 10) / 10)).toEqual([0, 0, 3, 1.5])
    expect(attribution).toBe('© &lt;b&gt;Somebody&lt;/b&gt;')
    expect(tree.map(({ name }: { name: string }) => name)).toEqual(['Places', 'Folder'])
    expect(tree[1].children.map(({ id }: { id: number }) => id)).toEqual([areas])
    // A remainder is nothing that MapLibre computes as the database does: the tiles tell the rules.
    expect(style.sources[`layer-${areas}`].tiles[0]).toContain('rules=1')
    expect(style.sources[`layer-${places}`].tiles[0]).not.toContain('rules=1')
  })

  test('has tiles of services elsewhere, whose hosts alone it allows', async () => {
    const other = await makeMap(owner)
    const layerOf = (type: string, source: object) =>
      makeLayer(owner, other, '', { type, source: JSON.stringify(source) })
    await layerOf('tile', { type: 'tile', src: 'osm' })
    await layerOf('tile', { type: 'tile', src: 'https://{s}.tiles.example.org:8443/{z}/{x}/{y}.png?a=1' })
    await layerOf('wms', {
      ...{ type: 'wms', version: '1.1.1', url: 'https://wms.example.org/ows?map=x' },
      ...{ srs: 'EPSG:3857', style: '', layer: 'a,b' },
    })
    const { headers, text } = await owner.get(`/1/maps/${other}/render.iframe`)
    const { style } = viewIn(text)
    expect(validateStyleMin(style)).toEqual([])
    expect(/connect-src ([^;]*)/.exec(headers.get('content-security-policy')!)![1]!.split(' ')).toEqual([
      ...["'self'", 'https://tile.openstreetmap.org'],
      ...['a', 'b', 'c'].map((name) => `https://${name}.tiles.example.org:8443`),
      'https://wms.example.org',
    ])
    const [, , wms] = Object.values(style.sources) as { tiles: string[] }[]
    expect(wms!.tiles[0]).toContain('BBOX={bbox-epsg-3857}')
  })

  test('takes every parameter, and refuses what is malformed, as a page', async () => {
    const { features, zoom, focus, style, tree, bounds, styleSheet } = viewIn(
      (
        await pageOf(
          '?toolbar=true&layerlist=1&layerlist_expanded=t&popupus=1&scalebar&noattrib=1&noctrl=1&no3d=1&lockzoom=1' +
            `&width=300&height=50%25&numscale=1000000&bounds=0,0,111319.49,111319.49&visibility=${places}` +
            `&layer_id=${areas}&f=NAME&v=${encodeURIComponent("o'ne")}&style=page.css` +
            `&expressions=${encodeURIComponent(`${areas}:value > 1;${places}:name = 'a;b'`)}`,
        )
      ).text,
    )
    expect(features).toEqual({
      ...{ toolbar: true, layerList: true, isLayerListExpanded: true, popups: true, scaleBar: true },
      ...{ isFlat: true, isZoomLocked: true, hasAttribution: false, hasControls: false },
      ...{ width: '300px', height: '50%' },
    })
    expect(zoom).toBeCloseTo(8.127, 2)
    expect(bounds.map((value: number) => Math.round(value * 1e3) / 1e3)).toEqual([0, 0, 1, 1])
    const where = new URL(focus.address, baseUrl).searchParams.get('where')
    expect([where, focus.isViewKept]).toEqual([`"name" = 'o''ne'`, true])
    expect(styleSheet).toBe(`/1/maps/${map}/page.css?style=page.css`)
    expect(tree.map(({ isVisible }: { isVisible: boolean }) => isVisible)).toEqual([true, false])
    expect(new URL(style.sources[`layer-${places}`].tiles[0]).searchParams.get('where')).toBe("name = 'a;b'")

    const malformed = [
      ...['bounds=1,2,3', 'bounds=3,0,1,1', 'bounds=a,b,c,d', 'numscale=x', 'width=-1', 'height=200%25'],
      ...['layer_id=0', 'layer_id=99999999', 'feature_id=1', 'f=name&v=1', `layer_id=${areas}&f=name`],
      ...[`layer_id=${areas}&f=none&v=1`, 'visibility=a', 'expressions=1', `expressions=${areas}:value >`],
      ...['expressions={', 'expressions={"1":2}', 'style=%00', `style=${'x'.repeat(1001)}`, 'v=%ED%A0%80'],
    ]
    const answers = await Promise.all(malformed.map((query) => pageOf(`?${query}`)))
    for (const [i, { status, headers, text }] of answers.entries()) {
      expect(status, malformed[i]).toBe(400)
      expect(headers.get('content-type')).toMatch(/^text\/html/)
      expect(text, malformed[i]).toContain(malformed[i]!.split('&').at(-1)!.split('=')[0] === 'v' ? 'f' : '')
    }
  })

  test('is there for who sees the map alone, and says so as a page', async () => {
    const [unseen, none, dead] = await Promise.all([
      pageOf('', anonymous),
      owner.get('/1/maps/99999999/render.iframe'),
      pageOf(`?api_key=${'0'.repeat(32)}`, anonymous),
    ])
    expect([unseen.status, none.status]).toEqual([404, 404])
    for (const { headers } of [unseen, none]) expect(headers.get('content-type')).toMatch(/^text\/html/)
    expect(dead.status).toBe(401)
    expect((await pageOf(`?api_key=${owner.key}`, anonymous)).status).toBe(200)
  })
})

describe('GET /1/layers/{id}/render.iframe', () => {
  test('is a page of the one layer, 256 pixels wide unless told', async () => {
    const { status, text } = await owner.get(`/1/layers/${areas}/render.iframe?height=300`)
    const { style, tree, features, bounds } = viewIn(text)
    expect([status, features.width, features.height]).toEqual([200, '256px', '300px'])
    expect(Object.keys(style.sources)).toEqual([`layer-${areas}`])
    expect(tree.map(({ id, isVisible }: { id: number; isVisible: boolean }) => [id, isVisible])).toEqual([
      [areas, true],
    ])
    expect(bounds).toEqual([0, 0, 3, 1])
    expect((await anonymous.get(`/1/layers/${areas}/render.iframe`)).status).toBe(404)
  })
})

describe('GET /1/layers/{id}/tiles/{z}/{x}/{y}.mvt', () => {
  test('gives the features that fulfil a condition, with the rule that draws them', async () => {
    const [all, some, empty] = await Promise.all([
      tileOf(areas, '?rules=1').then(featuresIn),
      tileOf(areas, `?where=${encodeURIComponent("name in ('two', 'three') and value < 3")}`).then(
        featuresIn,
      ),
      tileOf(areas, '?where=value=9'),
    ])
    expect(all.map(({ name, __class }) => [name, __class])).toEqual([
      ['one', 0],
      ['two', 2],
      ['three', 1],
    ])
    expect(some).toEqual([{ name: 'two', value: 2 }])
    expect(empty.status).toBe(204)
    const faults = await Promise.all([tileOf(areas, '?where=value%20%3E'), tileOf(areas, '?where=none=1')])
    expect(faults.map(({ status }) => status)).toEqual([400, 400])
    expect(await faults[0]!.json()).toEqual({
      ...{ code: 'BAD_REQUEST', msg: expect.stringMatching(/./), position: 7 },
    })
  })

  test('are drawn by MapLibre where the database finds them', async () => {
    const features = await featuresIn(await tileOf(places))
    const columns = (['name', 'value'] as const).map((name) => ({
      ...{ name, columnName: name, type: name === 'name' ? ('text' as const) : ('double' as const) },
      ...{ title: null, description: null },
    }))
    const conditions = [
      ...['value > 10', 'not value > 10', 'value is null', 'VALUE in (10, 30)', 'value not in (10, 30)'],
      ...["name like 'A%'", "name not like '%a'", "name ilike 'gA%'", "upper(name) = 'GAMMA'", "name > 'B'"],
      ...['value * 2 - 1 between 19 and 20', "value = '20'", "value < 15 or name = 'Gamma'"],
    ]
    await Promise.all(
      conditions.map(async (where) => {
        const { body } = await owner.get(
          `/1/layers/${places}/features.json?where=${encodeURIComponent(where)}`,
        )
        const found: string[] = body.data.map(({ data }: { data: { name: string } }) => data.name)
        const expression = filterExpression(parseWhere(where), columns)
        const { filter } = featureFilter(expression, 'layers[0].filter')
        const drawn = features.filter((properties) => filter({ zoom: 0 }, { type: 1, properties }))
        expect(drawn.map(({ name }) => name).toSorted(), where).toEqual(found.toSorted())
      }),
    )
  })

  test('are for who sees the layer, whoever sees its data', async () => {
    const own = await tileOf(places)
    expect([own.status, own.headers.get('cache-control')]).toEqual([200, 'private, no-cache'])
    const etag = own.headers.get('etag')!
    const again = await fetch(own.url, { headers: { ...owner.credential, 'if-none-match': etag } })
    expect(again.status).toBe(304)
    const statuses = async () =>
      (await Promise.all([reader, anonymous].map((as) => tileOf(places, '', as)))).map(({ status }) => status)
    expect(await statuses()).toEqual([404, 404])
    const dead = await tileOf(places, `?api_key=${'0'.repeat(32)}`)
    expect([dead.status, ((await dead.json()) as { code: string }).code]).toEqual([401, 'UNAUTHORIZED'])
    const other = await makeMap(owner)
    const { body } = await owner.get(`/1/layers/${places}.json`)
    const shown = await makeLayer(owner, other, JSON.parse(body.source).src)
    await share(owner, other, reader.username, 'READ')
    expect((await featuresIn(await tileOf(shown, '', reader))).length).toBe(3)
    expect((await tileOf(shown, '', anonymous)).status).toBe(404)
    await share(owner, other, 'anonymous', 'READ')
    const open = await tileOf(shown, '', anonymous)
    expect([open.status, open.headers.get('cache-control')]).toEqual([200, 'public, no-cache'])
    // The one layer has been shared, not the other, and not the table.
    expect(await statuses()).toEqual([404, 404])
  })

  test('are described by TileJSON', async () => {
    const { status, body } = await owner.get(`/1/layers/${areas}/tiles.json`)
    expect([status, body.tilejson, body.vector_layers.length]).toEqual([200, '3.0.0', 1])
    expect(body.vector_layers[0].fields).toEqual({ name: 'String', value: 'Number' })
    const address = body.tiles[0].replace('{z}/{x}/{y}', '0/0/0')
    const tile = await fetch(address, { headers: owner.credential })
    expect((await featuresIn(tile)).length).toBe(3)
    expect((await anonymous.get(`/1/layers/${areas}/tiles.json`)).status).toBe(404)
    const hopeless = ['25/0/0.mvt', '1/2/0.mvt', '0/0/0.txt', 'x']
    const faults = await Promise.all(hopeless.map((path) => owner.get(`/1/layers/${areas}/tiles/${path}`)))
    for (const { status, body } of faults) expect([status, body.code]).toEqual([404, 'RESOURCE_NOT_FOUND'])
  })
})

test('GET /1/maps/{id}/style, GET /1/layers/{id}/style: what pages draw, for other clients', async () => {
  const [page, ofMap, ofLayer, some, unseen, malformed] = await Promise.all([
    pageOf(),
    owner.get(`/1/maps/${map}/style`),
    owner.get(`/1/layers/${places}/style`),
    owner.get(`/1/maps/${map}/style?visibility=${places}`),
    anonymous.get(`/1/maps/${map}/style`),
    owner.get(`/1/maps/${map}/style?expressions=1`),
  ])
  const { style, tree, bounds, attribution } = viewIn(page.text)
  const { metadata, ...document } = ofMap.body
  expect(validateStyleMin(ofMap.body)).toEqual([])
  expect(document).toEqual(style)
  expect(metadata).toMatchObject({ tree, bounds, attribution, isImperial: false })
  const [picture] = Object.values(metadata.pictures as Record<string, { path: string; side: number }>)
  expect(picture).toEqual({ path: `${baseUrl}/1/layers/${places}/rules/0/icon`, side: 20 })
  expect(ofMap.headers.get('access-control-allow-origin')).toBe('*')
  expect(Object.keys(ofLayer.body.sources)).toEqual([`layer-${places}`])
  expect(some.body.metadata.tree.map(({ isVisible }: { isVisible: boolean }) => isVisible)).toEqual([
    true,
    false,
  ])
  expect([unseen.status, malformed.status]).toEqual([404, 400])
})

test('GET /1/layers/{id}/rules/{rule}/{part}: pictures of rules, for who sees the layer', async () => {
  const icon = await owner.get(`/1/layers/${places}/rules/0/icon`)
  expect([icon.status, icon.headers.get('content-type')]).toEqual([200, 'image/png'])
  expect(icon.headers.get('content-security-policy')).toContain('sandbox')
  const others = ['rules/1/icon', 'rules/0/hatch', 'rules/9/icon', 'rules/x/icon', 'rules/0/other']
  const missing = await Promise.all(others.map((path) => owner.get(`/1/layers/${places}/${path}`)))
  for (const { status } of missing) expect(status).toBe(404)
  expect((await anonymous.get(`/1/layers/${places}/rules/0/icon`)).status).toBe(404)
})

test("GET /1/maps/{id}/page.css: style sheets of the map's owner, and nothing else of his", async () => {
  const sheet = await owner.get(`/1/maps/${map}/page.css?style=page.css`)
  expect([sheet.status, sheet.headers.get('content-type')]).toEqual([200, 'text/css; charset=utf-8'])
  const others = [
    'style=pins/pin.png',
    'style=none.css',
    'style=../page.css',
    'style=https://example.org/a.css',
  ]
  const missing = await Promise.all(others.map((query) => owner.get(`/1/maps/${map}/page.css?${query}`)))
  for (const { status } of missing) expect(status).toBe(404)
  expect((await owner.get(`/1/maps/${map}/page.css`)).status).toBe(400)
  expect((await anonymous.get(`/1/maps/${map}/page.css?style=page.css`)).status).toBe(404)
})

describe.skipIf(!existsSync(CHROMIUM))('the map of a page', () => {
  let browser: Browser
  let view: Page
  const faults: string[] = []

  beforeAll(async () => {
    const decoder = createRequire(import.meta.url).resolve('@jsquash/png/codec/pkg/squoosh_png_bg.wasm')
    await initPng(await WebAssembly.compile(await readFile(decoder)))
    browser = await chromium.launch({
      executablePath: CHROMIUM,
      args: [
        ...['--no-sandbox', '--disable-dev-shm-usage'],
        ...['--use-gl=angle', '--use-angle=swiftshader', '--enable-unsafe-swiftshader'],
      ],
    })
    view = await browser.newPage({ viewport: { width: 600, height: 400 } })
    view.on('pageerror', (error) => faults.push(error.message))
    view.on('console', (message) => {
      if (message.type() === 'error') faults.push(message.text())
    })
  })
  afterAll(() => browser?.close())

  const told = (name: string) => view.getAttribute('#map', `data-${name}`)
  const open = async (query: string) => {
    await view.goto(`${baseUrl}/1/maps/${map}/render.iframe?api_key=${owner.key}${query}`)
    await view.waitForSelector('#map[data-drawn]', SOON)
  }
  /** The colours of places of the page, as it is seen. */
  const colours = async (places: [number, number][]) => {
    const { width, data } = await decodePng(new Uint8Array(await view.screenshot()).buffer)
    return places.map(([x, y]) => [...data.subarray((y * width + x) * 4, (y * width + x) * 4 + 3)])
  }

  test('draws a private map by its key, and what its tools do', async () => {
    await open('&toolbar=1&layerlist_expanded=1&popups=1&scalebar=1&style=page.css')
    await expect.poll(() => told('drawn').then(Number), SOON).toBeGreaterThan(5)
    expect(await view.title()).toBe(HOSTILE)
    expect(await view.locator('.maplibregl-ctrl-scale').count()).toBe(1)
    const outline = `getComputedStyle(document.getElementById('map')).outlineWidth`
    await expect.poll(() => view.evaluate(outline), SOON).toBe('7px')

    await view.mouse.click(150, 330)
    await expect.poll(() => view.locator('.maplibregl-popup').textContent(), SOON).toContain('one')

    const drawn = Number(await told('drawn'))
    await view.getByLabel('Folder').uncheck()
    await expect.poll(() => told('drawn').then(Number), SOON).toBeLessThan(drawn)
    await view.getByTitle('Measure a distance').click()
    await view.mouse.click(300, 100)
    await view.mouse.click(400, 100)
    expect(await view.locator('.measure').textContent()).toMatch(/^\d+\.\d\d km$/)
    expect(faults).toEqual([])
  })

  test('draws rules in their colours, and keeps its zoom where that is locked', async () => {
    await open(`&lockzoom=1&noctrl=1&noattrib=1&bounds=0,0,333958,222684&expressions=${places}:value=20`)
    const zoom = await told('zoom')
    await view.mouse.move(300, 200)
    await view.mouse.wheel(0, -600)
    expect(await view.locator('.maplibregl-ctrl-zoom-in').count()).toBe(0)
    const [red, blue, hidden] = await colours([
      [120, 300],
      [300, 300],
      [480, 300],
    ])
    expect([red, blue, hidden]).toEqual([
      [255, 0, 0],
      [0, 0, 255],
      [255, 255, 255],
    ])
    expect(await told('zoom')).toBe(zoom)
  })

  test('shows the feature that it is about', async () => {
    await open(`&layer_id=${places}&feature_id=${placeIds[2]}`)
    const [longitude, latitude] = (await told('center'))!.split(',').map(Number)
    expect([longitude, latitude]).toEqual([expect.closeTo(2.5, 4), expect.closeTo(1.5, 4)])
    expect(Number(await told('zoom'))).toBeGreaterThan(10)
  })
})
