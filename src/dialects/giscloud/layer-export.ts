import { type OpenAPIHono, z } from '@hono/zod-openapi'
import type { Context as RequestContext } from 'hono'
import { JobFailedError, NotFoundError, ValidationError } from '../../domain/errors.ts'
import { INTERNAL_FAILURE, type JobRecord, removeJob, waitForJob } from '../../domain/jobs.ts'
import {
  discardExport,
  EXPORT_FORMATS,
  type ExportedFile,
  type ExportFormat,
  exportedFile,
  handedOut,
  isZipped,
  readLayerExport,
  startLayerExport,
  zippedFile,
} from '../../domain/maps/layer-export.ts'
import { objectBytes } from '../../domain/storage/stored-objects.ts'
import { streamOf } from '../../formats/byte-stream.ts'
import type { AppEnv } from '../../http/app-env.ts'
import { attachment } from '../../http/attachment.ts'
import { endpoint } from '../../http/endpoint.ts'
import { json } from '../../http/json.ts'
import { answers, deleted, idParameter } from './descriptions.ts'
import { InvalidParameterError } from './errors.ts'
import { flag } from './listing.ts'
import { idOf } from './request-form.ts'

/** How long a request waits for its file before it is told where to ask for it. */
export const EXPORT_WAIT_MS = 50_000

const ROUTE = `/1/layers/:id/:export{export\\.(?:${EXPORT_FORMATS.join('|')})(?:\\.zip)?}`
const PATH = '/1/layers/{id}/export.{format}'

const tags = ['Layers']

const format = z.string().openapi({
  description: `${EXPORT_FORMATS.join(', ')}, with .zip behind it for an archive`,
  example: 'shp',
})
const jobParameters = idParameter.extend({ format, job: z.string() })
const query = z.object({
  zip: z.string().optional().openapi({ description: 'The file in an archive' }),
  epsg: z
    .string()
    .optional()
    .openapi({ description: 'System of the coordinates; that of the layer unless given' }),
})
const file = {
  description: 'The file',
  content: { 'application/octet-stream': { schema: z.string().openapi({ format: 'binary' }) } },
} as unknown as string
const progress = z
  .object({ id: z.string(), status: z.string(), progress: z.number().int(), msg: z.string().nullable() })
  .openapi('Export')

/** What a layer shows, as a file. */
export function mountLayerExport(app: OpenAPIHono<AppEnv>): void {
  endpoint(
    app,
    {
      ...{ methods: ['get'], paths: [PATH], routes: [ROUTE], tags },
      summary: 'Export a layer',
      description:
        'Several files come in an archive. An export that takes longer than 50 s goes on; it is asked for at the address in ' +
        '`Location` then.',
      request: { params: idParameter.extend({ format }), query },
      responses: answers(
        { 200: file, 202: ['It is not there yet; Location tells where to ask', progress] },
        ...([400, 401, 403, 404] as const),
      ),
    },
    exportLayer,
  )

  const ofJob = { paths: [`${PATH}/jobs/{job}`] as const, routes: [`${ROUTE}/jobs/:job`], tags }
  endpoint(
    app,
    {
      ...{ methods: ['get'], ...ofJob },
      summary: 'The file of an export that took longer, or how far it is',
      request: { params: jobParameters, query: query.pick({ zip: true }) },
      responses: answers({ 200: file, 202: ['It is not there yet', progress] }, 400, 401, 403, 404),
    },
    async (c) => {
      const job = await jobOf(c)
      if (job.finishedAt === null) return unfinishedAnswer(c, job)
      const made = madeFile(job)
      return fileAnswer(c, made, bytesOf(c, made))
    },
  )
  endpoint(
    app,
    {
      ...{ methods: ['delete'], ...ofJob },
      summary: 'Delete an export with its file, or stop it',
      request: { params: jobParameters },
      responses: answers({ 204: deleted }, 401, 404),
    },
    async (c) => {
      const { id } = await jobOf(c)
      await removeJob(c.var.context, c.var.principal, id)
      return c.body(null, 204)
    },
  )
}

async function exportLayer(c: RequestContext<AppEnv>): Promise<Response> {
  const { context, principal } = c.var
  const { id } = await startLayerExport(
    context,
    principal,
    idOf(c, 'id', 'Layer'),
    formatOf(c),
    epsgOf(c),
  ).catch(byItsParameter)
  const job = await waitForJob(context, principal, id, EXPORT_WAIT_MS)
  if (job.finishedAt === null) return unfinishedAnswer(c, job)
  if (job.status !== 'successful') await discardExport(context, principal, job)
  const made = madeFile(job)
  if (c.req.raw.method !== 'HEAD')
    return fileAnswer(c, made, handedOut(context, principal, job, bytesOf(c, made)))
  await discardExport(context, principal, job)
  return fileAnswer(c, made, null)
}

const jobOf = (c: RequestContext<AppEnv>): Promise<JobRecord> =>
  readLayerExport(c.var.context, c.var.principal, idOf(c, 'id', 'Layer'), c.req.param('job') ?? '')

/** @throws JobFailedError, NotFoundError where it has made none */
function madeFile(job: JobRecord): ExportedFile {
  if (job.status === 'successful') return exportedFile(job)
  if (job.status === 'dismissed') throw new NotFoundError('Job', job.id)
  if (job.message === INTERNAL_FAILURE) throw new Error(`the export ${job.id} failed: ${job.message}`)
  throw new JobFailedError(`It cannot be exported: ${job.message}`)
}

function unfinishedAnswer(c: RequestContext, { id, status, progress, message }: JobRecord): Response {
  const isAsked = c.req.param('job') !== undefined
  c.header('Location', isAsked ? c.req.path : `${c.req.path}/jobs/${id}`)
  c.header('Retry-After', '5')
  return json(c, { id, status, progress, msg: message }, 202)
}

const wantsZip = (c: RequestContext): boolean =>
  (c.req.param('export') ?? '').endsWith('.zip') || flag(c, 'zip')

/** The file as it was made, or in an archive where one is wanted and it is none. */
const bytesOf = (c: RequestContext<AppEnv>, made: ExportedFile) =>
  wantsZip(c) && !isZipped(formatOf(c))
    ? zippedFile(c.var.context, made)
    : objectBytes(c.var.context, made.key)

function fileAnswer(
  c: RequestContext,
  { name, contentType }: ExportedFile,
  bytes: AsyncGenerator<Uint8Array> | null,
): Response {
  const isPacked = wantsZip(c) && !isZipped(formatOf(c))
  return new Response(bytes && streamOf(bytes), {
    headers: {
      'content-type': isPacked ? 'application/zip' : contentType,
      'content-disposition': attachment(isPacked ? `${name.slice(0, name.lastIndexOf('.'))}.zip` : name),
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    },
  })
}

/** The format that the address names; no other is routed here. */
const formatOf = (c: RequestContext): ExportFormat =>
  (c.req.param('export') ?? '').split('.')[1] as ExportFormat

function epsgOf(c: RequestContext): number | undefined {
  const text = c.req.query('epsg')
  if (text === undefined || text === '') return undefined
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new InvalidParameterError('epsg', 'must be an EPSG code')
  return Number(text)
}

/** What is called `crs` elsewhere is `epsg` here. */
function byItsParameter(error: unknown): never {
  if (!(error instanceof ValidationError)) throw error
  throw new ValidationError(
    error.issues.map(({ attribute, message }) => ({
      attribute: attribute === 'crs' ? 'epsg' : attribute,
      message,
    })),
  )
}
