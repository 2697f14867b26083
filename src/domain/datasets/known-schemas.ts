import { postgresError } from '../../store/database.ts'
import {
  type DatasetRecord,
  type DatasetReference,
  type DatasetRights,
  type DatasetSchema,
  findDataset,
} from '../../store/datasets.ts'
import type { Read } from '../../store/features.ts'
import type { Principal } from '../../store/principal.ts'
import type { Context } from '../context.ts'
import { DomainError, ForbiddenError, NotFoundError, UnauthenticatedError } from '../errors.ts'

/** Columns of so many datasets are remembered. */
const KNOWN_MAX = 500
/** Each attempt but the last ends with the columns as they are then; nobody changes columns that fast. */
const ATTEMPTS_MAX = 4

const known = new Map<string, DatasetSchema>()

function remember(
  reference: DatasetReference,
  { id, schemaVersion, columns, geometryType, dimensions, srid }: DatasetSchema,
) {
  if (known.size >= KNOWN_MAX) known.delete(known.keys().next().value!)
  known.set(String(reference), { id, schemaVersion, columns, geometryType, dimensions, srid })
}

/**
 * Does something in one statement that is made of the dataset's columns. These are remembered from before, where possible;
 * the statement itself tells whether they still hold and whether the principal may see the dataset. Where they do not hold,
 * it is made anew.
 * @param verb that the statement needs beside `view`
 * @throws NotFoundError, ForbiddenError, UnauthenticatedError, and what `attempt` throws with the columns as they are
 */
export async function withSchema<Result>(
  context: Pick<Context, 'db'>,
  principal: Principal,
  reference: DatasetReference,
  attempt: (schema: DatasetSchema) => Promise<Read<Result> | null>,
  verb?: keyof DatasetRights,
): Promise<{ dataset: DatasetRecord; result: Result }> {
  let schema = known.get(String(reference))
  let isOld = schema !== undefined
  for (let i = 0; i < ATTEMPTS_MAX; i++) {
    schema ??= await presentSchema(context, principal, reference, verb)
    let read: Read<Result> | null
    try {
      read = await attempt(schema)
    } catch (error) {
      const mayPass = isOfGoneColumns(error) || (isOld && error instanceof DomainError)
      if (!mayPass || i === ATTEMPTS_MAX - 1) throw error
      known.delete(String(reference))
      schema = undefined
      isOld = false
      continue
    }
    if (read?.dataset.form !== 'vector') {
      known.delete(String(reference))
      throw new NotFoundError('Dataset', reference)
    }
    if (verb) requireRight(principal, read.dataset, verb)
    if (read.result !== null) return { dataset: read.dataset, result: read.result }
    schema = read.dataset
    isOld = false
    remember(reference, schema)
  }
  throw new Error(`the columns of dataset ${reference} do not come to rest`)
}

async function presentSchema(
  context: Pick<Context, 'db'>,
  principal: Principal,
  reference: DatasetReference,
  verb: keyof DatasetRights | undefined,
): Promise<DatasetSchema> {
  const record = await findDataset(context.db, principal, reference)
  if (record?.form !== 'vector') throw new NotFoundError('Dataset', reference)
  if (verb) requireRight(principal, record, verb)
  remember(reference, record)
  return record
}

/** @throws ForbiddenError, UnauthenticatedError */
export function requireRight(
  principal: Principal,
  { rights }: Pick<DatasetRecord, 'rights'>,
  verb: keyof DatasetRights,
): void {
  if (rights[verb]) return
  throw principal.kind === 'anonymous' ? new UnauthenticatedError() : new ForbiddenError()
}

/** What the statement names is not there any more. */
const isOfGoneColumns = (error: unknown): boolean => postgresError(error)?.code.startsWith('42') ?? false
