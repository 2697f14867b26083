import type { DatasetRecord } from '../../store/datasets.ts'
import { findLayerDatasets } from '../../store/layer-datasets.ts'
import { type LayerRecord, listMapLayers } from '../../store/layers.ts'
import type { Principal } from '../../store/principal.ts'
import type { Context } from '../context.ts'
import { readLayer } from './layers.ts'
import { type MapRecord, visitMap } from './maps.ts'

/** Layers of a map that pages draw; those above are left out. */
export const DRAWN_LAYERS_MAX = 200

/** What drawing layers takes. */
export interface DrawnLayers {
  /** The lowest first. */
  layers: LayerRecord[]
  /** The datasets they show, by the layers' numbers, as far as they are seen. */
  datasets: ReadonlyMap<number, DatasetRecord>
}

/** A map that somebody looks at, with what its page shows: two round trips to the database. @throws NotFoundError */
export async function readDrawnMap(
  context: Context,
  principal: Principal,
  id: number,
): Promise<DrawnLayers & { map: MapRecord }> {
  const [map, layers] = await Promise.all([
    visitMap(context, principal, id, { withOptions: false, withShares: false }),
    listMapLayers(context.db, principal, id),
  ])
  const drawn = layers.slice(0, DRAWN_LAYERS_MAX)
  return { map, layers: drawn, datasets: await datasetsOf(context, principal, drawn) }
}

/** A layer with what its page shows. @throws NotFoundError */
export async function readDrawnLayer(
  context: Context,
  principal: Principal,
  id: number,
): Promise<DrawnLayers & { layer: LayerRecord }> {
  const layer = await readLayer(context, principal, id)
  const layers = [{ ...layer, parentId: null, isVisible: true }]
  return { layer, layers, datasets: await datasetsOf(context, principal, layers) }
}

const datasetsOf = ({ db }: Context, principal: Principal, layers: readonly LayerRecord[]) =>
  findLayerDatasets(
    db,
    principal,
    layers.flatMap(({ id, data }) => (data?.kind === 'dataset' ? [{ layerId: id, datasetId: data.id }] : [])),
  )
