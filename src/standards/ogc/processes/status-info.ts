import { z } from '@hono/zod-openapi'
import type { JobRecord, JobStatus } from '../../../domain/jobs.ts'
import { type Link, ogcRel } from '../links.ts'
import { linksSchema } from '../schemas.ts'

/** The words that the standard has for the states of a job. */
export const STATUSES = ['accepted', 'running', 'successful', 'failed', 'dismissed'] as const
export type StandardStatus = (typeof STATUSES)[number]

const moment = z.iso.datetime()

export const statusInfoSchema = z
  .object({
    processID: z.string(),
    type: z.literal('process'),
    jobID: z.string(),
    status: z.enum(STATUSES),
    message: z.string().optional(),
    created: moment,
    started: moment.optional(),
    finished: moment.optional(),
    updated: moment,
    progress: z.number().int().min(0).max(100),
    question: z
      .object({ input: z.string(), message: z.string(), choices: z.array(z.string()).optional() })
      .optional(),
    links: linksSchema,
  })
  .openapi('StatusInfo')

/** A job that waits for an answer is running to those who know no more than the standard. */
export const standardStatus = (status: JobStatus): StandardStatus =>
  status === 'waiting' ? 'running' : status

/** The states of a job that a word of the standard stands for. */
export const statesOf = (status: StandardStatus): JobStatus[] =>
  status === 'running' ? ['running', 'waiting'] : [status]

export const jobAddress = (root: string, { id }: Pick<JobRecord, 'id'>): string => `${root}/jobs/${id}`

/** A job as the standard tells of it. `question` is there while it waits for an answer, or where it failed for want of one. */
export function statusInfo(job: JobRecord, root: string, selfRel: 'self' | 'status' = 'self') {
  const { status, message, question } = job
  return {
    processID: job.process,
    type: 'process',
    jobID: job.id,
    status: standardStatus(status),
    ...(message === null ? {} : { message }),
    created: job.createdAt,
    ...(job.startedAt ? { started: job.startedAt } : {}),
    ...(job.finishedAt ? { finished: job.finishedAt } : {}),
    updated: job.updatedAt,
    progress: job.progress,
    ...(question && (status === 'waiting' || status === 'failed') ? { question } : {}),
    links: jobLinks(job, root, selfRel),
  }
}

function jobLinks(job: JobRecord, root: string, selfRel: string): Link[] {
  const href = jobAddress(root, job)
  const json = 'application/json'
  return [
    { href, rel: selfRel, type: json, title: 'This job' },
    { href, rel: 'monitor', type: json, title: 'This job' },
    { href: `${root}/processes/${job.process}`, rel: 'up', type: json, title: 'Its process' },
    ...(job.status === 'successful'
      ? [{ href: `${href}/results`, rel: ogcRel('results'), type: json, title: 'Its results' }]
      : []),
    ...(job.status === 'failed'
      ? [{ href: `${href}/results`, rel: ogcRel('exceptions'), type: json, title: 'Why it failed' }]
      : []),
    ...(job.status === 'waiting'
      ? [{ href: `${href}/answers`, rel: 'edit', type: json, title: 'Where its question is answered' }]
      : []),
  ]
}
