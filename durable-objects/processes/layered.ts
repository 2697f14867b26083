import type { LayerWish } from '../../src/domain/datasets/processing/plans.ts'
import type { ProcessingOutputs } from '../../src/domain/datasets/processing/start-processing.ts'
import { findDataset } from '../../src/store/datasets.ts'
import { discardLayersOfData, findLayerOfData } from '../../src/store/layer-of-data.ts'
import { insertLayer } from '../../src/store/layers.ts'
import type { SystemPrincipal } from '../../src/store/principal.ts'
import { PermanentFailure } from '../job-object.ts'
import type { Processor, ProcessRun } from './processor.ts'

const system: SystemPrincipal = { kind: 'system', reason: 'processing' }

/** A process that has come to its end, while the layer is still to be made. */
interface LayerDue<State> {
  last: State
  toShow: ProcessingOutputs
}

const isLayerDue = <State extends object>(state: State | LayerDue<State>): state is LayerDue<State> =>
  'toShow' in state

/** A process that makes a dataset, and after it a layer that shows the dataset, where its input `layer` asks for one. */
export const layered =
  <State extends object>(make: () => Processor<State>) =>
  (): Processor<State | LayerDue<State>> => {
    const process = make()
    return {
      begin: (run) => process.begin(run),
      async step(run, state) {
        const wish = run.job.inputs.layer as LayerWish | undefined
        if (isLayerDue(state))
          return { outputs: { ...state.toShow, layer: await show(run, state.toShow, wish!) } }
        const result = await process.step(run, state)
        if ('state' in result || !wish) return result
        return { state: { last: state, toShow: result.outputs as unknown as ProcessingOutputs } }
      },
      async discard(run, state) {
        if (!state || !isLayerDue(state)) return process.discard(run, state)
        for (const { id } of state.toShow.datasets) await discardLayersOfData(run.context.db, system, id)
        await process.discard(run, state.last)
      },
    }
  }

/** The layer that shows what was made, above all others of its map; one that an earlier attempt has made is it. */
async function show(
  { context: { db }, principal }: ProcessRun,
  { datasets: [made] }: ProcessingOutputs,
  { mapId, name, parentId, rules }: LayerWish,
): Promise<{ id: number; mapId: number }> {
  const dataset = await findDataset(db, system, made!.id)
  if (!dataset) throw new PermanentFailure('the dataset that was made is gone')
  const id =
    (await findLayerOfData(db, system, mapId, dataset.id)) ??
    (await insertLayer(db, principal, mapId, {
      ...{ name, parentId, rules, type: 'polygon', dataId: dataset.id, srid: dataset.srid },
      source: { type: 'pg', src: dataset.name },
    }))
  if (id === null) throw new PermanentFailure('the map is gone, or you may not edit it any more')
  return { id, mapId }
}
