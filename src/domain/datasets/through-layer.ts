import type { LayerRecord } from '../../store/layers.ts'
import type { Principal } from '../../store/principal.ts'
import type { Context } from '../context.ts'
import { readDatasetLayer, through } from '../maps/layers.ts'

/** Layers that are remembered. */
const KNOWN_MAX = 1000

/** What a layer's features are read by. */
export interface LayerFeatures {
  datasetId: number
  /** The system of the layer's map. */
  mapSrid: number
}

const known = new Map<number, LayerFeatures>()

/**
 * Reads something of a layer's features while the layer itself is looked up: what it shows is remembered from before, where
 * possible, and read anew where that has changed. Nothing is given before the layer has been seen.
 * @param read takes who asks as it comes to the data through the layer
 * @throws NotFoundError where the layer is not there, or shows no dataset; what `read` throws
 */
export async function readThroughLayer<Result>(
  context: Context,
  principal: Principal,
  layerId: number,
  read: (features: LayerFeatures, principal: Principal) => Promise<Result>,
): Promise<{ layer: LayerRecord; result: Result }> {
  const asked = through(principal, layerId)
  const former = known.get(layerId)
  const looking = readDatasetLayer(context, principal, layerId)
  const early = former && settled(read(former, asked))
  const { layer, datasetId } = await looking.catch(async (error) => {
    await early
    known.delete(layerId)
    throw error
  })
  if (early && former.datasetId === datasetId && former.mapSrid === layer.mapSrid)
    return { layer, result: (await early)() }
  const features = { datasetId, mapSrid: layer.mapSrid }
  if (known.size >= KNOWN_MAX) known.delete(known.keys().next().value!)
  known.set(layerId, features)
  return { layer, result: await read(features, asked) }
}

/** What becomes of a promise, to be had later: the result, or what was thrown. */
const settled = <T>(promise: Promise<T>): Promise<() => T> =>
  promise.then(
    (value) => () => value,
    (error) => () => {
      throw error
    },
  )
