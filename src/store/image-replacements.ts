import { eq, sql } from 'drizzle-orm'
import type { PyramidInfo } from '../formats/pyramid-info.ts'
import type { MaskPolygons } from '../geo/mask-polygons.ts'
import { recordActivity } from './activity.ts'
import type { Database } from './database.ts'
import { refreshMosaicsOf } from './mosaic-extents.ts'
import { may } from './permissions.ts'
import type { Principal, SystemPrincipal } from './principal.ts'
import { type PixelScale, scaledPoints, scaledPolygons } from './scaled-pixels.ts'
import { isOfScan } from './scan-rows.ts'
import type { ScanImage, ScanStatus } from './scans.ts'
import { gcps, rectifications, resources, scanMasks, scans } from './schema.ts'

/**
 * Marks a scan as loading another image. False where it is not in the status `prior` (any more), or not the
 * principal's to edit.
 */
export async function claimForImage(
  db: Database,
  principal: Principal,
  id: number,
  prior: ScanStatus,
): Promise<boolean> {
  const { rows } = await db.execute(sql`
    update ${scans} set status = 'loading', status_detail = null
    where ${scans.id} = ${id} and ${scans.status} = ${prior} and ${scans.status} not in ('loading', 'warping')
      and exists (select 1 from ${resources}
        where ${resources.id} = ${id} and ${isOfScan} and ${may(principal, 'edit')})
    returning ${scans.id}`)
  return rows.length > 0
}

/** The other image does not come: the scan is what it was, and says why. */
export async function keepImage(
  db: Database,
  _principal: SystemPrincipal,
  id: number,
  prior: ScanStatus,
  reason: string,
): Promise<void> {
  await db.execute(sql`
    update ${scans} set status = ${prior}, status_detail = ${reason}
    where ${scans.id} = ${id} and ${scans.status} = 'loading'`)
}

/** Says why a scan that has another image is not rectified with it. */
export async function setStatusDetail(
  db: Database,
  _principal: SystemPrincipal,
  id: number,
  detail: string,
): Promise<void> {
  await db.update(scans).set({ statusDetail: detail }).where(eq(scans.id, id))
}

/** The mask of a scan as it was saved, image pixels; null where there is none. */
export async function savedMask(
  db: Database,
  _principal: SystemPrincipal,
  id: number,
): Promise<MaskPolygons | null> {
  const [row] = await db
    .select({ polygons: scanMasks.polygons })
    .from(scanMasks)
    .where(eq(scanMasks.scanId, id))
    .limit(1)
  return row?.polygons ?? null
}

export interface ReplacedImage extends ScanImage {
  pyramidKey: string
  pyramid: PyramidInfo
  thumbnailKey: string
}

/**
 * The other image is whole: the scan switches to it, once, with its points, its mask and those of its rectifications,
 * which are all image pixels. Nothing is drawn until it is rectified anew: no earlier fit is of this image.
 * @param by who replaced the image
 * @param maskGml the mask as it reads for the new image; null leaves it as it was sent
 */
export async function switchImage(
  db: Database,
  by: Principal,
  id: number,
  { image, scale, maskGml }: { image: ReplacedImage; scale: PixelScale; maskGml: string | null },
): Promise<void> {
  const isDue = sql`exists (select 1 from ${scans} where ${scans.id} = ${id} and ${scans.status} = 'loading')`
  const isScaled = sql`${scale.x !== 1 || scale.y !== 1}::bool`
  await db.batch([
    db.execute(sql`select ${scans.id} from ${scans} where ${scans.id} = ${id} for update`),
    db.execute(sql`
      with scaled as (
        update ${gcps} set x = x * ${scale.x}::float8, y = y * ${scale.y}::float8,
          updated_at = now(), version = version + 1
        where ${gcps.scanId} = ${id} and ${isDue} and ${isScaled}
        returning id
      )
      ${recordActivity(by, 'Gcp', 'update', sql`select id from scaled`)}`),
    db.execute(sql`
      update ${scanMasks} set polygons = ${scaledPolygons(scanMasks.polygons, scale)},
        applied = ${scaledPolygons(scanMasks.applied, scale)}
      where ${scanMasks.scanId} = ${id} and ${isDue} and ${isScaled}`),
    db.execute(sql`
      update ${scanMasks} set gml = ${maskGml}
      where ${scanMasks.scanId} = ${id} and ${isDue} and ${maskGml}::text is not null`),
    db.execute(sql`
      update ${rectifications} set archive_key = null, archive_bytes = null, geotiff_key = null,
        points = ${scaledPoints(rectifications.points, scale)}, mask = ${scaledPolygons(rectifications.mask, scale)}
      where ${rectifications.scanId} = ${id} and ${isDue}`),
    db.execute(sql`
      with moved as (
        update ${resources} set extent = null, modified_at = now(), version = version + 1
        where ${resources.id} = ${id} and ${isDue}
        returning id
      )
      ${recordActivity(by, 'Map', 'update', sql`select id from moved`)}`),
    db
      .update(scans)
      .set({
        ...image,
        status: 'available',
        statusDetail: null,
        liveRectificationId: null,
        bakedRectificationId: null,
        gcpTouchedAt: sql`case when ${isScaled} then now() else ${scans.gcpTouchedAt} end`,
      })
      .where(sql`${scans.id} = ${id} and ${scans.status} = 'loading'`),
    ...refreshMosaicsOf(db, sql`select ${id}::int`),
  ])
}
