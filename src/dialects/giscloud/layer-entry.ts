import type { MiddlewareHandler } from 'hono'
import { NotFoundError } from '../../domain/errors.ts'
import { requireLayerOfMap } from '../../domain/maps/layers.ts'
import type { AppEnv } from '../../http/app-env.ts'
import { parseId } from '../../http/ids.ts'
import { MAP_OF_LAYER_HEADER } from './routing.ts'

/**
 * What is under `/1/layers/{layer}` is under `/1/maps/{map}/layers/{layer}`, too: `gisCloudRequest` has turned the one
 * address into the other and noted the map, of which the layer must be one.
 */
export const layerOfMap: MiddlewareHandler<AppEnv> = async (c, next) => {
  const map = c.req.header(MAP_OF_LAYER_HEADER)
  if (map !== undefined) {
    const [, text] = /^\/1\/layers\/([^/]+)/.exec(c.req.path) ?? []
    const layerId = parseId(text?.replace(/\.json$/, ''))
    const mapId = parseId(map)
    if (layerId === null || mapId === null)
      throw new NotFoundError('Layer', `${text} of map ${map}`.slice(0, 100))
    await requireLayerOfMap(c.var.context, c.var.principal, layerId, mapId)
  }
  await next()
}
