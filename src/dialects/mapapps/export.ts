import { type OpenAPIHono, z } from '@hono/zod-openapi'
import type { Context as RequestContext } from 'hono'
import { type AppExport, exportApp } from '../../domain/apps/export-app.ts'
import { exportStandalone } from '../../domain/apps/export-standalone.ts'
import { ValidationError } from '../../domain/errors.ts'
import { streamOf } from '../../formats/byte-stream.ts'
import type { AppEnv } from '../../http/app-env.ts'
import { attachment } from '../../http/attachment.ts'
import { endpoint } from '../../http/endpoint.ts'
import { readBody } from '../../http/request-body.ts'
import { CONTENT_HEADERS } from './content-answer.ts'
import { answers, appIdParameter, contentAnswer } from './descriptions.ts'
import { flagOf } from './flags.ts'

/** Names that one parameter may have. */
export const EXPORTED_NAMES_MAX = 500

const tags = ['Content']
const options = z.object({
  standalone: z
    .enum(['true', 'false'])
    .optional()
    .openapi({ description: 'true: what runs on any web server; false: the files as they were put there' }),
  customLayerModules: z.string().optional().openapi({
    description: 'Of a standalone app: scripts that it loads without mentioning them, between commas',
  }),
  customFiles: z
    .string()
    .optional()
    .openapi({ description: 'Of a standalone app: files and folders of the same kind, between commas' }),
})

/** Apps as archives. */
export function mountExport(app: OpenAPIHono<AppEnv>): void {
  const paths = ['/resources/apps/{appId}.zip'] as const
  const routes = ['/resources/apps/:file{[^/]+\\.zip}']
  const responses = answers({ 200: contentAnswer }, 400, 401, 403, 404)
  endpoint(
    app,
    {
      ...{ methods: ['get'], paths, routes, tags, summary: 'Export app using GET', responses },
      request: { params: appIdParameter, query: options },
    },
    (c) => exportAnswer(c, {}),
  )

  endpoint(
    app,
    {
      ...{ methods: ['post'], paths, routes, tags, summary: 'Export app using POST', responses },
      request: {
        params: appIdParameter,
        body: { content: { 'application/x-www-form-urlencoded': { schema: options } } },
      },
    },
    async (c) => exportAnswer(c, Object(await readBody(c.req.raw))),
  )
}

/** @param form says what the query does not */
async function exportAnswer(c: RequestContext<AppEnv>, form: Record<string, unknown>): Promise<Response> {
  const { context, principal } = c.var
  const id = (c.req.param('file') ?? '').replace(/\.zip$/, '')
  const option = (name: string) => c.req.query(name) ?? textIn(form, name)
  const isStandalone = flagOf('standalone', option('standalone'))
  const made = isStandalone
    ? await exportStandalone(context, principal, id, {
        origin: new URL(c.req.url).origin,
        customLayerModules: namesIn('customLayerModules', option('customLayerModules')),
        customFiles: namesIn('customFiles', option('customFiles')),
      })
    : await exportApp(context, principal, id)
  return archiveAnswer(c, made)
}

function archiveAnswer(c: RequestContext, { fileName, byteSize, chunks }: AppExport): Response {
  const headers = {
    ...CONTENT_HEADERS,
    'content-type': 'application/octet-stream',
    'content-disposition': attachment(fileName),
    'content-length': String(byteSize),
  }
  if (c.req.method === 'HEAD') return new Response(null, { headers })
  // Without this the length would not be told.
  const { readable, writable } = new FixedLengthStream(byteSize)
  const path = new URL(c.req.url).pathname
  streamOf(chunks)
    .pipeTo(writable)
    .catch((error: unknown) => console.error(`GET ${path} broke off:`, error))
  return new Response(readable, { headers })
}

/** @throws ValidationError */
function textIn(form: Record<string, unknown>, name: string): string {
  const value = Object.hasOwn(form, name) ? (form[name] ?? '') : ''
  if (typeof value === 'string') return value
  if (typeof value === 'boolean') return String(value)
  throw new ValidationError([{ attribute: name, message: 'must be a text' }])
}

/** Names between commas. @throws ValidationError */
function namesIn(attribute: string, text: string): string[] {
  const names = text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
  if (names.length > EXPORTED_NAMES_MAX)
    throw new ValidationError([{ attribute, message: `has more than ${EXPORTED_NAMES_MAX} names` }])
  return names
}
