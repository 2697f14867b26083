import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { InvalidParamError } from '../../../src/dialects/mapwarper/envelope.ts'
import { InvalidPageError, pageLinks, pageMeta, pagingOf } from '../../../src/dialects/mapwarper/paging.ts'

const paging = (query: string) => pagingOf(new URLSearchParams(query))

describe('reading the page', () => {
  it('takes both spellings and has defaults', () => {
    expect(paging('')).toEqual({ page: 1, perPage: 50 })
    expect(paging('page=3&per_page=7')).toEqual({ page: 3, perPage: 7 })
    expect(paging('page%5Bnumber%5D=3&page[size]=7')).toEqual({ page: 3, perPage: 7 })
    expect(paging('page=&per_page=')).toEqual({ page: 1, perPage: 50 })
  })

  it.each(['0', '-1', 'x', '1.5', '2147483648', '1e3', ' '])('refuses page %j', (page) => {
    expect(() => pagingOf(new URLSearchParams({ page }))).toThrow(InvalidPageError)
  })

  it('refuses a size that is none and caps one that is too large', () => {
    expect(() => paging('per_page=0')).toThrow(InvalidParamError)
    expect(() => paging('per_page=many')).toThrow(InvalidParamError)
    expect(paging('per_page=5000').perPage).toBe(1000)
  })
})

describe('page links', () => {
  const keys = (page: number, total: number) =>
    Object.keys(pageLinks('http://h/api/v1/maps', { page, perPage: 2 }, total))

  it('are those of the documentation', () => {
    expect(keys(1, 0)).toEqual([])
    expect(keys(1, 2)).toEqual([])
    expect(keys(1, 5)).toEqual(['self', 'next', 'last'])
    expect(keys(2, 5)).toEqual(['self', 'first', 'prev', 'next', 'last'])
    expect(keys(3, 5)).toEqual(['self', 'first', 'prev'])
  })

  it('lead back from a page beyond the last', () => {
    const links = pageLinks('http://h/api/v1/maps', { page: 9, perPage: 2 }, 5)
    expect(paging(new URL(links.prev!).search).page).toBe(3)
    expect(links.next).toBeUndefined()
  })

  it('repeat the other parameters, but no token', () => {
    const address =
      'https://h:8443/api/v1/maps.json?sort_key=title&page=2&per_page=2&user_id=1&user_token=secret'
    const next = new URL(pageLinks(address, { page: 2, perPage: 2 }, 9).next!)
    expect(next.origin + next.pathname).toBe('https://h:8443/api/v1/maps.json')
    expect(Object.fromEntries(next.searchParams)).toEqual({
      sort_key: 'title',
      'page[number]': '3',
      'page[size]': '2',
    })
  })

  it('followed by `next` visit every page once', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 1, max: 9 }), (total, perPage) => {
        let address: string | undefined = `http://h/api/v1/gcps?per_page=${perPage}`
        const visited: number[] = []
        while (address) {
          const here = paging(new URL(address).search)
          visited.push(here.page)
          address = pageLinks(address, here, total).next
        }
        const pages = Math.max(1, pageMeta({ page: 1, perPage }, total).total_pages)
        expect(visited).toEqual(Array.from({ length: pages }, (_, index) => index + 1))
      }),
    )
  })
})
