import { OpenAPIHono } from '@hono/zod-openapi'
import { cors } from 'hono/cors'
import type { AppEnv } from '../../http/app-env.ts'
import { json } from '../../http/json.ts'
import { mountAuth } from './auth.ts'
import { mountDocumentation } from './documentation.ts'
import { answerError } from './errors.ts'
import { mountGcps } from './gcps.ts'
import { mountImages } from './images.ts'
import { mountMaps } from './maps.ts'
import { mountRectify } from './rectify.ts'

/**
 * The MapWarper API v1. Paths are routed without their format suffix (`pathWithoutFormat`), which the application
 * that mounts this must see to, as it must to `context` and the credentials.
 */
export function mapwarper(): OpenAPIHono<AppEnv> {
  const app = new OpenAPIHono<AppEnv>()
  app.onError(answerError)
  app.use(
    '/api/*',
    cors({
      origin: '*',
      allowMethods: ['GET', 'POST', 'OPTIONS', 'DELETE', 'PUT', 'PATCH'],
      exposeHeaders: ['access-token', 'expiry', 'token-type', 'uid', 'client'],
    }),
  )
  app.use('/api/v1/*', async (c, next) => {
    c.header('Cache-Control', 'max-age=0, private, must-revalidate')
    await next()
  })
  mountAuth(app)
  mountMaps(app)
  mountRectify(app)
  mountGcps(app)
  mountImages(app)
  mountDocumentation(app)
  app.all('/api/v1/*', (c) =>
    json(
      c,
      { errors: [{ title: 'Not found', detail: `No route matches ${c.req.method} ${c.req.path}` }] },
      404,
    ),
  )
  return app
}
