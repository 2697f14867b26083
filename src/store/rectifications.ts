import { and, desc, eq, inArray, isNotNull, ne, or, sql } from 'drizzle-orm'
import type { PyramidInfo } from '../formats/pyramid-info.ts'
import { formatBbox } from '../geo/bbox.ts'
import type { ControlPoint } from '../geo/control-point.ts'
import type { MaskPolygons } from '../geo/mask-polygons.ts'
import type { SuggestedOutput } from '../geo/suggested-output.ts'
import type { FittedTransform, TransformMethod } from '../geo/transform.ts'
import type { Resampling } from '../geo/warp/filters.ts'
import { actor, recordActivity } from './activity.ts'
import type { Database } from './database.ts'
import { isPublic, may } from './permissions.ts'
import type { Principal, SystemPrincipal } from './principal.ts'
import { rectifications, resources, scans } from './schema.ts'

export interface NewRectification {
  scanId: number
  transform: TransformMethod
  resampling: Resampling
  useMask: boolean
  points: ControlPoint[]
  fit: FittedTransform
  output: SuggestedOutput
  minZoom: number
  maxZoom: number
  priorStatus: string
}

/** Whether the principal may rectify: who sees a scan and has an account may. */
const rectifiable = (principal: Principal, scanId: number) =>
  principal.kind === 'anonymous'
    ? sql`false`
    : sql`exists (select 1 from ${resources} where ${resources.id} = ${scanId} and ${may(principal, 'view')})`

/**
 * Records a rectification that begins and shows its fit at once: from here on the scan's tiles are drawn from it, and
 * its archive, if there was one, stays for the case that this one fails. Returns the rectification's id.
 */
export async function beginRectification(
  db: Database,
  principal: Principal,
  rectification: NewRectification,
): Promise<number> {
  const [west, south, east, north] = rectification.output.bbox
  const { rows } = await db.execute(sql`
    with begun as (
      insert into ${rectifications}
        (scan_id, transform, resampling, use_mask, points, fit, output, bbox, min_zoom, max_zoom, prior_status, requested_by)
      select ${rectification.scanId}::int, ${rectification.transform}, ${rectification.resampling},
        ${rectification.useMask}::bool, ${JSON.stringify(rectification.points)}::jsonb,
        ${JSON.stringify(rectification.fit)}::jsonb, ${JSON.stringify(rectification.output)}::jsonb,
        ${formatBbox(rectification.output.bbox)}, ${rectification.minZoom}::int, ${rectification.maxZoom}::int,
        ${rectification.priorStatus}, ${actor(principal)}::int
      where ${rectifiable(principal, rectification.scanId)}
      returning id, scan_id
    ), shown as (
      update ${scans} set status = 'warping', status_detail = null, live_rectification_id = begun.id
      from begun where ${scans.id} = begun.scan_id
    )
    update ${resources} set
      extent = ST_MakeEnvelope(${west}, ${south}, ${east}, ${north}, 4326),
      modified_at = now(), version = version + 1
    from begun where ${resources.id} = begun.scan_id
    returning begun.id`)
  const id = rows[0]?.id
  if (id === undefined) throw new Error(`scan ${rectification.scanId} may not be rectified by this principal`)
  return Number(id)
}

/** The archive is whole: the scan switches to it, once. A published map stays published. */
export async function finishRectification(
  db: Database,
  principal: SystemPrincipal,
  id: number,
  archive: { key: string; bytes: number },
): Promise<void> {
  await db.execute(sql`
    with done as (
      update ${rectifications}
      set state = 'done', finished_at = now(), archive_key = ${archive.key}, archive_bytes = ${archive.bytes}::bigint
      where id = ${id} and state = 'running'
      returning id, scan_id, prior_status
    ), switched as (
      update ${scans} set
        status = case when done.prior_status = 'published' then 'published' else 'warped' end,
        status_detail = null, live_rectification_id = done.id, baked_rectification_id = done.id
      from done where ${scans.id} = done.scan_id
      returning ${scans.id}
    ), moved as (
      update ${resources} set modified_at = now(), version = version + 1
      from switched where ${resources.id} = switched.id
      returning ${resources.id}, ${resources.version}
    )
    ${recordActivity(principal, 'Map', 'update', sql`select id, version from moved`)}`)
}

/**
 * The scan's rectification that is under way failed for good: the scan goes back to the tiles and the status it had,
 * and says why. Nothing happens where none is.
 */
export async function failRectification(
  db: Database,
  _principal: SystemPrincipal,
  scanId: number,
  reason: string,
): Promise<void> {
  await db.execute(sql`
    with failed as (
      update ${rectifications} set state = 'failed', finished_at = now(), failure = ${reason}
      where scan_id = ${scanId} and state = 'running'
      returning id, scan_id, prior_status
    ), restored as (
      update ${scans} set status = failed.prior_status, status_detail = ${reason},
        live_rectification_id = ${scans.bakedRectificationId}
      from failed where ${scans.id} = failed.scan_id and ${scans.liveRectificationId} = failed.id
      returning ${scans.id}, ${scans.bakedRectificationId}
    )
    update ${resources} set modified_at = now(), version = version + 1, extent = (
      select ST_MakeEnvelope((b.o->>0)::float8, (b.o->>1)::float8, (b.o->>2)::float8, (b.o->>3)::float8, 4326)
      from (select output->'bbox' as o from ${rectifications} where id = restored.baked_rectification_id) b)
    from restored where ${resources.id} = restored.id`)
}

/** What drawing a scan's tiles takes; one indexed query. */
export interface TileSource {
  scanId: number
  /** The version tiles are addressed by. */
  rectificationId: number
  isPublic: boolean
  title: string
  pyramidKey: string
  pyramid: PyramidInfo
  fit: FittedTransform
  output: SuggestedOutput
  /** What the scan is cut by; null when it is not. */
  mask: MaskPolygons | null
  bbox: string
  resampling: Resampling
  minZoom: number
  maxZoom: number
  /** Null until the archive is whole. */
  archiveKey: string | null
  geotiffKey: string | null
}

/** The columns of a `TileSource`; of a scan without a pyramid those of the pyramid are null. */
export const tileSourceColumns = {
  scanId: scans.id,
  rectificationId: rectifications.id,
  isPublic,
  title: resources.title,
  pyramidKey: scans.pyramidKey,
  pyramid: scans.pyramid,
  fit: rectifications.fit,
  output: rectifications.output,
  mask: rectifications.mask,
  bbox: rectifications.bbox,
  resampling: sql<Resampling>`${rectifications.resampling}`,
  minZoom: rectifications.minZoom,
  maxZoom: rectifications.maxZoom,
  archiveKey: rectifications.archiveKey,
  geotiffKey: rectifications.geotiffKey,
}

/**
 * The rectification whose tiles a scan shows: the newest (live), or the one named, which must be the scan's own and not
 * have failed. Null where there is none or the principal may not see the scan.
 */
export async function findTileSource(
  db: Database,
  principal: Principal,
  scanId: number,
  rectificationId?: number,
): Promise<TileSource | null> {
  const [row] = await db
    .select(tileSourceColumns)
    .from(resources)
    .innerJoin(scans, eq(scans.id, resources.id))
    .innerJoin(
      rectifications,
      rectificationId === undefined
        ? eq(rectifications.id, scans.liveRectificationId)
        : and(eq(rectifications.id, rectificationId), eq(rectifications.scanId, scans.id)),
    )
    .where(and(eq(resources.id, scanId), ne(rectifications.state, 'failed'), may(principal, 'view')))
    .limit(1)
  if (!row?.pyramidKey || !row.pyramid) return null
  return { ...row, pyramidKey: row.pyramidKey, pyramid: row.pyramid }
}

/** Notes where a rectification's GeoTIFF lies, unless its objects have been dropped meanwhile. */
export async function setGeotiff(
  db: Database,
  _principal: SystemPrincipal,
  rectificationId: number,
  key: string,
): Promise<void> {
  await db
    .update(rectifications)
    .set({ geotiffKey: key })
    .where(
      and(
        eq(rectifications.id, rectificationId),
        or(eq(rectifications.state, 'running'), isNotNull(rectifications.archiveKey)),
      ),
    )
}

/** The objects of a scan's rectifications, newest first. */
export async function rectificationObjects(
  db: Database,
  principal: Principal,
  scanId: number,
): Promise<{ id: number; archiveKey: string | null; geotiffKey: string | null }[]> {
  return db
    .select({
      id: rectifications.id,
      archiveKey: rectifications.archiveKey,
      geotiffKey: rectifications.geotiffKey,
    })
    .from(rectifications)
    .innerJoin(resources, eq(resources.id, rectifications.scanId))
    .where(and(eq(rectifications.scanId, scanId), may(principal, 'view')))
    .orderBy(desc(rectifications.id))
}

/** Forgets the objects of a rectification that have been deleted from the bucket. */
export async function clearRectificationObjects(
  db: Database,
  _principal: SystemPrincipal,
  ids: number[],
): Promise<void> {
  if (ids.length === 0) return
  await db
    .update(rectifications)
    .set({ archiveKey: null, geotiffKey: null })
    .where(inArray(rectifications.id, ids))
}
