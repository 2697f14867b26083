import { z } from '@hono/zod-openapi'
import { integerParameter } from './parameters.ts'

/** Entries of a page of a list unless told. */
const LIST_LIMIT_DEFAULT = 100
/** Entries of a page of a list, at most; a greater limit is taken for this one. */
const LIST_LIMIT_MAX = 1000
/** Greater offsets are beyond the end of everything. */
export const OFFSET_MAX = 2 ** 31 - 1

/** Parameters of a list that is given page by page, for the API's description. */
export const listQuery = {
  limit: z
    .number()
    .int()
    .min(1)
    .max(LIST_LIMIT_MAX)
    .default(LIST_LIMIT_DEFAULT)
    .openapi({ description: 'Entries of the page; more than the maximum is taken for the maximum' }),
  offset: z.number().int().min(0).default(0).openapi({ description: 'Entries that are passed over' }),
}

/** Which page of a list is asked for. @throws InvalidParameterError */
export const pageOf = (query: URLSearchParams): { limit: number; offset: number } => ({
  limit: integerParameter(query, 'limit', { min: 1, clampTo: LIST_LIMIT_MAX }) ?? LIST_LIMIT_DEFAULT,
  offset: integerParameter(query, 'offset', { min: 0, clampTo: OFFSET_MAX }) ?? 0,
})
