import { type OpenAPIHono, z } from '@hono/zod-openapi'
import { discardJobFiles } from '../../../domain/job-files.ts'
import { type JobRecord, presentJob, waitForJob } from '../../../domain/jobs.ts'
import type { AppEnv } from '../../../http/app-env.ts'
import { requireUser } from '../../../http/credentials.ts'
import { rootOf } from '../links.ts'
import { givenAs, type OgcContext, problems, resource } from '../resource.ts'
import type { ProcessDefinition } from './definition.ts'
import { type ExecuteRequest, readExecuteRequest } from './execute-request.ts'
import { parseInputs } from './inputs.ts'
import { executionPreference } from './preference.ts'
import { isUncommon, requestedOutput } from './presentation.ts'
import { processParams } from './processes.ts'
import { answerResults, requireResults } from './results.ts'
import { jobAddress, statusInfo, statusInfoSchema } from './status-info.ts'
import { processOf } from './table.ts'

const executeSchema = z
  .object({
    inputs: z.record(z.string(), z.unknown()).optional(),
    outputs: z.record(z.string(), requestedOutput).optional(),
    response: z.enum(['document', 'raw']).default('document').optional(),
  })
  .openapi('Execute')

const formSchema = z
  .object({ file: z.string().openapi({ format: 'binary' }) })
  .catchall(z.string())
  .openapi('ExecuteForm')

const JSON_ANSWER = [{ f: 'json', type: 'application/json', alias: [], title: 'JSON' }]

/** `POST /ogc/processes/{processId}/execution`. */
export function mountExecution(app: OpenAPIHono<AppEnv>): void {
  resource(
    app,
    {
      ...{ methods: ['post'], paths: ['/ogc/processes/{processId}/execution'], tags: ['Processes'] },
      summary: 'Execute a process',
      description:
        'Answers with the results when the job ends soon; else, or with `Prefer: respond-async`, with the status of ' +
        'the job, whose address is in `Location`. Without `response` the results are one document.',
      params: processParams,
      headers: {
        prefer: z.string().optional().openapi({ description: 'respond-async, wait=<seconds>' }),
      },
      body: {
        required: true,
        content: {
          'application/json': { schema: executeSchema },
          'multipart/form-data': { schema: formSchema },
        },
      },
      responses: {
        200: givenAs('The results', JSON_ANSWER, z.record(z.string(), z.unknown())),
        201: givenAs('The job', JSON_ANSWER, statusInfoSchema),
        204: { description: 'The results are at the address in Link' },
        ...problems(401, 403, 404, 413, 415),
      },
    },
    execute,
  )
}

async function execute(c: OgcContext): Promise<Response> {
  const definition = processOf(c.req.param('processId') ?? '')
  if (!definition.isOpen) requireUser(c)
  const { context, principal } = c.var
  const jobId = crypto.randomUUID()
  const request = await readExecuteRequest(context, c.req.raw, definition, jobId)
  const job = await begin(c, definition, jobId, request)
  if (isUncommon(request.presentation))
    await presentJob(context, principal, job.id, { ...request.presentation })
  const { isAsync, waitMs } = executionPreference(c.req.header('prefer'))
  const reached = waitMs > 0 ? await waitForJob(context, principal, job.id, waitMs) : job
  const root = rootOf(c.req.raw)
  if (reached.finishedAt === null) {
    return c.body(JSON.stringify(statusInfo(reached, root, 'status')), 201, {
      ...{ 'content-type': 'application/json', location: jobAddress(root, job) },
      ...(isAsync ? { 'preference-applied': 'respond-async' } : {}),
    })
  }
  requireResults(reached)
  const answer = await answerResults(c, definition, reached, request.presentation)
  answer.headers.append('link', `<${jobAddress(root, job)}>; rel=monitor`)
  return answer
}

/** Begins the job; when it is not begun, nothing of its files is left. */
async function begin(
  c: OgcContext,
  definition: ProcessDefinition,
  jobId: string,
  { inputs, file }: ExecuteRequest,
): Promise<JobRecord> {
  const { context, principal } = c.var
  try {
    const parsed = parseInputs(definition, inputs)
    return await definition.start({ context, principal, jobId, inputs: parsed, file })
  } catch (error) {
    if (file) await discardJobFiles(context, jobId)
    throw error
  }
}
