import { OpenAPIHono } from '@hono/zod-openapi'
import type { Context as RequestContext } from 'hono'
import type { PictureTools } from '../../../domain/map-rendering/picture-tools.ts'
import type { AppEnv } from '../../../http/app-env.ts'
import { endpoint } from '../../../http/endpoint.ts'
import { json } from '../../../http/json.ts'
import { soundCredentials } from '../credentials.ts'
import { crossOrigin } from '../cross-origin.ts'
import { answerError } from '../errors.ts'
import { layerOfMap } from '../layer-entry.ts'
import { mountMethods } from '../methods.ts'
import { PICTURE_ENDPOINTS } from './picture-definitions.ts'
import { pictureEndpoint } from './picture-endpoint.ts'

/**
 * The pictures of maps and layers at `/1`.
 * @param open what drawing takes, for one request
 */
export function gisCloudPictures(
  open: (c: RequestContext<AppEnv>) => Promise<PictureTools>,
): OpenAPIHono<AppEnv> {
  const app = new OpenAPIHono<AppEnv>()
  app.onError(answerError)
  app.use('/1/*', crossOrigin)
  app.use('/1/*', soundCredentials)
  app.use('/1/layers/*', layerOfMap)
  for (const { of, type, ...definition } of PICTURE_ENDPOINTS)
    endpoint(app, definition, pictureEndpoint({ of, type, ...definition }, open))
  mountMethods(app)
  app.all('/1/*', (c) =>
    json(c, { code: 'RESOURCE_NOT_FOUND', msg: `There is nothing at ${c.req.path}` }, 404),
  )
  return app
}
