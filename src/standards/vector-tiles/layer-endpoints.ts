import { tilesetOf } from '../../domain/datasets/tiles.ts'
import { findLayerDataset, layerTileVersion, readLayerTile } from '../../domain/maps/layer-tiles.ts'
import { isStorableText } from '../../domain/storable-text.ts'
import { tileJson } from '../../formats/tilejson.ts'
import { hasTile, WEB_MERCATOR_QUAD } from '../../geo/tile-matrix-set.ts'
import { answer } from '../../http/answers.ts'
import { answerCoded } from '../../http/coded-refusal.ts'
import type { DrawingRequest } from '../../http/drawing-request.ts'
import { parseId } from '../../http/ids.ts'
import { parseWhere } from '../../query/index.ts'
import { answerFault, TileRequestError } from './problem.ts'
import { answerTile } from './tile-answer.ts'
import { PARTIAL_HEADER } from './tile-headers.ts'
import { vectorLayersOf } from './tilejson-endpoint.ts'

type Groups = Record<string, string>

const ENTITY_TAG = /^\s*(?:W\/)?"([\d-]{1,40})"\s*$/

/**
 * `GET /1/layers/{id}/tiles/{z}/{x}/{y}.{mvt|pbf}[?v={version}][&where={filter}][&rules=1]`: a vector tile of what a layer of
 * a map shows, for who sees the layer. With `rules` features tell which rule of the layer they are drawn by.
 */
export const layerTileEndpoint = (call: DrawingRequest, groups: Groups): Promise<Response> =>
  answerCoded(call, (coded) => tileAnswer(coded, groups))

async function tileAnswer(call: DrawingRequest, groups: Groups): Promise<Response> {
  try {
    const { request, url } = call
    const { searchParams } = url
    const asked = {
      layerId: layerIdOf(groups),
      place: placeOf(groups),
      filter: filterOf(searchParams.get('where')),
      withRules: searchParams.get('rules') === '1',
    }
    const held = ENTITY_TAG.exec(request.headers.get('if-none-match') ?? '')?.[1] ?? null
    const sources = { db: call.db, bucket: call.tools.bucket }
    const { tile, version, isPublic } = await readLayerTile(sources, call.principal, asked, held)
    return await answerTile(request, {
      bytes: tile?.bytes ?? null,
      version,
      // What is not everyone's is asked for again, by whatever credential.
      freshness: { versioned: isPublic && version === searchParams.get('v'), shared: isPublic },
      headers: tile?.isPartial ? { [PARTIAL_HEADER]: 'true' } : {},
    })
  } catch (error) {
    return answerFault(call.url, error)
  }
}

/** `GET /1/layers/{id}/tiles.json`: TileJSON of a layer's vector tiles; null for one that shows a raster. */
export const layerTilejsonEndpoint = (call: DrawingRequest, groups: Groups): Promise<Response | null> =>
  answerCoded(call, (coded) => tilejsonAnswer(coded, groups))

async function tilejsonAnswer(call: DrawingRequest, groups: Groups): Promise<Response | null> {
  try {
    const layerId = layerIdOf(groups)
    const sources = { db: call.db, bucket: call.tools.bucket }
    const found = await findLayerDataset(sources, call.principal, layerId)
    if (!found) return null
    const { layer, dataset, isPublic } = found
    const version = layerTileVersion(layer, dataset)
    const tileset = tilesetOf(dataset)
    const { bounds, minZoom, maxZoom } = tileset
    const document = {
      ...tileJson({
        ...{ name: layer.name, bounds, minZoom, maxZoom },
        tiles: [`${call.url.origin}/1/layers/${layerId}/tiles/{z}/{x}/{y}.mvt?v=${version}`],
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

function layerIdOf({ id }: Groups): number {
  const layerId = parseId(id)
  if (layerId === null) throw new TileRequestError(404, `there is no layer ${id}`)
  return layerId
}

function placeOf({ z, x, y }: Groups) {
  const place = { zoom: Number(z), column: Number(x), row: Number(y) }
  if (!hasTile(WEB_MERCATOR_QUAD, place)) throw new TileRequestError(404, `there is no tile ${z}/${x}/${y}`)
  return place
}

function filterOf(text: string | null) {
  if (text === null || text.trim() === '') return null
  if (!isStorableText(text))
    throw new TileRequestError(400, 'the filter has characters that no text has', 'where')
  return parseWhere(text)
}
