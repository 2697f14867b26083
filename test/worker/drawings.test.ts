import { sql } from 'drizzle-orm'
import { beforeAll, describe, expect, it } from 'vitest'
import { tileRange } from '../../src/geo/mercator.ts'
import { insertMosaic, updateMosaic } from '../../src/store/mosaic-changes.ts'
import type { UserPrincipal } from '../../src/store/principal.ts'
import { findTileSource } from '../../src/store/rectifications.ts'
import { rasterCodecs } from '../../workers/codecs.ts'
import { db, ingestOf, scanOf } from './support/bindings.ts'
import { expectSameBytes } from './support/bytes.ts'
import {
  makeUser,
  readScan,
  readyScan,
  type SharedPyramid,
  SMALL_POINTS,
  SYSTEM,
  smallOriginal,
  uploadScan,
} from './support/scans.ts'
import { type Asked, ask, ORIGIN } from './support/tile-service.ts'

const WAIT_MS = 100_000
/** The second scan lies this much further east: they share about half of their ground. */
const SHIFT_DEGREES = 0.14
const UNKNOWN_ID = 1_999_999_999

let owner: UserPrincipal
let pyramid: SharedPyramid
let west: number
let east: number

beforeAll(async () => {
  owner = await makeUser()
  const id = await uploadScan(owner, await smallOriginal())
  await ingestOf(id).wait(id, WAIT_MS)
  const scan = await readScan(id)
  pyramid = { pyramidKey: scan.pyramidKey!, pyramid: scan.pyramid!, thumbnailKey: scan.thumbnailKey! }
  west = await rectifiedScan(0)
  east = await rectifiedScan(SHIFT_DEGREES)
}, WAIT_MS)

async function rectifiedScan(shift: number): Promise<number> {
  const points = SMALL_POINTS.map(([x, y, lon, lat]) => [x, y, lon + shift, lat] as const)
  const id = await readyScan(owner, pyramid, points)
  const request = {
    scanId: id,
    principal: owner,
    transform: 'p1',
    resampling: 'near',
    useMask: false,
  } as const
  expect(await scanOf(id).rectify({ ...request, waitMs: WAIT_MS })).toEqual({ state: 'done' })
  return id
}

const mosaicOf = async (...members: number[]): Promise<number> =>
  (await insertMosaic(db, owner, { name: 'Two <sheets>' }, { add: members, order: [] })).id

interface Pixel {
  rgba: number[]
  type: string | null
}

/** The colour of a tile service's picture at a place. */
async function pixelAt(
  kind: string,
  id: number,
  lon: number,
  lat: number,
  asked: Asked = {},
): Promise<Pixel> {
  const z = 10
  const { minX, minY } = tileRange([lon, lat, lon, lat], z)
  const { status, bytes, headers } = await ask(`/${kind}/tile/${id}/${z}/${minX}/${minY}.png`, asked)
  expect(status).toBe(200)
  const { data } = await (await rasterCodecs()).decode('png', bytes)
  const column = Math.floor((((lon + 180) / 360) * 2 ** z - minX) * 256)
  const mercator = (1 - Math.asinh(Math.tan((lat * Math.PI) / 180)) / Math.PI) / 2
  const row = Math.floor((mercator * 2 ** z - minY) * 256)
  return {
    rgba: [...data.slice((row * 256 + column) * 4, (row * 256 + column) * 4 + 4)],
    type: headers.get('cache-control'),
  }
}

/** Places that only the western scan, both scans, and only the eastern scan cover. */
const ONLY_WEST = [7.07, 47.1] as const
const BOTH = [7.23, 47.1] as const
const ONLY_EAST = [7.37, 47.1] as const

describe('a mosaic', () => {
  it('shows its scans, the last above the others', async () => {
    const id = await mosaicOf(west, east)
    for (const [[lon, lat], scan] of [
      [ONLY_WEST, west],
      [BOTH, east],
      [ONLY_EAST, east],
    ] as const) {
      const shown = await pixelAt('mosaics', id, lon, lat)
      expect(shown.rgba[3]).toBe(255)
      expect(shown).toEqual(await pixelAt('maps', scan, lon, lat))
    }
    expect((await pixelAt('maps', west, ...BOTH)).rgba).not.toEqual(
      (await pixelAt('maps', east, ...BOTH)).rgba,
    )
  })

  it('shows a change of the order at once, under another version', async () => {
    const id = await mosaicOf(west, east)
    const before = (await ask(`/layers/tile/${id}/tilejson.json`)).json() as { tiles: string[] }
    await updateMosaic(db, owner, id, {}, { add: [], order: [east, west] })
    const after = (await ask(`/layers/tile/${id}/tilejson.json`)).json() as { tiles: string[] }
    expect(after.tiles).not.toEqual(before.tiles)
    expect(await pixelAt('mosaics', id, ...BOTH)).toEqual(await pixelAt('maps', west, ...BOTH))
  })

  it('takes nothing when it is warm by its versioned address, one look-up by its plain one', async () => {
    const id = await mosaicOf(west, east)
    const { tiles, bounds } = (await ask(`/mosaics/tile/${id}/tilejson.json`)).json() as {
      tiles: [string]
      bounds: [number, number, number, number]
    }
    expect(bounds[0]).toBeLessThan(7.01)
    expect(bounds[2]).toBeGreaterThan(7.29 + SHIFT_DEGREES)
    const { minX, minY } = tileRange([...BOTH, ...BOTH], 9)
    const versioned = tiles[0].slice(ORIGIN.length).replace('{z}/{x}/{y}', `9/${minX}/${minY}`)
    const cold = await ask(versioned)
    expect(cold).toMatchObject({ status: 200, took: { database: 1, cached: 1 } })
    expect(cold.headers.get('cache-control')).toBe('public, max-age=31536000, immutable')
    const warm = await ask(versioned)
    expect(warm.took).toEqual({ database: 0, bucket: 0, cached: 0 })
    expectSameBytes(warm.bytes, cold.bytes)
    const plain = await ask(versioned.replace(/\?.*/, ''))
    expect(plain.took).toEqual({ database: 1, bucket: 0, cached: 0 })
    expect(plain.headers.get('cache-control')).toBe('public, no-cache')
    const stale = await ask(versioned.replace(/v=.*/, 'v=0123456789abcdef'))
    expect(stale.headers.get('cache-control')).toBe('public, no-cache')
    expectSameBytes(stale.bytes, cold.bytes)
  })

  it('shows a private member to who may see it alone, and shares nothing of that', async () => {
    const hidden = await rectifiedScan(SHIFT_DEGREES)
    await db.execute(sql`delete from grants where resource_id = ${hidden}`)
    const id = await mosaicOf(west, hidden)
    expect((await pixelAt('mosaics', id, ...ONLY_EAST)).rgba[3]).toBe(0)
    expect(await pixelAt('mosaics', id, ...BOTH)).toEqual(await pixelAt('maps', west, ...BOTH))
    const own = await pixelAt('mosaics', id, ...ONLY_EAST, { principal: owner })
    expect(own).toMatchObject({ rgba: [expect.any(Number), expect.any(Number), expect.any(Number), 255] })
    expect(own.type).toBe('private, no-cache')
    expect((await pixelAt('mosaics', id, ...ONLY_EAST)).rgba[3]).toBe(0)
  })

  it('is not there when it is hidden, private, empty or unknown', async () => {
    const hidden = await mosaicOf(west)
    await db.execute(sql`update mosaics set is_visible = false where id = ${hidden}`)
    const secret = await mosaicOf(west)
    await db.execute(sql`delete from grants where resource_id = ${secret}`)
    const unrectified = await mosaicOf(await readyScan(owner, pyramid, SMALL_POINTS))
    for (const id of [hidden, secret, await mosaicOf(), unrectified, west, UNKNOWN_ID])
      for (const path of [
        `tile/${id}/8/133/90.png`,
        `tile/${id}/tilejson.json`,
        `wmts/${id}/1.0.0/WMTSCapabilities.xml`,
        `tms/${id}`,
        `${id}.kml`,
      ])
        expect((await ask(`/mosaics/${path}`)).status, path).toBe(404)
  })
})

describe.each(['maps', 'mosaics'] as const)('the other addresses of tiles of %s', (kind) => {
  let id: number
  let tile: { z: number; x: number; y: number }

  beforeAll(async () => {
    id = kind === 'maps' ? east : await mosaicOf(west, east)
    const { minX, minY } = tileRange([...BOTH, ...BOTH], 9)
    tile = { z: 9, x: minX, y: minY }
  })

  const xyz = () => ask(`/${kind}/tile/${id}/${tile.z}/${tile.x}/${tile.y}.png`)

  it('TMS counts rows from the south', async () => {
    const tms = await ask(`/${kind}/tms/${id}/${tile.z}/${tile.x}/${2 ** tile.z - 1 - tile.y}.png`)
    expectSameBytes(tms.bytes, (await xyz()).bytes)
    expect((await ask(`/${kind}/tms/${id}/3/8/0.png`)).status).toBe(404)
    const { headers, bytes } = await ask(`/${kind}/tms/${id}`)
    expect(headers.get('content-type')).toBe('text/xml; charset=utf-8')
    expect(new TextDecoder().decode(bytes)).toContain(`href="${ORIGIN}/${kind}/tms/${id}/${tile.z}"`)
  })

  it('WMTS answers key-value and REST requests', async () => {
    const query = new URLSearchParams({
      ...{ SERVICE: 'WMTS', REQUEST: 'GetTile', Version: '1.0.0', layer: 'image', STYLE: 'default' },
      ...{ TileMatrixSet: 'WebMercatorQuad', TILEMATRIX: String(tile.z), FORMAT: 'image/png' },
      ...{ TileRow: String(tile.y), TileCol: String(tile.x) },
    })
    const { bytes } = await xyz()
    expectSameBytes((await ask(`/${kind}/wmts/${id}?${query}`)).bytes, bytes)
    const rest = `/${kind}/wmts/${id}/1.0.0/image/default/WebMercatorQuad/${tile.z}/${tile.y}/${tile.x}.png`
    expectSameBytes((await ask(rest)).bytes, bytes)
  })

  it('WMTS describes itself with its versioned address', async () => {
    const kvp = await ask(`/${kind}/wmts/${id}?service=WMTS&request=GetCapabilities`)
    const rest = await ask(`/${kind}/wmts/${id}/1.0.0/WMTSCapabilities.xml`)
    expectSameBytes(kvp.bytes, rest.bytes)
    const text = new TextDecoder().decode(kvp.bytes)
    const template = /resourceType="tile" template="([^"]+\.png\?v=[0-9a-f]+)"/.exec(text)![1]!
    const address = template
      .slice(ORIGIN.length)
      .replace(
        '{Style}/{TileMatrixSet}/{TileMatrix}/{TileRow}/{TileCol}',
        `default/WebMercatorQuad/${tile.z}/${tile.y}/${tile.x}`,
      )
    const { status, headers } = await ask(address)
    expect(status).toBe(200)
    expect(headers.get('cache-control')).toBe('public, max-age=31536000, immutable')
  })

  it.each([
    ['', 'MissingParameterValue', 400],
    ['request=GetTile', 'MissingParameterValue', 400],
    ['service=WMS&request=GetCapabilities', 'InvalidParameterValue', 400],
    ['request=GetFeatureInfo', 'OperationNotSupported', 501],
    ['request=GetCapabilities&acceptversions=2.0.0', 'VersionNegotiationFailed', 400],
    [
      'request=GetTile&layer=x&tilematrixset=WebMercatorQuad&tilematrix=1&tilerow=0&tilecol=0',
      'InvalidParameterValue',
      400,
    ],
    [
      'request=GetTile&layer=image&tilematrixset=WebMercatorQuad&tilematrix=x&tilerow=0&tilecol=0',
      'InvalidParameterValue',
      400,
    ],
    [
      'request=GetTile&layer=image&tilematrixset=WebMercatorQuad&tilematrix=1&tilerow=2&tilecol=0',
      'TileOutOfRange',
      400,
    ],
    [
      'request=GetTile&layer=image&tilematrixset=WebMercatorQuad&tilematrix=1&tilerow=0&tilecol=-1',
      'TileOutOfRange',
      400,
    ],
    [
      'request=GetTile&layer=image&tilematrixset=WebMercatorQuad&tilematrix=1&tilerow=0&tilecol=0&format=image/gif',
      'InvalidParameterValue',
      400,
    ],
  ])('WMTS refuses "%s" with %s', async (query, code, status) => {
    const answered = await ask(`/${kind}/wmts/${id}?${query}`)
    expect(answered.status).toBe(status)
    expect(new TextDecoder().decode(answered.bytes)).toContain(`exceptionCode="${code}"`)
  })

  it('KML leads from the whole to its parts until these are as fine as the scans', async () => {
    const read = async (path: string) => new TextDecoder().decode((await ask(path)).bytes)
    const links = (text: string) =>
      [...text.matchAll(/<href>([^<]+\.kml\?[^<]+)<\/href>/g)].map(([, href]) => href!.slice(ORIGIN.length))
    let [cell, more] = links(await read(`/${kind}/${id}.kml`))
    expect(more).toBeUndefined()
    let depth = 0
    for (; cell; depth++) {
      const text = await read(cell)
      const [picture] = /<href>[^<]*GetMap[^<]*<\/href>/.exec(text)!
      expect(picture).toContain(`/${kind}/wms/${id}?service=WMS&amp;`)
      cell = links(text)[0]
    }
    const { output } = (await findTileSource(db, SYSTEM, east))!
    const sides =
      (output.bbox[2] - output.bbox[0] + (kind === 'maps' ? 0 : SHIFT_DEGREES)) / output.pixelSizeX / 256
    expect(depth).toBe(1 + Math.ceil(Math.log2(sides)))
    expect((await ask(`/${kind}/${id}.kml?DBOX=1,2,3`)).status).toBe(422)
  })
})

describe('the image of a scan by IIIF', () => {
  interface Info {
    id: string
    width: number
    height: number
    maxArea: number
    tiles: [{ width: number; scaleFactors: number[] }]
  }

  const decoded = async (path: string, format: 'jpeg' | 'png' | 'webp' = 'png') => {
    const answered = await ask(path)
    expect(answered.status, path).toBe(200)
    return (await rasterCodecs()).decode(format, answered.bytes)
  }

  it('is described, as JSON-LD to who asks for it', async () => {
    expect(await ask(`/iiif/${west}`)).toMatchObject({ status: 303 })
    const plain = await ask(`/iiif/${west}/info.json`)
    expect(plain.headers.get('content-type')).toBe('application/json')
    expect(plain.json()).toMatchObject({
      ...{ '@context': 'http://iiif.io/api/image/3/context.json', id: `${ORIGIN}/iiif/${west}` },
      ...{ type: 'ImageService3', profile: 'level1', width: 300, height: 200 },
    })
    const linked = await ask(`/iiif/${west}/info.json`, { headers: { accept: 'application/ld+json' } })
    expect(linked.headers.get('content-type')).toBe(
      'application/ld+json;profile="http://iiif.io/api/image/3/context.json"',
    )
  })

  it('is the picture that was uploaded, in every tile that the description names', async () => {
    const { width, height, tiles } = (await ask(`/iiif/${west}/info.json`)).json() as Info
    const original = await (await rasterCodecs()).decode('png', (await smallOriginal()).bytes)
    const whole = await decoded(`/iiif/${west}/full/max/0/default.png`)
    expect([whole.width, whole.height]).toEqual([width, height])
    // What the pyramid's lossy tiles make of hard squares errs by some levels; a pixel's shift would err by sixty.
    let sum = 0
    for (let i = 0; i < whole.data.length; i++) sum += Math.abs(whole.data[i]! - original.data[i]!)
    expect(sum / whole.data.length).toBeLessThan(8)
    const stored = await decoded(`/iiif/${west}/full/max/0/default.webp`, 'webp')
    expectSameBytes(new Uint8Array(whole.data), new Uint8Array(stored.data))
    const [{ width: side, scaleFactors }] = tiles
    for (const factor of scaleFactors) {
      const tile = await decoded(
        `/iiif/${west}/0,0,${side * factor},${side * factor}/${Math.ceil(width / factor)},/0/default.jpg`,
        'jpeg',
      )
      expect(tile.width).toBe(Math.ceil(width / factor))
    }
  })

  it('can be turned, mirrored and gray', async () => {
    const part = '40,30,60,50/max'
    const upright = await decoded(`/iiif/${west}/${part}/0/default.png`)
    const turned = await decoded(`/iiif/${west}/${part}/90/default.png`)
    const mirrored = await decoded(`/iiif/${west}/${part}/!0/default.png`)
    expect([turned.width, turned.height]).toEqual([50, 60])
    const at = (
      { data, width }: { data: Uint8Array | Uint8ClampedArray; width: number },
      x: number,
      y: number,
    ) => [...data.subarray((y * width + x) * 4, (y * width + x) * 4 + 4)]
    for (const [x, y] of [
      [0, 0],
      [59, 0],
      [10, 40],
    ] as const) {
      expect(at(turned, 49 - y, x)).toEqual(at(upright, x, y))
      expect(at(mirrored, 59 - x, y)).toEqual(at(upright, x, y))
    }
    const [red, green, blue] = at(await decoded(`/iiif/${west}/${part}/0/gray.png`), 20, 20)
    expect([green, blue]).toEqual([red, red])
  })

  it('names the canonical address and refuses what is no request', async () => {
    const answered = await ask(`/iiif/${west}/0,0,300,200/pct:50/0/color.jpg`)
    expect(answered.headers.get('link')).toContain(
      `<${ORIGIN}/iiif/${west}/full/150,100/0/default.jpg>;rel="canonical"`,
    )
    for (const [path, status] of [
      ['full/max/0/default.bmp', 400],
      ['full/max/45/default.jpg', 501],
      ['400,0,10,10/max/0/default.jpg', 400],
      ['full/301,/0/default.jpg', 400],
      ['full', 400],
      ['%E0%A4%A/max/0/default.jpg', 400],
    ] as const)
      expect((await ask(`/iiif/${west}/${path}`)).status, path).toBe(status)
    expect((await ask(`/iiif/${UNKNOWN_ID}/info.json`)).status).toBe(404)
  })

  it('is on the canvas of a manifest that leads to its georeference', async () => {
    const manifest = (await ask(`/iiif/${west}/manifest.json`)).json() as {
      items: [{ width: number; items: [{ items: [{ body: { id: string; service: [{ id: string }] } }] }] }]
      seeAlso: [{ id: string }]
    }
    const { body } = manifest.items[0].items[0].items[0]
    expect(manifest.items[0].width).toBe(300)
    expect(body.service[0].id).toBe(`${ORIGIN}/iiif/${west}`)
    expect((await ask(body.id.slice(ORIGIN.length))).status).toBe(200)
    expect(manifest.seeAlso[0].id).toBe(`${ORIGIN}/maps/${west}/annotation.json`)
  })

  it('of a private scan is its owner’s alone', async () => {
    const id = await readyScan(owner, pyramid, SMALL_POINTS)
    expect((await ask(`/iiif/${id}/full/max/0/default.jpg`)).status).toBe(200)
    await db.execute(sql`delete from grants where resource_id = ${id}`)
    for (const path of ['info.json', 'manifest.json', 'full/max/0/default.jpg']) {
      expect((await ask(`/iiif/${id}/${path}`)).status).toBe(404)
      const own = await ask(`/iiif/${id}/${path}`, { principal: owner })
      expect(own.status).toBe(200)
      expect(own.headers.get('cache-control')).toBe('private, no-cache')
    }
  })
})
