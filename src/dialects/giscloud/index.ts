import { OpenAPIHono } from '@hono/zod-openapi'
import { cors } from 'hono/cors'
import type { AppEnv } from '../../http/app-env.ts'
import { json } from '../../http/json.ts'
import { answerError } from './errors.ts'

/**
 * The GIS Cloud REST API, version 1, at `/1`. Requests come in as `gisCloudRequest` makes them, and are routed without
 * `.json` (`pathWithoutJson`).
 */
export function gisCloud(): OpenAPIHono<AppEnv> {
  const app = new OpenAPIHono<AppEnv>()
  app.onError(answerError)
  app.use(
    '/1/*',
    cors({
      origin: '*',
      allowMethods: ['GET', 'POST', 'PUT', 'DELETE', 'OPTIONS'],
      allowHeaders: [
        'API-Key',
        'API-Version',
        'API-Sessid',
        'Authorization',
        'Content-Type',
        'X-GIS-CLOUD-APP',
      ],
      exposeHeaders: ['Location'],
    }),
  )
  app.all('/1/*', (c) =>
    json(c, { code: 'RESOURCE_NOT_FOUND', msg: `There is nothing at ${c.req.path}` }, 404),
  )
  return app
}
