import { beforeAll, describe, expect, it } from 'vitest'
import type { RasterCodecs, RgbaImage } from '../../src/formats/codecs.ts'
import { makePng, type Raster } from '../unit/ingest/images.ts'
import { testCodecs } from '../unit/ingest/tools.ts'
import {
  baseUrl,
  call,
  fault,
  mapBody,
  newUser,
  type Served,
  statusAfter,
  type TestUser,
  withServer,
} from './mapwarper-client.ts'
import { pinCorners, uploadFile } from './rectified-map.ts'

const WIDTH = 1300
const HEIGHT = 700
/** Grey levels that two rounds of JPEG may change the picture by, at most and on average. */
const MOST = 12
const AVERAGE = 2

/** Waves across and down, and a slope: smooth enough for JPEG, steep enough to tell a pixel from the next. */
function waves(): Raster {
  const wave = (turns: number) => Math.round(128 + 90 * Math.sin(2 * Math.PI * turns))
  const samples = new Uint8Array(WIDTH * HEIGHT * 3)
  for (let y = 0, at = 0; y < HEIGHT; y++)
    for (let x = 0; x < WIDTH; x++, at += 3)
      samples.set([wave(x / 97), wave(y / 83), Math.round(20 + (200 * (x + y)) / (WIDTH + HEIGHT))], at)
  return { width: WIDTH, height: HEIGHT, bands: 3, samples, bits: 8 }
}

let user: TestUser
let codecs: RasterCodecs
let source: Raster
let id: number

beforeAll(async () => {
  ;[user, codecs] = await Promise.all([newUser(), testCodecs()])
  source = waves()
  const png = makePng(source, { colourType: 2, bitDepth: 8 })
  id = (await uploadFile(user, 'atlas.png', png, 'An atlas sheet')).id
  expect(await statusAfter(id, 'loading')).toBe('available')
})

async function picture(path: string): Promise<RgbaImage> {
  const response = await fetch(new URL(path, baseUrl))
  expect(response.status, path).toBe(200)
  return codecs.decode('png', new Uint8Array(await response.arrayBuffer()))
}

/** Compares a region of a map's image with the source, pixel by pixel. */
async function expectRegion(map: number, [x, y, width, height]: readonly [number, number, number, number]) {
  const image = await picture(`/iiif/${map}/${x},${y},${width},${height}/max/0/default.png`)
  expect([image.width, image.height]).toEqual([width, height])
  const differences: number[] = []
  for (let row = 0; row < height; row++)
    for (let column = 0; column < width; column++)
      for (let band = 0; band < 3; band++) {
        const wanted = source.samples[((y + row) * WIDTH + x + column) * 3 + band]!
        differences.push(Math.abs(image.data[(row * width + column) * 4 + band]! - wanted))
      }
  expect(Math.max(...differences)).toBeLessThanOrEqual(MOST)
  expect(differences.reduce((sum, one) => sum + one, 0) / differences.length).toBeLessThan(AVERAGE)
}

/** In the middle of pieces and tiles, across them, at the end. */
const REGIONS = [
  [40, 60, 64, 48],
  [470, 240, 90, 40],
  [WIDTH - 40, HEIGHT - 30, 40, 30],
] as const

const create = (attributes: Record<string, unknown>) =>
  call('/api/v1/maps', { json: mapBody(attributes), as: user.basic })

/** The platform's own answers under another address, which they name as theirs. */
async function ours(path: string, origin: string): Promise<Served | null> {
  const response = await fetch(new URL(path, baseUrl))
  const type = response.headers.get('content-type') ?? ''
  const bytes = new Uint8Array(await response.arrayBuffer())
  const isText = type.includes('json')
  return {
    ...{ status: response.status, type },
    bytes: isText ? new TextDecoder().decode(bytes).replaceAll(baseUrl, origin) : bytes,
  }
}

const withOurs = <T>(use: (origin: string) => Promise<T>): Promise<T> => {
  let origin = ''
  return withServer(
    (path) => ours(path, origin),
    (address) => {
      origin = address
      return use(address)
    },
  )
}

const LEVEL_0 = {
  '@context': 'http://iiif.io/api/image/3/context.json',
  ...{ type: 'ImageService3', protocol: 'http://iiif.io/api/image', profile: 'level0' },
}

const json = (document: unknown): Served => ({ type: 'application/json', bytes: JSON.stringify(document) })

describe('a map as a IIIF image', () => {
  it('describes itself by the rules of the Image API', async () => {
    const { json: info, headers } = await call(`/iiif/${id}/info.json`)
    expect(headers.get('access-control-allow-origin')).toBe('*')
    expect(info).toMatchObject({
      '@context': 'http://iiif.io/api/image/3/context.json',
      ...{ id: `${baseUrl}/iiif/${id}`, type: 'ImageService3', protocol: 'http://iiif.io/api/image' },
      ...{ profile: 'level1', width: WIDTH, height: HEIGHT },
    })
    for (const { width, height } of info.sizes) {
      expect(Math.abs(width / height - WIDTH / HEIGHT)).toBeLessThan(0.01)
      const image = await picture(`/iiif/${id}/full/${width},${height}/0/default.png`)
      expect([image.width, image.height]).toEqual([width, height])
    }
    for (const { scaleFactors } of info.tiles)
      for (const factor of scaleFactors) expect(Math.log2(factor) % 1).toBe(0)
  })

  it('shows the source pixels of a region', async () => {
    for (const region of REGIONS) await expectRegion(id, region)
  })

  it('is on the canvas of its manifest', async () => {
    const { json: manifest } = await call(`/iiif/${id}/manifest.json`)
    expect(manifest).toMatchObject({ type: 'Manifest', label: { none: ['An atlas sheet'] } })
    const [canvas] = manifest.items
    expect(canvas).toMatchObject({ type: 'Canvas', width: WIDTH, height: HEIGHT })
    expect(canvas.items[0].items[0].body.service[0].id).toBe(`${baseUrl}/iiif/${id}`)
  })
})

describe('a map made of a IIIF image', () => {
  it('has the image that an info.json describes', async () => {
    await withOurs(async (origin) => {
      const upload_url = `${origin}/iiif/${id}/info.json`
      const made = await create({ title: 'By info.json', upload_url })
      expect(made.status, made.text).toBe(201)
      const { attributes, id: copy } = made.json.data
      expect(attributes).toMatchObject({ width: WIDTH, height: HEIGHT, source_uri: upload_url })
      expect(attributes.description).toBeNull()
      expect(await statusAfter(Number(copy), 'loading')).toBe('available')
      for (const region of REGIONS) await expectRegion(Number(copy), region)
      const untitled = await create({ upload_url })
      expect(untitled.status).toBe(422)
      expect(untitled.json).toEqual({ errors: [fault('title', "can't be blank")] })
    })
  })

  it('is called as the manifest is', async () => {
    await withOurs(async (origin) => {
      const upload_url = `${origin}/iiif/${id}/manifest.json`
      const { status, json: made } = await create({ upload_url })
      expect(status).toBe(201)
      expect(made.data.attributes).toMatchObject({
        title: 'An atlas sheet',
        width: WIDTH,
        source_uri: upload_url,
      })
      const named = await create({ title: 'Mine', description: 'My own', upload_url })
      expect(named.json.data.attributes).toMatchObject({ title: 'Mine', description: 'My own' })
    })
  })

  it('is put together of pieces where the server gives no more at once', async () => {
    const asked: string[] = []
    const serve = (path: string) => {
      const rest = path.replace('/sheet/', '')
      if (rest === 'info.json')
        return json({
          '@context': 'http://iiif.io/api/image/2/context.json',
          ...{ '@id': 'no address', protocol: 'http://iiif.io/api/image', width: WIDTH, height: HEIGHT },
          profile: ['http://iiif.io/api/image/2/level1.json', { maxWidth: 500 }],
        })
      asked.push(rest)
      return ours(`/iiif/${id}/${rest}`, '')
    }
    const copy = await withServer(serve, async (origin) => {
      const { status, text } = await create({ title: 'Pieces', upload_url: `${origin}/sheet/info.json` })
      expect(status, text).toBe(201)
      const { data } = JSON.parse(text)
      expect(data.attributes).toMatchObject({ width: WIDTH, height: HEIGHT, description: null })
      return Number(data.id)
    })
    expect(asked).toContain('992,496,308,204/308,/0/default.jpg')
    expect(asked).toHaveLength(6)
    expect(await statusAfter(copy, 'loading')).toBe('available')
    for (const region of REGIONS) await expectRegion(copy, region)
  })

  it('is smaller, and says so, where the server gives no more', async () => {
    const sizes = [{ width: 650, height: 350 }]
    const serve = (path: string) => {
      const rest = path.replace('/sheet/', '')
      if (rest === 'info.json') return json({ ...LEVEL_0, width: WIDTH, height: HEIGHT, sizes })
      return rest === 'full/650,350/0/default.jpg' ? ours(`/iiif/${id}/${rest}`, '') : null
    }
    await withServer(serve, async (origin) => {
      const { status, text } = await create({
        title: 'Small',
        description: 'A',
        upload_url: `${origin}/sheet/info.json`,
      })
      expect(status, text).toBe(201)
      const { width, height, description } = JSON.parse(text).data.attributes
      expect([width, height]).toEqual([650, 350])
      expect(description).toMatch(/^A\nThe image has 650 x 350 pixels of the 1300 x 700/)
    })
  })

  it('is of the canvas that is asked for', async () => {
    const image = (origin: string, part: string) => ({ '@id': `${origin}/iiif/${id}/${part}/0/default.jpg` })
    let origin = ''
    const serve = (path: string) => {
      if (path !== '/manifest') return ours(path, '')
      const canvases = ['100,50', '120,60'].map((size) => ({
        ...{ '@id': `urn:canvas:${size}`, '@type': 'sc:Canvas' },
        images: [{ resource: image(origin, `full/${size}`) }],
      }))
      return json({
        '@context': 'http://iiif.io/api/presentation/2/context.json',
        ...{ '@type': 'sc:Manifest', label: 'Two sheets', attribution: 'The <library>' },
        sequences: [{ canvases }],
      })
    }
    await withServer(serve, async (address) => {
      origin = address
      const upload_url = `${origin}/manifest`
      for (const [canvas, width] of [
        [undefined, 100],
        [0, 100],
        ['1', 120],
        ['urn:canvas:120,60', 120],
      ] as const) {
        const { status, text } = await create({ upload_url, canvas })
        expect(status, text).toBe(201)
        const { attributes } = JSON.parse(text).data
        expect(attributes).toMatchObject({ title: 'Two sheets', description: 'The <library>', width })
      }
      for (const [canvas, pointer, detail] of [
        [2, 'upload_url', 'is a IIIF manifest of 2 canvases, of which none is "2"'],
        [{}, 'canvas', 'should be the id of a canvas or its number'],
      ] as const) {
        const refused = await create({ upload_url, canvas })
        expect(refused.status).toBe(422)
        expect(refused.json).toEqual({ errors: [fault(pointer, detail)] })
      }
    })
  })

  it.each([
    ['other JSON', { type: 'FeatureCollection' }, /^is neither an image nor a IIIF image or manifest$/],
    ['JSON that is cut short', '{"@context": [', /^is neither an image nor valid JSON$/],
    ['a large document', `{${' '.repeat(2 ** 21)}}`, /^is a IIIF document of more than 2097152 bytes/],
    ['a manifest without canvases', { type: 'Manifest', items: [] }, /without a canvas$/],
    ['a collection', { type: 'Collection', items: [] }, /collection/],
    ['an image that is not there', 'info', /cannot be fetched: it answered with status 404$/],
    [
      'a private image',
      { type: 'ImageService3', id: 'http://10.0.0.1/x', width: 9, height: 9 },
      /not a public host$/,
    ],
  ])('is refused for %s', async (_what, document, detail) => {
    const bytes = (): Served => {
      if (document === 'info') return json({ ...LEVEL_0, width: 9, height: 9 })
      return typeof document === 'string' ? { type: 'application/json', bytes: document } : json(document)
    }
    await withServer(
      (path) => (path === '/x/info.json' ? bytes() : null),
      async (origin) => {
        const refused = await create({ title: 'Refused', upload_url: `${origin}/x/info.json` })
        expect(refused.status).toBe(422)
        expect(refused.json).toEqual({
          errors: [fault('upload_url', expect.stringMatching(detail) as never)],
        })
      },
    )
  })

  it('has the points of an annotation of its source at the same places', async () => {
    await pinCorners(user, id, [WIDTH, HEIGHT], (x, y) => ({ lon: 7 + x, lat: 47 - y / 2 }))
    const { links } = (await call(`/api/v1/maps/${id}`)).json.data
    const annotation = await call(new URL(links.annotation).pathname)
    const [item] = annotation.json.items ?? [annotation.json]
    expect(item.target.source.id).toBe(links.iiif.replace('/info.json', ''))
    await withOurs(async (origin) => {
      const upload_url = `${item.target.source.id.replace(baseUrl, origin)}/info.json`
      const copy = (await create({ title: 'Round trip', upload_url })).json.data.id
      const body = new FormData()
      body.set('file', new Blob([annotation.text]), 'annotation.json')
      const taken = await call(`/api/v1/maps/${copy}/gcps/import`, { body, as: user.basic })
      expect(taken.status, taken.text).toBe(200)
      const pointsOf = async (map: number) =>
        (await call(`/api/v1/maps/${map}/gcps`)).json.data.map(
          ({ attributes: { x, y, lat, lon } }: { attributes: Record<string, number> }) => ({
            x,
            y,
            lat,
            lon,
          }),
        )
      expect(await pointsOf(copy)).toEqual(await pointsOf(id))
    })
  })
})
