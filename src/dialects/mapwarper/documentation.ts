import type { OpenAPIHono } from '@hono/zod-openapi'
import type { Context as RequestContext } from 'hono'
import type { AppEnv } from '../../http/app-env.ts'
import { documentationPage } from '../../http/documentation-page.ts'
import { documentDrawn } from './drawn-endpoints.ts'
import { originOf } from './requests.ts'

const PAGE_PATH = '/docs/mapwarper'
const OPENAPI_PATH = `${PAGE_PATH}/openapi.json`

/** The page at the API's root, and the OpenAPI document of everything that has been mounted. */
export function mountDocumentation(app: OpenAPIHono<AppEnv>): void {
  documentDrawn(app)
  const description = (c: RequestContext) => ({
    openapi: '3.1.0',
    info: {
      title: 'MapWarper API v1',
      version: '1',
      description:
        'Signing in: headers `X-User-Id` and `X-User-Token`, the same as parameters `user_id` and `user_token`, HTTP ' +
        'Basic with email or login and password, or a session cookie. Every address under /api/v1 may end in `.json`.',
    },
    servers: [{ url: originOf(c) }],
  })
  app.on('GET', ['/api/v1', '/api/v1/', PAGE_PATH, `${PAGE_PATH}/`], (c) =>
    c.html(documentationPage(app.getOpenAPI31Document(description(c)), OPENAPI_PATH)),
  )
  app.doc31(OPENAPI_PATH, description)
}
