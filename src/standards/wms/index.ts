import { drawRaster } from '../../domain/render/draw.ts'
import { type Drawing, lookUpDrawing } from '../../domain/render/drawing.ts'
import { type DrawPart, encodedPicture } from '../../domain/render/encoded-picture.ts'
import { lookUpScanImage } from '../../domain/render/scan-image.ts'
import { systemGrid } from '../../geo/warp/system-grid.ts'
import { windowOf } from '../../geo/warp/target-extent.ts'
import type { TargetGrid } from '../../geo/warp/target-grid.ts'
import { answer } from '../../http/answers.ts'
import { matchesEtag } from '../../http/cache-policy.ts'
import type { DrawingRequest } from '../../http/drawing-request.ts'
import { type DrawingRoute, drawingKind } from '../../http/drawing-route.ts'
import { nothingDrawn } from '../../http/find-drawing.ts'
import { capabilitiesType, wmsCapabilities } from './capabilities.ts'
import { exceptionAnswer } from './exception-answer.ts'
import { parseMapRequest, parseUnwarpedRequest, type SizedStyle } from './map-request.ts'
import { negotiatedVersion, required, shown, type WmsParameters, wmsParameters } from './parameters.ts'
import { WmsError, type WmsVersion } from './service-exception.ts'
import { pixelGrid, unwarpedRenderer } from './unwarped.ts'

type Groups = Record<string, string>

/** What one request asks, of which drawing. */
interface WmsCall {
  call: DrawingRequest
  kind: Drawing['kind']
  id: number
  parameters: WmsParameters
  version: WmsVersion
}

/** `GET /{family}/wms/{id}?request=...`, `GET /wms/{id}?...` for raster datasets: WMS 1.1.1 and 1.3.0; names of parameters in any case. */
async function wmsEndpoint(call: DrawingRequest, { family = 'datasets', id }: Groups): Promise<Response> {
  const parameters = wmsParameters(call.url)
  const version = negotiatedVersion(parameters)
  try {
    return await operate({ call, kind: drawingKind(family), id: Number(id), parameters, version })
  } catch (error) {
    if (!(error instanceof WmsError)) throw error
    return exceptionAnswer(call.tools.codecs, parameters, version, error)
  }
}

function operate(asked: WmsCall): Promise<Response> | Response {
  const service = asked.parameters.get('service')
  if (service && service.toUpperCase() !== 'WMS')
    throw new WmsError('InvalidParameterValue', 'service', `this is WMS, not ${shown(service)}`)
  const request = required(asked.parameters, 'request')
  switch (request.toLowerCase()) {
    case 'getcapabilities':
      return capabilities(asked)
    case 'getmap':
      return asked.kind === 'maps' && asked.parameters.get('status')?.toLowerCase() === 'unwarped'
        ? unwarpedMap(asked)
        : map(asked)
    case 'getlegendgraphic':
      if (asked.kind !== 'datasets') return legend(asked)
      throw new WmsError('OperationNotSupported', 'request', 'this layer has no legend')
    default:
      throw new WmsError(
        'OperationNotSupported',
        'request',
        `${shown(request)} is not an operation of this service; there are GetCapabilities, GetMap and GetLegendGraphic`,
      )
  }
}

/** What the address names. @throws WmsError with status 404 */
async function find({ call, kind, id }: WmsCall, target?: TargetGrid): Promise<Drawing> {
  const window = target && windowOf(target)
  const query = { kind, id, version: null, ...(window ? { window } : {}) }
  const drawing = await lookUpDrawing(call.db, call.principal, query)
  if (!drawing) throw new WmsError('LayerNotDefined', 'layers', nothingDrawn(kind, id), 404)
  return drawing
}

async function capabilities(asked: WmsCall): Promise<Response> {
  const drawing = await find(asked)
  const { call, version } = asked
  return answer(call.request, {
    body: wmsCapabilities(drawing, version, call.url.origin),
    contentType: `${capabilitiesType(version)}; charset=utf-8`,
    etag: `W/"${drawing.version}-wms"`,
    freshness: { versioned: false, shared: drawing.isPublic },
  })
}

async function map(asked: WmsCall): Promise<Response> {
  const { system, box, ...style } = parseMapRequest(asked.parameters, asked.version)
  const target = systemGrid(system, box, style.width, style.height)
  const drawing = await find(asked, target)
  const { tools } = asked.call
  const content = { version: drawing.version, isPublic: drawing.isPublic }
  return picture(asked.call, style, target, content, (part) => drawRaster(tools, drawing, part))
}

/** The image as it was before it was rectified; the name of the reference system does not matter. */
async function unwarpedMap({ call, id, parameters }: WmsCall): Promise<Response> {
  const { box, ...style } = parseUnwarpedRequest(parameters)
  const source = await lookUpScanImage(call.db, call.principal, id)
  if (!source)
    throw new WmsError(
      'LayerNotDefined',
      'layers',
      `Couldn't find Map with 'id'=${id}, or it has no image`,
      404,
    )
  const renderer = unwarpedRenderer(call.tools, source)
  const content = { version: source.pyramidKey.split('/').at(-1)!, isPublic: source.isPublic }
  const target = pixelGrid(box, style.width, style.height)
  return picture(call, style, target, content, (part) => renderer.draw(part))
}

async function picture(
  { request, tools }: DrawingRequest,
  style: SizedStyle,
  target: TargetGrid,
  { version, isPublic }: { version: string; isPublic: boolean },
  draw: DrawPart,
): Promise<Response> {
  const etag = `W/"${version}-wms"`
  const isNeeded = request.method !== 'HEAD' && !matchesEtag(request.headers.get('if-none-match'), etag)
  const body = isNeeded ? await encodedPicture(tools.codecs, style, target, draw) : null
  return answer(request, {
    body: body as BodyInit | null,
    contentType: style.type,
    etag,
    freshness: { versioned: false, shared: isPublic },
  })
}

function legend({ call, kind, id }: WmsCall): Response {
  const location = `${call.url.origin}/${kind === 'maps' ? 'maps' : 'layers'}/thumb/${id}`
  return new Response(null, { status: 302, headers: { location, 'access-control-allow-origin': '*' } })
}

/** The web map service of every map, mosaic and raster dataset. */
export const wmsRoutes: readonly DrawingRoute[] = [
  { path: /^\/(?<family>maps|mosaics|layers)\/wms\/(?<id>\d{1,9})\/?$/, answer: wmsEndpoint },
  { path: /^\/wms\/(?<id>\d{1,9})\/?$/, answer: wmsEndpoint },
]
