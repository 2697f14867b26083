import type { OpenAPIHono } from '@hono/zod-openapi'
import type { Context as RequestContext } from 'hono'
import type { AppEnv } from '../../http/app-env.ts'
import { documentationPage } from '../../http/documentation-page.ts'

const PAGE_PATH = '/docs/mapapps'
const OPENAPI_PATH = `${PAGE_PATH}/openapi.json`

/** The page of the API, and the OpenAPI document of everything that has been mounted. */
export function mountDocumentation(app: OpenAPIHono<AppEnv>): void {
  const description = (c: RequestContext) => ({
    openapi: '3.1.0',
    info: {
      title: 'map.apps App Management API',
      version: '1',
      description:
        'Signing in: HTTP Basic, or a bearer token of `POST /account/tokens`. What goes wrong is told as `{"code","error"}`; ' +
        'uploads answer 200 with an `error`.',
    },
    servers: [{ url: new URL(c.req.url).origin }],
  })
  app.on('GET', [PAGE_PATH, `${PAGE_PATH}/`], (c) =>
    c.html(documentationPage(app.getOpenAPI31Document(description(c)), OPENAPI_PATH)),
  )
  app.doc31(OPENAPI_PATH, description)
}
