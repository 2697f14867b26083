import { OpenAPIHono } from '@hono/zod-openapi'
import type { AppEnv } from '../../http/app-env.ts'
import { json } from '../../http/json.ts'
import { mountApprovedApps } from './approved-apps.ts'
import { mountColumns } from './columns.ts'
import { mountConnections } from './connections.ts'
import { soundCredentials } from './credentials.ts'
import { crossOrigin } from './cross-origin.ts'
import { mountDatasources } from './datasources.ts'
import { mountDocumentation } from './documentation.ts'
import { answerError } from './errors.ts'
import { mountFeatureItem } from './feature-item.ts'
import { mountFeatureMedia } from './feature-media.ts'
import { mountFeatures } from './features.ts'
import { mountFeaturesAtPoint } from './features-at-point.ts'
import { mountKeys } from './keys.ts'
import { mountLayerBuffer } from './layer-buffer.ts'
import { layerOfMap } from './layer-entry.ts'
import { mountLayerExport } from './layer-export.ts'
import { mountLayers } from './layers.ts'
import { mountMapCache } from './map-cache.ts'
import { mountMaps } from './maps.ts'
import { mountMethods } from './methods.ts'
import { mountOAuth2Authorize } from './oauth2-authorize.ts'
import { mountOAuth2Clients } from './oauth2-clients.ts'
import { mountOAuth2Tokens } from './oauth2-tokens.ts'
import { mountOptions } from './options.ts'
import { mountInteractivePages } from './pages/index.ts'
import { mountPermissions } from './permissions.ts'
import { documentPictures } from './render/picture-definitions.ts'
import { mountRoleMembers } from './role-members.ts'
import { mountRoles } from './roles.ts'
import { mountRows } from './rows.ts'
import { mountSearch } from './search.ts'
import { mountStorage } from './storage.ts'
import { mountTables } from './tables.ts'
import { mountUsers } from './users.ts'

/**
 * The GIS Cloud REST API, version 1, at `/1`. Requests come in as `gisCloudRequest` makes them, and are routed without
 * `.json` (`pathWithoutJson`).
 */
export function gisCloud(): OpenAPIHono<AppEnv> {
  const app = new OpenAPIHono<AppEnv>()
  app.onError(answerError)
  app.use('/1/*', crossOrigin)
  app.use('/1/*', soundCredentials)
  app.use('/1/layers/*', layerOfMap)
  mountMaps(app)
  mountMapCache(app)
  mountLayers(app)
  mountColumns(app)
  mountDatasources(app)
  mountOptions(app)
  mountPermissions(app)
  mountKeys(app)
  mountUsers(app)
  mountRoles(app)
  mountRoleMembers(app)
  mountOAuth2Clients(app)
  mountApprovedApps(app)
  mountOAuth2Authorize(app)
  mountOAuth2Tokens(app)
  mountStorage(app)
  mountTables(app)
  mountRows(app)
  mountConnections(app)
  mountSearch(app)
  mountLayerBuffer(app)
  mountLayerExport(app)
  mountFeatures(app)
  mountFeatureItem(app)
  mountFeatureMedia(app)
  mountFeaturesAtPoint(app)
  documentPictures(app)
  mountInteractivePages(app)
  mountMethods(app)
  mountDocumentation(app)
  app.all('/1/*', (c) =>
    json(c, { code: 'RESOURCE_NOT_FOUND', msg: `There is nothing at ${c.req.path}` }, 404),
  )
  return app
}
