import { InvalidParamError } from './envelope.ts'
import type { PageLinks, PageMeta } from './schemas.ts'

const PER_PAGE_DEFAULT = 50
/** What is asked for beyond this is answered with this many. */
export const PER_PAGE_MAX = 1000
const PAGE_MAX = 2 ** 31 - 1

/** The page that was asked for cannot be one. */
export class InvalidPageError extends Error {
  override readonly name = 'InvalidPageError'
}

export interface Paging {
  page: number
  perPage: number
}

/**
 * Reads `page` and `per_page`, or `page[number]` and `page[size]` as the links of an answer have them.
 * @throws InvalidPageError, InvalidParamError (the size)
 */
export function pagingOf(query: URLSearchParams): Paging {
  const page = wholeNumber(query.get('page') || query.get('page[number]') || '1')
  if (page === null || page > PAGE_MAX)
    throw new InvalidPageError(`page should be a whole number from 1 to ${PAGE_MAX}`)
  const perPage = wholeNumber(query.get('per_page') || query.get('page[size]') || String(PER_PAGE_DEFAULT))
  if (perPage === null)
    throw new InvalidParamError(`per_page should be a whole number from 1 to ${PER_PAGE_MAX}`)
  return { page, perPage: Math.min(perPage, PER_PAGE_MAX) }
}

function wholeNumber(text: string): number | null {
  return /^\d{1,15}$/.test(text) && Number(text) > 0 ? Number(text) : null
}

/** Credentials do not belong into an address that is handed on. */
const NOT_LINKED = ['page', 'per_page', 'page[number]', 'page[size]', 'user_id', 'user_token']

/**
 * Addresses of the pages around this one, none when there is only one page. They repeat the request's own address with
 * all its parameters, but for a token in them.
 */
export function pageLinks(requestUrl: string, { page, perPage }: Paging, total: number): PageLinks {
  const last = Math.ceil(total / perPage)
  if (last <= 1) return {}
  const url = new URL(requestUrl)
  for (const name of NOT_LINKED) url.searchParams.delete(name)
  const address = (number: number) => {
    url.searchParams.set('page[number]', String(number))
    url.searchParams.set('page[size]', String(perPage))
    return url.href
  }
  return {
    self: address(page),
    ...(page > 1 ? { first: address(1), prev: address(Math.min(page - 1, last)) } : {}),
    ...(page < last ? { next: address(page + 1), last: address(last) } : {}),
  }
}

export function pageMeta({ perPage }: Paging, total: number): PageMeta {
  return { total_entries: total, total_pages: Math.ceil(total / perPage) }
}
