import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { rectifyOptions } from '../../../src/dialects/mapwarper/rectify.ts'
import { PayloadTooLargeError } from '../../../src/domain/intake/errors.ts'
import { describeJsonFault } from '../../../src/formats/json-fault.ts'
import { MalformedBodyError, UnsupportedMediaTypeError } from '../../../src/http/errors.ts'
import { pathWithoutFormat, wantsGeojson } from '../../../src/http/format-suffix.ts'
import { parseId } from '../../../src/http/ids.ts'
import { readBody, TEXT_BODY_MAX_BYTES } from '../../../src/http/request-body.ts'

const post = (body: string | Uint8Array<ArrayBuffer> | FormData, type?: string) =>
  new Request('http://h/', { method: 'POST', body, ...(type ? { headers: { 'content-type': type } } : {}) })

describe('bodies', () => {
  it('are JSON, forms, or nothing', async () => {
    expect(await readBody(post('{"a":[1]}', 'application/json; charset=utf-8'))).toEqual({ a: [1] })
    expect(await readBody(post('{"a":1}', 'application/vnd.api+json'))).toEqual({ a: 1 })
    expect(await readBody(post('user%5Bemail%5D=a%40b&x=+1', 'application/x-www-form-urlencoded'))).toEqual({
      user: { email: 'a@b' },
      x: ' 1',
    })
    expect(await readBody(new Request('http://h/', { method: 'POST' }))).toEqual({})
    const form = new FormData()
    form.set('data[type]', 'maps')
    expect(await readBody(post(form))).toEqual({ data: { type: 'maps' } })
  })

  it('are JSON although curl calls them a form', async () => {
    expect(await readBody(post(' {"a":"b=c"}', 'application/x-www-form-urlencoded'))).toEqual({ a: 'b=c' })
  })

  it('are refused with the reason', async () => {
    await expect(readBody(post('{"a":}', 'application/json'))).rejects.toThrow(
      new MalformedBodyError(
        'The body is not valid JSON: unexpected "}" at position 5 (line 1, column 6)',
        5,
      ),
    )
    await expect(readBody(post(new Uint8Array([0x22, 0xff, 0x22]), 'application/json'))).rejects.toThrow(
      new MalformedBodyError('The body is not UTF-8'),
    )
    await expect(readBody(post('x', 'image/png'))).rejects.toThrow(UnsupportedMediaTypeError)
    await expect(readBody(post('x'.repeat(TEXT_BODY_MAX_BYTES + 1), 'application/json'))).rejects.toThrow(
      PayloadTooLargeError,
    )
  })
})

describe('the fault in a JSON text', () => {
  it.each([
    ['', 'unexpected end at position 0 (line 1, column 1)'],
    ['{"a": 1,}', 'unexpected "}" at position 8 (line 1, column 9)'],
    ['{"a": 1', 'unexpected end at position 7 (line 1, column 8)'],
    ['[1 2]', 'unexpected "2" at position 3 (line 1, column 4)'],
    ['[1]]', 'unexpected "]" at position 3 (line 1, column 4)'],
    ["{'a': 1}", `unexpected "'" at position 1 (line 1, column 2)`],
    ['{\n  "a": "b\n"}', 'unexpected "\\"" at position 9 (line 2, column 8)'],
    ['nope', 'unexpected "n" at position 0 (line 1, column 1)'],
    ['{"a"; 1}', 'unexpected ";" at position 4 (line 1, column 5)'],
    ['{1: 2}', 'unexpected "1" at position 1 (line 1, column 2)'],
  ])('%j', (text, expected) => {
    expect(() => JSON.parse(text)).toThrow()
    expect(describeJsonFault(text)).toBe(expected)
  })

  it('is found where a stray character was put between two tokens, in any document', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 4 }), fc.nat(), (document, choice) => {
        const tokens = document.match(/"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s"{}[\],:]+/g)!
        const at = tokens.slice(0, choice % (tokens.length + 1)).join('').length
        const text = tokens.join('')
        expect(describeJsonFault(`${text.slice(0, at)}@${text.slice(at)}`)).toContain(
          `"@" at position ${at} `,
        )
      }),
    )
  })

  it('does not overflow on deep nesting', () => {
    expect(describeJsonFault('['.repeat(500_000))).toContain('unexpected end at position 500000')
  })
})

describe('addresses', () => {
  const path = (url: string) => pathWithoutFormat(new Request(`http://h${url}`))

  it('lose their format under the API alone', () => {
    expect(path('/api/v1/maps.json?page=1')).toBe('/api/v1/maps')
    expect(path('/api/v1/maps/2.geojson')).toBe('/api/v1/maps/2')
    expect(path('/u/sign_in.json')).toBe('/u/sign_in')
    expect(path('/maps/2/gcps.csv')).toBe('/maps/2/gcps.csv')
    expect(path('/maps/tile/2/tilejson.json')).toBe('/maps/tile/2/tilejson.json')
    expect(path('/docs/mapwarper/openapi.json')).toBe('/docs/mapwarper/openapi.json')
  })

  it('ask for GeoJSON in three ways', () => {
    const asks = (url: string, accept = '*/*') =>
      wantsGeojson(new Request(`http://h${url}`, { headers: { accept } }))
    expect(asks('/api/v1/maps/2.geojson')).toBe(true)
    expect(asks('/api/v1/maps/2?format=geojson')).toBe(true)
    expect(asks('/api/v1/maps/2', 'application/vnd.geo+json')).toBe(true)
    expect(asks('/api/v1/maps/2')).toBe(false)
    expect(asks('/api/v1/maps/2.json', 'application/vnd.geo+json')).toBe(false)
  })

  it('hold ids of 32 bits', () => {
    expect(parseId('2147483647')).toBe(2147483647)
    for (const text of [
      undefined,
      '',
      '0',
      '-1',
      '01',
      '1.0',
      '2147483648',
      '99999999999999999999',
      'a',
      '１',
    ])
      expect(parseId(text)).toBeNull()
  })
})

describe('rectify parameters', () => {
  it('default where a value is unknown', () => {
    expect(rectifyOptions({ transform_options: 'p9', resample_options: 3, use_mask: 'yes' })).toEqual({
      ...{ transform: 'auto', resampling: 'near', useMask: false },
    })
  })

  it('are left to the last rectification where they are absent or empty', () => {
    expect(rectifyOptions({})).toEqual({})
    expect(rectifyOptions({ transform_options: '', resample_options: null, use_mask: '', srs: '' })).toEqual(
      {},
    )
  })

  it('have a reference system of any form, to be refused where it is none', () => {
    expect(rectifyOptions({ srs: 'EPSG:3857' })).toEqual({ srs: 'EPSG:3857' })
    expect(rectifyOptions({ srs: { code: 3857 } })).toEqual({ srs: '{"code":3857}' })
  })

  it('are read', () => {
    const parameters = { transform_options: 'tps', resample_options: 'cubicspline', use_mask: 'true' }
    expect(rectifyOptions(parameters)).toEqual({ transform: 'tps', resampling: 'cubicspline', useMask: true })
    expect(rectifyOptions({ use_mask: true }).useMask).toBe(true)
  })
})
