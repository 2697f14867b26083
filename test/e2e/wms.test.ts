import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { RasterCodecs, RgbaImage } from '../../src/formats/codecs.ts'
import { crsTransform } from '../../src/geo/crs/reference-system.ts'
import { testCodecs } from '../unit/ingest/tools.ts'
import { baseUrl, call, newUser, statusAfter, type TestUser } from './mapwarper-client.ts'
import { type Place, pinCorners, rectified, uploadFile } from './rectified-map.ts'

const SIZE = [100, 76] as const
const [WIDTH, HEIGHT] = SIZE
/** The map lies askew, so that no axis of it is one of a reference system. */
const place = (shareX: number, shareY: number): Place => ({
  lon: 7.5 + 0.4 * shareX + 0.05 * shareY,
  lat: 47.6 - 0.04 * shareX - 0.2 * shareY,
})
/** Shares of the image's width and height at a place. */
function sharesAt(lon: number, lat: number): [number, number] {
  const [a, b] = [lon - 7.5, 47.6 - lat]
  const determinant = 0.4 * 0.2 - 0.05 * 0.04
  return [(0.2 * a - 0.05 * b) / determinant, (0.4 * b - 0.04 * a) / determinant]
}
const colourAt = (shareX: number, shareY: number) => [20 + 200 * shareX, 20 + 150 * shareY, 128, 255]

const GEOGRAPHIC = '7.55,47.42,7.85,47.56'
const OVER_THE_EDGE = '7.3,47.2,8.1,47.7'

let user: TestUser
let codecs: RasterCodecs
let id: number
let service: string
let folder: string

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'wms-'))
  ;[user, codecs] = await Promise.all([newUser(), testCodecs()])
  const data = new Uint8Array(WIDTH * HEIGHT * 4)
  for (let y = 0; y < HEIGHT; y++)
    for (let x = 0; x < WIDTH; x++)
      data.set(colourAt((x + 0.5) / WIDTH, (y + 0.5) / HEIGHT).map(Math.round), (y * WIDTH + x) * 4)
  const png = await codecs.encodePng({ width: WIDTH, height: HEIGHT, data })
  ;({ id } = await uploadFile(user, 'wms.png', png, 'Maps & services'))
  expect(await statusAfter(id, 'loading')).toBe('available')
  await pinCorners(user, id, SIZE, place)
  await rectified(user, id, 'transform_options=p1&resample_options=bilinear')
  service = `/maps/wms/${id}`
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

interface Picture extends RgbaImage {
  bytes: Uint8Array
}

const query = (parameters: Record<string, string | number>) =>
  new URLSearchParams(
    Object.entries(parameters).map(([name, value]) => [name, String(value)] as [string, string]),
  )

/** The answer to GetMap, of version 1.1.1 unless another is named. */
function getMap(parameters: Record<string, string | number>, path = service): Promise<Response> {
  const all = { SERVICE: 'WMS', VERSION: '1.1.1', REQUEST: 'GetMap', LAYERS: 'image', STYLES: '' }
  const size = { WIDTH: 90, HEIGHT: 60, FORMAT: 'image/png' }
  return fetch(`${baseUrl}${path}?${query({ ...all, ...size, ...parameters })}`, { redirect: 'manual' })
}

async function picture(parameters: Record<string, string | number>, path?: string): Promise<Picture> {
  const response = await getMap(parameters, path)
  const bytes = new Uint8Array(await response.arrayBuffer())
  const type = response.headers.get('content-type')
  expect(response.status).toBe(200)
  expect(type, new TextDecoder().decode(bytes.subarray(0, 500))).toMatch(/^image\//)
  return { bytes, ...(await codecs.decode(type === 'image/jpeg' ? 'jpeg' : 'png', bytes)) }
}

const pixel = ({ data, width }: RgbaImage, x: number, y: number): number[] => [
  ...data.subarray((y * width + x) * 4, (y * width + x) * 4 + 4),
]

/**
 * Compares pixels with what the picture shows at their places, in a reference system and box: each to within some grey
 * levels, for scans are kept as JPEG, and all together to within 0.7, which is a third of a pixel.
 */
function expectMap(image: RgbaImage, code: number, box: readonly number[], tolerance = 6): void {
  const [minX, minY, maxX, maxY] = box as [number, number, number, number]
  const out = new Float64Array(2)
  const sums = [0, 0, 0, 0]
  let compared = 0
  for (let y = 1; y < image.height; y += Math.ceil(image.height / 40))
    for (let x = 1; x < image.width; x += Math.ceil(image.width / 60)) {
      const planeX = minX + ((x + 0.5) / image.width) * (maxX - minX)
      const planeY = maxY - ((y + 0.5) / image.height) * (maxY - minY)
      crsTransform(code).inverse(planeX, planeY, out)
      const [shareX, shareY] = sharesAt(out[0]!, out[1]!)
      if (Math.min(shareX, shareY, 1 - shareX, 1 - shareY) < 0.02) continue
      compared++
      colourAt(shareX, shareY).forEach((value, channel) => {
        const difference = image.data[(y * image.width + x) * 4 + channel]! - value
        sums[channel]! += difference
        expect(Math.abs(difference), `channel ${channel} of ${x}, ${y}`).toBeLessThanOrEqual(tolerance)
      })
    }
  expect(compared).toBeGreaterThan(500)
  for (const sum of sums.slice(0, 2)) expect(Math.abs(sum / compared)).toBeLessThan(0.7)
}

describe('GetCapabilities', () => {
  it('speaks both versions', async () => {
    const old = await call(`${service}?request=GetCapabilities&service=WMS&version=1.1.1`)
    expect(old.status).toBe(200)
    expect(old.headers.get('content-type')).toBe('application/vnd.ogc.wms_xml; charset=utf-8')
    expect(old.text).toContain('<WMT_MS_Capabilities version="1.1.1">')
    expect(old.text).toContain(`xlink:href="${baseUrl}/maps/wms/${id}?"`)
    const current = await call(`${service}?REQUEST=getcapabilities&Service=wms`)
    expect(current.headers.get('content-type')).toBe('text/xml; charset=utf-8')
    expect(current.text).toContain('<WMS_Capabilities version="1.3.0"')
    expect(current.text).toContain('<Title>Maps &amp; services</Title>')
    expect(current.headers.get('access-control-allow-origin')).toBe('*')
  })
})

describe('GetMap', () => {
  it('draws WGS 84 alike in both versions, whatever the order of axes', async () => {
    const old = await picture({ SRS: 'EPSG:4326', BBOX: GEOGRAPHIC })
    expectMap(old, 4326, GEOGRAPHIC.split(',').map(Number))
    const current = { VERSION: '1.3.0', SRS: '', CRS: 'EPSG:4326', BBOX: '47.42,7.55,47.56,7.85' }
    expect(Buffer.compare((await picture(current)).bytes, old.bytes)).toBe(0)
    const named = { VERSION: '1.3.0', CRS: 'CRS:84', BBOX: GEOGRAPHIC }
    expect(Buffer.compare((await picture(named)).bytes, old.bytes)).toBe(0)
  })

  it.each([3857, 32632, 21781, 31467, 2154])('draws EPSG:%i', async (code) => {
    const out = new Float64Array(2)
    crsTransform(code).forward(7.6, 47.44, out)
    const [minX, minY] = out
    crsTransform(code).forward(7.8, 47.55, out)
    const box = [minX!, minY!, out[0]!, out[1]!]
    expectMap(await picture({ SRS: `EPSG:${code}`, BBOX: box.join(',') }), code, box)
    if (code === 31467) {
      const swapped = [box[1], box[0], box[3], box[2]].join(',')
      expectMap(await picture({ VERSION: '1.3.0', CRS: 'EPSG:31467', BBOX: swapped }), code, box)
    }
  })

  it('draws EPSG:900913 as EPSG:3857', async () => {
    const BBOX = '840000,6010000,870000,6030000'
    const named = await Promise.all(['EPSG:3857', 'EPSG:900913'].map((SRS) => picture({ SRS, BBOX })))
    expect(Buffer.compare(named[0]!.bytes, named[1]!.bytes)).toBe(0)
  })

  it('is white where nothing is, or has another colour, or is transparent', async () => {
    const asked = { SRS: 'EPSG:4326', BBOX: OVER_THE_EDGE }
    expect(pixel(await picture(asked), 0, 0)).toEqual([255, 255, 255, 255])
    expect(pixel(await picture({ ...asked, BGCOLOR: '0x102030' }), 0, 0)).toEqual([16, 32, 48, 255])
    const clear = await picture({ ...asked, TRANSPARENT: 'TRUE' })
    expect(pixel(clear, 0, 0)).toEqual([0, 0, 0, 0])
    expect(pixel(clear, 45, 26)[3]).toBe(255)
    expect(pixel(await picture({ ...asked, BBOX: '0,0,1,1', TRANSPARENT: 'TRUE' }), 40, 40)).toEqual([
      0, 0, 0, 0,
    ])
  })

  it('comes as JPEG, small and large', async () => {
    const asked = { SRS: 'EPSG:4326', BBOX: GEOGRAPHIC, FORMAT: 'image/jpeg' }
    expectMap(await picture(asked), 4326, GEOGRAPHIC.split(',').map(Number), 9)
    const large = await picture({ ...asked, WIDTH: 1210, HEIGHT: 1005 })
    expect([large.width, large.height]).toEqual([1210, 1005])
    expectMap(large, 4326, GEOGRAPHIC.split(',').map(Number), 9)
  })

  it('streams a large PNG', async () => {
    const large = await picture({ SRS: 'EPSG:4326', BBOX: GEOGRAPHIC, WIDTH: 1210, HEIGHT: 1005 })
    expectMap(large, 4326, GEOGRAPHIC.split(',').map(Number))
  })

  it('draws a mosaic', async () => {
    const attributes = { name: 'One map' }
    const made = await call('/api/v1/layers', {
      json: { data: { type: 'layers', attributes, map_ids: [id] } },
      as: user.basic,
    })
    expect(made.status, made.text).toBe(201)
    const asked = { SRS: 'EPSG:4326', BBOX: GEOGRAPHIC }
    const single = await picture(asked)
    for (const family of ['mosaics', 'layers']) {
      const whole = await picture(asked, `/${family}/wms/${made.json.data.id}`)
      expect(Buffer.compare(whole.bytes, single.bytes)).toBe(0)
    }
    const beside = { ...asked, BBOX: '0,0,1,1', TRANSPARENT: 'TRUE' }
    expect(pixel(await picture(beside, `/mosaics/wms/${made.json.data.id}`), 1, 1)).toEqual([0, 0, 0, 0])
  })

  it('shows the image as it was with STATUS=unwarped, y up', async () => {
    const whole = await picture({
      STATUS: 'unwarped',
      SRS: 'EPSG:4326',
      BBOX: `0,0,${WIDTH},${HEIGHT}`,
      WIDTH,
      HEIGHT,
    })
    for (const [x, y] of [
      [0, 0],
      [80, 20],
      [60, 74],
    ] as const)
      colourAt((x + 0.5) / WIDTH, (y + 0.5) / HEIGHT).forEach((value, channel) => {
        expect(Math.abs(pixel(whole, x, y)[channel]! - value)).toBeLessThanOrEqual(6)
      })
    const lower = { STATUS: 'unwarped', BBOX: `0,0,${WIDTH},${HEIGHT / 2}`, WIDTH, HEIGHT: HEIGHT / 2 }
    expect(pixel(await picture(lower), 10, 0)[1]).toBeGreaterThan(90)
  })

  it('has an entity tag that a later request may compare', async () => {
    const asked = { SRS: 'EPSG:4326', BBOX: GEOGRAPHIC }
    const first = await getMap(asked)
    expect(first.headers.get('cache-control')).toBe('public, no-cache')
    const etag = first.headers.get('etag')!
    const url = first.url
    await first.arrayBuffer()
    expect((await fetch(url, { headers: { 'if-none-match': etag } })).status).toBe(304)
    const head = await fetch(url, { method: 'HEAD' })
    expect([head.status, head.headers.get('content-type')]).toEqual([200, 'image/png'])
  })
})

describe('what cannot be carried out', () => {
  const wrong = { SRS: 'EPSG:1', BBOX: GEOGRAPHIC }

  it.each([
    ['REQUEST=GetMap&SRS=EPSG:1&BBOX=1,2,3,4&WIDTH=5&HEIGHT=5', 'InvalidSRS'],
    ['REQUEST=GetMap&SRS=EPSG:4326&BBOX=3,2,1,4&WIDTH=5&HEIGHT=5', 'InvalidParameterValue'],
    ['REQUEST=GetMap&SRS=EPSG:4326&BBOX=1,2,3,4&WIDTH=5000&HEIGHT=5', 'InvalidParameterValue'],
    ['REQUEST=GetMap&LAYERS=roads', 'LayerNotDefined'],
    ['REQUEST=GetFeatureInfo', 'OperationNotSupported'],
    ['REQUEST=%00', 'OperationNotSupported'],
    ['REQUEST=GetMap&SERVICE=WFS', 'InvalidParameterValue'],
    ['', 'MissingParameterValue'],
  ])('%s is reported as %s', async (parameters, code) => {
    const { status, text, headers } = await call(`${service}?VERSION=1.1.1&${parameters}`)
    expect(status).toBe(200)
    expect(headers.get('content-type')).toBe('application/vnd.ogc.se_xml; charset=utf-8')
    expect(headers.get('cache-control')).toBe('no-store')
    expect(text).toContain(`<ServiceException code="${code}">`)
  })

  it('is reported in the words of version 1.3.0', async () => {
    const response = await getMap({ ...wrong, VERSION: '1.3.0' })
    expect(response.headers.get('content-type')).toBe('text/xml; charset=utf-8')
    expect(await response.text()).toContain('code="InvalidCRS" locator="crs"')
  })

  it.each(['INIMAGE', 'application/vnd.ogc.se_inimage'])(
    'is written into the picture by %s',
    async (EXCEPTIONS) => {
      const image = await picture({ ...wrong, EXCEPTIONS, BGCOLOR: '0xFFFF00', WIDTH: 300 })
      expect([image.width, image.height]).toEqual([300, 60])
      const words = new Uint32Array(new Uint8Array(image.data).buffer)
      expect(words.filter((word) => word === 0xff000000).length).toBeGreaterThan(100)
    },
  )

  it.each(['BLANK', 'application/vnd.ogc.se_blank'])('leaves the picture blank by %s', async (EXCEPTIONS) => {
    const image = await picture({ ...wrong, EXCEPTIONS, TRANSPARENT: 'TRUE' })
    expect(image.data.every((value) => value === 0)).toBe(true)
  })

  it('of a map that is not there is 404', async () => {
    for (const family of ['maps', 'mosaics', 'layers']) {
      const { status, text } = await call(`/${family}/wms/999999999?request=GetCapabilities`)
      expect(status).toBe(404)
      expect(text).toContain('<ServiceException code="LayerNotDefined"')
    }
  })

  it('does not stand in the way of the legend and of other origins', async () => {
    const legend = await call(`${service}?request=GetLegendGraphic&version=1.1.1&layer=image`)
    expect([legend.status, legend.headers.get('location')]).toEqual([302, `${baseUrl}/maps/thumb/${id}`])
    const preflight = await call(service, { method: 'OPTIONS', headers: { origin: 'https://example.org' } })
    expect(preflight.status).toBe(204)
    expect(preflight.headers.get('access-control-allow-origin')).toBe('*')
  })
})

const hasGdal = spawnSync('gdalwarp', ['--version']).status === 0

/** The bands of a raster, pixel by pixel, as GDAL reads them. */
function samplesOf(path: string): Uint8Array {
  const raw = join(folder, 'samples.raw')
  execFileSync('gdal_translate', ['-q', '-of', 'ENVI', '-co', 'INTERLEAVE=BIP', path, raw])
  return new Uint8Array(readFileSync(raw))
}

describe.skipIf(!hasGdal)('GDAL', () => {
  it('finds the layer and reads it', () => {
    const url = `WMS:${baseUrl}${service}?SERVICE=WMS&VERSION=1.1.1&REQUEST=GetCapabilities`
    const { metadata } = JSON.parse(execFileSync('gdalinfo', ['-json', url], { encoding: 'utf8' }))
    const layer = metadata.SUBDATASETS.SUBDATASET_1_NAME as string
    expect(layer).toContain('LAYERS=image')
    const target = join(folder, 'wms.tif')
    const window = ['-projwin', '7.55', '47.56', '7.85', '47.42', '-outsize', '90', '42']
    execFileSync('gdal_translate', ['-q', '--config', 'GDAL_PAM_ENABLED', 'NO', ...window, layer, target])
    const [width, height] = [90, 42]
    const data = samplesOf(target)
    const bands = data.length / width / height
    const rgba = Uint8Array.from({ length: width * height * 4 }, (_, i) =>
      i % 4 === 3 ? 255 : data[Math.floor(i / 4) * bands + (i % 4)]!,
    )
    expectMap({ width, height, data: rgba }, 4326, GEOGRAPHIC.split(',').map(Number))
  })

  it('warps the GeoTIFF to what is drawn', async () => {
    const tiff = join(folder, 'map.tif')
    const answer = await fetch(`${baseUrl}/maps/${id}/export.tif`)
    writeFileSync(tiff, new Uint8Array(await answer.arrayBuffer()))
    const box = ['610000', '255000', '634000', '268000']
    const warped = join(folder, 'warped.tif')
    const raster = ['-te', ...box, '-ts', '120', '65', '-r', 'bilinear']
    execFileSync('gdalwarp', ['-q', '-overwrite', '-t_srs', 'EPSG:21781', ...raster, tiff, warped])
    const drawn = await picture({
      SRS: 'EPSG:21781',
      BBOX: box.join(','),
      WIDTH: 120,
      HEIGHT: 65,
      TRANSPARENT: 'true',
    })
    const data = samplesOf(warped)
    let compared = 0
    for (let i = 0; i < 120 * 65 * 4; i += 4) {
      if (data[i + 3] !== 255 || drawn.data[i + 3] !== 255) continue
      compared++
      for (let band = 0; band < 3; band++)
        expect(Math.abs(data[i + band]! - drawn.data[i + band]!)).toBeLessThanOrEqual(4)
    }
    expect(compared).toBeGreaterThan(4000)
  })
})

const PYTHON = '/usr/bin/python3'
const hasOwslib = spawnSync(PYTHON, ['-c', 'import owslib.wms']).status === 0

describe.skipIf(!hasOwslib)('OWSLib', () => {
  const PROGRAM = `
import json, sys
from owslib.wms import WebMapService
url, folder = sys.argv[1:]
out = []
for version in ('1.1.1', '1.3.0'):
    service = WebMapService(url, version=version)
    layer = service['image']
    image = service.getmap(layers=['image'], srs='EPSG:4326', bbox=(7.55, 47.42, 7.85, 47.56), size=(90, 60), format='image/png')
    with open(folder + '/' + version + '.png', 'wb') as file:
        file.write(image.read())
    try:
        service.getmap(layers=['roads'], srs='EPSG:4326', bbox=(7, 47, 8, 48), size=(9, 6), format='image/png')
        refused = None
    except Exception as error:
        refused = type(error).__name__ + ': ' + str(error)
    out.append(dict(title=layer.title, box=layer.boundingBoxWGS84, formats=service.getOperationByName('GetMap').formatOptions, systems=sorted(layer.crsOptions), refused=refused))
print(json.dumps(out))
`
  it('reads the capabilities, a map and an exception in both versions', async () => {
    const answers = JSON.parse(
      execFileSync(PYTHON, ['-c', PROGRAM, `${baseUrl}${service}`, folder], { encoding: 'utf8' }),
    )
    for (const { title, box, formats, systems, refused } of answers) {
      expect(title).toBe('Maps & services')
      expect(box[0]).toBeCloseTo(7.5, 3)
      expect(box[3]).toBeCloseTo(47.6, 3)
      expect(formats).toEqual(['image/png', 'image/jpeg'])
      expect(systems).toEqual(
        expect.arrayContaining(['EPSG:3857', 'EPSG:900913', 'EPSG:21781', 'EPSG:32632']),
      )
      expect(refused).toBe('ServiceException: the layer is image; there is no "roads"')
    }
    const ours = await picture({ SRS: 'EPSG:4326', BBOX: GEOGRAPHIC })
    for (const version of ['1.1.1', '1.3.0'])
      expect(Buffer.compare(readFileSync(join(folder, `${version}.png`)), ours.bytes)).toBe(0)
  })
})
