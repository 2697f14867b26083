import { z } from '@hono/zod-openapi'
import type { JobListing } from '../../../domain/jobs.ts'
import { parseDatetime } from '../datetime.ts'
import { InvalidParameterError } from '../errors.ts'
import { listQuery, pageOf } from '../paging.ts'
import { integerParameter, namesParameter, shown } from '../parameters.ts'
import { STATUSES, type StandardStatus, statesOf } from './status-info.ts'

const SECONDS_MAX = 2 ** 31 - 1
const list = (description: string, item: z.ZodType = z.string()) =>
  z
    .array(item)
    .optional()
    .openapi({ param: { style: 'form', explode: false }, description })
const seconds = (description: string) => z.number().int().min(0).optional().openapi({ description })

/** Parameters of the list of jobs, for the API's description. */
export const jobListQuery = {
  ...listQuery,
  type: list('What the jobs are of; there are processes only', z.literal('process')),
  processID: list('Only jobs of these processes'),
  status: list('Only jobs in one of these states', z.enum(STATUSES)),
  datetime: z
    .string()
    .optional()
    .openapi({ description: 'When they were created: a time, or two with a slash between' }),
  minDuration: seconds('Only jobs that have taken as many seconds'),
  maxDuration: seconds('Only jobs that have not taken more seconds'),
}

/**
 * Which jobs are asked for; null for none, whoever asks.
 * @throws InvalidParameterError
 */
export function jobListing(query: URLSearchParams): JobListing | null {
  const types = namesParameter(query, 'type')
  const processes = namesParameter(query, 'processID')
  const statuses = namesParameter(query, 'status')
  const unknown = statuses?.find((name) => !STATUSES.includes(name as StandardStatus))
  if (unknown !== undefined)
    throw new InvalidParameterError('status', `${shown(unknown)} is none of ${STATUSES.join(', ')}`)
  const datetime = query.get('datetime')
  const minSeconds = integerParameter(query, 'minDuration', { min: 0, clampTo: SECONDS_MAX })
  const maxSeconds = integerParameter(query, 'maxDuration', { min: 0, clampTo: SECONDS_MAX })
  const page = pageOf(query)
  if (types && !types.includes('process')) return null
  return {
    ...page,
    ...(processes ? { processes } : {}),
    ...(statuses ? { statuses: statuses.flatMap((status) => statesOf(status as StandardStatus)) } : {}),
    ...(datetime === null ? {} : { created: wholeDays(parseDatetime(datetime)) }),
    ...(minSeconds === null ? {} : { minSeconds }),
    ...(maxSeconds === null ? {} : { maxSeconds }),
  }
}

/** A date is the whole day in UTC. */
const wholeDays = ({ from, to }: { from: string | null; to: string | null }) => ({
  from: from !== null && !from.includes('T') ? `${from}T00:00:00Z` : from,
  to: to !== null && !to.includes('T') ? `${to}T23:59:59.999Z` : to,
})
