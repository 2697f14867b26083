import { Buffer } from 'node:buffer'
import type { PageEnd, SortTerm } from '../../store/features.ts'
import { ValidationError } from '../errors.ts'
import { isStorableText } from '../storable-text.ts'

/** Where a page ends, and the order it holds for, as text for an address. */
export function pageToken(sortBy: readonly SortTerm[], { fid, keys }: PageEnd): string {
  return Buffer.from(JSON.stringify([orderOf(sortBy), fid, ...keys])).toString('base64url')
}

/** @throws ValidationError (`after`) where the text is none of `pageToken`, or of another order */
export function readPageToken(sortBy: readonly SortTerm[], token: string): PageEnd {
  const parts = parsed(token)
  if (parts && parts.length === sortBy.length + 2) {
    const [order, fid, ...keys] = parts
    const isFid = typeof fid === 'string' && /^\d{1,18}$/.test(fid)
    if (order === orderOf(sortBy) && isFid && keys.every(isKey))
      return { fid, keys: keys as (string | null)[] }
  }
  throw new ValidationError([{ attribute: 'after', message: 'is not a token of a page in this order' }])
}

const orderOf = (sortBy: readonly SortTerm[]): string =>
  sortBy.map(({ column, descending }) => `${descending ? '-' : '+'}${column.columnName}`).join(',')

const isKey = (key: unknown): boolean => key === null || (typeof key === 'string' && isStorableText(key))

function parsed(token: string): unknown[] | null {
  try {
    const value: unknown = JSON.parse(Buffer.from(token, 'base64url').toString('utf8'))
    return Array.isArray(value) ? value : null
  } catch {
    return null
  }
}
