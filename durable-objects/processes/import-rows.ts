import type { ImportNotes } from '../../src/domain/datasets/import/import-notes.ts'
import { withFault } from '../../src/domain/datasets/import/import-notes.ts'
import type { LayerReader, RowCursor } from '../../src/domain/datasets/import/layer-reader.ts'
import type { FeatureField } from '../../src/formats/feature-rows.ts'
import { uniformDimensions } from '../../src/geo/uniform-dimensions.ts'
import type { Database } from '../../src/store/database.ts'
import type { DatasetSchema } from '../../src/store/datasets.ts'
import {
  appendFeatures,
  BATCH_MAX_BYTES,
  BATCH_ROWS,
  type FeatureBatch,
} from '../../src/store/feature-import.ts'
import type { SystemPrincipal } from '../../src/store/principal.ts'

/** Batches of a step end after this long. */
const STEP_MS = 2_000

/** How far the rows of a layer are. Plain JSON. */
export interface RowsState {
  /** Where the file is read on; null at the end. */
  position: number | null
  /** Number of the next feature. */
  fid: number
  notes: ImportNotes
}

interface Built {
  batch: FeatureBatch
  next: RowsState
}

/**
 * Appends batches of a layer's rows to its dataset for as long as a step may take. The next batch is made while the one
 * before is on its way; they arrive in order.
 */
export async function appendRows(
  db: Database,
  system: SystemPrincipal,
  dataset: DatasetSchema,
  reader: LayerReader,
  fields: readonly FeatureField[],
  state: RowsState,
  goesOn: () => boolean,
): Promise<RowsState> {
  const cursor = reader.rows(fields, state.position ?? reader.firstAt)
  const end = Date.now() + STEP_MS
  let built = nextBatch(cursor, fields.length, dataset, state)
  for (;;) {
    const sent = built
    if (sent.batch.count === 0) return sent.next
    const appending = appendFeatures(db, system, dataset, sent.batch)
    // Whatever becomes of it is told when it is waited for.
    appending.catch(() => {})
    const isLast = sent.next.position === null || Date.now() >= end || !goesOn()
    const following = isLast ? null : nextBatch(cursor, fields.length, dataset, sent.next)
    const { repaired, dropped } = await appending
    const count = (notes: ImportNotes): ImportNotes => ({
      ...notes,
      ...{ repaired: notes.repaired + repaired, dropped: notes.dropped + dropped },
    })
    if (!following) return { ...sent.next, notes: count(sent.next.notes) }
    built = { batch: following.batch, next: { ...following.next, notes: count(following.next.notes) } }
  }
}

function nextBatch(
  cursor: RowCursor,
  columns: number,
  { geometryType }: DatasetSchema,
  state: RowsState,
): Built {
  const values: unknown[][] = Array.from({ length: columns }, () => [])
  const geometries: NonNullable<FeatureBatch['geometries']>[number][] = []
  const start = cursor.position
  let { notes } = state
  let count = 0
  let isEnd = false
  while (count < BATCH_ROWS && cursor.position - start < BATCH_MAX_BYTES) {
    const row = cursor.next()
    if (!row) {
      isEnd = true
      break
    }
    count++
    geometries.push(row.geometry && uniformDimensions(row.geometry))
    for (let i = 0; i < columns; i++) values[i]!.push(row.values[i])
    if (row.fault) notes = withFault(notes, row.fault)
  }
  return {
    batch: { firstFid: state.fid, count, values, ...(geometryType ? { geometries } : {}) },
    next: { position: isEnd ? null : cursor.position, fid: state.fid + count, notes },
  }
}
