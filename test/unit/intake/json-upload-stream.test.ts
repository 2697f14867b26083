import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  JSON_MAX_DEPTH,
  type JsonUploadOptions,
  readJsonUpload,
  UPLOAD_MARKER,
} from '../../../src/formats/json-upload-stream.ts'
import { arriving, collectingSink, concat, cutAt, cutEvery, cutter, rejection, utf8 } from './chunks.ts'

async function read(chunks: Iterable<Uint8Array>, options?: JsonUploadOptions) {
  const sink = collectingSink()
  const opened: (string | null)[] = []
  const { document, upload } = await readJsonUpload(
    arriving(chunks),
    (mediaType) => {
      opened.push(mediaType)
      return sink
    },
    options,
  )
  return { document, upload, opened, bytes: concat(sink.chunks) }
}

const DOCUMENT = String.raw`
{ "data" : { "type": "maps", "other": {"upload": "kept \" \\ \u00e9 ü"},
  "list": [{"attributes": {"upload": "kept too"}}, "upload", "x"],
  "attributes": {"title": "a \"quoted\" title", "n": -1.5e3, "yes": true,
    "\u0075pload": "data:image\/png;base64,QUJD\nREVG\r\n R0g\u003d",
    "upload_file_name": "map.png", "nothing": null } }, "upload": "top", "attributes": {"upload": "x"} } `

describe('readJsonUpload', () => {
  test('diverts the one string at the path, wherever the document is cut', async () => {
    const bytes = utf8(DOCUMENT)
    const expected = JSON.parse(DOCUMENT)
    expected.data.attributes.upload = UPLOAD_MARKER
    const whole = {
      document: expected,
      upload: { mediaType: 'image/png' },
      opened: ['image/png'],
      bytes: utf8('ABCDEFGH'),
    }
    for (let at = 0; at <= bytes.length; at++) expect(await read(cutAt(bytes, at))).toEqual(whole)
    expect(await read(cutEvery(bytes, 1))).toEqual(whole)
  })

  test('inverts any document with any bytes, cut anywhere', async () => {
    const record = fc.dictionary(
      fc.string({ maxLength: 8 }).filter((key) => !['upload', '__proto__'].includes(key)),
      fc.jsonValue({ maxDepth: 2 }),
      { maxKeys: 4 },
    )
    await fc.assert(
      fc.asyncProperty(
        record,
        record,
        fc.uint8Array({ minLength: 1, maxLength: 200 }),
        fc.constantFrom(0, 2),
        fc.constantFrom('plain', 'slashes', 'unicode', 'escaped lines', 'raw lines'),
        cutter,
        async (before, after, bytes, indent, spelling, cut) => {
          const attributes = { ...before, upload: '@', ...after }
          const base64 = Buffer.from(bytes).toString('base64')
          const text = {
            plain: base64,
            slashes: base64.replaceAll('/', '\\/'),
            unicode: base64.replace(/[+/=]/g, (c) => `\\u00${c.charCodeAt(0).toString(16)}`),
            'escaped lines': base64.replace(/.{7}/g, '$&\\r\\n'),
            'raw lines': base64.replace(/.{7}/g, '$&\n'),
          }[spelling]
          const body = JSON.stringify({ data: { type: 'maps', attributes } }, null, indent).replace(
            /"upload":( ?)"@"/,
            () => `"upload": "data:image/tiff;base64,${text}"`,
          )
          const result = await read(cut(utf8(body)))
          expect(result.bytes).toEqual(bytes)
          expect(result.document).toEqual({
            data: {
              type: 'maps',
              attributes: JSON.parse(JSON.stringify({ ...attributes, upload: UPLOAD_MARKER })),
            },
          })
        },
      ),
    )
  })

  test.each([
    ['no upload', '{"data":{"type":"maps","attributes":{"title":"x"}}}'],
    ['an empty string', '{"data":{"attributes":{"upload":""}}}'],
    ['null', '{"data":{"attributes":{"upload":null}}}'],
    ['a number', '{"data":{"attributes":{"upload":7}}}'],
    ['an object', '{"data":{"attributes":{"upload":{"upload":"data:;base64,QQ=="}}}}'],
    ['inside an array', '{"data":[{"attributes":{"upload":"data:;base64,QQ=="}}]}'],
    ['an array of it', '{"data":{"attributes":{"upload":["data:;base64,QQ=="]}}}'],
    ['another place', '{"attributes":{"upload":"data:;base64,QQ=="},"upload":"x"}'],
    ['deeper', '{"data":{"attributes":{"x":{"data":{"attributes":{"upload":"x"}}}}}}'],
    ['as a value', '{"data":{"attributes":{"x":"upload","y":"z"}}}'],
    ['a string', '"upload"'],
    ['a number alone', '12'],
  ])('leaves a document alone: %s', async (_, text) => {
    const result = await read(cutEvery(utf8(text), 3))
    expect(result).toEqual({ document: JSON.parse(text), upload: null, opened: [], bytes: new Uint8Array() })
  })

  test('an image of no bytes is an upload', async () => {
    const result = await read([utf8('{"data":{"attributes":{"upload":"data:image/png;base64,"}}}')])
    expect(result).toMatchObject({ upload: { mediaType: 'image/png' }, opened: ['image/png'] })
    expect(result.bytes).toHaveLength(0)
  })

  test('reads another path', async () => {
    const result = await read([utf8('{"x":{"upload":"y"},"upload":"data:;base64,QUJD"}')], {
      path: ['upload'],
    })
    expect(result).toMatchObject({
      document: { x: { upload: 'y' }, upload: UPLOAD_MARKER },
      bytes: utf8('ABC'),
    })
  })

  const withUpload = (upload: string) => `{"data":{"attributes":{"upload":"${upload}"}}}`

  test.each([
    ['nothing', '', 'bad-json', /./],
    ['half a document', '{"data":', 'bad-json', /./],
    [
      'half an upload',
      '{"data":{"attributes":{"upload":"data:;base64,QUJD',
      'bad-json',
      /ends inside "data\.attributes\.upload"/,
    ],
    ['two documents', '{} {}', 'bad-json', /position 3/],
    ['a bad escape in a key', '{"a":"é","\\q":1}', 'bad-json', /position 9 \(line 1, column 10\)$/],
    [
      'a document that ends after its upload',
      '{"data":{"attributes":{"upload":"data:;base64,QUJD"',
      'bad-json',
      /./,
    ],
    ['no colon', '{"data":{"attributes":{"upload" "data:;base64,QUJD"}}}', 'bad-json', /./],
    ['closing what is not open', '}}{"data":1', 'bad-json', /./],
    [
      'two uploads',
      '{"data":{"attributes":{"upload":"data:;base64,QQ==","upload":"data:;base64,QQ=="}}}',
      'bad-json',
      /twice/,
    ],
    ['a raw line break elsewhere', '{"data":"a\nb"}', 'bad-json', /./],
    ['a bad escape', withUpload('data:;base64,QU\\xD'), 'bad-json', /no escape/],
    ['a bad unicode escape', withUpload('data:;base64,QU\\u00zz'), 'bad-json', /no escape/],
    ['a key with a bad escape', '{"\\q":1}', 'bad-json', /./],
    ['a character beyond ASCII', withUpload('data:;base64,QU\\u0141D'), 'bad-base64', /at character 15/],
    ['an escaped quote', withUpload('data:;base64,QU\\"D'), 'bad-base64', /at character 15/],
    ['bad base64', withUpload('data:;base64,QU~D'), 'bad-base64', /at character 15/],
    ['plain base64', withUpload('QUJD'), 'bad-data-uri', /no comma/],
    ['a file path', withUpload('/etc/passwd'), 'bad-data-uri', /no comma/],
  ])('refuses %s', async (_, text, code, message) => {
    for (const chunks of [[utf8(text)], cutEvery(utf8(text), 1)]) {
      expect(await rejection(read(chunks))).toMatchObject({
        name: 'FormatError',
        code,
        message: expect.stringMatching(message),
      })
    }
  })

  test('refuses bytes that are not UTF-8', async () => {
    const bytes = concat([utf8('{"data":"'), new Uint8Array([0xc3, 0x28]), utf8('"}')])
    expect(await rejection(read([bytes]))).toMatchObject({
      code: 'bad-json',
      message: expect.stringMatching(/UTF-8/),
    })
  })

  test('limits the rest of the document, not the upload', async () => {
    const upload = withUpload(`data:;base64,${'QUJD'.repeat(5000)}`)
    expect((await read([utf8(upload)], { restMaxBytes: 64 })).bytes).toHaveLength(15000)
    const error = await rejection(read([utf8(`{"data":"${'x'.repeat(64)}"}`)], { restMaxBytes: 64 }))
    expect(error).toMatchObject({ code: 'json-too-large' })
  })

  test('limits the nesting', async () => {
    const nested = (levels: number) => utf8('['.repeat(levels) + ']'.repeat(levels))
    await expect(read([nested(JSON_MAX_DEPTH)])).resolves.toBeDefined()
    expect(await rejection(read([nested(JSON_MAX_DEPTH + 1)]))).toMatchObject({ code: 'bad-json' })
  })

  test('50 MiB pass in small pieces, even from large chunks', async () => {
    const head = utf8('{"data":{"attributes":{"upload":"data:image/png;base64,')
    const text = utf8('QUJD'.repeat(2 ** 20))
    async function* body() {
      yield head
      for (let count = 0; count < 12; count++) yield text
      for (let at = 0; at < 2 ** 21; at += 2 ** 14) yield text.subarray(at, at + 2 ** 14)
      yield utf8('"}}}')
    }
    let total = 0
    let largestBuffer = 0
    let wrong = 0
    await readJsonUpload(body(), () => ({
      async write(chunk) {
        total += chunk.length
        largestBuffer = Math.max(largestBuffer, chunk.buffer.byteLength)
        for (let at = 0; at < chunk.length; at += 3) if (chunk[at] !== 0x41) wrong++
      },
    }))
    expect({ total, wrong }).toEqual({ total: (50 * 2 ** 20 * 3) / 4, wrong: 0 })
    expect(largestBuffer).toBeLessThan(2 ** 20)
  })
})
