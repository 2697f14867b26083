import { OpenAPIHono } from '@hono/zod-openapi'
import { NotFoundError } from '../../domain/errors.ts'
import type { AppEnv } from '../../http/app-env.ts'
import { soundCredentials } from './credentials.ts'
import { crossOrigin } from './cross-origin.ts'
import { mountDocumentation } from './documentation.ts'
import { answerError } from './errors.ts'

/** The map.apps App Management API at `/resources/apps`, and what stands beside it. */
export function mapApps(): OpenAPIHono<AppEnv> {
  const app = new OpenAPIHono<AppEnv>()
  app.onError(answerError)
  app.use('/resources/*', crossOrigin)
  app.use('/resources/*', soundCredentials)
  mountDocumentation(app)
  app.all('/resources/*', (c) => {
    throw new NotFoundError('Resource', c.req.path)
  })
  return app
}
