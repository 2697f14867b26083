import { type SQL, sql } from 'drizzle-orm'
import type { Database } from './database.ts'
import { isPublic } from './permissions.ts'
import { mosaicScans, resources, scans } from './schema.ts'

/** Mosaics that one of the scans of the query `scanIds` (a column of ids) is a member of. */
const mosaicsOf = (scanIds: SQL): SQL =>
  sql`select ${mosaicScans.mosaicId} from ${mosaicScans} where ${mosaicScans.scanId} in (${scanIds})`

/** The envelope of the rectified members of the row `mosaic` that everyone may see; null where there are none. */
const memberExtent = (without: SQL): SQL => sql`(
  select ST_MakeEnvelope(
    min(ST_XMin(${resources.extent})), min(ST_YMin(${resources.extent})),
    max(ST_XMax(${resources.extent})), max(ST_YMax(${resources.extent})), 4326)
  from ${mosaicScans}
  join ${scans} on ${scans.id} = ${mosaicScans.scanId}
  join ${resources} on ${resources.id} = ${scans.id}
  where ${mosaicScans.mosaicId} = mosaic.id and ${scans.liveRectificationId} is not null
    and ${isPublic} and not (${without}))`

/** Sets the extents of the mosaics of the query `mosaicIds`, whose rows the transaction has locked, to their members'. */
export const setMosaicExtents = (mosaicIds: SQL): SQL =>
  sql`update ${resources} mosaic set extent = ${memberExtent(sql`false`)} where mosaic.id in (${mosaicIds})`

/**
 * Locks the mosaics that scans belong to, then moves their version and their time and sets their extent. Two
 * statements, because only one that begins when the lock is held sees what others did to the members before.
 */
function moveMosaics(db: Database, scanIds: SQL, without: SQL) {
  return [
    db.execute(
      sql`select ${resources.id} from ${resources} where ${resources.id} in (${mosaicsOf(scanIds)})
        order by ${resources.id} for no key update`,
    ),
    db.execute(
      sql`update ${resources} mosaic
        set extent = ${memberExtent(without)}, modified_at = now(), version = mosaic.version + 1
        where mosaic.id in (${mosaicsOf(scanIds)})`,
    ),
  ] as const
}

/**
 * Statements for the end of a transaction that changes how scans are drawn or who sees them: the mosaics they belong to
 * follow with their extent, version and time.
 * @param scanIds a query of one column, the scans that changed
 */
export const refreshMosaicsOf = (db: Database, scanIds: SQL) => moveMosaics(db, scanIds, sql`false`)

/**
 * Statements for the beginning of a transaction that deletes scans: the mosaics they belong to are set to what they
 * are without them. The scans stay locked until its end, so that none joins a mosaic meanwhile.
 * @param scanIds a query of one column, the scans that will be deleted
 */
export const leaveMosaics = (db: Database, scanIds: SQL) =>
  [
    db.execute(sql`select ${scans.id} from ${scans} where ${scans.id} in (${scanIds}) for update`),
    ...moveMosaics(db, scanIds, sql`${scans.id} in (${scanIds})`),
  ] as const
