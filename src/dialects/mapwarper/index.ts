import { OpenAPIHono } from '@hono/zod-openapi'
import { cors } from 'hono/cors'
import type { AppEnv } from '../../http/app-env.ts'
import { idempotency } from '../../http/idempotency.ts'
import { json } from '../../http/json.ts'
import { mountActivity } from './activity.ts'
import { mountAuth } from './auth.ts'
import { mountDocumentation } from './documentation.ts'
import { answerError } from './errors.ts'
import { mountGcpFiles } from './gcp-files.ts'
import { mountGcpImport } from './gcp-import.ts'
import { mountGcps } from './gcps.ts'
import { mountImages } from './images.ts'
import { mountImports } from './imports.ts'
import { mountLayerSearch } from './layer-search.ts'
import { mountLayers } from './layers.ts'
import { mountLive } from './live.ts'
import { mountMapImage } from './map-image.ts'
import { mountMapSearch } from './map-search.ts'
import { mountMaps } from './maps.ts'
import { mountMasks } from './masks.ts'
import { mountPublication } from './publication.ts'
import { mountRectifications } from './rectifications.ts'
import { mountRectify } from './rectify.ts'
import { mountSignInElsewhere } from './sign-in-elsewhere.ts'
import { mountStats } from './stats.ts'
import { mountUsers } from './users.ts'

/** Files that pages of other sites read as they read tiles: thumbnails, masks, points. */
const FILES = [
  '/uploads/*',
  '/mapimages/*',
  '/maps/thumb/*',
  '/layers/thumb/*',
  '/mosaics/thumb/*',
  '/maps/:id/:file{gcps\\..+|annotation\\.json}',
]

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
  for (const path of FILES) app.use(path, cors({ origin: '*', allowMethods: ['GET', 'OPTIONS'] }))
  app.use('/api/v1/*', async (c, next) => {
    c.header('Cache-Control', 'max-age=0, private, must-revalidate')
    await next()
  })
  app.use('/api/v1/*', idempotency)
  app.use('/gcps/*', idempotency)
  mountAuth(app)
  mountSignInElsewhere(app)
  mountUsers(app)
  mountMaps(app)
  mountMapSearch(app)
  mountMapImage(app)
  mountPublication(app)
  mountRectify(app)
  mountMasks(app)
  mountRectifications(app)
  mountGcps(app)
  mountGcpImport(app)
  mountGcpFiles(app)
  mountImages(app)
  mountImports(app)
  mountLayerSearch(app)
  mountLayers(app)
  mountLive(app)
  mountActivity(app)
  mountStats(app)
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
