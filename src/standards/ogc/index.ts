import { OpenAPIHono } from '@hono/zod-openapi'
import type { AppEnv } from '../../http/app-env.ts'
import { crossOrigin } from '../../http/cross-origin.ts'
import { mountApi } from './api.ts'
import { mountCollectionChanges } from './collection-changes.ts'
import { mountCollections } from './collections.ts'
import { mountConformance } from './conformance.ts'
import { UnknownPathError } from './errors.ts'
import { mountFeature } from './feature.ts'
import { mountFeatureChanges } from './feature-changes.ts'
import { mountFunctions } from './functions.ts'
import { mountItems } from './items.ts'
import { mountLanding } from './landing.ts'
import { mountMapTilesets } from './map-tilesets.ts'
import { mountMethods } from './methods.ts'
import { answerError } from './problems.ts'
import { processEndpoints } from './processes/index.ts'
import { mountSchemas } from './schema.ts'
import { mountTileMatrixSets } from './tile-matrix-sets.ts'
import { mountTilesets } from './tilesets.ts'

/** The strict open standards of OGC API: Features, Tiles and Processes, in JSON and as pages. */
export function ogc(): OpenAPIHono<AppEnv> {
  const app = new OpenAPIHono<AppEnv>()
  app.onError(answerError)
  app.use(
    '/ogc/*',
    crossOrigin({
      exposed: [
        ...[
          'Accept-Patch',
          'Accept-Post',
          'Allow',
          'Content-Crs',
          'ETag',
          'Last-Modified',
          'Link',
          'Location',
        ],
        ...['Preference-Applied', 'OGC-NumberMatched', 'OGC-NumberReturned'],
      ],
      vary: ['Accept', 'Authorization', 'Cookie'],
    }),
  )
  mountLanding(app)
  mountConformance(app)
  mountCollections(app)
  mountCollectionChanges(app)
  mountItems(app)
  mountFeature(app)
  mountFeatureChanges(app)
  mountSchemas(app)
  mountFunctions(app)
  mountTileMatrixSets(app)
  mountTilesets(app)
  mountMapTilesets(app)
  processEndpoints(app)
  mountApi(app)
  mountMethods(app)
  app.all('/ogc/*', (c) => {
    throw new UnknownPathError(`There is nothing at ${new URL(c.req.url).pathname}`)
  })
  return app
}
