import { refusal } from '../../http/answers.ts'
import type { DrawingRequest } from '../../http/drawing-request.ts'
import type { DrawingRoute } from '../../http/drawing-route.ts'
import { findDrawing } from '../../http/find-drawing.ts'
import { EXPORTS } from './export-endpoints.ts'
import { tileEndpoint } from './tile-endpoint.ts'
import { tilejsonEndpoint } from './tilejson-endpoint.ts'
import { tileMapEndpoint, tmsTileEndpoint } from './tms-endpoints.ts'
import { wmtsCapabilitiesEndpoint, wmtsEndpoint, wmtsTileEndpoint } from './wmts-endpoints.ts'

async function exported(call: DrawingRequest, groups: Record<string, string>): Promise<Response> {
  const { name = '' } = groups
  if (!Object.hasOwn(EXPORTS, name)) return refusal(404, 'Not found', `there is no export ${name}`)
  const drawing = await findDrawing(call, groups)
  return drawing instanceof Response ? drawing : EXPORTS[name]!(call, drawing.layers[0]!)
}

const FAMILY = '(?<family>maps|mosaics|layers)'
const path = (pattern: string) => new RegExp(`^/${pattern}$`)

/** Raster tiles by all their addresses (XYZ, TMS, WMTS), their descriptions, and the exports of a rectified map. */
export const tileRoutes: readonly DrawingRoute[] = [
  { path: path(`${FAMILY}/tile/(?<id>\\d{1,9})/tilejson\\.json`), answer: tilejsonEndpoint },
  { path: path(`${FAMILY}/tile/.*`), answer: tileEndpoint },
  { path: path(`${FAMILY}/wmts/(?<id>\\d{1,9})/?`), answer: wmtsEndpoint },
  {
    path: path(`${FAMILY}/wmts/(?<id>\\d{1,9})/1\\.0\\.0/WMTSCapabilities\\.xml`),
    answer: wmtsCapabilitiesEndpoint,
  },
  {
    path: path(`${FAMILY}/wmts/(?<id>\\d{1,9})/1\\.0\\.0/(?<place>.+)\\.(?<extension>png|webp)`),
    answer: wmtsTileEndpoint,
  },
  { path: path(`${FAMILY}/tms/(?<id>\\d{1,9})(?:/|/tilemapresource\\.xml)?`), answer: tileMapEndpoint },
  {
    path: path(
      `${FAMILY}/tms/(?<id>\\d{1,9})/(?<z>\\d{1,2})/(?<x>\\d{1,9})/(?<y>\\d{1,9})\\.(?<extension>png|webp)`,
    ),
    answer: tmsTileEndpoint,
  },
  { path: path('maps/(?<id>\\d{1,9})/export\\.(?<name>[a-z_]+(?:\\.[a-z]+)?)'), answer: exported },
]
