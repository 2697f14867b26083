import { boxBetween } from '../../geo/crs/box-between.ts'
import {
  findListedLayer,
  isLayerOfMap,
  type LayerExpansion,
  type LayerListing,
  type ListedLayer,
  listLayers as listVisible,
} from '../../store/layer-lists.ts'
import { findLayer, type LayerRecord, type LayerRights } from '../../store/layers.ts'
import type { Principal } from '../../store/principal.ts'
import type { Context } from '../context.ts'
import { ForbiddenError, NotFoundError, UnauthenticatedError } from '../errors.ts'
import { readMap } from './maps.ts'

export type {
  LayerExpansion,
  LayerListing,
  LayerSort,
  ListedLayer,
} from '../../store/layer-lists.ts'
export type { LayerRecord, LayerRights } from '../../store/layers.ts'

/** @throws NotFoundError where there is none or the principal may see neither it nor its map */
export async function readLayer(
  context: Pick<Context, 'db'>,
  principal: Principal,
  id: number,
): Promise<LayerRecord> {
  const record = await findLayer(context.db, principal, id)
  if (!record) throw new NotFoundError('Layer', id)
  return record
}

/** The same with what is asked for besides. @throws NotFoundError */
export async function readListedLayer(
  context: Context,
  principal: Principal,
  id: number,
  expansion: LayerExpansion,
): Promise<ListedLayer> {
  const record = await findListedLayer(context.db, principal, id, expansion)
  if (!record) throw new NotFoundError('Layer', id)
  return record
}

/** A page of the layers a principal sees. @throws NotFoundError for a map that is not seen */
export async function listLayers(context: Context, principal: Principal, listing: LayerListing) {
  const { isMapSeen, ...part } = await listVisible(context.db, principal, listing)
  if (listing.mapId === null || isMapSeen) return part
  await readMap(context, principal, listing.mapId)
  return part
}

/** @throws NotFoundError where a layer is not one of a map's, or the principal knows nothing of it */
export async function requireLayerOfMap(
  context: Context,
  principal: Principal,
  layerId: number,
  mapId: number,
): Promise<void> {
  if (await isLayerOfMap(context.db, principal, layerId, mapId)) return
  throw new NotFoundError('Layer', `${layerId} of map ${mapId}`)
}

/** The principal as it comes to the data of a layer: what the layer and its map grant holds for that, too. */
export const through = <P extends Principal>(principal: P, layerId: number): P =>
  principal.kind === 'system' ? principal : { ...principal, through: layerId }

/** A layer whose data is a dataset, and who may do what to it through the layer. */
export interface DatasetLayer {
  layer: LayerRecord
  datasetId: number
  /** Ask for the dataset and its features as this. */
  principal: Principal
}

/** @throws NotFoundError where the layer is not there, or shows no dataset */
export async function readDatasetLayer(
  context: Context,
  principal: Principal,
  id: number,
): Promise<DatasetLayer> {
  const layer = await readLayer(context, principal, id)
  if (layer.data?.kind !== 'dataset') throw new NotFoundError('Dataset', `of layer ${id}`)
  return { layer, datasetId: layer.data.id, principal: through(principal, id) }
}

/** What is seen, and not allowed. */
export const refused = (principal: Principal): Error =>
  principal.kind === 'anonymous' ? new UnauthenticatedError() : new ForbiddenError()

/** @throws ForbiddenError, UnauthenticatedError */
export function requireLayerRight(
  principal: Principal,
  { rights }: Pick<LayerRecord, 'rights'>,
  verb: keyof LayerRights,
): void {
  if (!rights[verb]) throw refused(principal)
}

const WGS_84 = 4326

/** The system of a layer, and its box there: as it is said, or else where its data is; null where that is nowhere. */
export function boundsOfLayer({ srid: said, mapSrid, bounds, data }: LayerRecord): {
  srid: number
  box: readonly number[] | null
} {
  const dataset = data?.dataset ?? null
  const srid = said ?? (bounds ? mapSrid : (dataset?.srid ?? mapSrid))
  if (bounds) return { srid, box: bounds }
  if (dataset?.nativeExtent && dataset.srid === srid) return { srid, box: dataset.nativeExtent }
  return { srid, box: data?.extent ? boxBetween(data.extent, WGS_84, srid) : null }
}
