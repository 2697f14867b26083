import type { Nearness } from '../../store/feature-nearness.ts'
import type { Principal } from '../../store/principal.ts'
import type { Context } from '../context.ts'
import { type ItemForm, type ItemPage, readFeatureItems } from './feature-items.ts'
import { readThroughLayer } from './through-layer.ts'

export type { Nearness } from '../../store/feature-nearness.ts'

export interface NearRequest {
  near: Nearness
  /** How items are given, by the system of a layer's map. */
  form: (mapSrid: number) => ItemForm
  limit: number
  offset: number
}

/**
 * A page of the features of several layers around a place, layer by layer. They are counted in all layers at once, and read
 * one layer after the other as they are taken.
 * @throws NotFoundError for a layer that is not seen, or shows no dataset; as `readFeatureItems`
 */
export async function readItemsOfLayers(
  context: Context,
  principal: Principal,
  layerIds: readonly number[],
  request: NearRequest,
): Promise<ItemPage> {
  const { near, form } = request
  const read = async (layerId: number, limit: number, offset: number): Promise<ItemPage> => {
    const { result } = await readThroughLayer(
      context,
      principal,
      layerId,
      ({ datasetId, mapSrid }, through) =>
        readFeatureItems(context, through, datasetId, {
          ...{ ...form(mapSrid), layerId, near, limit, offset, withTotal: true },
        }),
    )
    return result
  }
  const [only, ...others] = layerIds
  if (others.length === 0) return read(only!, request.limit, request.offset)
  const pages = await Promise.all(layerIds.map((layerId) => read(layerId, 1, 0)))
  const totals = pages.map(({ total }) => total)
  const slices = slicesOf(totals, request)
  const [first] = slices
  const start = first && (await read(layerIds[first.index]!, first.limit, first.offset))
  async function* parts(): AsyncGenerator<string[], void, void> {
    if (start) yield* start.parts
    for (const { index, limit, offset } of slices.slice(1))
      yield* (await read(layerIds[index]!, limit, offset)).parts
  }
  return { total: totals.reduce((sum, total) => sum + total, 0), parts: parts() }
}

/** Which items of which lists are on a page of all lists, one after the other. */
function slicesOf(totals: readonly number[], { limit, offset }: Pick<NearRequest, 'limit' | 'offset'>) {
  let before = 0
  return totals.flatMap((total, index) => {
    const from = Math.max(0, offset - before)
    const until = Math.min(total, offset + limit - before)
    before += total
    return from < until ? [{ index, offset: from, limit: until - from }] : []
  })
}
