import { z } from '@hono/zod-openapi'
import type { Context as RequestContext } from 'hono'
import { APP_PROPERTY_NAMES, type AppOrder, type AppSearch } from '../../domain/apps/app-list.ts'
import { FilterError, ValidationError } from '../../domain/errors.ts'
import { isStorableText } from '../../domain/storable-text.ts'
import { prefersHtml } from '../../http/accept.ts'
import { type Filter, parseFilterExpression, QueryError } from '../../query/index.ts'
import { flagOf } from './flags.ts'

/** Of what is looked for in titles, ids and descriptions. */
const SEARCH_MAX_CHARACTERS = 200
const SORTS_MAX = 16
const SEARCHED = ['title', 'id', 'description']

/** Parameters of lists of apps. */
export const listParameters = z.object({
  filter: z
    .string()
    .optional()
    .openapi({
      description:
        'For example `title="My App"`, `(and title like "A*";(not createdBy="admin"))`. Comparisons: = != < <= > >= like. ' +
        `Properties: ${APP_PROPERTY_NAMES.join(', ')}`,
    }),
  sort: z
    .string()
    .optional()
    .openapi({ description: '`+title` unless given: properties after + (ascending) or -, between commas' }),
  range: z.string().optional().openapi({
    description: 'From which item to which, both included, from 0: `0-` are all, `0--1` only their number',
  }),
  edit: z.enum(['true', 'false']).optional().openapi({ description: 'Only apps that the caller may edit' }),
  search: z
    .string()
    .optional()
    .openapi({ description: 'Only apps with this text in title, id or description, in whatever case' }),
  f: z.enum(['json', 'html']).optional().openapi({ description: 'Whatever the header `Accept` says' }),
})

/** A list as it is asked for. */
export interface ListQuery extends AppSearch {
  wantsHtml: boolean
  /** What is looked for; empty for nothing. */
  search: string
}

const invalid = (parameter: string, message: string) =>
  new ValidationError([{ attribute: parameter, message }])

/**
 * The parameters of a list of apps, or of something else.
 * @param properties what it can be ordered by
 * @throws ValidationError, FilterError
 */
export function listQueryOf(c: RequestContext, properties = APP_PROPERTY_NAMES): ListQuery {
  const parameter = (name: string) => c.req.query(name) ?? ''
  const search = parameter('search').trim()
  if (search.length > SEARCH_MAX_CHARACTERS)
    throw invalid('search', `is longer than ${SEARCH_MAX_CHARACTERS} characters`)
  if (!isStorableText(search)) throw invalid('search', 'has a character that no text has')
  const filters = [filterOf(parameter('filter')), searchFilter(search)].filter((filter) => filter !== null)
  return {
    filter: filters.length === 2 ? { kind: 'and', operands: filters, position: 0 } : (filters[0] ?? null),
    isEditable: flagOf('edit', parameter('edit')),
    order: orderOf(parameter('sort'), properties),
    ...rangeOf(parameter('range')),
    wantsHtml: isHtml(parameter('f'), c.req.header('accept')),
    search,
  }
}

function filterOf(text: string): Filter | null {
  if (text.trim() === '') return null
  try {
    return parseFilterExpression(text)
  } catch (error) {
    throw filterFault(error)
  }
}

/** What is wrong with a filter, and where. */
export function filterFault(error: unknown): unknown {
  if (!(error instanceof QueryError)) return error
  const place = error.position === null ? '' : ` (at character ${error.position + 1})`
  return new FilterError(`filter: ${error.message}${place}`, error.position)
}

function searchFilter(search: string): Filter | null {
  if (search === '') return null
  const pattern = `%${search.replace(/[\\%_]/g, '\\$&')}%`
  const position = 0
  const folded = (operand: Filter): Filter => ({ kind: 'fold', fold: 'case', operand, position })
  const operands = SEARCHED.map(
    (name): Filter => ({
      kind: 'like',
      operand: folded({ kind: 'property', name, position }),
      pattern: folded({ kind: 'text', value: pattern, position }),
      position,
    }),
  )
  return { kind: 'or', operands, position }
}

/** A plus arrives as a blank. */
function orderOf(text: string, properties: readonly string[]): AppOrder[] {
  const items = (text.trim() === '' ? 'title' : text).split(',').map((item) => item.trim())
  if (items.length > SORTS_MAX) throw invalid('sort', `has more than ${SORTS_MAX} properties`)
  return items.map((item) => {
    const property = item.replace(/^[+-]\s*/, '')
    if (!properties.includes(property))
      throw invalid(
        'sort',
        `has the property ${JSON.stringify(property.slice(0, 80))}, and must be of ${properties.join(', ')}`,
      )
    return { property, descending: item.startsWith('-') }
  })
}

/** `0--1` is nothing but the number of items; print makes a dash of its two hyphens. */
function rangeOf(text: string): { offset: number; limit: number | null } {
  const [range, start, end] =
    /^\s*(\d{1,9})(?:-(\d{0,9})|(?:--|[–—])1)\s*$/.exec(text === '' ? '0-' : text) ?? []
  if (range === undefined) throw invalid('range', 'must be like 0-, 0-9, 10-12 or 0--1')
  const offset = Number(start)
  if (end === undefined) return { offset, limit: 0 }
  if (end === '') return { offset, limit: null }
  if (Number(end) < offset) throw invalid('range', 'ends before it begins')
  return { offset, limit: Number(end) - offset + 1 }
}

function isHtml(format: string, accept: string | undefined): boolean {
  if (format !== '' && format !== 'json' && format !== 'html') throw invalid('f', 'must be json or html')
  return format === '' ? prefersHtml(accept) : format === 'html'
}
