import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { InvalidParamError, MissingParamError } from '../../../src/dialects/mapwarper/envelope.ts'
import { layerRequest, newLayerRequest } from '../../../src/dialects/mapwarper/layer-attributes.ts'
import { searchOf } from '../../../src/dialects/mapwarper/layer-search.ts'
import { InvalidPageError } from '../../../src/dialects/mapwarper/paging.ts'
import { NotFoundError, ValidationError } from '../../../src/domain/errors.ts'

const body = (attributes: unknown, more: Record<string, unknown> = {}) => ({
  data: { type: 'layers', attributes, ...more },
})

function issuesOf(work: () => unknown): readonly { attribute: string; message: string }[] {
  try {
    work()
  } catch (error) {
    if (error instanceof ValidationError) return error.issues
    throw error
  }
  return []
}

describe('a layer in a request', () => {
  it('is read whole', () => {
    const attributes = {
      name: 'a',
      description: '',
      source_uri: 'urn:x',
      depicts_year: 1798,
      map_order: [3, '2'],
    }
    expect(newLayerRequest(body(attributes, { map_ids: [1, '2', 1] }))).toEqual({
      attributes: { name: 'a', description: '', sourceUri: 'urn:x', depictsYear: '1798' },
      members: { add: [1, 2], order: [3, 2] },
    })
  })

  it.each([
    [body({ name: 'a' }, { map_ids: '4, 5' })],
    [body({ name: 'a', map_ids: ['4', '5'] })],
    [body({ name: 'a', map_ids: [9] }, { map_ids: [4, 5] })],
  ])('names its maps in several ways: %j', (request) => {
    expect(layerRequest(request).members).toEqual({ add: [4, 5], order: [] })
  })

  it('may be nothing but its maps, and may be without any', () => {
    expect(layerRequest({ data: { type: 'layers', map_ids: [7] } }).members.add).toEqual([7])
    expect(layerRequest(body({ name: 'a', map_ids: null, map_order: [] })).members).toEqual({
      add: [],
      order: [],
    })
  })

  it.each([{ description: 'a' }, { name: '' }, { name: ' ' }, { name: null }, { name: ['a'] }])(
    'needs a name when it is new: %j',
    (attributes) => {
      expect(issuesOf(() => newLayerRequest(body(attributes)))).toEqual([
        { attribute: 'name', message: "can't be blank" },
      ])
    },
  )

  it('keeps its name when it is changed, but not a blank one', () => {
    expect(layerRequest(body({ description: 'a' })).attributes.name).toBeUndefined()
    expect(issuesOf(() => layerRequest(body({ name: '' })))).toHaveLength(1)
  })

  it('names every fault', () => {
    const attributes = { name: 'a'.repeat(501), depicts_year: 'MDCCX', source_uri: 'a\0', map_order: ['x'] }
    expect(issuesOf(() => newLayerRequest(body(attributes)))).toEqual([
      { attribute: 'name', message: 'is too long (maximum is 500 characters)' },
      { attribute: 'source_uri', message: 'contains characters that cannot be stored' },
      { attribute: 'depicts_year', message: 'is not a number' },
      { attribute: 'depicts_year', message: 'is too long (maximum is 4 characters)' },
      { attribute: 'map_order', message: 'is not a list of map ids' },
    ])
  })

  it.each([[1.5], [0], [-1], [2 ** 31], ['\0'], {}, true, [[1]], [null]])(
    'has no order that is no list of ids: %j',
    (order) => {
      expect(issuesOf(() => layerRequest(body({ map_order: order })))).toEqual([
        { attribute: 'map_order', message: 'is not a list of map ids' },
      ])
    },
  )

  it('has no map twice in its order', () => {
    expect(issuesOf(() => layerRequest(body({ map_order: [1, 2, 3, 2] })))).toEqual([
      { attribute: 'map_order', message: 'names map 2 twice' },
    ])
  })

  it('has no maps that cannot be', () => {
    for (const id of [0, -1, 1.5, 2 ** 31, 'x', '\0'])
      expect(() => layerRequest(body({}, { map_ids: [id] }))).toThrow(NotFoundError)
    for (const list of [{}, true, [[1]], [null]])
      expect(() => layerRequest(body({}, { map_ids: list }))).toThrow(InvalidParamError)
  })

  it('stands in its envelope', () => {
    expect(() => layerRequest({})).toThrow(MissingParamError)
    expect(() => layerRequest({ data: { type: 'layers' } })).toThrow(MissingParamError)
    expect(() => layerRequest({ data: { type: 'layers', attributes: [1], map_ids: [1] } })).toThrow(
      MissingParamError,
    )
    expect(() => layerRequest({ data: { type: 'maps', map_ids: [1] } })).toThrow(InvalidParamError)
  })

  it('is read or refused, whatever it is', () => {
    const known = [MissingParamError, InvalidParamError, ValidationError, NotFoundError]
    const names = ['name', 'description', 'depicts_year', 'map_order', 'map_ids', 'constructor']
    const attributes = fc.dictionary(fc.constantFrom(...names), fc.jsonValue())
    const data = fc.record(
      { type: fc.constant('layers'), attributes, map_ids: fc.jsonValue() },
      { requiredKeys: [] },
    )
    fc.assert(
      fc.property(fc.oneof(fc.record({ data }), fc.jsonValue()), (request) => {
        try {
          const { members } = newLayerRequest(request)
          for (const id of [...members.add, ...members.order])
            expect(Number.isInteger(id) && id > 0).toBe(true)
        } catch (error) {
          expect(
            known.some((type) => error instanceof type),
            String(error),
          ).toBe(true)
        }
      }),
    )
  })
})

describe('a search for layers', () => {
  const search = (query: string) => searchOf(new URLSearchParams(query))

  it('is for the newest change unless it says otherwise', () => {
    expect(search('')).toEqual({
      ...{ page: 1, perPage: 50, sortKey: null, ascending: false, text: null, area: null },
    })
    expect(search('sort_key=size&sort_order=up&query=+').sortKey).toBeNull()
  })

  it('knows the name as title, too', () => {
    expect(search('field=title&query=a&sort_key=title&sort_order=asc')).toMatchObject({
      ...{ text: { field: 'name', contains: 'a' }, sortKey: 'name', ascending: true },
    })
    expect(search('field=toString&query=a').text?.field).toBe('name')
    expect(search('field=description&query=a').text?.field).toBe('description')
  })

  it('says what is wrong with it', () => {
    expect(() => search(`query=${'a'.repeat(501)}`)).toThrow(InvalidParamError)
    expect(() => search('bbox=1,2,3')).toThrow(InvalidParamError)
    expect(() => search('page=0')).toThrow(InvalidPageError)
  })
})
