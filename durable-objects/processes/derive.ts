import type { DatasetRecord } from '../../src/domain/datasets/datasets.ts'
import {
  PLANS,
  type ProcessingName,
  type ProcessingPlan,
  type ProcessingRequests,
} from '../../src/domain/datasets/processing/plans.ts'
import type { ProcessingOutputs } from '../../src/domain/datasets/processing/start-processing.ts'
import { isInDegrees } from '../../src/domain/datasets/reference-systems.ts'
import { counted } from '../../src/formats/export/counted.ts'
import {
  type DatasetSchema,
  discardDataset,
  findDataset,
  insertDataset,
  reserveDatasetId,
} from '../../src/store/datasets.ts'
import { appendDerived, GeometryFailure, isMerging, mergeDerived } from '../../src/store/derived-datasets.ts'
import { findUnfinishedDataset, publishImported } from '../../src/store/feature-import.ts'
import type { SystemPrincipal } from '../../src/store/principal.ts'
import { PermanentFailure } from '../job-object.ts'
import type { Processor, ProcessRun } from './processor.ts'

/** Features of a batch: as many as are computed within a second or so. */
export const DERIVED_BATCH_ROWS = 500
/** Batches of a step end after this long. */
const STEP_MS = 2_000
/** Share of the whole, per cent, that the batches take. */
const FILL_PERCENT = 90

const system: SystemPrincipal = { kind: 'system', reason: 'processing' }

/** How far a process is that makes a dataset of another. */
interface DeriveState {
  phase: 'create' | 'fill' | 'merge' | 'publish'
  /** The number of the dataset that is made, reserved. */
  id: number
  schemaVersion: number
  afterFid: number
  /** Features that were read, and made of them. */
  read: number
  made: number
}

interface DeriveWork {
  plan: ProcessingPlan
  isGeographic: boolean
}

/** A process that makes a new dataset of one that is there, batch by batch, all of it in the database. */
export const derive = (process: ProcessingName) => (): Processor<DeriveState> => ({
  async begin(run) {
    const { plan } = await open(run, process)
    const id = await reserveDatasetId(run.context.db, run.principal)
    const { schemaVersion } = plan.source
    return { ...{ phase: 'create', id, schemaVersion, afterFid: 0, read: 0, made: 0 } }
  },
  async step(run, state) {
    const { db } = run.context
    const target = await findUnfinishedDataset(db, system, state.id)
    if (state.phase === 'publish') {
      // A step that is repeated finds the dataset whole.
      if (target) await publishImported(db, system, target)
      return { outputs: { ...(await outputsOf(run, process, state)) } }
    }
    const work = await open(run, process)
    if (work.plan.source.schemaVersion !== state.schemaVersion) throw changed()
    switch (state.phase) {
      case 'create':
        if (!target) await create(run, work.plan, state.id)
        return { state: { ...state, phase: 'fill' } }
      case 'fill':
        return { state: await fill(run, work, required(target), state) }
      case 'merge':
        await understood(() => mergeDerived(db, system, required(target), work.isGeographic))
        return { state: { ...state, phase: 'publish' } }
    }
  },
  async discard(run, state) {
    if (state) await discardDataset(run.context.db, system, state.id)
  },
})

/** @throws NotFoundError, ValidationError where the process would not begin now */
async function open(run: ProcessRun, process: ProcessingName): Promise<DeriveWork> {
  const { context, principal, job } = run
  const request = job.inputs as unknown as ProcessingRequests[typeof process]
  const plan = await PLANS[process](context, principal, request as never)
  return { plan, isGeographic: isInDegrees(plan.source.srid) }
}

const changed = () =>
  new PermanentFailure('the columns of the dataset were changed meanwhile; begin it again')

async function create(
  { context: { db }, principal }: ProcessRun,
  { result, kept }: ProcessingPlan,
  id: number,
): Promise<void> {
  const columns = kept.map(({ name, type, title, description }) => ({ name, type, title, description }))
  await insertDataset(db, principal, { ...result, id, columns, isImporting: true })
}

function required(target: DatasetSchema | null): DatasetSchema {
  if (!target) throw new PermanentFailure('the dataset that was being made is gone')
  return target
}

async function fill(
  run: ProcessRun,
  { plan, isGeographic }: DeriveWork,
  target: DatasetSchema,
  state: DeriveState,
): Promise<DeriveState> {
  const { source, derivation, kept } = plan
  const end = Date.now() + STEP_MS
  let { read, made } = state
  let next: number | null = state.afterFid
  do {
    const afterFid: number = next
    const request = { derivation, source, target, kept, afterFid, limit: DERIVED_BATCH_ROWS }
    const batch = await understood(() => appendDerived(run.context.db, run.principal, request, isGeographic))
    if (!batch) throw changed()
    read += batch.read
    made += batch.made
    next = batch.next
  } while (next !== null && Date.now() < end && run.goesOn())
  await run.report(percentOf(read, source), `${read} features are done`)
  const phase = next !== null ? 'fill' : isMerging(derivation) ? 'merge' : 'publish'
  return { ...state, phase, afterFid: next ?? state.afterFid, read, made }
}

const percentOf = (read: number, { featureCount }: DatasetRecord): number =>
  Math.min(FILL_PERCENT, (FILL_PERCENT * read) / Math.max(1, featureCount))

/** @throws PermanentFailure for geometries that cannot be computed */
async function understood<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof GeometryFailure)
      throw new PermanentFailure(`some geometries cannot be computed: ${error.message}`)
    throw error
  }
}

async function outputsOf(
  run: ProcessRun,
  process: ProcessingName,
  { id, read, made }: DeriveState,
): Promise<ProcessingOutputs> {
  const dataset = await findDataset(run.context.db, system, id)
  if (!dataset) throw new PermanentFailure('the dataset that was made is gone')
  const { name, featureCount: features } = dataset
  const isMerged = process === 'dissolve' || run.job.inputs.dissolve === true
  const warnings =
    !isMerged && made < read ? [`${counted(read - made, 'feature')} left out: nothing remains`] : []
  return { datasets: [{ id, name, features, warnings }] }
}
