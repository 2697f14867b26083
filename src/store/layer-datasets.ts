import { and, eq } from 'drizzle-orm'
import type { Database } from './database.ts'
import { type DatasetRecord, selectDatasets } from './datasets.ts'
import { may } from './permissions.ts'
import type { Principal } from './principal.ts'
import { datasets } from './schema.ts'

/** A layer and the dataset it shows. */
export interface LayerDataset {
  layerId: number
  datasetId: number
}

/** The datasets that layers show, by the layers' numbers, as far as the principal sees them through these: one round trip. */
export async function findLayerDatasets(
  db: Database,
  principal: Principal,
  shown: readonly LayerDataset[],
): Promise<Map<number, DatasetRecord>> {
  const statements = shown.map(({ layerId, datasetId }) => {
    const caller = principal.kind === 'system' ? principal : { ...principal, through: layerId }
    return selectDatasets(db, caller).where(
      and(eq(datasets.id, datasetId), eq(datasets.status, 'ready'), may(caller, 'view')),
    )
  })
  const [first, ...others] = statements
  if (!first) return new Map()
  const found = await db.batch([first, ...others])
  return new Map(
    found.flatMap(([dataset], i) => (dataset ? [[shown[i]!.layerId, dataset as DatasetRecord]] : [])),
  )
}
