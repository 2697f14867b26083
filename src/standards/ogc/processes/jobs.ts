import { type OpenAPIHono, z } from '@hono/zod-openapi'
import { NotFoundError } from '../../../domain/errors.ts'
import { answerQuestion, listOwnJobs, readJob, removeJob } from '../../../domain/jobs.ts'
import type { AppEnv } from '../../../http/app-env.ts'
import { requireUser } from '../../../http/credentials.ts'
import { readBody } from '../../../http/request-body.ts'
import { InvalidBodyError, UnknownPathError } from '../errors.ts'
import { rootOf, selfLinks } from '../links.ts'
import { HTML_FORM, JSON_FORM, JSON_OR_HTML } from '../negotiation.ts'
import { queryOf } from '../parameters.ts'
import { answerJson, givenAs, type OgcContext, problems, resource } from '../resource.ts'
import { linksSchema } from '../schemas.ts'
import { isRecord, parseAnswer, refuseUnstorable } from './inputs.ts'
import { jobFileAnswer } from './job-files.ts'
import { jobListing, jobListQuery } from './job-list-query.ts'
import { jobPage, jobsPage } from './pages.ts'
import { presentationOfJob } from './presentation.ts'
import { pageLinks } from './processes.ts'
import { answerOutput, answerResults, filesOf, requireResults } from './results.ts'
import { statusInfo, statusInfoSchema } from './status-info.ts'
import { processOf } from './table.ts'

const text = (name: string) => z.string().openapi({ param: { name, in: 'path' } })
const jobParams = { jobId: text('jobId') }
const tags = ['Jobs']

const jobListSchema = z
  .object({
    jobs: z.array(statusInfoSchema),
    numberMatched: z.number().int(),
    numberReturned: z.number().int(),
    links: linksSchema,
  })
  .openapi('JobList')

const results = {
  200: givenAs('The results', [JSON_FORM], z.record(z.string(), z.unknown())),
  204: { description: 'The results are at the address in Link' },
}

/** `/ogc/jobs` and everything beneath it. */
export function mountJobs(app: OpenAPIHono<AppEnv>): void {
  resource(
    app,
    {
      ...{ methods: ['get'], paths: ['/ogc/jobs'], tags },
      summary: 'The jobs of who asks, the newest first',
      description:
        'Administrators see the jobs of everybody. Jobs that nobody in particular has begun are in no list.',
      query: jobListQuery,
      forms: JSON_OR_HTML,
      responses: { 200: givenAs('The jobs', JSON_OR_HTML, jobListSchema), ...problems(401) },
    },
    async (c, form) => {
      const { context } = c.var
      const listing = jobListing(queryOf(c.req.raw))
      const principal = requireUser(c)
      const { records, total } = listing
        ? await listOwnJobs(context, principal, listing)
        : { records: [], total: 0 }
      if (form === HTML_FORM) return jobsPage(c, records)
      const root = rootOf(c.req.raw)
      return answerJson(c, form, {
        jobs: records.map((job) => statusInfo(job, root)),
        ...{ numberMatched: total, numberReturned: records.length },
        links: [
          ...selfLinks(c.req.raw, form, JSON_OR_HTML),
          ...(listing ? pageLinks(c.req.raw, { ...listing, total }) : []),
        ],
      })
    },
  )
  resource(
    app,
    {
      ...{ methods: ['get'], paths: ['/ogc/jobs/{jobId}'], tags },
      summary: 'How a job is going',
      params: jobParams,
      forms: JSON_OR_HTML,
      responses: { 200: givenAs('The job', JSON_OR_HTML, statusInfoSchema), ...problems(404) },
    },
    async (c, form) => {
      const job = await jobOf(c)
      if (form === HTML_FORM) return jobPage(c, job)
      return answerJson(c, form, statusInfo(job, rootOf(c.req.raw)))
    },
  )
  resource(
    app,
    {
      ...{ methods: ['delete'], paths: ['/ogc/jobs/{jobId}'], tags },
      summary: 'Dismiss a job',
      description:
        'What a job that has not ended has made so far is undone. Of one that has, its record and files are deleted; ' +
        'the collections it made stay.',
      params: jobParams,
      responses: { 200: givenAs('The job as it was', [JSON_FORM], statusInfoSchema), ...problems(404) },
    },
    async (c) => {
      const { context, principal } = c.var
      const job = await removeJob(context, principal, jobIdOf(c))
      return answerJson(c, JSON_FORM, statusInfo({ ...job, status: 'dismissed' }, rootOf(c.req.raw)))
    },
  )
  resource(
    app,
    {
      ...{ methods: ['get'], paths: ['/ogc/jobs/{jobId}/results'], tags },
      summary: 'What a job has come to',
      params: jobParams,
      responses: { ...results, ...problems(404) },
    },
    async (c) => {
      const job = await jobOf(c)
      requireResults(job)
      return answerResults(c, processOf(job.process), job, presentationOfJob(job))
    },
  )
  resource(
    app,
    {
      ...{ methods: ['get'], paths: ['/ogc/jobs/{jobId}/results/{outputId}'], tags },
      summary: 'One output of a job, by value',
      params: { ...jobParams, outputId: text('outputId') },
      responses: { ...results, ...problems(404) },
    },
    async (c) => {
      const job = await jobOf(c)
      requireResults(job)
      return answerOutput(c, processOf(job.process), job, c.req.param('outputId') ?? '')
    },
  )
  resource(
    app,
    {
      ...{ methods: ['get'], paths: ['/ogc/jobs/{jobId}/files/{name}'], tags },
      summary: 'A file that a job has made; with Range',
      params: { ...jobParams, name: text('name') },
      responses: { 200: { description: 'The file' }, 206: { description: 'Some of it' }, ...problems(404) },
    },
    async (c) => {
      const job = await jobOf(c)
      requireResults(job)
      const file = (await filesOf(c, processOf(job.process), job)).find(
        ({ name }) => name === c.req.param('name'),
      )
      if (!file) throw new UnknownPathError('The job has made no such file')
      return jobFileAnswer(c, file)
    },
  )
  resource(
    app,
    {
      ...{ methods: ['post'], paths: ['/ogc/jobs/{jobId}/answers'], tags },
      summary: 'Answer what a job asks',
      description:
        'For a job that was begun with `"interactive": true`: an object with the input that its question names.',
      params: jobParams,
      body: {
        required: true,
        content: { 'application/json': { schema: z.record(z.string(), z.unknown()) } },
      },
      responses: { 200: givenAs('The job goes on', [JSON_FORM], statusInfoSchema), ...problems(404, 409) },
    },
    answer,
  )
}

async function answer(c: OgcContext): Promise<Response> {
  const { context, principal } = c.var
  const job = await jobOf(c)
  const body = await readBody(c.req.raw)
  if (!isRecord(body))
    throw new InvalidBodyError('The body is not a JSON object with the input that is asked for')
  refuseUnstorable(body, 'the answer')
  const answers = job.question ? parseAnswer(processOf(job.process), job.question.input, body) : {}
  const answered = await answerQuestion(context, principal, job.id, answers)
  return answerJson(c, JSON_FORM, statusInfo(answered, rootOf(c.req.raw)))
}

/** @throws NotFoundError for what cannot be one */
function jobIdOf(c: OgcContext): string {
  const id = c.req.param('jobId') ?? ''
  if (!/^[\w-]{1,64}$/.test(id)) throw new NotFoundError('Job', JSON.stringify(id.slice(0, 60)).slice(1, -1))
  return id
}

const jobOf = (c: OgcContext) => readJob(c.var.context, c.var.principal, jobIdOf(c))
