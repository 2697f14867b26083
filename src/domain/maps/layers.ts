import { findLayer, type LayerRecord } from '../../store/layers.ts'
import type { Principal } from '../../store/principal.ts'
import type { Context } from '../context.ts'
import { NotFoundError } from '../errors.ts'

export type { LayerAttributes, LayerData, LayerRecord, LayerRights } from '../../store/layers.ts'

/** @throws NotFoundError where there is none or the principal may see neither it nor its map */
export async function readLayer(context: Context, principal: Principal, id: number): Promise<LayerRecord> {
  const record = await findLayer(context.db, principal, id)
  if (!record) throw new NotFoundError('Layer', id)
  return record
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
