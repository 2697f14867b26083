import { FormatError } from '../../formats/format-error.ts'
import { readImportTable } from '../../formats/import-table.ts'
import { postgresError } from '../../store/database.ts'
import { adoptedSourceKeys, setImportEnded, setImportRunning } from '../../store/import-runs.ts'
import {
  deleteImport,
  findImport,
  findImportWithFaults,
  type ImportListing,
  type ImportRecord,
  insertImport,
  listImportScans,
  listImports,
  type RowFault,
  updateImport,
  visibleMosaicIds,
} from '../../store/imports.ts'
import { importUuidOf, objectKeys } from '../../store/objects.ts'
import { hasRole, type Principal, type SystemPrincipal, type UserPrincipal } from '../../store/principal.ts'
import type { ScanRecord } from '../../store/scans.ts'
import type { Context } from '../context.ts'
import { ForbiddenError, ImportNotReadyError, NotFoundError, ValidationError } from '../errors.ts'
import { fillLayer } from './fill-layer.ts'
import { discardImport, type StagedImport } from './stage-import.ts'

export { isImportSortKey } from '../../store/imports.ts'

export const TABLE_ROWS_MAX = 5000

const importer: SystemPrincipal = { kind: 'system', reason: 'import' }

/** What a person may say about an import. */
export interface ImportAttributes {
  name: string
  layerIds: number[]
}

/** @throws ForbiddenError who does not administer has nothing to do with imports */
export function requireAdministrator(principal: UserPrincipal): UserPrincipal {
  if (!hasRole(principal, 'administrator')) throw new ForbiddenError()
  return principal
}

/** An import with what is wrong with its rows. @throws NotFoundError */
export async function readImport(
  context: Context,
  principal: Principal,
  id: number,
): Promise<{ record: ImportRecord; faults: RowFault[] }> {
  const found = await findImportWithFaults(context.db, principal, id)
  if (!found) throw new NotFoundError('Import', id)
  return found
}

export const listAllImports = (context: Context, principal: Principal, listing: ImportListing) =>
  listImports(context.db, principal, listing)

/** A page of an import's maps, none before it has finished. @throws NotFoundError */
export async function listScansOfImport(
  context: Context,
  principal: Principal,
  id: number,
  listing: Omit<ImportListing, 'sortKey'>,
): Promise<{ records: ScanRecord[]; total: number }> {
  const page = await listImportScans(context.db, principal, id, listing)
  if (page.total === 0) await requireImport(context, principal, id)
  return page
}

/**
 * Makes an import of what has been staged; when this throws, nothing of it stays in the bucket.
 * @throws ValidationError (the table), NotFoundError (a layer)
 */
export async function createImport(
  context: Context,
  principal: UserPrincipal,
  attributes: ImportAttributes,
  { uuid, pictures, table }: StagedImport & { table: Uint8Array },
): Promise<ImportRecord> {
  const metadataKey = objectKeys.importTable(uuid)
  try {
    requireReadableTable(table)
    await requireLayers(context, principal, attributes.layerIds)
    await context.bucket.put(metadataKey, table, { httpMetadata: { contentType: 'text/csv' } })
  } catch (error) {
    await discardImport(context, uuid)
    throw error
  }
  const values = { ...attributes, userId: principal.id, metadataKey, pictures }
  return insertImport(context.db, principal, values).catch(async (error) => {
    // Where the database has not said no, the row may be there and need its objects.
    if (postgresError(error)) await discardImport(context, uuid)
    throw error
  })
}

/** Changes an import. The layers of one that has finished get its maps at once. @throws NotFoundError, ValidationError */
export async function changeImport(
  context: Context,
  principal: UserPrincipal,
  id: number,
  changes: Partial<ImportAttributes>,
): Promise<ImportRecord> {
  await requireLayers(context, principal, changes.layerIds ?? [])
  const record = await updateImport(context.db, principal, id, changes)
  if (!record) throw new NotFoundError('Import', id)
  if (record.status === 'finished' && changes.layerIds) await fillLayers(context, record)
  return record
}

/** Deletes an import with the files nothing has come of. Its maps and layers stay. @throws NotFoundError */
export async function removeImport(
  context: Context,
  principal: UserPrincipal,
  id: number,
): Promise<{ record: ImportRecord; faults: RowFault[] }> {
  const found = await readImport(context, principal, id)
  await context.jobs.cancelImport(id)
  if (!(await deleteImport(context.db, principal, id))) throw new NotFoundError('Import', id)
  const uuid = importUuidOf(found.record.metadataKey)
  await discardImport(context, uuid)
  await discardOrphans(context, uuid)
  return found
}

/** Deletes originals that a row was interrupted before it could adopt them. */
async function discardOrphans({ bucket, db }: Context, uuid: string): Promise<void> {
  let cursor: string | undefined
  do {
    const page = await bucket.list({
      prefix: objectKeys.importedSourcePrefix(uuid),
      ...(cursor ? { cursor } : {}),
    })
    const keys = page.objects.map(({ key }) => key)
    const adopted = await adoptedSourceKeys(db, importer, keys)
    const orphans = keys.filter((key) => !adopted.has(key))
    if (orphans.length > 0) await bucket.delete(orphans)
    cursor = page.truncated ? page.cursor : undefined
  } while (cursor)
}

/**
 * Begins to run an import that is ready, or has failed.
 * @throws NotFoundError, ImportNotReadyError
 */
export async function startImport(
  context: Context,
  principal: UserPrincipal,
  id: number,
): Promise<{ record: ImportRecord; faults: RowFault[] }> {
  if (!(await setImportRunning(context.db, principal, id))) {
    const { status } = await requireImport(context, principal, id)
    // The job of one that is said to run may have been lost between the row and its start.
    if (status === 'running') await context.jobs.startImport(id)
    throw new ImportNotReadyError(status)
  }
  try {
    await context.jobs.startImport(id)
  } catch (error) {
    await setImportEnded(context.db, importer, id, 'ready', null)
    throw error
  }
  return readImport(context, principal, id)
}

/** @throws ValidationError where a layer has no place for all maps */
async function fillLayers(context: Context, { id, layerIds }: ImportRecord): Promise<void> {
  for (const layerId of layerIds) {
    const note = await fillLayer(context, id, layerId)
    if (note) throw new ValidationError([{ attribute: 'layer_ids', message: `name a full one: ${note}` }])
  }
}

async function requireImport(context: Context, principal: Principal, id: number): Promise<ImportRecord> {
  const record = await findImport(context.db, principal, id)
  if (!record) throw new NotFoundError('Import', id)
  return record
}

function requireReadableTable(table: Uint8Array): void {
  try {
    readImportTable(table, TABLE_ROWS_MAX)
  } catch (error) {
    if (!(error instanceof FormatError)) throw error
    throw new ValidationError([{ attribute: 'metadata', message: `is ${error.message}` }])
  }
}

async function requireLayers(context: Context, principal: Principal, ids: readonly number[]): Promise<void> {
  const visible = await visibleMosaicIds(context.db, principal, ids)
  const missing = ids.find((id) => !visible.has(id))
  if (missing !== undefined) throw new NotFoundError('Layer', missing)
}
