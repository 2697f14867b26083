import { array, assert, integer, property, uint8Array } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Base64TextDecoder } from '../../../src/formats/data-uri-stream.ts'

/** Decodes a text that comes in pieces of the given lengths, over and over. */
function decode(text: string, lengths: readonly number[]): { bytes: Buffer; mediaType: string | null } {
  const decoder = new Base64TextDecoder()
  const parts: Uint8Array[] = []
  const ascii = Buffer.from(text, 'latin1')
  for (let at = 0, i = 0; at < ascii.length; i++) {
    const end = at + lengths[i % lengths.length]!
    parts.push(decoder.write(ascii.subarray(at, end)))
    at = end
  }
  parts.push(decoder.end())
  return { bytes: Buffer.concat(parts), mediaType: decoder.mediaType }
}

describe('base64 text', () => {
  it('is decoded bare or as a data URI, however it is cut', () => {
    assert(
      property(uint8Array(), array(integer({ min: 1, max: 7 }), { minLength: 1 }), (bytes, lengths) => {
        const text = Buffer.from(bytes).toString('base64')
        expect(decode(text, lengths)).toEqual({ bytes: Buffer.from(bytes), mediaType: null })
        expect(decode(`data:Text/CSV;base64,${text}`, lengths)).toEqual({
          ...{ bytes: Buffer.from(bytes), mediaType: 'text/csv' },
        })
      }),
    )
  })

  it('that is neither is refused with its place', () => {
    expect(() => decode('{"type":1}', [3])).toThrow('at character 0')
    expect(() => decode('AAAA,', [9])).toThrow('at character 4')
    expect(() => decode('data:text/csv,a', [4])).toThrow('";base64"')
  })
})
