import { createHmac } from 'node:crypto'
import { postgresError, UNIQUE_VIOLATION } from '../../store/database.ts'
import type { LayerSearch } from '../../store/feature-search.ts'
import type { SystemPrincipal } from '../../store/principal.ts'
import { isIndexable } from '../../store/search-text.ts'
import type { Context } from '../context.ts'
import { submitJob } from '../jobs.ts'

/** Datasets with more features than these get an index for the columns in which is searched. */
export const SEARCH_UNINDEXED_MAX_ROWS = 20_000
/** The same columns are not asked to be indexed more often, so that what fails is not begun with every search. */
const AGAIN_AFTER_MS = 24 * 3600 * 1000

const system: SystemPrincipal = { kind: 'system', reason: 'index of a searched column' }

/** Jobs that this isolate has begun, or found begun. */
const begun = new Set<string>()
const BEGUN_MAX = 1_000

/** Begins to index, in the background, what has been searched in large datasets without an index. */
export async function indexSearched(context: Context, searches: readonly LayerSearch[]): Promise<void> {
  for (const { layer, columns } of searches) {
    const { schema, featureCount, indexed } = layer
    if (featureCount <= SEARCH_UNINDEXED_MAX_ROWS) continue
    const names = columns
      .filter(({ name, type }) => isIndexable(type) && !indexed.includes(name))
      .map(({ name }) => name)
      .sort()
    if (names.length > 0) await begin(context, schema.id, names)
  }
}

/** A job that has been begun today by anybody is not begun again: its id is made of what it does, and the day. */
async function begin(context: Context, dataset: number, columns: readonly string[]): Promise<void> {
  const day = Math.floor(Date.now() / AGAIN_AFTER_MS)
  const id = secretId(context.authSecret, JSON.stringify(['search-index', dataset, columns, day]))
  if (begun.has(id)) return
  try {
    await submitJob(context, system, { id, process: 'search-index', inputs: { dataset, columns } })
  } catch (error) {
    if (postgresError(error)?.code !== UNIQUE_VIOLATION) throw error
  }
  if (begun.size >= BEGUN_MAX) begun.clear()
  begun.add(id)
}

/** A UUID of a text that nobody can guess from it: jobs of nobody are for whoever knows their ids. */
function secretId(secret: string, text: string): string {
  const hex = createHmac('sha256', secret).update(text).digest('hex')
  return [
    [0, 8],
    [8, 12],
    [12, 16],
    [16, 20],
    [20, 32],
  ]
    .map(([from, to]) => hex.slice(from, to))
    .join('-')
}
