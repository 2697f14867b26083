import { deleteColumn, insertColumn, updateColumn } from '../../store/dataset-changes.ts'
import type { DatasetColumn, DatasetRecord, DatasetReference } from '../../store/datasets.ts'
import type { Principal } from '../../store/principal.ts'
import type { Context } from '../context.ts'
import { NotFoundError, ValidationError } from '../errors.ts'
import { COLUMNS_MAX, type ColumnInput, checkColumn } from './dataset-input.ts'
import { readDataset } from './datasets.ts'
import { requireRight } from './known-schemas.ts'

/** Changes of columns that somebody else's changes come before, in a row. */
const ATTEMPTS_MAX = 4

/**
 * Adds a property; it is null for the features there are (right `edit`).
 * @throws NotFoundError, ForbiddenError, UnauthenticatedError, ValidationError
 */
export function addColumn(
  context: Context,
  principal: Principal,
  reference: DatasetReference,
  column: ColumnInput,
): Promise<DatasetRecord> {
  const { name, type, title = null, description = null } = column
  return changeColumns(context, principal, reference, (dataset) => {
    checkColumn(column)
    if (dataset.columns.length >= COLUMNS_MAX)
      throw new ValidationError([
        { attribute: 'properties', message: `are too many (maximum is ${COLUMNS_MAX})` },
      ])
    refuseTaken(dataset, name)
    return insertColumn(context.db, principal, dataset, { name, type, title, description })
  })
}

/** Drops a property with its values. @throws as `addColumn` */
export const dropColumn = (
  context: Context,
  principal: Principal,
  reference: DatasetReference,
  name: string,
): Promise<DatasetRecord> =>
  changeColumns(context, principal, reference, (dataset) =>
    deleteColumn(context.db, principal, dataset, columnOf(dataset, name)),
  )

/** `undefined` leaves a value as it is. */
export interface ColumnChange {
  name?: string | undefined
  title?: string | null | undefined
  description?: string | null | undefined
}

/** Renames a property, or changes what is said of it. @throws as `addColumn` */
export const changeColumn = (
  context: Context,
  principal: Principal,
  reference: DatasetReference,
  name: string,
  change: ColumnChange,
): Promise<DatasetRecord> =>
  changeColumns(context, principal, reference, (dataset) => {
    const column = columnOf(dataset, name)
    const { name: newName = name, title = column.title, description = column.description } = change
    checkColumn({ name: newName, type: column.type, title, description })
    if (newName !== name) refuseTaken(dataset, newName)
    return updateColumn(context.db, principal, dataset, column, { name: newName, title, description })
  })

async function changeColumns(
  context: Context,
  principal: Principal,
  reference: DatasetReference,
  change: (dataset: DatasetRecord) => Promise<DatasetRecord | null>,
): Promise<DatasetRecord> {
  for (let i = 0; i < ATTEMPTS_MAX; i++) {
    const dataset = await readDataset(context, principal, reference)
    if (dataset.form !== 'vector') throw new NotFoundError('Dataset', reference)
    requireRight(principal, dataset, 'edit')
    const changed = await change(dataset)
    if (changed) return changed
  }
  throw new Error(`the columns of dataset ${reference} do not come to rest`)
}

function columnOf({ columns }: DatasetRecord, name: string): DatasetColumn {
  const column = columns.find((candidate) => candidate.name === name)
  if (column) return column
  throw new ValidationError([
    { attribute: `properties.${name.slice(0, 100)}`, message: 'is no property of the dataset' },
  ])
}

function refuseTaken({ columns }: DatasetRecord, name: string): void {
  if (columns.some((column) => column.name === name))
    throw new ValidationError([{ attribute: `properties.${name}`, message: 'is there already' }])
}
