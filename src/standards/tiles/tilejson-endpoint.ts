import { tileJson } from '../../formats/tilejson.ts'
import { clipToWorld } from '../../geo/bbox.ts'
import type { TileSource } from '../../store/rectifications.ts'
import { answer } from './answers.ts'
import type { TileRequest } from './tile-request.ts'

/** `GET /maps/tile/{id}/tilejson.json`: TileJSON 3.0 whose tiles carry the version they show. */
export function tilejsonEndpoint({ request, url }: TileRequest, source: TileSource): Response {
  const [west, south, east, north] = clipToWorld(source.output.bbox)
  const document = tileJson({
    name: source.title,
    tiles: [`${url.origin}/maps/tile/${source.scanId}/{z}/{x}/{y}.png?v=${source.rectificationId}`],
    bounds: [west, south, east, north],
    minZoom: source.minZoom,
    maxZoom: source.maxZoom,
    center: [(west + east) / 2, (south + north) / 2, Math.max(source.minZoom, source.maxZoom - 3)],
  })
  return answer(request, {
    body: JSON.stringify(document),
    contentType: 'application/json; charset=utf-8',
    etag: `W/"${source.rectificationId}"`,
    freshness: { versioned: false, shared: source.isPublic },
  })
}
