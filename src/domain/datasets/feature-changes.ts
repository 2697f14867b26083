import { postgresError } from '../../store/database.ts'
import type { DatasetRecord, DatasetReference, DatasetSchema } from '../../store/datasets.ts'
import {
  deleteRow,
  deleteRows,
  insertRows,
  type RowPrecondition,
  updateRow,
} from '../../store/feature-changes.ts'
import type { ChangeResult, GeometryFault, WrittenRow } from '../../store/feature-transaction.ts'
import type { Principal } from '../../store/principal.ts'
import type { Context } from '../context.ts'
import { FilterError, NotFoundError, PreconditionFailedError, ValidationError } from '../errors.ts'
import { type FeatureInput, featureRows, type InputSystem } from './feature-input.ts'
import { conditionsOn, type FeatureSelection } from './feature-selection.ts'
import { revisionsOf, tagOf } from './feature-tag.ts'
import { featureNumber } from './features.ts'
import { withSchema } from './known-schemas.ts'

export type { FeatureInput, InputSystem } from './feature-input.ts'

/** Features that are inserted, or named to be deleted, at once. */
export const INSERT_MAX_FEATURES = 10_000

/** What must hold for a feature to be changed. */
export interface Precondition {
  /** Its tag is one of these (`FeatureDocument.tag`). */
  tags?: readonly string[] | undefined
  /** It has not been changed since the end of this second. */
  unmodifiedSince?: Date | undefined
}

export interface FeatureChangeOptions extends InputSystem {
  precondition?: Precondition | undefined
}

/** A feature after it was written. */
export interface WrittenFeature {
  fid: number
  tag: string
  modifiedAt: Date
}

/**
 * Inserts features, all of them or none, numbered in their order (right `insert`).
 * @throws NotFoundError, ForbiddenError, UnauthenticatedError, ValidationError (`features`, `crs`, `geometry`,
 * `properties.<name>`, these after `features[<index>].` for several)
 */
export async function insertFeatures(
  context: Context,
  principal: Principal,
  reference: DatasetReference,
  features: readonly FeatureInput[],
  system: InputSystem = {},
): Promise<{ dataset: DatasetRecord; features: WrittenFeature[] }> {
  if (features.length > INSERT_MAX_FEATURES)
    throw new ValidationError([{ attribute: 'features', message: `are more than ${INSERT_MAX_FEATURES}` }])
  const { dataset, result } = await withSchema(
    context,
    principal,
    reference,
    async (schema) => {
      const rows = featureRows(schema, features, system, true)
      return explained(schema, insertRows(context.db, principal, reference, schema, rows))
    },
    'insert',
  )
  refuseFaults(result.faults, features.length)
  return { dataset, features: result.rows.map((row) => written(dataset, row)) }
}

/**
 * Puts another feature in the place of one (right `update`); properties that are left out become null.
 * @throws as `insertFeatures`, NotFoundError (the feature), PreconditionFailedError
 */
export const replaceFeature = (
  context: Context,
  principal: Principal,
  reference: DatasetReference,
  fid: number | string,
  feature: FeatureInput,
  options: FeatureChangeOptions = {},
) => changeFeature(context, principal, reference, fid, feature, options, true)

/** Changes what is named of a feature (right `update`). @throws as `replaceFeature` */
export const updateFeature = (
  context: Context,
  principal: Principal,
  reference: DatasetReference,
  fid: number | string,
  change: FeatureInput,
  options: FeatureChangeOptions = {},
) => changeFeature(context, principal, reference, fid, change, options, false)

async function changeFeature(
  context: Context,
  principal: Principal,
  reference: DatasetReference,
  fid: number | string,
  feature: FeatureInput,
  { precondition = {}, ...system }: FeatureChangeOptions,
  isWhole: boolean,
): Promise<WrittenFeature & { dataset: DatasetRecord }> {
  const number = featureNumber(fid)
  const { dataset, result } = await withSchema(
    context,
    principal,
    reference,
    async (schema) => {
      const rows = featureRows(schema, [feature], system, isWhole)
      const holds = rowPrecondition(schema, precondition)
      const changing = updateRow(context.db, principal, reference, schema, number ?? '0', rows, holds)
      return explained(schema, changing)
    },
    'update',
  )
  refuseMissing(fid, result)
  refuseFaults(result.faults, 1)
  return { dataset, ...written(dataset, result.rows[0]!) }
}

/** Deletes a feature (right `delete_rows`). @throws as `replaceFeature` */
export async function deleteFeature(
  context: Context,
  principal: Principal,
  reference: DatasetReference,
  fid: number | string,
  precondition: Precondition = {},
): Promise<DatasetRecord> {
  const number = featureNumber(fid)
  const { dataset, result } = await withSchema(
    context,
    principal,
    reference,
    async (schema) => {
      const holds = rowPrecondition(schema, precondition)
      return deleteRow(context.db, principal, reference, schema, number ?? '0', holds)
    },
    'delete_rows',
  )
  refuseMissing(fid, result)
  return dataset
}

/** Deletes the features that are meant (right `delete_rows`). @throws as `insertFeatures`, FilterError */
export async function deleteFeatures(
  context: Context,
  principal: Principal,
  reference: DatasetReference,
  { fids, ...selection }: FeatureSelection & { fids?: readonly number[] | undefined },
): Promise<{ dataset: DatasetRecord; deleted: number }> {
  if (fids && (fids.length > INSERT_MAX_FEATURES || !fids.every((fid) => featureNumber(fid))))
    throw new ValidationError([
      { attribute: 'fids', message: `must be at most ${INSERT_MAX_FEATURES} numbers` },
    ])
  const { dataset, result } = await withSchema(
    context,
    principal,
    reference,
    async (schema) => {
      const conditions = { ...conditionsOn(schema, selection), fids }
      const deleting = deleteRows(context.db, principal, reference, schema, conditions)
      return explained(schema, deleting, selection)
    },
    'delete_rows',
  )
  return { dataset, deleted: result.touched }
}

const written = (dataset: DatasetRecord, { fid, revision, modifiedAt }: WrittenRow): WrittenFeature => ({
  tag: tagOf(dataset, revision),
  ...{ fid, modifiedAt },
})

const rowPrecondition = (
  schema: DatasetSchema,
  { tags, unmodifiedSince }: Precondition,
): RowPrecondition => ({
  revisions: tags ? revisionsOf(schema, tags) : null,
  unmodifiedSince: unmodifiedSince ?? null,
})

function refuseMissing(fid: number | string, { isThere, isAllowed }: ChangeResult): void {
  if (!isThere) throw new NotFoundError('Feature', fid)
  if (!isAllowed) throw new PreconditionFailedError('The feature has been changed meanwhile')
}

function refuseFaults(faults: readonly GeometryFault[], count: number): void {
  if (faults.length === 0) return
  throw new ValidationError(
    faults.map(({ index, reason, at }) => ({
      attribute: count > 1 ? `features[${index}].geometry` : 'geometry',
      message: `is not valid: ${reason}${at?.every((side) => side !== null) ? ` at ${at.join(' ')}` : ''}`,
    })),
  )
}

/** Errors of the database that come of what came in, in words for who sent it. */
async function explained<Result>(
  { srid }: DatasetSchema,
  writing: Promise<Result>,
  { filter, bbox }: FeatureSelection = {},
): Promise<Result> {
  try {
    return await writing
  } catch (error) {
    const fault = postgresError(error)
    if (!fault || !(fault.code === 'XX000' || fault.code.startsWith('22'))) throw error
    if (filter) throw new FilterError(`The filter cannot be computed: ${fault.message}`)
    if (bbox)
      throw new ValidationError([{ attribute: 'bbox', message: 'has no counterpart where the features are' }])
    throw new ValidationError([
      { attribute: 'geometry', message: `cannot be kept in EPSG:${srid}: ${fault.message}` },
    ])
  }
}
