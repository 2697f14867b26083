import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseSearchFields, type SearchField } from '../../../src/dialects/giscloud/search-fields.ts'

const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`
/** As a client may write a name: bare where that is possible. */
const written = (name: string, bare: RegExp) =>
  bare.test(name) && name.trim() === name ? name : quoted(name)
const BARE_FIELD = /^[^~,;"]+$/
const BARE_TERM = /^[^~,;:{}[\]"]+$/

const print = (fields: readonly SearchField[], style: 'braces' | 'plain') =>
  fields
    .map(({ layerId, columns, sort }) => {
      const terms = sort.map(
        ({ name, descending }) => `${written(name, BARE_TERM)}:${descending ? 'DESC' : 'asc'}`,
      )
      const order = style === 'plain' ? terms.join(',') : `[${terms.map((term) => `{${term}}`).join(',')}]`
      return `${layerId}~${columns.map((name) => written(name, BARE_FIELD)).join(',')}~${order}`
    })
    .join(';')

const name = fc.string({ minLength: 1, unit: 'grapheme' })
const field = fc.record({
  layerId: fc.integer({ min: 1, max: 2 ** 31 - 1 }),
  columns: fc.array(name, { maxLength: 4 }),
  sort: fc.array(fc.record({ name, descending: fc.boolean() }), { maxLength: 3 }),
})

describe('fields of a search', () => {
  it('reads back whatever layers, columns and orders were written', () => {
    fc.assert(
      fc.property(
        fc.array(field, { minLength: 1, maxLength: 4 }),
        fc.constantFrom('braces' as const, 'plain' as const),
        (fields, style) => {
          expect(parseSearchFields(print(fields, style))).toEqual(fields)
        },
      ),
    )
  })

  it('never fails but with a position, whatever comes', () => {
    const part = fc.oneof(
      fc.constantFrom('1', '~', ',', ';', '[', ']', '{', '}', ':', '"', 'DESC', ' '),
      fc.string(),
    )
    fc.assert(
      fc.property(fc.array(part, { maxLength: 12 }), (parts) => {
        const text = parts.join('')
        try {
          expect(parseSearchFields(text).length).toBeGreaterThan(0)
        } catch (error) {
          expect((error as Error).name).toBe('InvalidParameterError')
          expect((error as { position: number }).position).toBeLessThanOrEqual(text.length)
        }
      }),
    )
  })

  it.each([
    ['19~city,county~', [{ layerId: 19, columns: ['city', 'county'], sort: [] }]],
    ['19', [{ layerId: 19, columns: [], sort: [] }]],
    ['19~~', [{ layerId: 19, columns: [], sort: [] }]],
    ['19~~[]', [{ layerId: 19, columns: [], sort: [] }]],
    [
      ' 19 ~ a b , c ~ [ {a b : desc} ] ; ',
      [{ layerId: 19, columns: ['a b', 'c'], sort: [{ name: 'a b', descending: true }] }],
    ],
    [
      '1~a~[{a:DESC},{b}];2~~b',
      [
        {
          layerId: 1,
          columns: ['a'],
          sort: [
            { name: 'a', descending: true },
            { name: 'b', descending: false },
          ],
        },
        { layerId: 2, columns: [], sort: [{ name: 'b', descending: false }] },
      ],
    ],
    ['1~a~{"a":"DESC"}', [{ layerId: 1, columns: ['a'], sort: [{ name: 'a', descending: true }] }]],
  ])('reads %s', (text, fields) => {
    expect(parseSearchFields(text)).toEqual(fields)
  })

  it.each([
    ['', 0],
    ['x~a', 0],
    ['0~a', 0],
    ['99999999999~a', 0],
    ['1~a,', 4],
    ['1~a~[{a:UP}]', 8],
    ['1~a~[{a:DESC]', 12],
    ['1~a~[a', 6],
    ['1~"a', 2],
    ['1~a~b~c', 5],
    ['1;;2', 2],
  ])('refuses %j at character %i', (text, position) => {
    expect(() => parseSearchFields(text)).toThrow(expect.objectContaining({ position }))
  })
})
