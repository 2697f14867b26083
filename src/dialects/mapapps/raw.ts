import { type OpenAPIHono, z } from '@hono/zod-openapi'
import type { Context as RequestContext } from 'hono'
import { type AppFileIntake, beginAppFile } from '../../domain/apps/app-file-intake.ts'
import { type FileCondition, readAppFile, readAppFiles, removeAppFile } from '../../domain/apps/app-files.ts'
import { readablePath, writtenPath } from '../../domain/apps/app-paths.ts'
import { APP_FILE_MAX_BYTES } from '../../domain/apps/limits.ts'
import { NotFoundError, ValidationError } from '../../domain/errors.ts'
import { nameOfPath } from '../../domain/storage/storage-path.ts'
import type { AppEnv } from '../../http/app-env.ts'
import { bodyOf } from '../../http/body-rest.ts'
import { endpoint } from '../../http/endpoint.ts'
import { json } from '../../http/json.ts'
import { appIdOf, restOfAddress } from './content-address.ts'
import { fileAnswer } from './content-answer.ts'
import {
  answers,
  appIdParameter,
  contentAnswer,
  resourceParameters,
  successAnswer,
  uploadAnswer,
  uploadBody,
} from './descriptions.ts'
import { digestOfTag, tagsIn } from './entity-tags.ts'
import { answerUpload } from './file-upload.ts'

const tags = ['Content']
/** `resources`, `apps`, the id and `$raw`. */
const NAMES_BEFORE_PATH = 4

const params = resourceParameters
const ifMatch = z.object({
  'if-match': z
    .string()
    .optional()
    .openapi({ description: 'An entity tag that the file must have; else 412' }),
})

/** The files of an app as they were put there. */
export function mountRaw(app: OpenAPIHono<AppEnv>): void {
  endpoint(
    app,
    {
      ...{ methods: ['get'], paths: ['/resources/apps/{appId}/$raw/$index'], tags },
      summary: 'Get array with resource names',
      request: { params: appIdParameter },
      responses: answers({ 200: ['Paths of the files', z.array(z.string())] }, 401, 403, 404),
    },
    async (c) => {
      const { files } = await readAppFiles(c.var.context, c.var.principal, appIdOf(c))
      return json(
        c,
        files.map(({ path }) => path),
      )
    },
  )

  const paths = ['/resources/apps/{appId}/$raw/{resourcePath}'] as const
  const routes = ['/resources/apps/:appId/$raw/*']
  endpoint(
    app,
    {
      ...{ methods: ['get'], paths, routes, tags, summary: 'Get resource as it was put there' },
      description: 'With Range, conditional requests and HEAD.',
      request: { params },
      responses: answers(
        { 200: contentAnswer, 206: 'Some of the file', 304: 'The file is as it was', 416: 'Beyond the file' },
        ...([401, 403, 404] as const),
      ),
    },
    read,
  )

  endpoint(
    app,
    {
      ...{ methods: ['put'], paths, routes, tags, summary: 'Create resource' },
      description:
        'The body is the file, of whatever type; what has the path is replaced. `app.json` must be readable.',
      request: {
        params,
        headers: ifMatch,
        body: { required: true, content: { 'text/plain': { schema: z.string() } } },
      },
      responses: answers({ 200: successAnswer, 412: 'The file is another' }, 400, 401, 403, 404, 413),
    },
    async (c) => putFile(c, await beginAppFile(c.var.context, c.var.principal, appIdOf(c), pathOf(c))),
  )

  endpoint(
    app,
    {
      ...{ methods: ['post'], paths, routes, tags, summary: 'Upload resource' },
      description: 'The path is that of the file itself, whatever its sender calls it.',
      request: { params, headers: ifMatch, ...uploadBody },
      responses: answers({ 200: uploadAnswer, 412: 'The file is another' }, 401, 403, 404),
    },
    (c) =>
      answerUpload(c, {
        ...{ maxBytes: APP_FILE_MAX_BYTES, fileName: nameOfPath(readablePath(rest(c)).path ?? '') },
        begin: async () => {
          const intake = await beginAppFile(c.var.context, c.var.principal, appIdOf(c), pathOf(c))
          return {
            open: (declaredType) => intake.open(declaredType),
            finish: () => intake.finish(conditionOf(c)),
            abort: () => intake.abort(),
          }
        },
      }),
  )

  endpoint(
    app,
    {
      ...{ methods: ['delete'], paths, routes, tags, summary: 'Delete resource' },
      description: 'Any file but `app.json`.',
      request: { params, headers: ifMatch },
      responses: answers({ 200: successAnswer, 412: 'The file is another' }, 400, 401, 403, 404),
    },
    async (c) => {
      const { context, principal } = c.var
      await removeAppFile(context, principal, appIdOf(c), deletedPath(c), conditionOf(c))
      return json(c, { success: true })
    },
  )
}

async function read(c: RequestContext<AppEnv>): Promise<Response> {
  const path = readablePath(rest(c))
  for (let isAgain = false; ; isAgain = true) {
    const file = await readAppFile(c.var.context, c.var.principal, appIdOf(c), path)
    const served = { ...file, gzipKey: null, brotliKey: null }
    const answer = await fileAnswer(c, served, { isPublic: false })
    // Between look-up and reading, another may have been put in its place.
    if (answer) return answer
    if (isAgain) throw new NotFoundError('File', file.path)
  }
}

/** Makes the body of a request a file of an app. */
export async function putFile(c: RequestContext<AppEnv>, intake: AppFileIntake): Promise<Response> {
  try {
    const file = intake.open(c.req.header('content-type') ?? null)
    for await (const chunk of bodyOf(c.req.raw) ?? []) await file.write(chunk)
  } catch (error) {
    await intake.abort()
    throw error
  }
  await intake.finish(conditionOf(c))
  return json(c, { success: true })
}

const rest = (c: RequestContext): string => restOfAddress(c, NAMES_BEFORE_PATH)

/** @throws ValidationError */
const pathOf = (c: RequestContext): string => writtenPath(rest(c))

/** What cannot be there need not be deleted. @throws NotFoundError */
function deletedPath(c: RequestContext): string {
  try {
    return pathOf(c)
  } catch (error) {
    if (error instanceof ValidationError) throw new NotFoundError('File', rest(c))
    throw error
  }
}

/** What the headers of a request want to be at a path for it to be changed. */
function conditionOf(c: RequestContext): FileCondition {
  const match = c.req.header('if-match')?.trim()
  if (match === '*') return { kind: 'present' }
  if (match !== undefined) return { kind: 'one-of', sha256: tagsIn(match).map(digestOfTag) }
  return c.req.header('if-none-match')?.trim() === '*' ? { kind: 'absent' } : { kind: 'any' }
}
