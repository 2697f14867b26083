import { WGS_84 } from '../../geo/crs/reference-system.ts'
import { deleteDataset, updateDataset } from '../../store/dataset-changes.ts'
import {
  type DatasetListing,
  type DatasetRecord,
  type DatasetReference,
  findDataset,
  freeDatasetName,
  insertDataset,
  listDatasets as listVisible,
  NameTaken,
} from '../../store/datasets.ts'
import { deletePrefix, objectKeys } from '../../store/objects.ts'
import type { Principal } from '../../store/principal.ts'
import type { Context } from '../context.ts'
import { NameTakenError, NotFoundError, UnauthenticatedError } from '../errors.ts'
import {
  checkDatasetChange,
  checkDatasetInput,
  type DatasetChange,
  type DatasetInput,
} from './dataset-input.ts'
import { slugOf } from './import/dataset-name.ts'
import { requireRight } from './known-schemas.ts'
import { discardRaster } from './raster/discard-raster.ts'
import { requireSystem } from './reference-systems.ts'

export type {
  DatasetColumn,
  DatasetListing,
  DatasetRecord,
  DatasetReference,
} from '../../store/datasets.ts'
export type { ColumnInput, DatasetChange, DatasetInput } from './dataset-input.ts'

/** @throws NotFoundError where there is none or the principal may not see it */
export async function readDataset(
  context: Context,
  principal: Principal,
  reference: DatasetReference,
): Promise<DatasetRecord> {
  const record = await findDataset(context.db, principal, reference)
  if (!record) throw new NotFoundError('Dataset', reference)
  return record
}

/** A page of the datasets a principal sees, by number. */
export const listDatasets = (context: Context, principal: Principal, page: DatasetListing) =>
  listVisible(context.db, principal, page)

/** Makes an empty dataset. @throws UnauthenticatedError, ValidationError, NameTakenError */
export async function createDataset(
  context: Context,
  principal: Principal,
  input: DatasetInput,
): Promise<DatasetRecord> {
  if (principal.kind === 'anonymous') throw new UnauthenticatedError()
  checkDatasetInput(input)
  const {
    title,
    abstract = null,
    tags = [],
    dimensions = 'XY',
    srid = WGS_84,
    columns,
    isPublic,
    geometryType,
    isNameUniqueToOwner = false,
  } = input
  requireSystem('crs', srid)
  const name = input.name ?? (await freeDatasetName(context.db, principal, slugOf(title)))
  const inserting = insertDataset(context.db, principal, {
    ...{ name, title, abstract, tags: [...tags], geometryType, dimensions, srid, isPublic },
    isNameUniqueToOwner,
    columns: columns.map(({ title, description, ...column }) => ({
      ...column,
      title: title ?? null,
      description: description ?? null,
    })),
  })
  const id = await inserting.catch((error) => {
    throw error instanceof NameTaken ? new NameTakenError('Dataset', name) : error
  })
  return readDataset(context, principal, id)
}

/**
 * Changes what is said of a dataset (right `edit`), and who sees it (right `share`).
 * @throws NotFoundError, ForbiddenError, UnauthenticatedError, ValidationError
 */
export async function changeDataset(
  context: Context,
  principal: Principal,
  reference: DatasetReference,
  { tags, ...change }: DatasetChange,
): Promise<DatasetRecord> {
  const dataset = await readDataset(context, principal, reference)
  const { isPublic, ...said } = { ...change, tags: tags && [...tags] }
  const isEdited = Object.values(said).some((value) => value !== undefined)
  if (isEdited || isPublic === undefined) requireRight(principal, dataset, 'edit')
  if (isPublic !== undefined) requireRight(principal, dataset, 'share')
  checkDatasetChange(said)
  if (!isEdited && isPublic === undefined) return dataset
  const changed = await updateDataset(context.db, principal, dataset.id, { ...said, isPublic })
  return changed ?? readDataset(context, principal, dataset.id)
}

/**
 * Deletes a dataset, its features and its objects (right `own`). Returns it as it was.
 * @throws NotFoundError, ForbiddenError, UnauthenticatedError
 */
export async function removeDataset(
  context: Context,
  principal: Principal,
  reference: DatasetReference,
): Promise<DatasetRecord> {
  const dataset = await readDataset(context, principal, reference)
  requireRight(principal, dataset, 'own')
  if (!(await deleteDataset(context.db, principal, dataset.id))) throw new NotFoundError('Dataset', reference)
  if (dataset.form === 'raster') await discardRaster(context, dataset.id)
  else await deletePrefix(context.bucket, objectKeys.datasetPrefix(dataset.id))
  return dataset
}
