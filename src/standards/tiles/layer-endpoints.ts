import { asEveryoneOr } from '../../domain/datasets/vector-tiles.ts'
import { NotFoundError } from '../../domain/errors.ts'
import { type LayerRecord, readLayer, through } from '../../domain/maps/layers.ts'
import { type DrawingKind, lookUpDrawing } from '../../domain/render/drawing.ts'
import { TILE_ZOOM_MAX } from '../../domain/render/tile-pyramid.ts'
import { refusal } from '../../http/answers.ts'
import { answerCoded } from '../../http/coded-refusal.ts'
import type { DrawingRequest } from '../../http/drawing-request.ts'
import type { DrawingRoute } from '../../http/drawing-route.ts'
import { parseId } from '../../http/ids.ts'
import { versionOf } from './tile-address.ts'
import { answerTile } from './tile-endpoint.ts'
import { tilejsonOf } from './tilejson-endpoint.ts'

type Groups = Record<string, string>

const DRAWING_KINDS: Partial<Record<NonNullable<LayerRecord['data']>['kind'], DrawingKind>> = {
  scan: 'maps',
  mosaic: 'mosaics',
  dataset: 'datasets',
}

/** `GET /1/layers/{id}/tiles/{z}/{x}/{y}.{png|webp}[?v={version}]`: a tile of the raster that a layer of a map shows. */
function tileEndpoint(call: DrawingRequest, groups: Groups): Promise<Response> {
  const { z, x, y } = { z: Number(groups.z), x: Number(groups.x), y: Number(groups.y) }
  return throughLayer(call, groups, (drawn, data) => {
    if (z > TILE_ZOOM_MAX || x >= 2 ** z || y >= 2 ** z) throw new NotFoundError('Layer', groups.id!)
    return answerTile(drawn, {
      ...{ ...data, z, x, y, scale: 1, extension: groups.extension === 'webp' ? 'webp' : 'png' },
      version: versionOf(call.url),
    })
  })
}

/** `GET /1/layers/{id}/tiles.json`: TileJSON of the tiles of the raster that a layer shows. */
function tilejsonEndpoint(call: DrawingRequest, groups: Groups): Promise<Response> {
  return throughLayer(call, groups, async (drawn, data) => {
    const drawing = await lookUpDrawing(drawn.db, drawn.principal, { ...data, version: null })
    if (!drawing) throw new NotFoundError('Layer', groups.id!)
    return tilejsonOf(drawn, drawing, `/1/layers/${groups.id}/tiles`)
  })
}

type Answer = (call: DrawingRequest, data: { kind: DrawingKind; id: number }) => Promise<Response>

/** Answers as who comes to what is drawn through the layer: as everyone, or as the caller where that finds nothing. */
const throughLayer = (call: DrawingRequest, groups: Groups, answer: Answer): Promise<Response> =>
  answerCoded(call, (coded) => answerThrough(coded, groups, answer))

async function answerThrough(call: DrawingRequest, { id }: Groups, answer: Answer): Promise<Response> {
  const layerId = parseId(id)
  try {
    if (layerId === null) throw new NotFoundError('Layer', id!)
    return await asEveryoneOr(call.principal, async (asked) => {
      const { data } = await readLayer(call, asked, layerId)
      const kind = data && DRAWING_KINDS[data.kind]
      if (!kind) throw new NotFoundError('Layer', layerId)
      const response = await answer(
        { ...call, principal: async () => through(asked, layerId) },
        { kind, id: data.id },
      )
      if (response.status === 404) throw new NotFoundError('Layer', layerId)
      // What is not everyone's is asked for again, by whatever credential.
      if (response.headers.get('cache-control')?.startsWith('private'))
        response.headers.set('cache-control', 'private, no-cache')
      return response
    })
  } catch (error) {
    if (error instanceof NotFoundError)
      return refusal(404, 'Not found', `${error.message}, or it shows no raster`)
    throw error
  }
}

/** The rasters of layers; addresses of descriptions that layers of vector datasets have too come after theirs. */
export const layerRasterRoutes: readonly DrawingRoute[] = [
  {
    path: /^\/1\/layers\/(?<id>\d{1,10})\/tiles\/(?<z>\d{1,2})\/(?<x>\d{1,9})\/(?<y>\d{1,9})\.(?<extension>png|webp)$/,
    answer: tileEndpoint,
  },
  { path: /^\/1\/layers\/(?<id>\d{1,10})\/tiles(?:\.json)?$/, answer: tilejsonEndpoint },
]
