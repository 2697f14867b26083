import { and, desc, eq, inArray, isNotNull, ne, or, sql } from 'drizzle-orm'
import type { PyramidInfo } from '../formats/pyramid-info.ts'
import { formatBbox } from '../geo/bbox.ts'
import type { MaskPolygons } from '../geo/mask-polygons.ts'
import type { SuggestedOutput } from '../geo/suggested-output.ts'
import type { FittedTransform, TransformMethod } from '../geo/transform.ts'
import type { Resampling } from '../geo/warp/filters.ts'
import { actor, recordActivity } from './activity.ts'
import type { Database } from './database.ts'
import { type Mask, restoreMask } from './masks.ts'
import { refreshMosaicsOf } from './mosaic-extents.ts'
import { isPublic, may } from './permissions.ts'
import type { Principal, SystemPrincipal } from './principal.ts'
import { type KeptPoint, restorePoints } from './restored-points.ts'
import { isOfScan } from './scan-rows.ts'
import { rectifications, resources, scans } from './schema.ts'

export interface NewRectification {
  scanId: number
  transform: TransformMethod
  resampling: Resampling
  useMask: boolean
  /** What the scan is cut by; null when it is not. */
  mask: MaskPolygons | null
  points: KeptPoint[]
  /** The scan's points become these, too. */
  restoresPoints: boolean
  /** The scan's mask becomes this one, too; null for a mask that stays. */
  restoredMask: Mask | null
  fit: FittedTransform
  /** The image the fit is of. */
  pyramidKey: string
  output: SuggestedOutput
  minZoom: number
  maxZoom: number
  priorStatus: string
}

/** Whether the principal may rectify: who sees a scan and has an account may. */
const rectifiable = (principal: Principal, scanId: number) =>
  principal.kind === 'anonymous'
    ? sql`false`
    : sql`exists (select 1 from ${resources}
        where ${resources.id} = ${scanId} and ${isOfScan} and ${may(principal, 'view')})`

/**
 * Records a rectification that begins and shows its fit at once: from here on the scan's tiles are drawn from it, and
 * its archive, if there was one, stays for the case that this one fails. Returns the rectification's id, or null where
 * the scan is not there, is not for this principal, or has or gets another image than the one that was fitted.
 */
export async function beginRectification(
  db: Database,
  principal: Principal,
  rectification: NewRectification,
): Promise<number | null> {
  const { scanId, points, fit, pyramidKey, mask, restoresPoints, restoredMask } = rectification
  const [west, south, east, north] = rectification.output.bbox
  const begin = db.execute<{ id: number }>(sql`
    with ready as (
      select ${scans.id} from ${scans} where ${scans.id} = ${scanId} and ${scans.status} <> 'loading'
        and ${scans.pyramidKey} = ${pyramidKey} and ${rectifiable(principal, scanId)}
      for update
    ), begun as (
      insert into ${rectifications}
        (scan_id, transform, resampling, use_mask, srs, pyramid_key, mask, points, fit, output, bbox, min_zoom, max_zoom, prior_status, requested_by)
      select ready.id, ${rectification.transform}, ${rectification.resampling},
        ${rectification.useMask}::bool, ${fit.srs ?? null}::text, ${pyramidKey}, ${mask && JSON.stringify(mask)}::jsonb, ${JSON.stringify(points)}::jsonb,
        ${JSON.stringify(fit)}::jsonb, ${JSON.stringify(rectification.output)}::jsonb,
        ${formatBbox(rectification.output.bbox)}, ${rectification.minZoom}::int, ${rectification.maxZoom}::int,
        ${rectification.priorStatus}, ${actor(principal)}::int
      from ready
      returning id, scan_id
    ), shown as (
      update ${scans} set status = 'warping', status_detail = null, live_rectification_id = begun.id,
        gcp_touched_at = case when ${restoresPoints}::bool then now() else gcp_touched_at end
      from begun where ${scans.id} = begun.scan_id
    )
    update ${resources} set
      extent = ST_MakeEnvelope(${west}, ${south}, ${east}, ${north}, 4326),
      modified_at = now(), version = version + 1
    from begun where ${resources.id} = begun.scan_id
    returning begun.id`)
  const restored = [
    ...(restoresPoints ? restorePoints(db, principal, scanId, points) : []),
    ...(restoredMask ? restoreMask(db, scanId, restoredMask) : []),
  ]
  const refreshed = refreshMosaicsOf(db, sql`select ${scanId}::int`)
  const [{ rows }] = await db.batch([begin, ...restored, ...refreshed])
  return rows[0]?.id ?? null
}

/**
 * The archive is whole: the scan switches to it, once, which is a change by who asked for the rectification. A published
 * map stays published. A raster dataset switches without a change: its tiles show what they did.
 */
export async function finishRectification(
  db: Database,
  principal: SystemPrincipal,
  id: number,
  archive: { key: string; bytes: number },
): Promise<void> {
  const finish = db.execute(sql`
    with done as (
      update ${rectifications}
      set state = 'done', finished_at = now(), archive_key = ${archive.key}, archive_bytes = ${archive.bytes}::bigint
      where id = ${id} and state = 'running'
      returning id, scan_id, prior_status, requested_by
    ), switched as (
      update ${scans} set
        status = case when done.prior_status = 'published'
          or (select published from ${resources} where ${resources.id} = done.scan_id) then 'published' else 'warped' end,
        status_detail = null, live_rectification_id = done.id, baked_rectification_id = done.id
      from done where ${scans.id} = done.scan_id
      returning ${scans.id}, done.requested_by
    ), moved as (
      update ${resources} set modified_at = now(), version = version + 1
      from switched where ${resources.id} = switched.id and ${resources.kind} = 'scan'
      returning ${resources.id}, switched.requested_by
    )
    ${recordActivity(principal, 'Map', 'update', sql`select id, requested_by from moved`, sql`changed.requested_by`)}`)
  const held = sql`select ${rectifications.scanId} from ${rectifications} where ${rectifications.id} = ${id}`
  await db.batch([
    db.execute(sql`select 1 from ${resources} where ${resources.id} = (${held}) for no key update`),
    finish,
    ...refreshMosaicsOf(db, held),
  ])
}

/**
 * The scan's rectification that is under way failed for good: the scan goes back to the tiles and the status it had,
 * and says why. Nothing happens where none is, nor to a raster dataset, whose tiles are drawn live then.
 */
export async function failRectification(
  db: Database,
  _principal: SystemPrincipal,
  scanId: number,
  reason: string,
): Promise<void> {
  const fail = db.execute(sql`
    with failed as (
      update ${rectifications} set state = 'failed', finished_at = now(), failure = ${reason}
      where scan_id = ${scanId} and state = 'running'
        and exists (select 1 from ${resources} where ${resources.id} = ${scanId} and ${isOfScan})
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
  await db.batch([fail, ...refreshMosaicsOf(db, sql`select ${scanId}::int`)])
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

/** Whether a rectification is of the image that its scan has now. */
export const isOfImage = sql<boolean>`coalesce(${rectifications.pyramidKey} = ${scans.pyramidKey}, true)`

/**
 * The rectification whose tiles a scan shows: the newest (live), or the one named, which must be the scan's own, of its
 * present image, and not have failed. Null where there is none or the principal may not see the scan.
 * @param kind what the resource must be, a scan or a (raster) dataset; either unless given
 */
export async function findTileSource(
  db: Database,
  principal: Principal,
  scanId: number,
  rectificationId?: number,
  kind?: 'scan' | 'dataset',
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
    .where(
      and(
        eq(resources.id, scanId),
        kind && eq(resources.kind, kind),
        ne(rectifications.state, 'failed'),
        isOfImage,
        may(principal, 'view'),
      ),
    )
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
