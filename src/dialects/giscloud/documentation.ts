import type { OpenAPIHono } from '@hono/zod-openapi'
import type { Context as RequestContext } from 'hono'
import type { AppEnv } from '../../http/app-env.ts'
import { documentationPage } from '../../http/documentation-page.ts'

const PAGE_PATH = '/docs/giscloud'
const OPENAPI_PATH = `${PAGE_PATH}/openapi.json`

/** The page of the API, and the OpenAPI document of everything that has been mounted. */
export function mountDocumentation(app: OpenAPIHono<AppEnv>): void {
  const description = (c: RequestContext) => ({
    openapi: '3.1.0',
    info: {
      title: 'GIS Cloud API v1',
      version: '1',
      description:
        'Signing in: a key as parameter `api_key` or header `API-Key` (the parameter counts), headers `API-Username` and ' +
        '`API-Password`, an OAuth 2 bearer token, HTTP Basic or a session. Every address may end in `.json`; the version ' +
        'may stand in the header `API-Version` instead of the path; `_method` stands for the method. What goes wrong is ' +
        'told as `{"code","msg"}`.',
    },
    servers: [{ url: new URL(c.req.url).origin }],
  })
  app.on('GET', ['/1', '/1/', PAGE_PATH, `${PAGE_PATH}/`], (c) =>
    c.html(documentationPage(app.getOpenAPI31Document(description(c)), OPENAPI_PATH)),
  )
  app.doc31(OPENAPI_PATH, description)
}
