import { and, asc, desc, eq, type SQL, sql } from 'drizzle-orm'
import { recordActivity } from './activity.ts'
import type { Database } from './database.ts'
import { may } from './permissions.ts'
import type { Principal } from './principal.ts'
import { isOfScan, isScan } from './scan-rows.ts'
import { gcps, resources, scans } from './schema.ts'

export interface GcpRecord {
  id: number
  scanId: number
  /** Image pixels, y down. */
  x: number
  y: number
  /** Degrees, as decimal text with up to 10 decimals. */
  lat: string
  lon: string
  name: string | null
  createdAt: Date
  updatedAt: Date
}

const columns = {
  id: gcps.id,
  scanId: gcps.scanId,
  x: gcps.x,
  y: gcps.y,
  lat: sql<string>`trim_scale(${gcps.lat})::text`,
  lon: sql<string>`trim_scale(${gcps.lon})::text`,
  name: gcps.name,
  createdAt: gcps.createdAt,
  updatedAt: gcps.updatedAt,
}

const visible = (principal: Principal): SQL =>
  sql`exists (select 1 from ${resources}
    where ${resources.id} = ${gcps.scanId} and ${isOfScan} and ${may(principal, 'view')})`

export async function findGcp(db: Database, principal: Principal, id: number): Promise<GcpRecord | null> {
  const [row] = await db
    .select(columns)
    .from(gcps)
    .where(and(eq(gcps.id, id), visible(principal)))
    .limit(1)
  return row ?? null
}

const selectPointsOf = (db: Database, principal: Principal, scanId: number) =>
  db
    .select(columns)
    .from(gcps)
    .where(and(eq(gcps.scanId, scanId), visible(principal)))
    .orderBy(asc(gcps.createdAt), asc(gcps.id))

/** All points of one scan in the order they were made. */
export async function gcpsOfScan(db: Database, principal: Principal, scanId: number): Promise<GcpRecord[]> {
  return selectPointsOf(db, principal, scanId)
}

export interface ScanPoints {
  id: number
  /** Pixels; null of a scan without an image. */
  width: number | null
  height: number | null
  points: GcpRecord[]
}

/** All points of one scan in the order they were made, with the size of its image; null where it is not to be seen. */
export async function findScanPoints(
  db: Database,
  principal: Principal,
  scanId: number,
): Promise<ScanPoints | null> {
  const [[scan], points] = await db.batch([
    db
      .select({ id: scans.id, width: scans.width, height: scans.height })
      .from(scans)
      .innerJoin(resources, isScan)
      .where(and(eq(scans.id, scanId), may(principal, 'view')))
      .limit(1),
    selectPointsOf(db, principal, scanId),
  ])
  return scan ? { ...scan, points } : null
}

const sortColumns = {
  map_id: gcps.scanId,
  lat: gcps.lat,
  lon: gcps.lon,
  x: gcps.x,
  y: gcps.y,
  created_at: gcps.createdAt,
  updated_at: gcps.updatedAt,
}

export type GcpSortKey = keyof typeof sortColumns
export const isGcpSortKey = (key: string): key is GcpSortKey => Object.hasOwn(sortColumns, key)

export interface GcpListing {
  page: number
  perPage: number
  sortKey: GcpSortKey
  ascending: boolean
  scanId?: number | undefined
}

export async function listGcps(
  db: Database,
  principal: Principal,
  listing: GcpListing,
): Promise<{ records: GcpRecord[]; total: number }> {
  const condition = and(
    visible(principal),
    listing.scanId === undefined ? sql`true` : eq(gcps.scanId, listing.scanId),
  )
  const direction = listing.ascending ? asc : desc
  const [records, [counted]] = await db.batch([
    db
      .select(columns)
      .from(gcps)
      .where(condition)
      .orderBy(direction(sortColumns[listing.sortKey]), direction(gcps.id))
      .limit(listing.perPage)
      .offset((listing.page - 1) * listing.perPage),
    db.select({ total: sql<number>`count(*)::int` }).from(gcps).where(condition),
  ])
  return { records, total: counted?.total ?? 0 }
}

export interface NewGcp {
  scanId: number
  x: number
  y: number
  lat: string
  lon: string
  name?: string | null | undefined
}

/** A change of its points moves the scan: its version, its time, the time its points were touched. */
const touchScans = (db: Database, ids: number[]) => {
  const list = sql.join(
    ids.map((id) => sql`${id}`),
    sql`, `,
  )
  return [
    db
      .update(resources)
      .set({ modifiedAt: sql`now()`, version: sql`${resources.version} + 1` })
      .where(sql`${resources.id} in (${list})`),
    db.update(scans).set({ gcpTouchedAt: sql`now()` }).where(sql`${scans.id} in (${list})`),
  ] as const
}

/** The points as rows of a CTE `given`, each once: of points with one scan, pixel and place the first counts. */
const givenPoints = (points: readonly NewGcp[]): SQL =>
  sql`given as (
      select distinct on ("scanId", x, y, round(lat, 10), round(lon, 10)) *
      from jsonb_to_recordset(${JSON.stringify(points.map((point, ordinal) => ({ ...point, ordinal })))}::jsonb)
        as p("scanId" int, x float8, y float8, lat numeric, lon numeric, name text, ordinal int)
      order by "scanId", x, y, round(lat, 10), round(lon, 10), ordinal
    )`

const INSERTED_COLUMNS = sql.raw(
  'id, scan_id, x, y, trim_scale(lat)::text as lat, trim_scale(lon)::text as lon, name, created_at, updated_at',
)

/** CTEs that record the rows of `inserted`, and move the scans that a query of ids names. */
const recordInserted = (principal: Principal, scanIds: SQL): SQL =>
  sql`recorded as (
      ${recordActivity(principal, 'Gcp', 'create', sql`select id, 1 as version from inserted`)}
    ), moved as (
      update ${resources} set modified_at = now(), version = version + 1 where id in (${scanIds})
    ), touched as (
      update ${scans} set gcp_touched_at = now() where id in (${scanIds})
    )`

const recordOf = (row: Record<string, unknown>): GcpRecord => ({
  id: Number(row.id),
  scanId: Number(row.scan_id),
  x: Number(row.x),
  y: Number(row.y),
  lat: String(row.lat),
  lon: String(row.lon),
  name: row.name === null ? null : String(row.name),
  createdAt: new Date(String(row.created_at)),
  updatedAt: new Date(String(row.updated_at)),
})

/**
 * Adds points, all or none, where the principal may view their scans; a point whose scan, pixel and place are those of
 * one that exists (or that stands earlier in the list) is left out. Returns the new points in the order of the list.
 */
export async function insertGcps(
  db: Database,
  principal: Principal,
  points: readonly NewGcp[],
): Promise<GcpRecord[]> {
  if (points.length === 0) return []
  const { rows } = await db.execute(sql`
    with ${givenPoints(points)}, inserted as (
      insert into ${gcps} (scan_id, x, y, lat, lon, name)
      select given."scanId", given.x, given.y, given.lat, given.lon, given.name
      from given join ${resources} on ${resources.id} = given."scanId" and ${isOfScan} and ${may(principal, 'view')}
      where not exists (
        select 1 from ${gcps} old where old.scan_id = given."scanId" and old.x = given.x and old.y = given.y
          and old.lat = round(given.lat, 10) and old.lon = round(given.lon, 10))
      order by given.ordinal
      returning ${INSERTED_COLUMNS}
    ), ${recordInserted(principal, sql`select scan_id from inserted`)}
    select * from inserted order by id`)
  return rows.map(recordOf)
}

/**
 * Puts points in the place of all that a scan has, in one transaction, where the principal may view the scan; of equal
 * points the first counts. Those who replace at the same time take turns.
 * @param points of this scan, whatever their `scanId` says
 * @returns the new points in the order of the list, and those that are gone
 */
export async function replaceGcps(
  db: Database,
  principal: Principal,
  scanId: number,
  points: readonly Omit<NewGcp, 'scanId'>[],
): Promise<{ created: GcpRecord[]; removed: GcpRecord[] }> {
  const permitted = sql`${resources.id} = ${scanId} and ${isOfScan} and ${may(principal, 'view')}`
  const [, { rows }] = await db.batch([
    db.execute(sql`select 1 from ${resources} where ${permitted} for update of ${resources}`),
    db.execute(sql`
      with ${givenPoints(points.map((point) => ({ ...point, scanId })))}, removed as (
        delete from ${gcps} where scan_id = ${scanId}
          and exists (select 1 from ${resources} where ${permitted})
        returning ${INSERTED_COLUMNS}, version
      ), inserted as (
        insert into ${gcps} (scan_id, x, y, lat, lon, name)
        select given."scanId", given.x, given.y, given.lat, given.lon, given.name
        from given join ${resources} on ${permitted}
        order by given.ordinal
        returning ${INSERTED_COLUMNS}
      ), recorded_removal as (
        ${recordActivity(principal, 'Gcp', 'destroy', sql`select id, version + 1 as version from removed`)}
      ), ${recordInserted(principal, sql`select scan_id from inserted union select scan_id from removed`)}
      select 'created' as change, inserted.* from inserted
      union all
      select 'removed', id, scan_id, x, y, lat, lon, name, created_at, updated_at from removed
      order by id`),
  ])
  const records = (change: string) => rows.filter((row) => row.change === change).map(recordOf)
  return { created: records('created'), removed: records('removed') }
}

/** Changes a point where the principal may view its scan (and the scan it moves to). */
export async function updateGcp(
  db: Database,
  principal: Principal,
  current: GcpRecord,
  patch: Partial<NewGcp>,
): Promise<void> {
  const touched = [current.scanId, ...(patch.scanId === undefined ? [] : [patch.scanId])]
  await db.batch([
    db
      .update(gcps)
      .set({
        ...Object.fromEntries(Object.entries(patch).filter(([, value]) => value !== undefined)),
        updatedAt: sql`now()`,
        version: sql`${gcps.version} + 1`,
      })
      .where(and(eq(gcps.id, current.id), visible(principal))),
    db.execute(
      recordActivity(
        principal,
        'Gcp',
        'update',
        sql`select ${gcps.id} from ${gcps} where ${gcps.id} = ${current.id} and ${visible(principal)}`,
      ),
    ),
    ...touchScans(db, touched),
  ])
}

export async function deleteGcp(db: Database, principal: Principal, current: GcpRecord): Promise<void> {
  const deletable = sql`select ${gcps.id} from ${gcps} where ${gcps.id} = ${current.id} and ${visible(principal)}`
  await db.batch([
    db.execute(sql`${deletable} for update`),
    db.execute(recordActivity(principal, 'Gcp', 'destroy', deletable)),
    db.delete(gcps).where(and(eq(gcps.id, current.id), visible(principal))),
    ...touchScans(db, [current.scanId]),
  ])
}
