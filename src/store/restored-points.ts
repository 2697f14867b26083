import { type SQL, sql } from 'drizzle-orm'
import { recordActivity } from './activity.ts'
import type { Database } from './database.ts'
import type { Principal } from './principal.ts'
import { gcps, rectifications } from './schema.ts'

/** A point as a rectification keeps it: image pixels and degrees as they were given. */
export interface KeptPoint {
  x: number
  y: number
  lon: number
  lat: number
  name?: string | null
}

/** Whether the row `gcps` and the row `wanted` are the same point. */
const isSame = sql`${gcps}.x = wanted.x and ${gcps}.y = wanted.y and ${gcps}.lon = round(wanted.lon, 10)
  and ${gcps}.lat = round(wanted.lat, 10) and ${gcps}.name is not distinct from wanted.name`

/**
 * Statements of the transaction that begins a rectification: the scan's points become those it is made of. Points that
 * are among them already stay as they are. Nothing happens where no rectification of the scan is under way.
 */
export function restorePoints(
  db: Database,
  principal: Principal,
  scanId: number,
  points: readonly KeptPoint[],
) {
  const begun = sql`exists (select 1 from ${rectifications}
    where ${rectifications.scanId} = ${scanId} and ${rectifications.state} = 'running')`
  const wanted = sql`jsonb_to_recordset(${JSON.stringify(points)}::jsonb)
    as wanted(x float8, y float8, lon numeric, lat numeric, name text)`
  const superfluous: SQL = sql`${gcps.scanId} = ${scanId} and ${begun}
    and not exists (select 1 from ${wanted} where ${isSame})`
  return [
    db.execute(
      recordActivity(principal, 'Gcp', 'destroy', sql`select ${gcps.id} from ${gcps} where ${superfluous}`),
    ),
    db.execute(sql`delete from ${gcps} where ${superfluous}`),
    db.execute(sql`
      with added as (
        insert into ${gcps} (scan_id, x, y, lat, lon, name)
        select ${scanId}::int, wanted.x, wanted.y, wanted.lat, wanted.lon, wanted.name
        from (select distinct * from ${wanted}) wanted
        where ${begun} and not exists (
          select 1 from ${gcps} where ${gcps.scanId} = ${scanId} and ${isSame})
        returning id
      )
      ${recordActivity(principal, 'Gcp', 'create', sql`select id from added`)}`),
  ] as const
}
