import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Base64Decoder } from '../../../src/formats/base64-stream.ts'
import { DataUriDecoder } from '../../../src/formats/data-uri-stream.ts'
import { concat, cutEvery, cutter, utf8 } from './chunks.ts'

function decode(chunks: Uint8Array[]): Uint8Array {
  const decoder = new Base64Decoder()
  const decoded = chunks.map((chunk) => decoder.write(chunk))
  return concat([...decoded, decoder.end()])
}

function decodeUri(chunks: Uint8Array[]): { mediaType: string | null; bytes: Uint8Array } {
  const decoder = new DataUriDecoder()
  const decoded = chunks.map((chunk) => decoder.write(chunk))
  return { bytes: concat([...decoded, decoder.end()]), mediaType: decoder.mediaType }
}

/** Base64 with whitespace sprinkled in after every `every` characters. */
const spaced = (text: string, every: number, space: string) =>
  text.replace(new RegExp(`.{${every}}`, 'g'), (group) => group + space)

describe('Base64Decoder', () => {
  test('inverts every spelling of base64, cut anywhere', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 300 }),
        fc.constantFrom<BufferEncoding>('base64', 'base64url'),
        fc.boolean(),
        fc.integer({ min: 1, max: 9 }),
        fc.constantFrom('', '\n', '\r\n', ' \t\f'),
        cutter,
        (bytes, alphabet, padded, every, space, cut) => {
          const text = Buffer.from(bytes).toString(alphabet).replace(/=+$/, '')
          const complete = padded ? text.padEnd(Math.ceil(text.length / 4) * 4, '=') : text
          expect(decode(cut(utf8(spaced(complete, every, space))))).toEqual(bytes)
        },
      ),
    )
  })

  test('a byte at a time', () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, index) => index)
    expect(decode(cutEvery(utf8(Buffer.from(bytes).toString('base64')), 1))).toEqual(bytes)
  })

  test.each([
    ['QUJD*UJD', /not base64 at character 4/],
    ['QUJDQ', /ends after one character of a group of four at character 5/],
    ['QQ=', /inside its padding/],
    ['QQ==QUJD', /after the padding at character 4/],
    ['QQ===', /misplaced padding at character 4/],
    ['Q===', /misplaced padding at character 1/],
    ['QUJD====', /misplaced padding at character 4/],
    ['=', /misplaced padding at character 0/],
    ['QUI=\u00e9', /not base64 at character 4/],
    ['QUJD%3D', /not base64 at character 4/],
  ])('refuses %s wherever it is cut', (text, message) => {
    const bytes = utf8(text)
    for (let size = 1; size <= bytes.length; size++) {
      expect(() => decode(cutEvery(bytes, size))).toThrow(
        expect.objectContaining({ code: 'bad-base64', message: expect.stringMatching(message) }),
      )
    }
  })
})

describe('DataUriDecoder', () => {
  test.each([
    ['data:image/png;base64,QUJD', 'image/png'],
    ['DATA:Image/JPEG;charset=utf-8;BASE64,QUJD', 'image/jpeg'],
    ['data:;base64,QUJD', null],
    ['data:image/svg+xml;base64,QUJD', 'image/svg+xml'],
  ])('reads %s', (uri, mediaType) => {
    for (let size = 1; size <= uri.length; size++) {
      expect(decodeUri(cutEvery(utf8(uri), size))).toEqual({ mediaType, bytes: utf8('ABC') })
    }
  })

  test.each([
    ['QUJD', 'bad-data-uri', /no comma/],
    ['QUJD,QUJD', 'bad-data-uri', /begin with "data:"/],
    ['data:image/png,QUJD', 'bad-data-uri', /not marked ";base64"/],
    ['data:image/png;base64;charset=utf-8,QUJD', 'bad-data-uri', /not marked ";base64"/],
    ['data:image;base64,QUJD', 'bad-data-uri', /media type/],
    [`data:${'x'.repeat(300)},QUJD`, 'bad-data-uri', /first 256 characters/],
    ['data:image/png;base64', 'bad-data-uri', /no comma/],
    ['data:image/png;base64,QU!D', 'bad-base64', /at character 24/],
  ])('refuses %s', (uri, code, message) => {
    expect(() => decodeUri([utf8(uri)])).toThrow(
      expect.objectContaining({ code, message: expect.stringMatching(message) }),
    )
  })
})
