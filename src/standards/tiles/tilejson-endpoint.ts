import type { Drawing } from '../../domain/render/drawing.ts'
import { tileJson } from '../../formats/tilejson.ts'
import { clipToWorld } from '../../geo/bbox.ts'
import { answer } from '../../http/answers.ts'
import type { DrawingRequest } from '../../http/drawing-request.ts'
import { tilesPath } from '../../http/drawing-route.ts'
import { findDrawing } from '../../http/find-drawing.ts'

/** `GET /{maps|mosaics|layers}/tile/{id}/tilejson.json`: TileJSON 3.0 whose tiles carry the version they show. */
export async function tilejsonEndpoint(
  call: DrawingRequest,
  groups: Record<string, string>,
): Promise<Response> {
  const drawing = await findDrawing(call, groups)
  return drawing instanceof Response ? drawing : tilejsonOf(call, drawing)
}

/**
 * The TileJSON of what is drawn.
 * @param path of its tiles, but for their places
 */
export function tilejsonOf(call: DrawingRequest, drawing: Drawing, path = tilesPath(drawing)): Response {
  const { version, title, minZoom, maxZoom, isPublic } = drawing
  const [west, south, east, north] = clipToWorld(drawing.bbox)
  const document = tileJson({
    name: title,
    tiles: [`${call.url.origin}${path}/{z}/{x}/{y}.png?v=${version}`],
    bounds: [west, south, east, north],
    minZoom,
    maxZoom,
    center: [(west + east) / 2, (south + north) / 2, Math.max(minZoom, maxZoom - 3)],
  })
  return answer(call.request, {
    body: JSON.stringify(document),
    contentType: 'application/json; charset=utf-8',
    etag: `W/"${version}"`,
    freshness: { versioned: false, shared: isPublic },
  })
}
