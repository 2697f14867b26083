import type { GeometryType } from '../../store/dataset-types.ts'
import type { DatasetRecord } from '../../store/datasets.ts'
import type { ListPart } from '../../store/list-slice.ts'
import type { Principal } from '../../store/principal.ts'
import { listTables as listVisible, type TableListing, type TableRecord } from '../../store/tables.ts'
import type { Context } from '../context.ts'
import { type ColumnInput, createDataset, readDataset, removeDataset } from '../datasets/datasets.ts'
import { NotFoundError } from '../errors.ts'

export type { TableListing, TableRecord, TableSort } from '../../store/tables.ts'

/** The principal as it names tables: a name means its own table before anybody else's. */
export const ownFirst = <P extends Principal>(principal: P): P =>
  principal.kind === 'system' ? principal : { ...principal, ownFirst: true }

/** A page of the tables that a principal sees. */
export const listTables = (
  context: Context,
  principal: Principal,
  listing: TableListing,
): Promise<ListPart<TableRecord>> => listVisible(context.db, principal, listing)

/** @throws NotFoundError where there is none or the principal may not see it */
export async function readTable(
  context: Context,
  principal: Principal,
  name: string,
): Promise<DatasetRecord> {
  const dataset = await readDataset(context, ownFirst(principal), name)
  if (dataset.form !== 'vector') throw new NotFoundError('Dataset', name)
  return dataset
}

export interface TableInput {
  name: string
  /** Null for a table without geometry. */
  geometryType: GeometryType | null
  dimensions?: DatasetRecord['dimensions'] | undefined
  srid?: number | undefined
  columns: readonly ColumnInput[]
}

/**
 * Makes an empty table that only its owner sees.
 * @throws UnauthenticatedError, ValidationError, NameTakenError where the owner has one of the name
 */
export const createTable = (
  context: Context,
  principal: Principal,
  { name, ...input }: TableInput,
): Promise<DatasetRecord> =>
  createDataset(context, principal, {
    ...input,
    name,
    title: name,
    isPublic: false,
    isNameUniqueToOwner: true,
  })

/** Deletes a table with its rows (right `own`). @throws NotFoundError, ForbiddenError, UnauthenticatedError */
export async function removeTable(context: Context, principal: Principal, name: string): Promise<void> {
  await removeDataset(context, ownFirst(principal), (await readTable(context, principal, name)).id)
}
