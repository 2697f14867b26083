import { and, eq, sql } from 'drizzle-orm'
import type { MaskPolygons } from '../geo/mask-polygons.ts'
import { recordActivity } from './activity.ts'
import type { Database } from './database.ts'
import { may } from './permissions.ts'
import type { Principal } from './principal.ts'
import { isScan } from './scan-rows.ts'
import { type ScanRecord, selectScans } from './scans.ts'
import { rectifications, resources, scanMasks, scans } from './schema.ts'

export interface Mask {
  /** As it was sent, y up. */
  gml: string
  polygons: MaskPolygons
}

/** The scan, where the principal may change its mask: who sees a scan and has an account may. */
const maskable = (principal: Principal, scanId: number) => sql`
  select ${scans.id} from ${scans} join ${resources} on ${isScan}
  where ${scans.id} = ${scanId} and ${may(principal, 'view')} and ${principal.kind !== 'anonymous'}::bool`

const held = (principal: Principal, scanId: number) => sql`${maskable(principal, scanId)} for update`

/** The scan after a change, as the last statement of the change's transaction. */
const changedScan = (db: Database, principal: Principal, scanId: number) =>
  selectScans(db, principal)
    .where(and(eq(resources.id, scanId), may(principal, 'view')))
    .limit(1)

/** What a change of the mask means for the scan of each row of `changed` (a `scan_id`): it moves, and that is recorded. */
const moveScan = (principal: Principal) => sql`moved as (
    update ${resources} set modified_at = now(), version = version + 1
    from changed where ${resources.id} = changed.scan_id
    returning ${resources.id}
  )
  ${recordActivity(principal, 'Map', 'update', sql`select id from moved`)}`

/** The mask of a scan, if it has one and the principal may see it. */
export async function findMask(db: Database, principal: Principal, scanId: number): Promise<Mask | null> {
  const [row] = await db
    .select({ gml: scanMasks.gml, polygons: scanMasks.polygons })
    .from(scanMasks)
    .innerJoin(resources, eq(resources.id, scanMasks.scanId))
    .where(and(eq(scanMasks.scanId, scanId), may(principal, 'view')))
    .limit(1)
  return row ?? null
}

/** What rectifications of a masked scan are cut by; null where it is not masked. */
export async function appliedMask(
  db: Database,
  principal: Principal,
  scanId: number,
): Promise<MaskPolygons | null> {
  const [row] = await db
    .select({ applied: scanMasks.applied })
    .from(scanMasks)
    .innerJoin(scans, eq(scans.id, scanMasks.scanId))
    .innerJoin(resources, eq(resources.id, scanMasks.scanId))
    .where(and(eq(scanMasks.scanId, scanId), eq(scans.maskStatus, 'masked'), may(principal, 'view')))
    .limit(1)
  return row?.applied ?? null
}

/**
 * Keeps a mask in the place of the one before. A masked scan is stale then, unless the mask is applied at once. Returns
 * the scan, or null where there is none or the principal may not see it.
 * @param apply rectifications are cut by it from here on, too
 */
export async function saveMask(
  db: Database,
  principal: Principal,
  scanId: number,
  { gml, polygons }: Mask,
  apply: boolean,
): Promise<ScanRecord | null> {
  const saved = JSON.stringify(polygons)
  const [, , [scan]] = await db.batch([
    db.execute(held(principal, scanId)),
    db.execute(sql`
      with changed as (
        insert into ${scanMasks} (scan_id, gml, polygons, applied)
        select id, ${gml}, ${saved}::jsonb, ${apply ? saved : null}::jsonb
        from (${maskable(principal, scanId)}) scan
        on conflict (scan_id) do update set gml = excluded.gml, polygons = excluded.polygons, saved_at = now(),
          applied = coalesce(excluded.applied, scan_masks.applied)
        returning scan_id, polygons, applied
      ), marked as (
        update ${scans} set
          mask_status = case when ${apply}::bool then 'masked' else mask_status end,
          mask_stale = mask_status = 'masked' and changed.polygons is distinct from changed.applied
        from changed where ${scans.id} = changed.scan_id
      ), ${moveScan(principal)}`),
    changedScan(db, principal, scanId),
  ])
  return scan ?? null
}

/** Has rectifications cut by the saved mask from here on. Returns the scan, and whether it has a mask. */
export async function applyMask(
  db: Database,
  principal: Principal,
  scanId: number,
): Promise<{ scan: ScanRecord | null; hasMask: boolean }> {
  const [, { rows }, [scan]] = await db.batch([
    db.execute(held(principal, scanId)),
    db.execute(sql`
      with changed as (
        update ${scanMasks} set applied = polygons
        where ${scanMasks.scanId} in (${maskable(principal, scanId)})
        returning scan_id
      ), marked as (
        update ${scans} set mask_status = 'masked', mask_stale = false
        from changed where ${scans.id} = changed.scan_id
      ), ${moveScan(principal)}
      returning auditable_id`),
    changedScan(db, principal, scanId),
  ])
  return { scan: scan ?? null, hasMask: rows.length > 0 }
}

/** Forgets a scan's mask, if it has one: rectifications are no longer cut. Returns the scan as `saveMask` does. */
export async function deleteMask(
  db: Database,
  principal: Principal,
  scanId: number,
): Promise<ScanRecord | null> {
  const [, , [scan]] = await db.batch([
    db.execute(held(principal, scanId)),
    db.execute(sql`
      with changed as (
        delete from ${scanMasks} where ${scanMasks.scanId} in (${maskable(principal, scanId)})
        returning scan_id
      ), marked as (
        update ${scans} set mask_status = 'unmasked', mask_stale = false
        from changed where ${scans.id} = changed.scan_id
      ), ${moveScan(principal)}`),
    changedScan(db, principal, scanId),
  ])
  return scan ?? null
}

/**
 * Statements of the transaction that begins a rectification: the scan's mask, saved and applied, becomes the one it is
 * cut by. Nothing happens where no rectification of the scan is under way.
 */
export function restoreMask(db: Database, scanId: number, { gml, polygons }: Mask) {
  const begun = sql`exists (select 1 from ${rectifications}
    where ${rectifications.scanId} = ${scanId} and ${rectifications.state} = 'running')`
  const saved = JSON.stringify(polygons)
  return [
    db.execute(sql`
      insert into ${scanMasks} (scan_id, gml, polygons, applied)
      select ${scanId}::int, ${gml}, ${saved}::jsonb, ${saved}::jsonb where ${begun}
      on conflict (scan_id) do update set applied = excluded.applied, polygons = excluded.polygons,
        gml = case when scan_masks.polygons = excluded.polygons then scan_masks.gml else excluded.gml end`),
    db.execute(sql`update ${scans} set mask_status = 'masked', mask_stale = false
      where ${scans.id} = ${scanId} and ${begun}`),
  ] as const
}
