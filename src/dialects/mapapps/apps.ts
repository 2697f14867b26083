import { type OpenAPIHono, z } from '@hono/zod-openapi'
import type { Context as RequestContext } from 'hono'
import { EDITOR_STATES, readApp } from '../../domain/apps/apps.ts'
import { changeApp, removeApp } from '../../domain/apps/change-app.ts'
import { createApp, requireAppMaker } from '../../domain/apps/create-app.ts'
import { prefersHtml } from '../../http/accept.ts'
import type { AppEnv } from '../../http/app-env.ts'
import { endpoint } from '../../http/endpoint.ts'
import { json } from '../../http/json.ts'
import { appChangeOf, newAppOf } from './app-body.ts'
import { appDocument, appMetadata } from './app-serialize.ts'
import { answers, appIdParameter, jsonBody, redirect } from './descriptions.ts'
import { knownError } from './errors.ts'

const tags = ['Apps']
const GROUPS =
  'Names of groups; none means everyone. `maAdmin` are the administrators, `maEditor` the editors'
const newApp = z
  .object({
    id: z.string().openapi({ description: 'Differs from those of others by more than case' }),
    title: z.string(),
    description: z.string().optional(),
    sharedInGroups: z.array(z.string()).optional().openapi({ description: GROUPS }),
    templateId: z.string().optional().openapi({ description: 'Of a template; `viewer` unless given' }),
  })
  .openapi('NewApp')
const changedApp = z
  .object({
    id: z.string(),
    title: z.string().optional().openapi({ description: 'Empty unless given' }),
    description: z.string().optional().openapi({ description: 'Empty unless given' }),
    editorState: z.enum(EDITOR_STATES).optional(),
    sharedInGroups: z.array(z.string()).optional().openapi({ description: GROUPS }),
  })
  .openapi('ChangedApp')

/** The address of an app. */
export const appPath = (id: string): string => `/resources/apps/${id}`

/** What is told of apps: made, read, changed, deleted. */
export function mountApps(app: OpenAPIHono<AppEnv>): void {
  endpoint(
    app,
    {
      ...{ methods: ['post'], paths: ['/resources/apps'], tags, summary: 'Create app' },
      description: 'For editors and administrators. `code` of a 400 is 0.',
      request: jsonBody(newApp),
      responses: answers({ 303: redirect('The new app') }, 400, 401, 403, 413, 415),
    },
    async (c) => {
      try {
        const { context } = c.var
        const maker = requireAppMaker(c.var.principal)
        return c.redirect(appPath(await createApp(context, maker, await newAppOf(c))), 303)
      } catch (error) {
        const known = knownError(error as Error)
        if (known?.status !== 400) throw error
        return json(c, { code: 0, error: known.message }, known.status)
      }
    },
  )

  endpoint(
    app,
    {
      ...{ methods: ['get'], paths: ['/resources/apps/{appId}.json'], tags, summary: 'Get app meta data' },
      routes: ['/resources/apps/:file{[^/]+\\.json}'],
      request: { params: appIdParameter },
      responses: answers({ 200: ['The app', appMetadata] }, 401, 404),
    },
    (c) => metadata(c, (c.req.param('file') ?? '').replace(/\.json$/, '')),
  )

  endpoint(
    app,
    {
      methods: ['get'],
      paths: ['/resources/apps/{appId}'],
      tags,
      summary: 'Get app meta data; for browsers, redirect to index.html of app',
      description: 'By the header `Accept`: who would rather have a page than JSON is led to the app itself.',
      request: { params: appIdParameter },
      responses: answers({ 200: ['The app', appMetadata], 303: redirect('Its index.html') }, 401, 404),
    },
    async (c) => {
      if (!prefersHtml(c.req.header('accept'))) return metadata(c, idOf(c))
      const { slug } = await readApp(c.var.context, c.var.principal, idOf(c))
      return c.redirect(`${appPath(slug)}/index.html`, 303)
    },
  )

  endpoint(
    app,
    {
      ...{ methods: ['put'], paths: ['/resources/apps/{appId}'], tags, summary: 'Update app meta data' },
      request: { params: appIdParameter, ...jsonBody(changedApp) },
      responses: answers({ 200: ['The app as it is then', appMetadata] }, 400, 401, 403, 404, 413, 415),
    },
    async (c) => {
      const { context, principal } = c.var
      const id = idOf(c)
      const change = await appChangeOf(c, id)
      return json(c, appDocument(await changeApp(context, principal, id, change)))
    },
  )

  endpoint(
    app,
    {
      ...{ methods: ['delete'], paths: ['/resources/apps/{appId}'], tags, summary: 'Delete app' },
      description: 'For its owner, and for administrators. Its files are gone, too.',
      request: { params: appIdParameter },
      responses: answers({ 204: 'It is gone' }, 401, 403, 404),
    },
    async (c) => {
      await removeApp(c.var.context, c.var.principal, idOf(c))
      return c.body(null, 204)
    },
  )
}

const idOf = (c: RequestContext): string => c.req.param('appId') ?? ''

const metadata = async (c: RequestContext<AppEnv>, id: string): Promise<Response> =>
  json(c, appDocument(await readApp(c.var.context, c.var.principal, id)))
