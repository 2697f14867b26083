import { INTERNAL_FAILURE, type JobRecord } from '../../../domain/jobs.ts'
import { UnknownPathError } from '../errors.ts'
import { rootOf } from '../links.ts'
import { shown } from '../parameters.ts'
import type { OgcContext } from '../resource.ts'
import type { Output, OutputFile, ProcessDefinition } from './definition.ts'
import { ProcessFailedError, ResultNotReadyError } from './errors.ts'
import { jobFileAddress, jobFileAnswer } from './job-files.ts'
import type { Presentation, Transmission } from './presentation.ts'
import { jobAddress } from './status-info.ts'

/** An output of a job, with how it is to be given. */
interface Result {
  id: string
  output: Output
  transmission: Transmission | null
}

/** What a raw answer of one output is. */
interface Content {
  type: string
  body: string
}

/** @throws ResultNotReadyError, ProcessFailedError where the job has no results */
export function requireResults(job: JobRecord): void {
  switch (job.status) {
    case 'successful':
      return
    case 'failed':
      throw new ProcessFailedError(job.message ?? 'it failed', job.question, job.message === INTERNAL_FAILURE)
    case 'dismissed':
      throw new ResultNotReadyError('The job was dismissed; it has no results')
    default:
      throw new ResultNotReadyError(`The job is ${job.status}; its results are not there yet`)
  }
}

/**
 * The results of a job that was successful: as one document, or raw. Files are always referred to in a document, for they
 * may be larger than any.
 */
export async function answerResults(
  c: OgcContext,
  definition: ProcessDefinition,
  job: JobRecord,
  { response, outputs: wanted }: Presentation,
): Promise<Response> {
  const root = rootOf(c.req.raw)
  const { context, principal } = c.var
  const outputs = await definition.results({ context, principal, job, root })
  const names = Object.keys(wanted).length > 0 ? Object.keys(wanted) : Object.keys(outputs)
  const results = names
    .filter((id) => Object.hasOwn(outputs, id))
    .map((id): Result => ({ id, output: outputs[id]!, transmission: wanted[id] ?? null }))
  if (response === 'document') return answerDocument(c, job, root, results)
  return results.length === 1 ? answerOne(c, job, root, results[0]!) : answerMany(c, job, root, results)
}

/** Files among the outputs of a successful job. */
export async function filesOf(
  c: OgcContext,
  definition: ProcessDefinition,
  job: JobRecord,
): Promise<OutputFile[]> {
  const { context, principal } = c.var
  const outputs = await definition.results({ context, principal, job, root: rootOf(c.req.raw) })
  return Object.values(outputs).flatMap((output) => ('file' in output ? [output.file] : []))
}

/** One output of a successful job, by value. @throws NotFoundError */
export async function answerOutput(
  c: OgcContext,
  definition: ProcessDefinition,
  job: JobRecord,
  id: string,
): Promise<Response> {
  const root = rootOf(c.req.raw)
  const { context, principal } = c.var
  const outputs = await definition.results({ context, principal, job, root })
  if (!Object.hasOwn(outputs, id)) throw new UnknownPathError(`The job has no output ${shown(id)}`)
  return answerOne(c, job, root, { id, output: outputs[id]!, transmission: 'value' })
}

function answerDocument(c: OgcContext, job: JobRecord, root: string, results: readonly Result[]): Response {
  const members = results.map(({ id, output, transmission }) => [
    id,
    'file' in output || transmission === 'reference' ? linkTo(job, root, id, output) : output.value,
  ])
  return c.body(JSON.stringify(Object.fromEntries(members)), 200, { 'content-type': 'application/json' })
}

async function answerOne(c: OgcContext, job: JobRecord, root: string, result: Result): Promise<Response> {
  const { id, output, transmission } = result
  if (transmission === 'reference') {
    const { href, type } = linkTo(job, root, id, output)
    return c.body(null, 204, { link: `<${href}>; rel=${id}; type="${type}"` })
  }
  if ('file' in output) return jobFileAnswer(c, output.file)
  const { type, body } = contentOf(output.value)
  return c.body(body, 200, { 'content-type': type })
}

/** Several outputs as the parts of a body (RFC 2387); a part that is only referred to is empty. */
function answerMany(c: OgcContext, job: JobRecord, root: string, results: readonly Result[]): Response {
  const boundary = crypto.randomUUID()
  const parts = results.map(({ id, output, transmission }) => {
    if ('file' in output || transmission === 'reference') {
      const { href, type } = linkTo(job, root, id, output)
      return `--${boundary}\r\nContent-Type: ${type}\r\nContent-ID: <${id}>\r\nContent-Location: ${href}\r\n\r\n\r\n`
    }
    const { type, body } = contentOf(output.value)
    return `--${boundary}\r\nContent-Type: ${type}\r\nContent-ID: <${id}>\r\n\r\n${body}\r\n`
  })
  return c.body(`${parts.join('')}--${boundary}--\r\n`, 200, {
    'content-type': `multipart/related; boundary="${boundary}"`,
  })
}

const contentOf = (value: unknown): Content =>
  typeof value === 'string'
    ? { type: 'text/plain; charset=utf-8', body: value }
    : { type: 'application/json', body: JSON.stringify(value) }

function linkTo(job: JobRecord, root: string, id: string, output: Output) {
  if ('file' in output) return fileLink(job, root, output.file)
  const type = contentOf(output.value).type.split(';')[0]!
  return { href: `${jobAddress(root, job)}/results/${id}`, type, title: id }
}

const fileLink = (job: JobRecord, root: string, file: OutputFile) => ({
  ...{ href: jobFileAddress(root, job, file), type: file.contentType },
  ...{ length: file.byteSize, title: file.name, warnings: file.warnings },
})
