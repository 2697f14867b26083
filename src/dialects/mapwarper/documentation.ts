import type { OpenAPIHono } from '@hono/zod-openapi'
import type { AppEnv } from '../../http/app-env.ts'

const OPENAPI_PATH = '/docs/mapwarper/openapi.json'

const PAGE = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>MapWarper API v1</title>
<h1>MapWarper API v1</h1>
<p>Georeference scanned maps: upload an image, set ground control points, rectify, read tiles.</p>
<ul>
<li><a href="${OPENAPI_PATH}">OpenAPI document</a>: every address with its parameters and answers
<li><a href="/api/v1/maps.json">Maps</a>
<li><a href="/api/v1/gcps.json">Ground control points</a>
</ul>
`

/** The page at the API's root, and the OpenAPI document of everything that has been mounted. */
export function mountDocumentation(app: OpenAPIHono<AppEnv>): void {
  app.on('GET', ['/api/v1', '/api/v1/'], (c) => c.html(PAGE))
  app.doc31(OPENAPI_PATH, (c) => ({
    openapi: '3.1.0',
    info: {
      title: 'MapWarper API v1',
      version: '1',
      description:
        'Signing in: headers `X-User-Id` and `X-User-Token`, the same as parameters `user_id` and `user_token`, HTTP ' +
        'Basic with email and password, or a session cookie. Every address under /api/v1 may end in `.json`.',
    },
    servers: [{ url: new URL(c.req.url).origin }],
  }))
}
