import { OpenAPIHono } from '@hono/zod-openapi'
import { NotFoundError } from '../../domain/errors.ts'
import type { AppEnv } from '../../http/app-env.ts'
import { crossOrigin } from '../../http/cross-origin.ts'
import { mountAppConfig } from './app-config.ts'
import { mountAppList } from './app-list.ts'
import { mountApps } from './apps.ts'
import { soundCredentials } from './credentials.ts'
import { mountDocumentation } from './documentation.ts'
import { answerError } from './errors.ts'
import { mountExport } from './export.ts'
import { mountMethods } from './methods.ts'
import { mountPreoptimized } from './preoptimized.ts'
import { mountRaw } from './raw.ts'
import { mountResources } from './resources.ts'
import { mountTemplates } from './templates.ts'
import { mountUpload } from './upload.ts'

/** The map.apps App Management API at `/resources/apps`, and what stands beside it. */
export function mapApps(): OpenAPIHono<AppEnv> {
  const app = new OpenAPIHono<AppEnv>()
  app.onError(answerError)
  app.use(
    '/resources/*',
    crossOrigin({
      exposed: [
        ...['Accept-Ranges', 'Allow', 'Content-Disposition', 'Content-Length', 'Content-Range'],
        ...['ETag', 'Location'],
      ],
      vary: ['Accept', 'Accept-Encoding', 'Authorization', 'Cookie'],
    }),
  )
  app.use('/resources/*', soundCredentials)
  mountAppList(app)
  mountExport(app)
  mountApps(app)
  mountTemplates(app)
  mountUpload(app)
  mountAppConfig(app)
  mountPreoptimized(app)
  mountRaw(app)
  mountResources(app)
  mountMethods(app)
  mountDocumentation(app)
  app.all('/resources/*', (c) => {
    throw new NotFoundError('Resource', c.req.path)
  })
  return app
}
