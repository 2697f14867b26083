import { preflight, refusal } from '../../src/http/answers.ts'
import type { DrawingRequest } from '../../src/http/drawing-request.ts'
import type { DrawingRoute } from '../../src/http/drawing-route.ts'
import { iiifRoutes } from '../../src/standards/iiif/index.ts'
import { kmlRoutes } from '../../src/standards/kml/index.ts'
import { rasterDatasetRoutes } from '../../src/standards/tiles/dataset-endpoints.ts'
import { tileRoutes } from '../../src/standards/tiles/index.ts'
import { layerRasterRoutes } from '../../src/standards/tiles/layer-endpoints.ts'
import { vectorTileRoutes } from '../../src/standards/vector-tiles/index.ts'
import { wmsRoutes } from '../../src/standards/wms/index.ts'

/** Everything that is drawn, the most asked for first. */
const ROUTES: readonly DrawingRoute[] = [
  ...tileRoutes,
  ...vectorTileRoutes,
  ...rasterDatasetRoutes,
  ...layerRasterRoutes,
  ...wmsRoutes,
  ...kmlRoutes,
  ...iiifRoutes,
]

/** Answers a request to the tiles Worker. */
export async function answerDrawing(call: DrawingRequest): Promise<Response> {
  const { request, url } = call
  if (request.method === 'OPTIONS') return preflight()
  if (request.method !== 'GET' && request.method !== 'HEAD')
    return refusal(405, 'Method not allowed', `${request.method} is not answered here`, {
      allow: 'GET, HEAD, OPTIONS',
    })
  for (const { path, answer } of ROUTES) {
    const match = path.exec(url.pathname)
    const response = match && (await answer(call, match.groups ?? {}))
    if (response) return response
  }
  return refusal(404, 'Not found', `there is nothing at ${url.pathname}`)
}
