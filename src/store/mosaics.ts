import { and, eq, type SQL, sql } from 'drizzle-orm'
import type { Database } from './database.ts'
import { may } from './permissions.ts'
import type { Principal } from './principal.ts'
import { mosaicScans, mosaics, resources, scans } from './schema.ts'

/** A query over the members of the row of `mosaics` around it that the principal may see, as `resources` and `scans`. */
export const fromMembers = (principal: Principal): SQL => sql`
  from ${mosaicScans}
  join ${scans} on ${scans.id} = ${mosaicScans.scanId}
  join ${resources} on ${resources.id} = ${scans.id}
  where ${mosaicScans.mosaicId} = ${mosaics.id} and ${may(principal, 'view')}`

export const isMap = sql`${scans.mapType} = 'is_map'`
export const isWarped = sql`${scans.status} in ('warped', 'published')`

interface Members {
  /** The lowest first. */
  ids: number[]
  /** How many are of type `is_map`. */
  maps: number
  /** How many of those have been rectified. */
  rectified: number
}

/** West, south, east, north with 6 decimals. */
const bbox = sql<string | null>`${sql.join(
  ['ST_XMin', 'ST_YMin', 'ST_XMax', 'ST_YMax'].map(
    (corner) => sql`round(${sql.raw(corner)}(${resources.extent})::numeric, 6)`,
  ),
  sql` || ',' || `,
)}`

const columns = (principal: Principal) => ({
  id: resources.id,
  ownerId: resources.ownerId,
  name: resources.title,
  description: resources.abstract,
  published: resources.published,
  version: resources.version,
  createdAt: resources.createdAt,
  updatedAt: resources.modifiedAt,
  isVisible: mosaics.isVisible,
  sourceUri: mosaics.sourceUri,
  depictsYear: mosaics.depictsYear,
  bbox,
  members: sql<Members>`(select json_build_object(
    'ids', coalesce(json_agg(${scans.id} order by ${mosaicScans.position}), '[]'),
    'maps', count(*) filter (where ${isMap}),
    'rectified', count(*) filter (where ${isMap} and ${isWarped})) ${fromMembers(principal)})`,
  mayEdit: may(principal, 'edit'),
})

/** Mosaics with all their columns; who asks for them adds the conditions, `view` among them. */
export const selectMosaics = (db: Database, principal: Principal) =>
  db.select(columns(principal)).from(resources).innerJoin(mosaics, eq(mosaics.id, resources.id)).$dynamic()

/** A mosaic as one principal sees it: members that are hidden from the principal are left out and not counted. */
export type MosaicRecord = Awaited<ReturnType<typeof selectMosaics>>[number]

/** The statement that reads one mosaic, for a transaction of its own or another's. */
export const selectMosaic = (db: Database, principal: Principal, id: SQL) =>
  selectMosaics(db, principal)
    .where(and(eq(resources.id, id), may(principal, 'view')))
    .limit(1)

export async function findMosaic(
  db: Database,
  principal: Principal,
  id: number,
): Promise<MosaicRecord | null> {
  const [row] = await selectMosaic(db, principal, sql`${id}::int`)
  return row ?? null
}

/** As much of a scan as the address of its thumbnail needs. */
export interface ThumbnailScan {
  id: number
  fileName: string | null
}

/** The highest rectified member of a mosaic, none where there is none; null where the mosaic is not there. */
export async function findTopScan(
  db: Database,
  principal: Principal,
  id: number,
): Promise<{ top: ThumbnailScan | null } | null> {
  const [row] = await db
    .select({
      id: resources.id,
      top: sql<ThumbnailScan | null>`(
        select json_build_object('id', ${scans.id}, 'fileName', ${scans.fileName})
        ${fromMembers(principal)} and ${scans.liveRectificationId} is not null
        order by ${mosaicScans.position} desc limit 1)`,
    })
    .from(resources)
    .innerJoin(mosaics, eq(mosaics.id, resources.id))
    .where(and(eq(resources.id, id), may(principal, 'view')))
  return row ?? null
}
