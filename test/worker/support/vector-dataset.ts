import type { FlatGeometry } from '../../../src/geo/flat-geometry.ts'
import type { Dimensions, GeometryType } from '../../../src/store/dataset-types.ts'
import { insertDataset, type NewColumn } from '../../../src/store/datasets.ts'
import { appendFeatures, findUnfinishedDataset, publishImported } from '../../../src/store/feature-import.ts'
import type { Principal } from '../../../src/store/principal.ts'
import { db } from './bindings.ts'
import { SYSTEM } from './scans.ts'

export interface FilledDataset {
  name?: string
  geometryType: GeometryType
  dimensions?: Dimensions
  srid?: number
  columns?: NewColumn[]
  isPublic?: boolean
  /** In the dataset's own system. */
  features: { geometry: FlatGeometry | null; values?: readonly unknown[] }[]
}

/** A dataset as an import leaves it, features numbered from 1. @returns its number */
export async function filledDataset(owner: Principal, dataset: FilledDataset): Promise<number> {
  const { name = 'places', geometryType, dimensions = 'XY', srid = 4326, columns = [], features } = dataset
  const id = await insertDataset(db, owner, {
    ...{ name, title: name, geometryType, dimensions, srid, columns },
    isPublic: dataset.isPublic ?? true,
    isImporting: true,
  })
  const unfinished = await findUnfinishedDataset(db, SYSTEM, id)
  await appendFeatures(db, SYSTEM, unfinished!, {
    firstFid: 1,
    count: features.length,
    geometries: features.map(({ geometry }) => geometry),
    values: columns.map((_, i) => features.map(({ values }) => values?.[i] ?? null)),
  })
  await publishImported(db, SYSTEM, unfinished!)
  return id
}
