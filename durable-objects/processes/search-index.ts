import { postgresError } from '../../src/store/database.ts'
import type { SystemPrincipal } from '../../src/store/principal.ts'
import {
  buildSearchIndex,
  findUnindexedColumns,
  noteSearchIndexes,
  type UnindexedColumn,
} from '../../src/store/search-indexes.ts'
import { PermanentFailure } from '../job-object.ts'
import type { Processor, ProcessRun } from './processor.ts'

/** Columns that are left to be indexed, and those that are. */
interface SearchIndexState {
  left: UnindexedColumn[]
  done: UnindexedColumn[]
}

const system: SystemPrincipal = { kind: 'system', reason: 'index of a searched column' }

/** Makes the indexes by which columns (`columns`) of a dataset (`dataset`) are searched, a column a step. */
export const searchIndex = (): Processor<SearchIndexState> => ({
  begin: async (run) => {
    const { dataset, columns } = inputsOf(run)
    return { left: await findUnindexedColumns(run.context.db, system, dataset, columns), done: [] }
  },
  step: async (run, { left, done }) => {
    const { dataset } = inputsOf(run)
    const { db } = run.context
    const [column, ...others] = left
    if (!column) {
      if (done.length > 0) await unlessGone(noteSearchIndexes(db, system, dataset, done))
      return { outputs: { indexed: done.map(({ name }) => name) } }
    }
    await unlessGone(buildSearchIndex(db, system, dataset, column))
    return { state: { left: others, done: [...done, column] } }
  },
  discard: async () => {},
})

const inputsOf = ({ job }: ProcessRun) => job.inputs as { dataset: number; columns: string[] }

/** The column or its table may be dropped meanwhile. @throws PermanentFailure */
async function unlessGone(work: Promise<void>): Promise<void> {
  try {
    await work
  } catch (error) {
    if (postgresError(error)?.code.startsWith('42'))
      throw new PermanentFailure('the column is not there any more')
    throw error
  }
}
