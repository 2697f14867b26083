import { type Tileset, tilesetOf } from '../../domain/datasets/tiles.ts'
import { findTiledDataset } from '../../domain/datasets/vector-tiles.ts'
import { tileJson } from '../../formats/tilejson.ts'
import { answer } from '../../http/answers.ts'
import type { DrawingRequest } from '../../http/drawing-request.ts'
import { answerFault } from './problem.ts'
import { referenceOf } from './tile-request.ts'

/** `GET /tiles/{id}.json`: TileJSON 3.0 whose tiles carry the version they show; null for a raster. */
export async function tilejsonEndpoint(
  call: DrawingRequest,
  { id }: Record<string, string>,
): Promise<Response | null> {
  try {
    const reference = referenceOf(id)
    const dataset = await findTiledDataset(call, call.principal, reference)
    if (dataset.form !== 'vector') return null
    const tileset = tilesetOf(dataset)
    const { title, description, bounds, minZoom, maxZoom, version, isPublic, xyzTemplate } = tileset
    const document = {
      ...tileJson({
        ...{ name: title, description: description ?? undefined },
        ...{ tiles: [call.url.origin + xyzTemplate], bounds, minZoom, maxZoom },
      }),
      vector_layers: vectorLayersOf(tileset),
    }
    return answer(call.request, {
      body: JSON.stringify(document),
      contentType: 'application/json; charset=utf-8',
      etag: `W/"${version}"`,
      freshness: { versioned: false, shared: isPublic },
    })
  } catch (error) {
    return answerFault(call.url, error)
  }
}

/** What TileJSON tells of the layers in vector tiles: of the one there is. */
export const vectorLayersOf = ({ layer, description, minZoom, maxZoom, fields }: Tileset) => [
  {
    id: layer,
    ...(description ? { description } : {}),
    ...{ minzoom: minZoom, maxzoom: maxZoom },
    fields: Object.fromEntries(fields.map(({ name, type }) => [name, type])),
  },
]
