import {
  type DatasourceAttributes,
  type DatasourceRecord,
  type DatasourceSort,
  deleteDatasource,
  findDatasource,
  insertDatasource,
  listDatasources as listVisible,
  updateDatasource,
} from '../../store/datasources.ts'
import type { ListSlice } from '../../store/list-slice.ts'
import type { Principal } from '../../store/principal.ts'
import type { Context } from '../context.ts'
import { ForbiddenError, NotFoundError, UnauthenticatedError } from '../errors.ts'
import { checkJson } from '../storable-json.ts'
import { ATTRIBUTES_MAX_CHARACTERS, checkName } from './map-input.ts'

export type { DatasourceAttributes, DatasourceRecord, DatasourceSort } from '../../store/datasources.ts'

/** @throws NotFoundError where there is none or the principal may not see it */
export async function readDatasource(
  context: Context,
  principal: Principal,
  id: number,
): Promise<DatasourceRecord> {
  const record = await findDatasource(context.db, principal, id)
  if (!record) throw new NotFoundError('Datasource', id)
  return record
}

/** A page of the datasources a principal sees. */
export const listDatasources = (
  context: Context,
  principal: Principal,
  listing: ListSlice<DatasourceSort> & { type: number | null },
) => listVisible(context.db, principal, listing)

/** Makes a datasource that only its owner sees. @throws UnauthenticatedError, ValidationError */
export async function createDatasource(
  context: Context,
  principal: Principal,
  attributes: DatasourceAttributes & { name: string; type: number },
): Promise<number> {
  if (principal.kind === 'anonymous') throw new UnauthenticatedError()
  checkAttributes(attributes)
  return insertDatasource(context.db, principal, attributes)
}

/** Changes a datasource (right `edit`). @throws NotFoundError, ForbiddenError, UnauthenticatedError, ValidationError */
export async function changeDatasource(
  context: Context,
  principal: Principal,
  id: number,
  change: DatasourceAttributes,
): Promise<void> {
  checkAttributes(change)
  if (!(await updateDatasource(context.db, principal, id, change))) await refuse(context, principal, id)
}

/** Deletes a datasource (right `own`). @throws NotFoundError, ForbiddenError, UnauthenticatedError */
export async function removeDatasource(context: Context, principal: Principal, id: number): Promise<void> {
  if (!(await deleteDatasource(context.db, principal, id))) await refuse(context, principal, id)
}

async function refuse(context: Context, principal: Principal, id: number): Promise<never> {
  await readDatasource(context, principal, id)
  throw principal.kind === 'anonymous' ? new UnauthenticatedError() : new ForbiddenError()
}

function checkAttributes({ name, params }: DatasourceAttributes): void {
  if (name !== undefined) checkName(name)
  if (params !== undefined) checkJson('params', params, ATTRIBUTES_MAX_CHARACTERS)
}
