import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type FormFields, setField } from '../../../src/formats/form-fields.ts'
import { MultipartScanner, PART_HEADER_MAX_BYTES } from '../../../src/formats/multipart-scanner.ts'
import {
  boundaryOf,
  FIELDS_MAX_BYTES,
  type MultipartFile,
  PARTS_MAX,
  readMultipart,
} from '../../../src/formats/multipart-upload.ts'
import { arriving, collectingSink, concat, cutAt, cutEvery, cutter, rejection, utf8 } from './chunks.ts'

const TYPE = 'multipart/form-data; boundary=frontier'

async function read(chunks: Iterable<Uint8Array>, contentType = TYPE) {
  const opened: { file: MultipartFile; sink: ReturnType<typeof collectingSink> }[] = []
  const fields = await readMultipart(arriving(chunks), contentType, (file) => {
    const sink = collectingSink()
    opened.push({ file, sink })
    return file.field === 'ignored' ? null : sink
  })
  return { fields, files: opened.map(({ file, sink }) => ({ ...file, bytes: concat(sink.chunks) })) }
}

/** A body whose lines are those given. */
const lines = (...text: string[]): Uint8Array => utf8(text.join('\r\n'))

const part = (disposition: string, ...rest: string[]) => [
  '--frontier',
  `Content-Disposition: form-data; ${disposition}`,
  ...rest,
]

const BODY = lines(
  'a preamble, to be ignored',
  '--frontier  ',
  'Content-Disposition: form-data; name="data[type]"',
  '',
  'maps',
  ...part(
    'name="data[attributes][title]"',
    'Content-Type: text/plain; charset=utf-8',
    '',
    'Zürich\r\n--frontie\r\n',
  ),
  ...part(
    'name="file"; filename="Zürich.png"',
    'content-type: Image/PNG',
    '',
    '\r\n-\r\n--\r\n--front\r\r\n',
  ),
  ...part('name="empty"', '', ''),
  '--frontier--',
  'an epilogue, to be ignored',
  '--frontier',
)

describe('readMultipart', () => {
  test('tells fields and files, wherever the body is cut', async () => {
    const whole = {
      fields: { data: { type: 'maps', attributes: { title: 'Zürich\r\n--frontie\r\n' } }, empty: '' },
      files: [
        {
          field: 'file',
          fileName: 'Zürich.png',
          mediaType: 'image/png',
          bytes: utf8('\r\n-\r\n--\r\n--front\r\r\n'),
        },
      ],
    }
    for (let at = 0; at <= BODY.length; at++) expect(await read(cutAt(BODY, at))).toEqual(whole)
    expect(await read(cutEvery(BODY, 1))).toEqual(whole)
  })

  test('reads what another implementation writes, cut anywhere', async () => {
    const near = fc.constantFrom('\r', '\n', '-', '\r\n', '\r\n--', '\r\n--front', '--', 'x')
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc.array(near, { maxLength: 40 }).map((pieces) => utf8(pieces.join(''))),
    )
    const name = fc.string({ minLength: 1, maxLength: 12 }).filter((text) => !/[[\]\\]|__proto__/.test(text))
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.tuple(name, fc.string({ unit: 'grapheme', maxLength: 40 })), {
          maxLength: 4,
          selector: ([key]) => key,
        }),
        bytes,
        name,
        cutter,
        async (texts, content, fileName, cut) => {
          const form = new FormData()
          for (const [key, value] of texts) form.append(`data[${key}]`, value)
          form.append('file', new Blob([content], { type: 'image/tiff' }), fileName)
          const response = new Response(form)
          const body = new Uint8Array(await response.arrayBuffer())
          const result = await read(cut(body), response.headers.get('content-type')!)
          const lineBreaks = (text: string) => text.replace(/\r\n|\r|\n/g, '\r\n')
          const data = Object.fromEntries(texts.map(([key, value]) => [lineBreaks(key), lineBreaks(value)]))
          expect(result.fields).toEqual(texts.length === 0 ? {} : { data })
          expect(result.files).toEqual([{ field: 'file', fileName, mediaType: 'image/tiff', bytes: content }])
        },
      ),
    )
  })

  test('what is a file, and its name', async () => {
    const result = await read([
      lines(
        ...part('name=file; filename=plain.png', '', '1'),
        ...part('name="file"; filename="a \\"quoted\\" name.png"', '', '2'),
        ...part('name="file"; filename="a %22percent%22 name.png"', '', '3'),
        ...part('name="file"; filename="C:\\scans\\map.png"', '', '4'),
        ...part('name="file"', 'Content-Type: image/png', '', '5'),
        ...part('name="file"', 'Content-Type: application/octet-stream', '', '6'),
        ...part('name="ignored"; filename="x"', '', '7'),
        ...part('name="file"; filename=""', 'Content-Type: application/octet-stream', '', ''),
        ...part('name="json"', 'Content-Type: application/json', '', '{}'),
        '--frontier--',
      ),
    ])
    expect(result.files.map(({ fileName }) => fileName)).toEqual([
      'plain.png',
      'a "quoted" name.png',
      'a "percent" name.png',
      'C:\\scans\\map.png',
      null,
      null,
      'x',
    ])
    expect(result.files.map(({ bytes }) => new TextDecoder().decode(bytes)).join('')).toBe('123456')
    expect(result.fields).toEqual({ json: '{}' })
  })

  test('a form without parts', async () => {
    expect(await read([utf8('--frontier--\r\n')])).toEqual({ fields: {}, files: [] })
  })

  test.each([
    ['nothing', utf8('')],
    ['no boundary', utf8('hello')],
    ['no closing boundary', lines(...part('name="a"', '', 'x'), '--frontier')],
    ['an end inside a file', lines(...part('name="a"; filename="b"', '', 'x'))],
    ['an end inside headers', lines('--frontier', 'Content-Disposition: form-data')],
    ['a longer boundary', lines('--frontiers', '', 'x', '--frontier--')],
    ['a line that is no header', lines('--frontier', 'hello', '', 'x', '--frontier--')],
    ['a part without a name', lines('--frontier', 'Content-Disposition: form-data', '', 'x', '--frontier--')],
    ['a part without headers', lines('--frontier', '', 'x', '--frontier--')],
    ['base64', lines(...part('name="a"', 'Content-Transfer-Encoding: base64', '', 'eA=='), '--frontier--')],
    [
      'too long headers',
      lines(...part('name="a"', `X: ${'x'.repeat(PART_HEADER_MAX_BYTES)}`, '', 'x'), '--frontier--'),
    ],
    ['too long a boundary line', lines(`--frontier${' '.repeat(2 * PART_HEADER_MAX_BYTES)}`, '')],
  ])('refuses %s', async (_, body) => {
    for (const chunks of [[body], cutEvery(body, 7)]) {
      expect(await rejection(read(chunks))).toMatchObject({ name: 'FormatError', code: 'bad-multipart' })
    }
  })

  test('refuses a field that is not UTF-8, or ends inside a character', async () => {
    for (const bytes of [[0xff], [0x41, 0xc3]]) {
      const body = concat([
        lines(...part('name="a"', '', '')),
        new Uint8Array(bytes),
        utf8('\r\n--frontier--'),
      ])
      expect(await rejection(read([body]))).toMatchObject({ code: 'bad-field' })
    }
  })

  test('limits fields and parts, not files', async () => {
    const large = 'x'.repeat(FIELDS_MAX_BYTES)
    const file = await read([lines(...part('name="f"; filename="f"', '', large), '--frontier--')])
    expect(file.files[0]!.bytes).toHaveLength(FIELDS_MAX_BYTES)
    const field = read([lines(...part('name="f"', '', large), '--frontier--')])
    expect(await rejection(field)).toMatchObject({ code: 'fields-too-large' })
    const parts = (count: number) => [
      lines(...Array.from({ length: count }, () => part('name="f"', '', 'x')).flat(), '--frontier--'),
    ]
    await expect(read(parts(PARTS_MAX))).resolves.toMatchObject({ fields: { f: 'x' } })
    expect(await rejection(read(parts(PARTS_MAX + 1)))).toMatchObject({ code: 'fields-too-large' })
  })

  test('hands a large file on without keeping it', async () => {
    const chunk = utf8('\r\n--fronti'.repeat(10_000))
    async function* body() {
      yield lines(...part('name="f"; filename="f"', '', ''))
      for (let count = 0; count < 200; count++) yield chunk
      yield utf8('\r\n--frontier--')
    }
    let total = 0
    let largestBuffer = 0
    await readMultipart(body(), TYPE, () => ({
      async write(bytes) {
        total += bytes.length
        largestBuffer = Math.max(largestBuffer, bytes.buffer.byteLength)
      },
    }))
    expect(total).toBe(200 * chunk.length)
    expect(largestBuffer).toBeLessThan(256 * 1024)
  })
})

test.each([
  ['multipart/form-data; boundary=abc', 'abc'],
  ['multipart/form-data; boundary="a b;c"', 'a b;c'],
  ['multipart/form-data; charset=utf-8; BOUNDARY=abc; x=y', 'abc'],
])('the boundary of %s', (contentType, boundary) => {
  expect(boundaryOf(contentType)).toBe(boundary)
})

test('a boundary must be given, and of a possible length', () => {
  expect(() => boundaryOf('multipart/form-data')).toThrow(expect.objectContaining({ code: 'bad-multipart' }))
  for (const boundary of ['', 'x'.repeat(71)]) {
    expect(() => new MultipartScanner(boundary)).toThrow(expect.objectContaining({ code: 'bad-multipart' }))
  }
})

describe('setField', () => {
  const fieldsOf = (...pairs: [string, string][]): FormFields => {
    const fields: FormFields = {}
    for (const [name, value] of pairs) setField(fields, name, value)
    return fields
  }

  test.each<[[string, string][], unknown]>([
    [[['a', '1']], { a: '1' }],
    [
      [
        ['a', '1'],
        ['a', '2'],
      ],
      { a: '2' },
    ],
    [
      [
        ['a[b][c]', '1'],
        ['a[b][d]', '2'],
        ['a[e]', '3'],
      ],
      { a: { b: { c: '1', d: '2' }, e: '3' } },
    ],
    [
      [
        ['a[]', '1'],
        ['a[]', '2'],
      ],
      { a: ['1', '2'] },
    ],
    [[['a[b][]', '1']], { a: { b: ['1'] } }],
    [[['a[0]', '1']], { a: { 0: '1' } }],
    [[['constructor[toString]', '1']], { constructor: { toString: '1' } }],
  ])('%j', (pairs, expected) => {
    expect(fieldsOf(...pairs)).toEqual(expected)
  })

  test.each<[[string, string][]]>([
    [[['', '1']]],
    [[['a[', '1']]],
    [[['a]', '1']]],
    [[['a[]b', '1']]],
    [[['a[][b]', '1']]],
    [[['[a]', '1']]],
    [[['a[[b]]', '1']]],
    [
      [
        ['a', '1'],
        ['a[b]', '2'],
      ],
    ],
    [
      [
        ['a[b]', '1'],
        ['a', '2'],
      ],
    ],
    [
      [
        ['a[]', '1'],
        ['a', '2'],
      ],
    ],
    [
      [
        ['a', '1'],
        ['a[]', '2'],
      ],
    ],
    [
      [
        ['a[]', '1'],
        ['a[b]', '2'],
      ],
    ],
    [[['__proto__[polluted]', '1']]],
    [[['a[__proto__][polluted]', '1']]],
    [[['a[1][2][3][4][5][6][7][8]', '1']]],
  ])('refuses %j', (pairs) => {
    expect(() => fieldsOf(...pairs)).toThrow(expect.objectContaining({ code: 'bad-field' }))
    expect({}).not.toHaveProperty('polluted')
  })
})
