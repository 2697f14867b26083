import { and, eq, inArray, sql } from 'drizzle-orm'
import type { Database } from './database.ts'
import { type ImportRow, mayManageImports } from './imports.ts'
import { updateMosaic } from './mosaic-changes.ts'
import { may } from './permissions.ts'
import type { Principal, SystemPrincipal } from './principal.ts'
import { importRows, imports, mosaicScans, resources, scans } from './schema.ts'

/** Compares and sets: an import that is ready, or has failed, runs. Returns whether this call made it so. */
export async function setImportRunning(db: Database, principal: Principal, id: number): Promise<boolean> {
  const changed = await db
    .update(imports)
    .set({ status: 'running', failure: null, finishedAt: null, updatedAt: sql`now()` })
    .where(and(eq(imports.id, id), inArray(imports.status, ['ready', 'failed']), mayManageImports(principal)))
    .returning({ id: imports.id })
  return changed.length > 0
}

/** The end of a run. Only an import that runs comes to one. */
export async function setImportEnded(
  db: Database,
  _principal: SystemPrincipal,
  id: number,
  status: 'ready' | 'finished' | 'failed',
  failure: string | null,
): Promise<void> {
  await db
    .update(imports)
    .set({ status, failure, finishedAt: status === 'ready' ? null : sql`now()`, updatedAt: sql`now()` })
    .where(and(eq(imports.id, id), eq(imports.status, 'running')))
}

/** Notes what became of a row, in the place of an earlier note. Nothing happens where the import is gone. */
export async function recordImportRow(
  db: Database,
  _principal: SystemPrincipal,
  importId: number,
  { line, scanId, outcome, detail }: ImportRow,
): Promise<void> {
  // A map that has been deleted meanwhile is not named.
  await db.execute(sql`
    insert into ${importRows} (import_id, line, scan_id, outcome, detail)
    select id, ${line}::int, (select s.id from scans s where s.id = ${scanId}::int), ${outcome}, ${detail}
    from ${imports} where id = ${importId}
    on conflict (import_id, line) do update
    set scan_id = excluded.scan_id, outcome = excluded.outcome, detail = excluded.detail`)
}

/** Forgets what became of the rows of an import that is run again. */
export async function deleteImportRows(
  db: Database,
  _principal: SystemPrincipal,
  importId: number,
): Promise<void> {
  await db.delete(importRows).where(eq(importRows.importId, importId))
}

/**
 * Lays the maps of an import on top of a mosaic, but for those it has; the platform does so for an administrator.
 * Returns how many found no place below `maxMembers`.
 */
export async function addImportToMosaic(
  db: Database,
  principal: SystemPrincipal,
  importId: number,
  mosaicId: number,
  maxMembers: number,
): Promise<number> {
  const [missing, [counted]] = await db.batch([
    db
      .select({ scanId: sql<number>`${importRows.scanId}` })
      .from(importRows)
      .where(
        and(
          eq(importRows.importId, importId),
          sql`${importRows.scanId} is not null`,
          sql`not exists (select 1 from mosaic_scans held
            where held.mosaic_id = ${mosaicId} and held.scan_id = ${importRows.scanId})`,
        ),
      )
      .groupBy(importRows.scanId)
      .orderBy(sql`min(${importRows.line})`),
    db
      .select({ members: sql<number>`count(*)::int` })
      .from(mosaicScans)
      .where(eq(mosaicScans.mosaicId, mosaicId)),
  ])
  const free = Math.max(0, maxMembers - (counted?.members ?? 0))
  const add = missing.slice(0, free).map(({ scanId }) => scanId)
  if (add.length > 0) await updateMosaic(db, principal, mosaicId, {}, { add, order: [] })
  return missing.length - add.length
}

/** The scan with this `unique_id`, where the principal may see it. */
export async function scanIdOfUniqueId(
  db: Database,
  principal: Principal,
  uniqueId: string,
): Promise<number | null> {
  const [row] = await db
    .select({ id: scans.id })
    .from(scans)
    .innerJoin(resources, eq(resources.id, scans.id))
    .where(and(eq(scans.uniqueId, uniqueId), may(principal, 'view')))
    .limit(1)
  return row?.id ?? null
}

/** Which of these originals a scan has adopted. */
export async function adoptedSourceKeys(
  db: Database,
  _principal: SystemPrincipal,
  keys: readonly string[],
): Promise<Set<string>> {
  if (keys.length === 0) return new Set()
  const rows = await db
    .select({ key: scans.sourceKey })
    .from(scans)
    .where(inArray(scans.sourceKey, [...keys]))
  return new Set(rows.map(({ key }) => key!))
}
