import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { areaOf } from '../../../src/dialects/mapwarper/area-query.ts'
import { InvalidParamError } from '../../../src/dialects/mapwarper/envelope.ts'
import { searchOf } from '../../../src/dialects/mapwarper/map-search.ts'
import { pageLinks } from '../../../src/dialects/mapwarper/paging.ts'
import { textPattern } from '../../../src/store/search-conditions.ts'

const search = (query: Record<string, string>) => searchOf(new URLSearchParams(query))
const area = (bbox: string, operation = '') => areaOf(new URLSearchParams({ bbox, operation }))

describe('the parameters of a search', () => {
  it('have the documented defaults', () => {
    expect(search({})).toEqual({
      page: 1,
      perPage: 50,
      sortKey: null,
      ascending: false,
      warpedOnly: false,
      text: null,
      area: null,
    })
    expect(
      search({ query: ' ', bbox: ' ', sort_key: 'nonsense', sort_order: 'up', show_warped: '2' }),
    ).toEqual(search({}))
  })

  it('name the field by both of its names, and the title by any other', () => {
    const field = (name: string) => search({ query: 'a', field: name }).text?.field
    expect(['author', 'authors', 'tags', 'status'].map(field)).toEqual([
      'authors',
      'authors',
      'tags',
      'status',
    ])
    expect(['', 'nonsense', '__proto__', 'toString'].map(field)).toEqual(Array(4).fill('title'))
  })

  it('take a text of some length', () => {
    expect(search({ query: ` ${'é'.repeat(500)} ` }).text?.contains).toHaveLength(500)
    expect(() => search({ query: 'e'.repeat(501) })).toThrow(InvalidParamError)
  })

  it('are those of any number of links away', () => {
    const address =
      'http://h/api/v1/layers/3/maps.geojson?query=St.+Gallen%26&field=tags&bbox=9,47,10,48&page=1'
    const { next } = pageLinks(address, { page: 1, perPage: 1 }, 2)
    expect(next).toContain('/api/v1/layers/3/maps.geojson?')
    const here = searchOf(new URL(address).searchParams)
    expect(searchOf(new URL(next!).searchParams)).toEqual({ ...here, page: 2, perPage: 1 })
  })
})

describe('a bbox', () => {
  it('is four numbers, its corners in any order', () => {
    const bbox = [-10, 49.5, 3e-1, 56]
    for (const text of ['-10,49.5,.3,56', ' -10 , 49.5,0.3,+56', '0.3,56,-10,49.5', '-10,56,3e-1,49.5'])
      expect(area(text)).toEqual({ bbox, operation: 'intersect' })
    expect(area('-10,49.5,.3,56', 'within')?.operation).toBe('within')
    expect(area('-10,49.5,.3,56', 'touch')?.operation).toBe('intersect')
  })

  it.each([
    ['1,2,3', 'not 3 parts'],
    ['1,2,3,4,5', 'not 5 parts'],
    ['1,x,3,4', "lat.min is 'x'"],
    ['1,2,,4', "lon.max is ''"],
    ['1,2,3,1e999', "lat.max is '1e999'"],
    ['0x10,2,3,4', "lon.min is '0x10'"],
    ['NaN,2,3,4', "lon.min is 'NaN'"],
    [`${'9'.repeat(400)},2,3,4`, 'lon.min is'],
  ])('%s is refused for its part', (bbox, reason) => {
    expect(() => area(bbox)).toThrow(InvalidParamError)
    expect(() => area(bbox)).toThrow(reason)
  })

  it('is read from any text, or refused', () => {
    const part = fc.oneof(fc.double().map(String), fc.integer().map(String), fc.string())
    fc.assert(
      fc.property(fc.array(part, { maxLength: 6 }).map(String), (text) => {
        try {
          const found = area(text)
          if (!found) return
          const [west, south, east, north] = found.bbox
          expect(west).toBeLessThanOrEqual(east)
          expect(south).toBeLessThanOrEqual(north)
          expect(found.bbox.every(Number.isFinite)).toBe(true)
        } catch (error) {
          expect(error).toBeInstanceOf(InvalidParamError)
        }
      }),
    )
  })
})

describe('a searched text', () => {
  it('is a pattern in which nothing but letters, digits and spaces stands for itself alone', () => {
    expect(textPattern('Łódź_1 ')).toBe('Łódź_1 (?![[:alpha:]])')
    expect(textPattern('a.b\\]\t—\0')).toBe('a[ \\.]b[ \\\\][ \\]][ \t][ —] (?![[:alpha:]])')
  })
})
