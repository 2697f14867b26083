import { type OpenAPIHono, z } from '@hono/zod-openapi'
import type { AppEnv } from '../../http/app-env.ts'
import { type ApiDocument, documentationPage } from '../../http/documentation-page.ts'
import { FACE_DESCRIPTION, FACE_TITLE } from './landing.ts'
import { rootOf } from './links.ts'
import { HTML_FORM, type Representation } from './negotiation.ts'
import { OPENAPI_TYPE } from './openapi-type.ts'
import { answerJson, givenAs, type OgcContext, resource } from './resource.ts'

const OPENAPI_FORM: Representation = {
  ...{ f: 'json', type: OPENAPI_TYPE, title: 'an OpenAPI document' },
  alias: ['application/json', 'application/openapi+json'],
}
const FORMS = [OPENAPI_FORM, HTML_FORM]

const SIGNING_IN =
  'What is public can be read by anyone. Signing in: HTTP Basic with login or email and password, the headers ' +
  '`X-User-Id` and `X-User-Token`, or a session cookie.'

/** `GET /ogc/api` and `/ogc/api.html`: the description of everything that has been declared, made of the declarations. */
export function mountApi(app: OpenAPIHono<AppEnv>): void {
  const document = (request: Request): ApiDocument => {
    const made = app.getOpenAPIDocument({
      openapi: '3.0.3',
      info: { title: FACE_TITLE, version: '1.0.0', description: `${FACE_DESCRIPTION} ${SIGNING_IN}` },
      servers: [{ url: rootOf(request) }],
    })
    return { ...made, paths: relativePaths(made.paths) }
  }
  resource(
    app,
    {
      ...{ methods: ['get'], paths: ['/ogc/api'], tags: ['Capabilities'] },
      summary: 'This description',
      forms: FORMS,
      responses: { 200: givenAs('The OpenAPI document', FORMS, z.record(z.string(), z.unknown())) },
    },
    (c, form) => {
      const api = document(c.req.raw)
      return form === HTML_FORM ? documentation(c, api) : answerJson(c, form, api)
    },
  )
  resource(
    app,
    {
      ...{ methods: ['get'], paths: ['/ogc/api.html'], tags: ['Capabilities'] },
      summary: 'This description as a page',
      responses: { 200: givenAs('The page', [HTML_FORM]) },
    },
    (c) => documentation(c, document(c.req.raw)),
  )
}

/** The page has a style of its own, and nothing else. */
const documentation = (c: OgcContext, api: ApiDocument) =>
  c.html(documentationPage(api, '/ogc/api?f=json'), 200, {
    'content-security-policy':
      "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'",
  })

/** Paths as they stand behind the address of the server, which ends in `/ogc`. */
function relativePaths(paths: Record<string, object>): Record<string, object> {
  return Object.fromEntries(
    Object.entries(paths)
      .filter(([path]) => path !== '/ogc/')
      .map(([path, item]) => [path.replace(/^\/ogc/, '') || '/', item]),
  )
}
