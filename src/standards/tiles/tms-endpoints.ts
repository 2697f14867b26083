import { TILE_PX, TILE_ZOOM_MAX } from '../../domain/render/tile-pyramid.ts'
import { xmlText } from '../../formats/xml-text.ts'
import { clipToWorld } from '../../geo/bbox.ts'
import { MERCATOR_HALF_METRES, mercatorX, mercatorY } from '../../geo/mercator.ts'
import { answer, refusal } from '../../http/answers.ts'
import type { DrawingRequest } from '../../http/drawing-request.ts'
import { drawingKind } from '../../http/drawing-route.ts'
import { findDrawing } from '../../http/find-drawing.ts'
import { versionOf } from './tile-address.ts'
import { answerTile } from './tile-endpoint.ts'

/** `GET /{family}/tms/{id}/{z}/{x}/{y}.png`: the tile whose row is counted from the south (OSGeo TMS 1.0.0). */
export function tmsTileEndpoint(
  call: DrawingRequest,
  { family, id, z, x, y, extension }: Record<string, string>,
): Promise<Response> | Response {
  const rows = 2 ** Number(z)
  if (Number(z) > TILE_ZOOM_MAX || Number(x) >= rows || Number(y) >= rows)
    return refusal(404, 'Not found', `there is no tile ${call.url.pathname}`)
  return answerTile(call, {
    ...{ kind: drawingKind(family), id: Number(id), version: versionOf(call.url), scale: 1 },
    ...{ z: Number(z), x: Number(x), y: rows - 1 - Number(y) },
    extension: extension === 'webp' ? 'webp' : 'png',
  })
}

/** `GET /{family}/tms/{id}`: the TileMap resource of OSGeo TMS 1.0.0 in its global-mercator profile. */
export async function tileMapEndpoint(
  call: DrawingRequest,
  groups: Record<string, string>,
): Promise<Response> {
  const drawing = await findDrawing(call, groups)
  if (drawing instanceof Response) return drawing
  const { kind, id, version, title, minZoom, maxZoom, isPublic } = drawing
  const [west, south, east, north] = clipToWorld(drawing.bbox)
  const tileSets = Array.from({ length: maxZoom - minZoom + 1 }, (_, i) => {
    const zoom = minZoom + i
    const metresPerPixel = (2 * MERCATOR_HALF_METRES) / (TILE_PX * 2 ** zoom)
    return `    <TileSet href="${call.url.origin}/${kind}/tms/${id}/${zoom}" units-per-pixel="${metresPerPixel}" order="${zoom}"/>`
  })
  const body = `<?xml version="1.0" encoding="UTF-8"?>
<TileMap version="1.0.0" tilemapservice="http://tms.osgeo.org/1.0.0">
  <Title>${xmlText(title)}</Title>
  <Abstract/>
  <SRS>EPSG:3857</SRS>
  <BoundingBox minx="${mercatorX(west)}" miny="${mercatorY(south)}" maxx="${mercatorX(east)}" maxy="${mercatorY(north)}"/>
  <Origin x="${-MERCATOR_HALF_METRES}" y="${-MERCATOR_HALF_METRES}"/>
  <TileFormat width="${TILE_PX}" height="${TILE_PX}" mime-type="image/png" extension="png"/>
  <TileSets profile="global-mercator">
${tileSets.join('\n')}
  </TileSets>
</TileMap>
`
  return answer(call.request, {
    body,
    contentType: 'text/xml; charset=utf-8',
    etag: `W/"${version}-tms"`,
    freshness: { versioned: false, shared: isPublic },
  })
}
