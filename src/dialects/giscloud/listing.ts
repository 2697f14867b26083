import type { Context as RequestContext } from 'hono'
import { isStorableText } from '../../domain/storable-text.ts'
import { json } from '../../http/json.ts'
import { InvalidParameterError } from './errors.ts'

const PER_PAGE = 100
const PER_PAGE_MAX = 1000
const QUERY_MAX_CHARACTERS = 1000
/** Rows that may be passed over. */
const OFFSET_MAX = 1_000_000_000

/** Which part of a list is asked for. */
export interface Page {
  page: number
  perPage: number
  offset: number
  /** Whether the whole is to be counted. */
  withTotal: boolean
}

/** `perpage` (100, at most 1000), `page` (from 1) and `nototal`. @throws InvalidParameterError */
export function pageOf(c: RequestContext): Page {
  const perPage = Math.min(wholeNumber(c, 'perpage', PER_PAGE), PER_PAGE_MAX)
  const page = wholeNumber(c, 'page', 1)
  const offset = (page - 1) * perPage
  if (offset > OFFSET_MAX) throw new InvalidParameterError('page', `is over ${OFFSET_MAX / perPage}`)
  return { page, perPage, offset, withTotal: !flag(c, 'nototal') }
}

function wholeNumber(c: RequestContext, name: string, otherwise: number): number {
  const text = c.req.query(name)
  if (text === undefined || text === '') return otherwise
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidParameterError(name, 'must be a whole number from 1')
  return Number(text)
}

/** Whether a flag is set: by its name alone, or with `1`, `t`, `true`, `yes`. */
export function flag(c: RequestContext, name: string, otherwise = false): boolean {
  const text = c.req.query(name)?.toLowerCase()
  if (text === undefined) return otherwise
  return ['', '1', 't', 'true', 'yes', 'on'].includes(text)
}

export interface Order<Attribute extends string> {
  attribute: Attribute
  descending: boolean
}

/** `order_by=<attribute>[:asc|desc]`, one of those that are known. @throws InvalidParameterError */
export function orderOf<Attribute extends string>(
  c: RequestContext,
  attributes: readonly Attribute[],
): Order<Attribute> | null {
  const text = c.req.query('order_by')
  if (!text) return null
  const [, name, direction = 'asc'] = /^([^:]*)(?::(.*))?$/s.exec(text) ?? []
  const attribute = attributes.find((known) => known === name)
  if (attribute === undefined)
    throw new InvalidParameterError('order_by', `must be one of ${attributes.join(', ')}`)
  if (!/^(asc|desc)$/i.test(direction))
    throw new InvalidParameterError('order_by', 'is followed by :asc or :desc')
  return { attribute, descending: direction.toLowerCase() === 'desc' }
}

/** What a list is searched for, and in which attributes. */
export interface Search<Attribute extends string> {
  text: string
  in: Attribute[]
}

/**
 * `query` and `query_on`, where there is something to be looked for.
 * @param known attributes by the names that `query_on` has for them
 * @param otherwise where it is looked for unless it is said
 * @throws InvalidParameterError
 */
export function searchOf<Attribute extends string>(
  c: RequestContext,
  known: Readonly<Record<string, Attribute>>,
  otherwise: readonly Attribute[],
): Search<Attribute> | null {
  const text = c.req.query('query')
  if (!text) return null
  if (!isStorableText(text)) throw new InvalidParameterError('query', 'has a character that no text has')
  if (text.length > QUERY_MAX_CHARACTERS)
    throw new InvalidParameterError('query', `is longer than ${QUERY_MAX_CHARACTERS} characters`)
  const attributes = commaList(c.req.query('query_on')).map((name) => {
    if (!Object.hasOwn(known, name))
      throw new InvalidParameterError('query_on', `must be of ${Object.keys(known).join(', ')}`)
    return known[name]!
  })
  return { text, in: attributes.length > 0 ? attributes : [...otherwise] }
}

/** The names of `expand`; those that nobody knows do no harm. */
export const expansions = (c: RequestContext): Set<string> => new Set(commaList(c.req.query('expand')))

/** Items between commas, without blanks around them; empty ones left out. */
export const commaList = (text: string | undefined): string[] =>
  (text ?? '')
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '')

/** A list as the API gives it. */
export const listAnswer = (
  c: RequestContext,
  type: string,
  { page }: Page,
  { total, data }: { total: number; data: readonly unknown[] },
): Response => json(c, { type, total, page, data })

/** What has been made: 201 with its address, which names no host. */
export function createdAnswer(c: RequestContext, location: string, body?: unknown): Response {
  c.header('Location', location)
  return body === undefined ? c.body(null, 201) : json(c, body, 201)
}
