import { TILE_ZOOM_MAX } from '../../domain/render/tile-pyramid.ts'
import { xmlText } from '../../formats/xml-text.ts'
import { answer } from '../../http/answers.ts'
import type { DrawingRequest } from '../../http/drawing-request.ts'
import { drawingKind } from '../../http/drawing-route.ts'
import { findDrawing } from '../../http/find-drawing.ts'
import { versionOf } from './tile-address.ts'
import { answerTile } from './tile-endpoint.ts'
import { WMTS_LAYER, WMTS_MATRIX_SET, WMTS_STYLE, wmtsCapabilities } from './wmts-capabilities.ts'

type Groups = Record<string, string>

/** What a request asks of the tile operation, by the names of the standard in lower case. */
type TileParameters = Record<
  'layer' | 'style' | 'tilematrixset' | 'tilematrix' | 'tilerow' | 'tilecol',
  string
>

type ExceptionCode =
  | 'MissingParameterValue'
  | 'InvalidParameterValue'
  | 'TileOutOfRange'
  | 'OperationNotSupported'
  | 'VersionNegotiationFailed'

/** A request that cannot be carried out, as OWS Common 1.1 (06-121r3, 8) says it. */
function exception(code: ExceptionCode, locator: string, text: string): Response {
  const body = `<?xml version="1.0" encoding="UTF-8"?>
<ows:ExceptionReport xmlns:ows="http://www.opengis.net/ows/1.1" version="1.1.0" xml:lang="en">
  <ows:Exception exceptionCode="${code}" locator="${xmlText(locator)}">
    <ows:ExceptionText>${xmlText(text)}</ows:ExceptionText>
  </ows:Exception>
</ows:ExceptionReport>
`
  return new Response(body, {
    status: code === 'OperationNotSupported' ? 501 : 400,
    headers: {
      'content-type': 'text/xml; charset=utf-8',
      'cache-control': 'no-store',
      'access-control-allow-origin': '*',
    },
  })
}

const IMAGE_FORMATS: Readonly<Record<string, 'png' | 'webp'>> = { 'image/png': 'png', 'image/webp': 'webp' }

/** `GET /{family}/wmts/{id}?service=WMTS&request=...`: the key-value encoding; names of parameters in any case. */
export function wmtsEndpoint(call: DrawingRequest, groups: Groups): Promise<Response> | Response {
  const query = new Map([...call.url.searchParams].map(([name, value]) => [name.toLowerCase(), value]))
  const service = query.get('service')
  if (service !== undefined && service.toUpperCase() !== 'WMTS')
    return exception('InvalidParameterValue', 'service', `this is WMTS, not ${service}`)
  const request = query.get('request')
  if (!request) return exception('MissingParameterValue', 'request', 'request is missing')
  switch (request.toLowerCase()) {
    case 'getcapabilities': {
      const accepted = query.get('acceptversions')
      if (accepted && !accepted.split(',').includes('1.0.0'))
        return exception('VersionNegotiationFailed', 'acceptversions', 'only version 1.0.0 is spoken here')
      return wmtsCapabilitiesEndpoint(call, groups)
    }
    case 'gettile':
      return tileByQuery(call, groups, query)
    default:
      return exception('OperationNotSupported', request, `${request} is not an operation of this service`)
  }
}

function tileByQuery(
  call: DrawingRequest,
  groups: Groups,
  query: ReadonlyMap<string, string>,
): Promise<Response> | Response {
  const parameters: Partial<TileParameters> = {}
  for (const name of ['layer', 'style', 'tilematrixset', 'tilematrix', 'tilerow', 'tilecol'] as const) {
    const value = query.get(name)
    // The one style there is need not be named.
    if (!value && name !== 'style') return exception('MissingParameterValue', name, `${name} is missing`)
    parameters[name] = value || WMTS_STYLE
  }
  const format = query.get('format') ?? 'image/png'
  const extension = IMAGE_FORMATS[format.toLowerCase()]
  if (!extension) return exception('InvalidParameterValue', 'format', `tiles are not made as ${format}`)
  return tile(call, groups, parameters as TileParameters, extension)
}

/** `GET /{family}/wmts/{id}/1.0.0/{layer}/{style}/{set}/{matrix}/{row}/{col}.png`: the REST encoding. */
export function wmtsTileEndpoint(call: DrawingRequest, groups: Groups): Promise<Response> | Response {
  const [layer, style, tilematrixset, tilematrix, tilerow, tilecol, more] = (groups.place ?? '').split('/')
  if (!layer || !style || !tilematrixset || !tilematrix || !tilerow || !tilecol || more !== undefined)
    return exception('InvalidParameterValue', 'path', 'a tile is {layer}/{style}/{set}/{matrix}/{row}/{col}')
  const parameters = { layer, style, tilematrixset, tilematrix, tilerow, tilecol }
  return tile(call, groups, parameters, groups.extension === 'webp' ? 'webp' : 'png')
}

function tile(
  call: DrawingRequest,
  { family, id }: Groups,
  parameters: TileParameters,
  extension: 'png' | 'webp',
): Promise<Response> | Response {
  const known = { layer: WMTS_LAYER, style: WMTS_STYLE, tilematrixset: WMTS_MATRIX_SET } as const
  for (const [name, value] of Object.entries(known)) {
    const given = parameters[name as keyof typeof known]
    if (given.toLowerCase() !== value.toLowerCase())
      return exception('InvalidParameterValue', name, `${name} is ${value}, not ${given}`)
  }
  const [z, x, y] = [parameters.tilematrix, parameters.tilecol, parameters.tilerow].map((text) =>
    /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN,
  ) as [number, number, number]
  if (!(z <= TILE_ZOOM_MAX))
    return exception(
      'InvalidParameterValue',
      'tilematrix',
      `there is no tile matrix ${parameters.tilematrix}`,
    )
  if (!(x < 2 ** z)) return exception('TileOutOfRange', 'tilecol', `matrix ${z} has ${2 ** z} columns`)
  if (!(y < 2 ** z)) return exception('TileOutOfRange', 'tilerow', `matrix ${z} has ${2 ** z} rows`)
  return answerTile(call, {
    ...{ kind: drawingKind(family), id: Number(id), z, x, y, scale: 1, extension },
    version: versionOf(call.url),
  })
}

/** `GET /{family}/wmts/{id}/1.0.0/WMTSCapabilities.xml`. */
export async function wmtsCapabilitiesEndpoint(call: DrawingRequest, groups: Groups): Promise<Response> {
  const drawing = await findDrawing(call, groups)
  if (drawing instanceof Response) return drawing
  return answer(call.request, {
    body: wmtsCapabilities(drawing, call.url.origin),
    contentType: 'text/xml; charset=utf-8',
    etag: `W/"${drawing.version}-wmts"`,
    freshness: { versioned: false, shared: drawing.isPublic },
  })
}
