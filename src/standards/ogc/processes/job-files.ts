import type { JobRecord } from '../../../domain/jobs.ts'
import { attachment } from '../../../http/attachment.ts'
import { objectAnswer } from '../../../http/object-answer.ts'
import { UnknownPathError } from '../errors.ts'
import type { OgcContext } from '../resource.ts'
import type { OutputFile } from './definition.ts'
import { RangeNotSatisfiableError } from './errors.ts'
import { jobAddress } from './status-info.ts'

export const jobFileAddress = (root: string, job: JobRecord, { name }: OutputFile): string =>
  `${jobAddress(root, job)}/files/${encodeURIComponent(name)}`

/** A file that a job has made, to be saved under its name; with Range, conditional requests and HEAD. */
export async function jobFileAnswer(
  c: OgcContext,
  { key, name, contentType }: OutputFile,
): Promise<Response> {
  const freshness = { versioned: false, shared: false }
  const answer = await objectAnswer(c.req.raw, c.var.context.bucket, key, freshness, 'file')
  if (answer.status === 404) throw new UnknownPathError('The file is gone')
  if (answer.status === 416)
    throw new RangeNotSatisfiableError(answer.headers.get('content-range') ?? 'bytes */0')
  const headers = new Headers(answer.headers)
  headers.set('content-type', contentType)
  headers.set('content-disposition', attachment(name))
  return new Response(answer.body, { status: answer.status, headers })
}
