import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { ValidationError } from '../../../src/domain/errors.ts'
import {
  BODY_MAX_BYTES,
  discardStaged,
  type IntakeContext,
  type StagedImage,
  stageFromBody,
  stageFromUrl,
} from '../../../src/domain/intake/stage-image.ts'
import { JSON_REST_MAX_BYTES, UPLOAD_MARKER } from '../../../src/formats/json-upload-stream.ts'
import { arriving, cutEvery, rejection, utf8 } from './chunks.ts'
import {
  emptyBucket,
  failingBucket,
  keysOf,
  type LocalBucket,
  memoryBucket,
  nodeDigest,
  openLocalBucket,
  sha256,
} from './local-bucket.ts'

const MAP = new Uint8Array(readFileSync(new URL('../../fixtures/haas-1798.jpg', import.meta.url)))

describe('staging an image', () => {
  let local: Awaited<ReturnType<typeof openLocalBucket>>
  let bucket: LocalBucket
  let context: IntakeContext

  beforeAll(async () => {
    local = await openLocalBucket()
    bucket = local.bucket
    context = { bucket, fetchAllow: [], createDigest: nodeDigest }
  })
  afterAll(() => local.dispose())
  beforeEach(() => emptyBucket(bucket))

  const stageJson = (text: string, from = context) =>
    stageFromBody(from, {
      stream: arriving(cutEvery(utf8(text), 60_000)),
      contentType: 'application/json',
      contentLength: null,
    })

  async function stageForm(form: FormData) {
    const response = new Response(form)
    const stream = arriving(cutEvery(new Uint8Array(await response.arrayBuffer()), 60_000))
    return stageFromBody(context, {
      stream,
      contentType: response.headers.get('content-type'),
      contentLength: null,
    })
  }

  const json = (attributes: object) => JSON.stringify({ data: { type: 'maps', attributes } })
  const dataUri = (bytes: Uint8Array, type = 'image/jpeg') =>
    `data:${type};base64,${Buffer.from(bytes).toString('base64')}`

  async function expectStaged(image: StagedImage | null, expected: Partial<StagedImage>) {
    expect(image).toEqual({
      key: expect.stringMatching(/^sources\//),
      size: MAP.length,
      sha256: sha256(MAP),
      sourceUrl: null,
      ...expected,
    })
    const object = await bucket.get(image!.key)
    expect(sha256(new Uint8Array(await object!.arrayBuffer()))).toBe(sha256(MAP))
    await discardStaged(context, image!)
    expect(await keysOf(bucket)).toEqual([])
  }

  test('from JSON', async () => {
    const attributes = { title: 'Haas', upload: dataUri(MAP), upload_file_name: '../Haas 1798.jpg' }
    const { image, document } = await stageJson(json(attributes))
    expect(document).toEqual({ data: { type: 'maps', attributes: { ...attributes, upload: UPLOAD_MARKER } } })
    await expectStaged(image, { fileName: 'Haas 1798.jpg', declaredType: 'image/jpeg', attribute: 'upload' })
  })

  test('from JSON without a file name', async () => {
    const { image } = await stageJson(json({ upload: dataUri(MAP) }))
    await expectStaged(image, { fileName: 'image.jpg', declaredType: 'image/jpeg', attribute: 'upload' })
  })

  test.each(['file', 'upload', 'data[attributes][upload]'])('from a form, as %s', async (field) => {
    const form = new FormData()
    form.append('data[type]', 'maps')
    form.append(field, new File([MAP], 'Haas 1798.jpg', { type: 'image/jpeg' }))
    form.append('data[attributes][title]', 'Haas')
    const { image, document } = await stageForm(form)
    expect(document).toEqual({ data: { type: 'maps', attributes: { title: 'Haas' } } })
    await expectStaged(image, { fileName: 'Haas 1798.jpg', declaredType: 'image/jpeg', attribute: 'file' })
  })

  test.each([
    ['JSON', () => stageJson(json({ title: 'x', upload_url: 'https://example.org/a.png' }))],
    ['JSON with an empty upload', () => stageJson(json({ title: 'x', upload: '' }))],
    ['JSON with upload null', () => stageJson(json({ title: 'x', upload: null }))],
    ['JSON that is no object', () => stageJson('[1]')],
    [
      'a form with another file',
      () => {
        const form = new FormData()
        form.append('data[attributes][title]', 'x')
        form.append('readme', new File(['text'], 'readme.txt'))
        return stageForm(form)
      },
    ],
  ])('a body without an image: %s', async (_, stage) => {
    const { image, document } = await stage()
    expect(image).toBeNull()
    expect(document).toBeDefined()
    expect(await keysOf(bucket)).toEqual([])
  })

  const half = dataUri(MAP).slice(0, 'data:image/jpeg;base64,'.length + 900_000)
  test.each([
    ['no body', '', { name: 'FormatError', code: 'bad-json' }],
    ['bad base64 at its end', json({ upload: `${half}~` }), { attribute: 'upload' }],
    ['base64 that breaks off', json({ upload: half.slice(0, -3) }), { attribute: 'upload' }],
    ['a body that breaks off', `{"data":{"attributes":{"upload":"${half}`, { code: 'bad-json' }],
    ['bad JSON after the upload', `{"data":{"attributes":{"upload":"${half}"},}}`, { code: 'bad-json' }],
    ['text', json({ upload: 'hello' }), { attribute: 'upload' }],
    [
      'a number',
      json({ upload: 7 }),
      { attribute: 'upload', issues: [{ attribute: 'upload', message: 'is not a data URI' }] },
    ],
    [
      'a large rest',
      json({ upload: half, title: 'x'.repeat(JSON_REST_MAX_BYTES) }),
      { name: 'PayloadTooLargeError', limitBytes: JSON_REST_MAX_BYTES },
    ],
  ])('refused, and nothing stored: %s', async (_, text, expected) => {
    const error = await rejection(stageJson(text))
    expect(error).toMatchObject(expected)
    expect(error instanceof ValidationError).toBe('attribute' in expected)
    expect(await keysOf(bucket)).toEqual([])
  })

  test('two files in a form are refused, and nothing stored', async () => {
    const form = new FormData()
    form.append('file', new File([MAP], 'a.jpg'))
    form.append('data[attributes][upload]', new File([MAP], 'b.jpg'))
    expect(await rejection(stageForm(form))).toMatchObject({ attribute: 'file' })
    expect(await keysOf(bucket)).toEqual([])
  })

  test('a form whose upload is text is refused', async () => {
    const form = new FormData()
    form.append('data[attributes][upload]', dataUri(MAP.slice(0, 100)))
    expect(await rejection(stageForm(form))).toMatchObject({ attribute: 'upload' })
  })

  test('a body over the limit is refused, declared or counted, and nothing stored', async () => {
    const declared = stageFromBody(context, {
      stream: arriving([]),
      contentType: null,
      contentLength: String(BODY_MAX_BYTES + 1),
    })
    expect(await rejection(declared)).toMatchObject({
      name: 'PayloadTooLargeError',
      limitBytes: BODY_MAX_BYTES,
      message: expect.stringMatching(/104857600 bytes \(100 MiB\)/),
    })
    let sent = 0
    async function* endless() {
      yield utf8('{"data":{"attributes":{"upload":"data:image/png;base64,')
      for (const chunk = utf8('QUJD'.repeat(2 ** 18)); ; sent += chunk.length) yield chunk
    }
    const { bucket: memory, objects, unfinished } = memoryBucket()
    const counted = stageFromBody(
      { ...context, bucket: memory },
      { stream: endless(), contentType: null, contentLength: '12' },
    )
    expect(await rejection(counted)).toMatchObject({ name: 'PayloadTooLargeError' })
    expect(sent).toBeGreaterThan(BODY_MAX_BYTES - 2 ** 21)
    expect(sent).toBeLessThanOrEqual(BODY_MAX_BYTES)
    expect([objects.size, unfinished.size]).toEqual([0, 0])
  })

  test('a bucket that fails is not hidden', async () => {
    const failing = failingBucket(bucket, 1, 'after')
    const staging = stageJson(json({ upload: dataUri(MAP) }), { ...context, bucket: failing.bucket })
    expect(await rejection(staging)).toMatchObject({ message: 'put failed' })
    expect(await keysOf(bucket)).toEqual([])
  })

  describe('from a URL', () => {
    const server = createServer((request, response) => {
      const { pathname } = new URL(request.url!, 'http://server')
      if (pathname.endsWith('.jpg')) {
        response.writeHead(200, { 'content-type': 'image/jpeg; charset=binary' }).end(MAP)
      } else if (pathname === '/old')
        response.writeHead(301, { location: '/maps/Haas%201798.jpg?size=full' }).end()
      else if (pathname === '/private') response.writeHead(302, { location: 'http://10.0.0.1/' }).end()
      else response.writeHead(404).end()
    })
    let origin: string
    let allowing: IntakeContext

    beforeAll(async () => {
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      const host = `127.0.0.1:${(server.address() as AddressInfo).port}`
      origin = `http://${host}`
      allowing = { ...context, fetchAllow: [host] }
    })
    afterAll(() => {
      server.closeAllConnections()
      server.close()
    })

    test('the image, named as the last address is', async () => {
      const sourceUrl = `${origin}/old`
      await expectStaged(await stageFromUrl(allowing, sourceUrl), {
        fileName: 'Haas 1798.jpg',
        declaredType: 'image/jpeg',
        attribute: 'upload_url',
        sourceUrl,
      })
    })

    test.each(['/missing', '/private'])('%s is refused in the documented words', async (path) => {
      expect(await rejection(stageFromUrl(allowing, origin + path))).toMatchObject({
        message: 'is invalid or inaccessible',
        issues: [{ attribute: 'upload_url', message: 'is invalid or inaccessible' }],
        cause: { name: 'FetchRefusedError' },
      })
      expect(await keysOf(bucket)).toEqual([])
    })

    test('loopback is refused where it is not allowed', async () => {
      expect(await rejection(stageFromUrl(context, `${origin}/map.jpg`))).toMatchObject({
        attribute: 'upload_url',
        cause: { reason: 'private-address' },
      })
    })

    test('an image over the limit is refused with the limit, and nothing stored', async () => {
      const error = await rejection(stageFromUrl(allowing, `${origin}/map.jpg`, { maxBytes: MAP.length - 1 }))
      expect(error).toMatchObject({
        issues: [{ attribute: 'upload_url', message: expect.stringContaining(`${MAP.length - 1} bytes`) }],
      })
      expect(await keysOf(bucket)).toEqual([])
    })
  })
})
