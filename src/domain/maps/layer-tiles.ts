import { type TilePlace, WEB_MERCATOR_QUAD } from '../../geo/tile-matrix-set.ts'
import { type Filter, parseWhere, QueryError } from '../../query/index.ts'
import { type DatasetRecord, findDataset } from '../../store/datasets.ts'
import type { LayerRecord } from '../../store/layers.ts'
import type { LayerRule } from '../../store/map-types.ts'
import type { Principal } from '../../store/principal.ts'
import {
  asEveryoneOr,
  readTileAs,
  type TileSources,
  type VectorTile,
  type VectorTileRequest,
} from '../datasets/vector-tiles.ts'
import { NotFoundError } from '../errors.ts'
import { readLayer, through } from './layers.ts'
import { isRuleOfZoom, zoomOfTile } from './rule-zooms.ts'

export interface LayerTileRequest {
  layerId: number
  /** In the web mercator set. */
  place: TilePlace
  /** Features that are wanted; all of them for null. */
  filter: Filter | null
  /** Whether features tell, as `CLASS_PROPERTY`, the rule of the layer that they are drawn by. */
  withRules: boolean
}

export interface LayerTile extends VectorTile {
  /** Moves whenever what the tile shows may. */
  version: string
  /** Everyone sees it. */
  isPublic: boolean
}

type Shown = Pick<LayerRecord, 'version' | 'data' | 'rules'>

/** What layers were when this isolate last saw them. It is only tried, and told to nobody before it is known to hold. */
const seen = new Map<number, Shown>()
const SEEN_MAX = 100

function remember(id: number, { version, data, rules }: LayerRecord): void {
  if (seen.size >= SEEN_MAX) seen.delete(seen.keys().next().value!)
  seen.set(id, { version, data, rules })
}

/** What moves whenever a tile of a layer may. */
export const layerTileVersion = (
  layer: Pick<LayerRecord, 'version'>,
  dataset: Pick<DatasetRecord, 'id' | 'version'>,
): string => `${layer.version}-${dataset.id}-${dataset.version}`

/**
 * A vector tile of what a layer shows, for who sees the layer: one round trip to the database for a layer that this isolate
 * knows.
 * @param exceptVersion the version whose tile is not wanted
 * @throws NotFoundError, FilterError
 */
export function readLayerTile(
  sources: TileSources,
  principal: () => Promise<Principal>,
  request: LayerTileRequest,
  exceptVersion: string | null,
): Promise<LayerTile> {
  const { layerId } = request
  return asEveryoneOr(principal, async (asked) => {
    const guess = seen.get(layerId)
    const early = guess && readShown(sources, asked, request, guess, exceptVersion)
    early?.catch(() => {})
    const layer = await readLayer(sources, asked, layerId)
    remember(layerId, layer)
    const isRight = guess && guess.version === layer.version && guess.data?.id === layer.data?.id
    const tile = await (isRight ? early! : readShown(sources, asked, request, layer, exceptVersion))
    return { ...tile, version: layerTileVersion(layer, tile.dataset), isPublic: asked.kind === 'anonymous' }
  })
}

function readShown(
  sources: TileSources,
  asked: Principal,
  { layerId, place, filter, withRules }: LayerTileRequest,
  layer: Shown,
  exceptVersion: string | null,
): Promise<VectorTile> {
  const { data, rules } = layer
  if (data?.kind !== 'dataset') return Promise.reject(new NotFoundError('Dataset', `of layer ${layerId}`))
  const request: VectorTileRequest = {
    ...{ reference: data.id, set: WEB_MERCATOR_QUAD, place, properties: null, filter },
    ...(withRules && rules && rules.length > 0 ? { classes: conditionsAt(rules, place.zoom) } : {}),
  }
  const held = exceptVersion === layerTileVersion(layer, data) ? data.version : null
  return readTileAs(sources, through(asked, layerId), request, held)
}

/** The conditions of rules; null, which is true of nothing, for one that cannot be understood or is for other zooms. */
const conditionsAt = (rules: readonly LayerRule[], zoom: number): (Filter | null)[] =>
  rules.map((rule) => (isRuleOfZoom(rule, zoomOfTile(zoom)) ? conditionOf(rule) : null))

function conditionOf({ expression }: LayerRule): Filter | null {
  if (expression.trim() === '') return { kind: 'boolean', value: true, position: 0 }
  try {
    return parseWhere(expression)
  } catch (error) {
    if (error instanceof QueryError) return null
    throw error
  }
}

/** The dataset that a layer shows, for descriptions of its tiles; null where it shows no vector dataset. @throws NotFoundError */
export function findLayerDataset(
  { db }: Pick<TileSources, 'db'>,
  principal: () => Promise<Principal>,
  layerId: number,
): Promise<{ layer: LayerRecord; dataset: DatasetRecord; isPublic: boolean } | null> {
  return asEveryoneOr(principal, async (asked) => {
    const layer = await readLayer({ db }, asked, layerId)
    if (layer.data?.kind !== 'dataset') return null
    const dataset = await findDataset(db, through(asked, layerId), layer.data.id)
    if (!dataset) throw new NotFoundError('Dataset', `of layer ${layerId}`)
    return dataset.form === 'vector' ? { layer, dataset, isPublic: asked.kind === 'anonymous' } : null
  })
}
