import { lookUpDrawing } from '../../domain/render/drawing.ts'
import { refusal } from '../../http/answers.ts'
import type { DrawingRequest } from '../../http/drawing-request.ts'
import { type DrawingRoute, drawingKind } from '../../http/drawing-route.ts'
import { EXPORTS } from './export-endpoints.ts'
import { tileEndpoint } from './tile-endpoint.ts'
import { tilejsonEndpoint } from './tilejson-endpoint.ts'

async function tilejson(call: DrawingRequest, { family, id }: Record<string, string>): Promise<Response> {
  const query = { kind: drawingKind(family), id: Number(id), version: null }
  const drawing = await lookUpDrawing(call.db, call.principal, query)
  return drawing
    ? tilejsonEndpoint(call, drawing)
    : refusal(
        404,
        'Not found',
        `Couldn't find ${query.kind === 'maps' ? 'Map' : 'Layer'} with 'id'=${id}, or it has not been rectified`,
      )
}

async function exported(call: DrawingRequest, { id, name = '' }: Record<string, string>): Promise<Response> {
  if (!Object.hasOwn(EXPORTS, name)) return refusal(404, 'Not found', `there is no export ${name}`)
  const drawing = await lookUpDrawing(call.db, call.principal, {
    ...{ kind: 'maps', id: Number(id), version: null },
  })
  const [source] = drawing?.layers ?? []
  return source
    ? EXPORTS[name]!(call, source)
    : refusal(404, 'Not found', `Couldn't find Map with 'id'=${id}, or it has not been rectified`)
}

/** Tiles, their TileJSON, and the exports of a rectified map. */
export const tileRoutes: readonly DrawingRoute[] = [
  { path: /^\/(?<family>maps|mosaics|layers)\/tile\/(?<id>\d{1,9})\/tilejson\.json$/, answer: tilejson },
  { path: /^\/(?:maps|mosaics|layers)\/tile\//, answer: tileEndpoint },
  { path: /^\/maps\/(?<id>\d{1,9})\/export\.(?<name>[a-z_]+(?:\.[a-z]+)?)$/, answer: exported },
]
