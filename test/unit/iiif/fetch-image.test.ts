import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { R2Bucket } from '@cloudflare/workers-types'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { fetchImage } from '../../../src/domain/iiif/fetch-image.ts'
import type { FetchContext } from '../../../src/domain/iiif/service-image.ts'
import type { RasterCodecs } from '../../../src/formats/codecs.ts'
import { encodeJpeg } from '../../../src/formats/jpeg-stream.ts'
import { testCodecs } from '../ingest/tools.ts'
import { rejection } from '../intake/chunks.ts'
import { emptyBucket, keysOf, nodeDigest, openLocalBucket } from '../intake/local-bucket.ts'
import { info2, info3, info10 } from './documents.ts'

const WIDTH = 700
const HEIGHT = 600
const size = { width: WIDTH, height: HEIGHT }
/** Of a JPEG's brightness. */
const TOLERANCE = 3

type Answer = (path: string) => Promise<Uint8Array | number> | Uint8Array | number

let local: Awaited<ReturnType<typeof openLocalBucket>>
let codecs: RasterCodecs
let context: FetchContext
let origin: string
let answer: Answer
let asked: string[] = []

const server = createServer(async (request, response) => {
  asked.push(request.url!)
  const answered = await answer(request.url!)
  if (typeof answered === 'number') response.writeHead(answered).end()
  else response.end(answered)
})

beforeAll(async () => {
  ;[local, codecs] = await Promise.all([openLocalBucket(), testCodecs()])
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  origin = `http://${host}`
  context = {
    bucket: local.bucket as unknown as R2Bucket,
    fetchAllow: [host],
    decodeJpeg: (bytes) => codecs.decode('jpeg', bytes),
    createDigest: nodeDigest,
  }
})
afterAll(async () => {
  server.closeAllConnections()
  server.close()
  await local.dispose()
})
beforeEach(async () => {
  asked = []
  await emptyBucket(local.bucket)
})

/** A grey picture whose brightness tells the place of its top left corner. */
function picture(width: number, height: number, level: number): Promise<Uint8Array> {
  const data = new Uint8Array(width * height * 4).fill(level)
  return encodeJpeg({ width, height, data }, 95)
}

const levelAt = (x: number, y: number) => 20 + (x / 256) * 20 + (y / 256) * 70

/** Serves a description, and what it describes by regions alone. */
const served =
  (info: object, regionAnswer: Answer = region): Answer =>
  (path) =>
    path === '/x/info.json'
      ? new TextEncoder().encode(JSON.stringify({ ...info, id: `${origin}/x`, '@id': `${origin}/x` }))
      : regionAnswer(path)

function region(path: string): Promise<Uint8Array> | number {
  const [, x, y, w, h] = /\/(\d+),(\d+),(\d+),(\d+)\//.exec(path)?.map(Number) ?? []
  return w === undefined ? 404 : picture(w, h!, levelAt(x!, y!))
}

const fetched = (canvas: string | null = null) =>
  fetchImage(context, `${origin}/x/info.json`, canvas, (described) => described)

const tiled = { ...info10, ...size, tile_width: 256, tile_height: 256, scale_factors: [1] }

describe('an image that its server gives in tiles alone', () => {
  test('is put together, each tile in its place', async () => {
    answer = served(tiled)
    const { image, note, prepared } = await fetched()
    expect({ note, prepared }).toEqual({ note: null, prepared: { title: '', description: '' } })
    expect(image).toMatchObject({ fileName: 'x.tif', attribute: 'upload_url' })
    expect(asked.slice(0, 2)).toEqual(['/x/info.json', '/x/full/full/0/native.jpg'])
    expect(asked).toHaveLength(2 + 3 * 3)
    expect(await keysOf(local.bucket)).toEqual([image.key])
    const bytes = new Uint8Array(await (await local.bucket.get(image.key))!.arrayBuffer())
    const tileBytes = 256 * 256 * 3
    const head = bytes.length - 9 * tileBytes
    for (let tile = 0; tile < 9; tile++) {
      const level = levelAt((tile % 3) * 256, Math.floor(tile / 3) * 256)
      for (const at of [0, tileBytes / 2, tileBytes - 1])
        expect(Math.abs(bytes[head + tile * tileBytes + at]! - level)).toBeLessThanOrEqual(TOLERANCE)
    }
  })

  test('though the server refuses to answer now and then', async () => {
    const refused = new Set<string>()
    answer = served(tiled, (path) => {
      if (refused.has(path)) return region(path)
      refused.add(path)
      return 429
    })
    expect((await fetched()).note).toBeNull()
  })

  test.each([
    ['do not come', () => 503, /status 503/],
    ['are no images', () => new TextEncoder().encode('none'), /no JPEG/],
    ['are of another size', () => picture(40, 40, 9), /40 x 40 pixels instead of/],
  ])('is refused if they %s, and nothing is left', async (_what, broken, reason) => {
    const limited = { ...info3, ...size, maxWidth: 300 }
    answer = served(limited, (path) => (path.includes('/full/') ? 404 : broken()))
    expect(await rejection(fetched())).toMatchObject({
      attribute: 'upload_url',
      message: expect.stringMatching(reason),
    })
    expect(await keysOf(local.bucket)).toEqual([])
  })

  test('is taken as large as it comes at once where nothing decodes', async () => {
    answer = served({ ...info3, ...size, maxWidth: 350 }, () => picture(350, 300, 9))
    const { decodeJpeg: _, ...without } = context
    const { note } = await fetchImage(without, `${origin}/x/info.json`, null, () => null)
    expect(note).toMatch(/350 x 300 pixels of the 700 x 600/)
  })
})

test('an image that is smaller than described is put together as well', async () => {
  answer = served({ ...info3, ...size }, (path) =>
    path.includes('/full/') ? picture(350, 300, 9) : region(path),
  )
  const { image, note } = await fetched()
  expect(note).toBeNull()
  expect(await keysOf(local.bucket)).toEqual([image.key])
})

test('an image that comes whole is kept as it is', async () => {
  const whole = await picture(WIDTH, HEIGHT, 9)
  answer = served({ ...info2, ...size, profile: 'http://iiif.io/api/image/2/level1.json' }, () => whole)
  const { image, prepared } = await fetched()
  expect(prepared).toEqual({ title: '', description: 'By the library & friends' })
  expect(image).toMatchObject({ size: whole.length, fileName: 'x.jpg' })
  expect(asked).toEqual(['/x/info.json', '/x/full/full/0/default.jpg'])
})

test('what is said of it is looked at before the image is fetched', async () => {
  answer = served({ ...info3, ...size })
  const refusing = fetchImage(context, `${origin}/x/info.json`, null, () => {
    throw new Error('not wanted')
  })
  expect(await rejection(refusing)).toMatchObject({ message: 'not wanted' })
  expect(asked).toEqual(['/x/info.json'])
})
