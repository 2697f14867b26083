import { and, asc, desc, eq, inArray, type SQL, sql } from 'drizzle-orm'
import type { Database } from './database.ts'
import { may } from './permissions.ts'
import { hasRole, type Principal } from './principal.ts'
import { type ScanRecord, selectScans } from './scans.ts'
import { type ImportPicture, importRows, imports, mosaics, resources, scans } from './schema.ts'

export type { ImportPicture } from './schema.ts'

/** The order is the order of `sort_key=status`. */
export const IMPORT_STATUSES = ['ready', 'running', 'finished', 'failed'] as const
export type ImportStatus = (typeof IMPORT_STATUSES)[number]

export type RowOutcome = 'created' | 'found' | 'skipped' | 'failed'

/** What became of one row of an import's table. */
export interface ImportRow {
  /** Line of the table the row begins in, from 1; 0 for what concerns no row. */
  line: number
  /** The map the row made or found. */
  scanId: number | null
  outcome: RowOutcome
  /** What is wrong, for a person. */
  detail: string | null
}

export interface RowFault {
  line: number
  detail: string
}

/** Imports are the administrators', and the platform's that runs them. */
export const mayManageImports = (principal: Principal): SQL =>
  principal.kind === 'system' || hasRole(principal, 'administrator') ? sql`true` : sql`false`

const columns = (principal: Principal) => ({
  id: imports.id,
  name: imports.name,
  userId: imports.userId,
  status: sql<ImportStatus>`${imports.status}`,
  failure: imports.failure,
  metadataKey: imports.metadataKey,
  pictureCount: sql<number>`jsonb_array_length(${imports.pictures})`,
  layerIds: imports.layerIds,
  createdAt: imports.createdAt,
  updatedAt: imports.updatedAt,
  finishedAt: imports.finishedAt,
  /** The maps of its rows, in the order of the rows. */
  scanIds: sql<number[]>`(
    select coalesce(jsonb_agg(made.scan_id order by made.line), '[]') from (
      select r.scan_id, min(r.line) as line from import_rows r
      join ${resources} on ${resources}.id = r.scan_id and ${may(principal, 'view')}
      where r.import_id = imports.id group by r.scan_id) made)`,
  /** How many rows came to which end. */
  outcomes: sql<Partial<Record<RowOutcome, number>>>`(
    select coalesce(jsonb_object_agg(ended.outcome, ended.count), '{}') from (
      select r.outcome, count(*) from import_rows r
      where r.import_id = imports.id and r.line > 0 group by r.outcome) ended)`,
})

const selectImports = (db: Database, principal: Principal) =>
  db.select(columns(principal)).from(imports).$dynamic()

const selectImport = (db: Database, principal: Principal, id: SQL | number) =>
  selectImports(db, principal).where(and(eq(imports.id, id), mayManageImports(principal)))

export type ImportRecord = Awaited<ReturnType<typeof selectImports>>[number]

export async function findImport(
  db: Database,
  principal: Principal,
  id: number,
): Promise<ImportRecord | null> {
  const [record] = await selectImport(db, principal, id)
  return record ?? null
}

/** The pictures of an import; none where it is gone. */
export async function picturesOfImport(
  db: Database,
  principal: Principal,
  id: number,
): Promise<ImportPicture[]> {
  const [row] = await db
    .select({ pictures: imports.pictures })
    .from(imports)
    .where(and(eq(imports.id, id), mayManageImports(principal)))
  return row?.pictures ?? []
}

/** An import with what is wrong with its rows, by line. */
export async function findImportWithFaults(
  db: Database,
  principal: Principal,
  id: number,
): Promise<{ record: ImportRecord; faults: RowFault[] } | null> {
  const [[record], faults] = await db.batch([
    selectImport(db, principal, id),
    db
      .select({ line: importRows.line, detail: sql<string>`${importRows.detail}` })
      .from(importRows)
      .where(
        and(eq(importRows.importId, id), sql`${importRows.detail} is not null`, mayManageImports(principal)),
      )
      .orderBy(importRows.line),
  ])
  return record ? { record, faults } : null
}

const sortColumns = {
  id: sql`${imports.id}`,
  name: sql`${imports.name}`,
  user_id: sql`${imports.userId}`,
  status: sql`array_position(${sql.raw(`array['${IMPORT_STATUSES.join("','")}']`)}, ${imports.status})`,
  created_at: sql`${imports.createdAt}`,
  updated_at: sql`${imports.updatedAt}`,
  finished_at: sql`${imports.finishedAt}`,
} satisfies Record<string, SQL>

export type ImportSortKey = keyof typeof sortColumns
export const isImportSortKey = (key: string): key is ImportSortKey => Object.hasOwn(sortColumns, key)

export interface ImportListing {
  page: number
  perPage: number
  sortKey: ImportSortKey
  ascending: boolean
}

/** A page of all imports, and how many there are in all. */
export async function listImports(
  db: Database,
  principal: Principal,
  { page, perPage, sortKey, ascending }: ImportListing,
): Promise<{ records: ImportRecord[]; total: number }> {
  const sort = sortColumns[sortKey]
  const [records, [counted]] = await db.batch([
    selectImports(db, principal)
      .where(mayManageImports(principal))
      .orderBy(
        ascending ? sql`${sort} asc nulls first` : sql`${sort} desc nulls last`,
        ascending ? asc(imports.id) : desc(imports.id),
      )
      .limit(perPage)
      .offset((page - 1) * perPage),
    db.select({ total: sql<number>`count(*)::int` }).from(imports).where(mayManageImports(principal)),
  ])
  return { records, total: counted?.total ?? 0 }
}

/** A page of the maps of an import that has finished, by the time they were made. */
export async function listImportScans(
  db: Database,
  principal: Principal,
  importId: number,
  { page, perPage, ascending }: Omit<ImportListing, 'sortKey'>,
): Promise<{ records: ScanRecord[]; total: number }> {
  const condition = and(
    may(principal, 'view'),
    mayManageImports(principal),
    sql`${resources.id} in (select r.scan_id from import_rows r join imports on imports.id = r.import_id
      where r.import_id = ${importId} and imports.status = 'finished')`,
  )
  const direction = ascending ? asc : desc
  const [records, [counted]] = await db.batch([
    selectScans(db, principal)
      .where(condition)
      .orderBy(direction(resources.createdAt), direction(resources.id))
      .limit(perPage)
      .offset((page - 1) * perPage),
    db
      .select({ total: sql<number>`count(*)::int` })
      .from(resources)
      .innerJoin(scans, eq(scans.id, resources.id))
      .where(condition),
  ])
  return { records, total: counted?.total ?? 0 }
}

export interface NewImport {
  name: string
  userId: number
  metadataKey: string
  pictures: ImportPicture[]
  layerIds: number[]
}

export async function insertImport(
  db: Database,
  principal: Principal,
  values: NewImport,
): Promise<ImportRecord> {
  if (!hasRole(principal, 'administrator')) throw new Error('only administrators make imports')
  const id = sql`currval(pg_get_serial_sequence('imports','id'))::int`
  const [, [record]] = await db.batch([db.insert(imports).values(values), selectImport(db, principal, id)])
  if (!record) throw new Error('the inserted import did not come back')
  return record
}

/** Changes what a person may say about an import. Null where it is gone. */
export async function updateImport(
  db: Database,
  principal: Principal,
  id: number,
  values: { name?: string; layerIds?: number[] },
): Promise<ImportRecord | null> {
  const [, [record]] = await db.batch([
    db
      .update(imports)
      .set({ ...values, updatedAt: sql`now()` })
      .where(and(eq(imports.id, id), mayManageImports(principal))),
    selectImport(db, principal, id),
  ])
  return record ?? null
}

/** Deletes an import; its maps and layers stay. Returns whether there was one that the principal may delete. */
export async function deleteImport(db: Database, principal: Principal, id: number): Promise<boolean> {
  const deleted = await db
    .delete(imports)
    .where(and(eq(imports.id, id), mayManageImports(principal)))
    .returning({ id: imports.id })
  return deleted.length > 0
}

/** Which of these mosaics the principal may see. */
export async function visibleMosaicIds(
  db: Database,
  principal: Principal,
  ids: readonly number[],
): Promise<Set<number>> {
  if (ids.length === 0) return new Set()
  const rows = await db
    .select({ id: mosaics.id })
    .from(mosaics)
    .innerJoin(resources, eq(resources.id, mosaics.id))
    .where(and(inArray(mosaics.id, [...ids]), may(principal, 'view')))
  return new Set(rows.map(({ id }) => id))
}
