import { beforeAll, describe, expect, inject, it } from 'vitest'
import type { RasterCodecs } from '../../src/formats/codecs.ts'
import { testCodecs } from '../unit/ingest/tools.ts'
import {
  addRows,
  anonymous,
  type GisCloudClient,
  type GisCloudUser,
  makeLayer,
  makeMap,
  makeTable,
  newGisCloudUser,
  share,
} from './giscloud-client.ts'
import { baseUrl, type Served, withServer } from './mapwarper-client.ts'

let owner: GisCloudUser
let stranger: GisCloudUser
let codecs: RasterCodecs
/** 100 units a pixel at 100 x 100 pixels: a square, of which the left half is another kind, and a point with a name. */
let map: number
let area: number
let spot: number
const BOUNDS = '0,0,10000,10000'
const SIZE = 'width=100&height=100'

interface Picture {
  status: number
  headers: Headers
  width: number
  at(x: number, y: number): string
}

/** Red, green, blue, alpha by columns and rows of pixels. */
async function picture(
  as: GisCloudClient,
  path: string,
  headers: Record<string, string> = {},
): Promise<Picture> {
  const response = await fetch(baseUrl + path, { headers: { ...as.credential, ...headers } })
  const bytes = new Uint8Array(await response.arrayBuffer())
  const type = response.headers.get('content-type') ?? ''
  expect(type, `${path}: ${new TextDecoder().decode(bytes.subarray(0, 300))}`).toMatch(/^image\/(png|jpeg)$/)
  const { width, data } = await codecs.decode(type === 'image/png' ? 'png' : 'jpeg', bytes)
  const at = (x: number, y: number) => data.subarray((y * width + x) * 4, (y * width + x + 1) * 4).join()
  return { status: response.status, headers: response.headers, width, at }
}

const BLUE = '0,0,255,255'
const RED = '255,0,0,255'
const GREY = '200,200,200,255'

/** A tile of one colour; every other column has another. */
async function tile(path: string): Promise<Served> {
  const [, x = '0'] = /^\/\d+\/(\d+)\//.exec(path) ?? []
  const colour = [0, 120, Number(x) % 2 ? 250 : 100, 255]
  const data = Uint8Array.from({ length: 256 * 256 * 4 }, (_, i) => colour[i % 4]!)
  return { type: 'image/png', bytes: await codecs.encodePng({ width: 256, height: 256, data }) }
}

beforeAll(async () => {
  ;[owner, stranger, codecs] = await Promise.all([newGisCloudUser(), newGisCloudUser(), testCodecs()])
  const [table, points, made] = await Promise.all([
    makeTable(owner, { geometry: 'POLYGON', srid: 3857 }),
    makeTable(owner, { geometry: 'POINT', srid: 3857 }),
    makeMap(owner, { name: 'Squares', bgcolor: '200,200,200' }),
  ])
  map = made
  const box = (from: number, to: number) =>
    `POLYGON((${from} 2000,${to} 2000,${to} 8000,${from} 8000,${from} 2000))`
  await Promise.all([
    addRows(owner, table, [
      { data: { name: 'left', value: 1 }, geometry: box(2000, 5000) },
      { data: { name: 'right', value: 2 }, geometry: box(5000, 8000) },
    ]),
    addRows(owner, points, [{ data: { name: 'MMMM', value: 1 }, geometry: 'POINT(1000 5000)' }]),
  ])
  area = await makeLayer(owner, map, table, {
    ...{ name: 'Area', type: 'polygon' },
    styles: JSON.stringify([
      { expression: 'value < 2', color: '255,0,0' },
      { expression: '', color: '0,0,255' },
    ]),
  })
  spot = await makeLayer(owner, map, points, {
    ...{ name: 'Spot', visible: 'f' },
    styles: JSON.stringify([
      { color: '0,0,0', width: '8', labelfield: 'name', fontcolor: '0,0,0', outline: '' },
    ]),
  })
})

describe('GET /1/maps/{id}/render.png', () => {
  it('draws layers by their rules where they are, on the map’s background', async () => {
    const drawn = await picture(owner, `/1/maps/${map}/render.png?${SIZE}&bounds=${BOUNDS}`)
    expect([drawn.at(19, 50), drawn.at(20, 50), drawn.at(49, 50)]).toEqual([GREY, RED, RED])
    expect([drawn.at(50, 50), drawn.at(79, 50), drawn.at(80, 50)]).toEqual([BLUE, BLUE, GREY])
    expect([drawn.at(30, 19), drawn.at(30, 20), drawn.at(30, 79), drawn.at(30, 80)]).toEqual([
      GREY,
      RED,
      RED,
      GREY,
    ])
    expect(drawn.headers.get('x-graticule-bounds')).toBe(BOUNDS)
    expect(drawn.headers.get('x-graticule-partial')).toBeNull()
    expect(drawn.headers.get('cache-control')).toBe('private, no-cache')
  })

  it('takes its size, its scale and its bounds from the parameters, or from the map', async () => {
    const whole = await picture(owner, `/1/maps/${map}/render.png`)
    expect(whole.width).toBe(256)
    expect(
      whole.headers
        .get('x-graticule-bounds')!
        .split(',')
        .map((edge) => Math.round(Number(edge))),
    ).toEqual([1000, 1500, 8000, 8500])
    const wide = await picture(owner, `/1/maps/${map}/render.png?width=200&height=100&bounds=${BOUNDS}`)
    expect(wide.headers.get('x-graticule-bounds')).toBe('-5000,0,15000,10000')
    expect([wide.at(69, 50), wide.at(70, 50)]).toEqual([GREY, RED])
    const scale = 50 / 0.00028
    const near = await picture(owner, `/1/maps/${map}/render.png?${SIZE}&bounds=${BOUNDS}&numscale=${scale}`)
    expect([near.at(49, 5), near.at(50, 5)]).toEqual([RED, BLUE])
  })

  it('draws the list of layers where it is asked for, and is another picture then', async () => {
    const path = `/1/maps/${map}/render.png?${SIZE}&bounds=${BOUNDS}`
    const [plain, listed] = await Promise.all([
      picture(owner, path),
      picture(owner, `${path}&layerlist=true`),
    ])
    expect(plain.at(12, 12)).toBe(GREY)
    expect(listed.at(12, 12)).not.toBe(GREY)
    expect(listed.headers.get('etag')).not.toBe(plain.headers.get('etag'))
  })

  it('is told to be the same until the map changes', async () => {
    const path = `/1/maps/${map}/render.png?${SIZE}&bounds=${BOUNDS}&timestamp=1600000000`
    const { headers } = await picture(owner, path)
    const again = () => owner.get(path, { 'if-none-match': headers.get('etag')! })
    expect((await again()).status).toBe(304)
    expect((await owner.put(`/1/layers/${area}.json`, { alpha: '50' })).status).toBe(204)
    expect((await again()).status).toBe(200)
    expect((await picture(owner, path)).at(60, 50)).toBe('100,100,228,255')
    await owner.put(`/1/layers/${area}.json`, { alpha: '100' })
  })

  it('is saved, and sent as a file, where that is asked for', async () => {
    const path = `/1/maps/${map}/render.png?${SIZE}&bounds=${BOUNDS}`
    const saved = await picture(owner, `${path}&saveto=pictures/squares.png&download=1`)
    expect(saved.headers.get('content-disposition')).toBe('attachment; filename="Squares.png"')
    const address = saved.headers.get('content-location')!
    expect(address).toBe('/1/storage/fs/pictures/squares.png')
    expect((await picture(owner, address)).at(30, 50)).toBe(RED)
    const unsaved = await picture(owner, `${path}&saveto=pictures/none.png&justgenerate=1`)
    expect(unsaved.headers.get('cache-control')).toBe('no-store')
    expect((await owner.get('/1/storage/fs/pictures/none.png')).status).toBe(404)
    const fromElsewhere = await fetch(`${baseUrl}${path}&saveto=pictures/x.png`, {
      headers: { ...owner.account.basic, 'sec-fetch-site': 'cross-site' },
    })
    expect(fromElsewhere.status).toBe(403)
    expect((await anonymous.get(`${path}&saveto=a.png`)).status).toBe(401)
  })

  it('says of tiles that do not come that they are missing, and shows the rest', async () => {
    const own = await makeMap(owner)
    const source = (path: string) =>
      JSON.stringify({ type: 'tile', src: `http://${inject('fetchAllowed')}${path}/{z}/{x}/{y}.png` })
    const layer = (members: object) =>
      owner.post('/1/layers.json', { mid: own, type: 'tile', name: 'T', ...members })
    const [, , refused] = [
      await layer({ source: source('') }),
      await layer({ source: JSON.stringify({ type: 'wfs', url: 'https://example.org/wfs' }), type: 'wfs' }),
      await layer({ source: JSON.stringify({ type: 'tile', src: 'http://127.0.0.1:1/{z}/{x}/{y}.png' }) }),
    ]
    const id = Number(refused.headers.get('location')!.split('/').at(-1))
    const half = 20037508.342789244 / 2
    const bounds = [-half, -half, half, half].join()
    const drawn = await withServer(tile, () =>
      picture(owner, `/1/maps/${own}/render.png?width=256&height=256&bounds=${bounds}`),
    )
    expect([drawn.at(50, 50), drawn.at(200, 50)]).toEqual(['0,120,100,255', '0,120,250,255'])
    expect(drawn.headers.get('x-graticule-partial')!.split(', ').sort()).toEqual(
      [`${id - 1};unsupported`, `${id};source`].sort(),
    )
  })

  it('is for who may see the map, and shows of it what they see', async () => {
    const path = `/1/maps/${map}/render.png?${SIZE}&bounds=${BOUNDS}`
    const refused = await Promise.all([stranger.get(path), anonymous.get(path)])
    expect(refused.map(({ status }) => status)).toEqual([404, 404])
    const { body } = await owner.get(`/1/maps/${map}.json`)
    await share(owner, body.resource_id, 'anonymous', 'READ')
    const open = await picture(anonymous, path)
    expect(open.at(60, 50)).toBe(BLUE)
    expect(open.headers.get('cache-control')).toBe('public, no-cache')
    // It has been kept for everyone, unlike one that nobody has asked for.
    const kept = `${path}&phender=false`
    await expect.poll(async () => (await anonymous.get(kept)).status).toBe(200)
    expect((await anonymous.get(`${kept}&layerlist=true`)).status).toBe(404)
    expect((await picture(stranger, `${path}&invalidate=true`)).at(30, 50)).toBe(RED)
  })

  it('refuses what a parameter cannot be, and names it', async () => {
    const refused: [name: string, query: string][] = [
      ['width', 'width=0'],
      ['width', 'width=4097'],
      ['width', 'width=4096&height=4096'],
      ['height', 'height=a'],
      ['bounds', 'bounds=1,2,3'],
      ['bounds', 'bounds=1,2,0,9'],
      ['bounds', 'bounds=-1e308,-1e308,1e308,1e308'],
      ['numscale', 'numscale=-3'],
      ['timestamp', 'timestamp=soon'],
      ['path', 'saveto=..%2Fx.png'],
    ]
    await Promise.all(
      refused.map(async ([name, query]) => {
        const { status, body } = await owner.get(`/1/maps/${map}/render.png?${query}`)
        expect([status, body.code], query).toEqual([400, 'BAD_REQUEST'])
        expect(body.msg).toContain(name)
      }),
    )
  })
})

describe('GET /1/maps/{id}/render.jpg', () => {
  it('is the same as a JPEG, by either extension', async () => {
    const query = `${SIZE}&bounds=${BOUNDS}`
    for (const extension of ['jpg', 'jpeg']) {
      const drawn = await picture(owner, `/1/maps/${map}/render.${extension}?${query}`)
      expect(drawn.headers.get('content-type')).toBe('image/jpeg')
      const [red, green, blue] = drawn.at(65, 50).split(',').map(Number)
      expect(Math.max(red!, green!)).toBeLessThan(30)
      expect(blue).toBeGreaterThan(225)
    }
  })

  it('is streamed where it is large', async () => {
    const drawn = await picture(owner, `/1/maps/${map}/render.jpg?width=1200&height=1000&bounds=${BOUNDS}`)
    expect(drawn.width).toBe(1200)
    expect(Number(drawn.at(700, 500).split(',')[2])).toBeGreaterThan(225)
  })

  it('is drawn by no other method', async () => {
    const answer = await owner.post(`/1/maps/${map}/render.jpg`)
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'GET, HEAD, OPTIONS'])
  })
})

describe('GET /1/layers/{id}/render.png', () => {
  it('shows one layer alone, whatever it is switched to, with its labels', async () => {
    const drawn = await picture(owner, `/1/layers/${spot}/render.png?${SIZE}&bounds=${BOUNDS}`)
    expect(drawn.at(10, 50)).toBe('0,0,0,255')
    expect(drawn.at(60, 50)).toBe('0,0,0,0')
    const letters = Array.from({ length: 30 }, (_, i) => drawn.at(16 + i, 50))
    expect(letters.some((pixel) => pixel !== '0,0,0,0')).toBe(true)
    const among = await picture(owner, `/1/maps/${map}/layers/${spot}/render.png?${SIZE}&bounds=${BOUNDS}`)
    expect(among.at(10, 50)).toBe('0,0,0,255')
    expect((await anonymous.get('/1/layers/999999/render.png')).status).toBe(404)
  })
})
