import { and, desc, eq, sql } from 'drizzle-orm'
import type { MaskPolygons } from '../geo/mask-polygons.ts'
import type { ResolvedMethod, TransformMethod } from '../geo/transform.ts'
import type { Resampling } from '../geo/warp/filters.ts'
import type { Database } from './database.ts'
import { may } from './permissions.ts'
import type { Principal } from './principal.ts'
import { isOfImage } from './rectifications.ts'
import type { KeptPoint } from './restored-points.ts'
import { isOfScan } from './scan-rows.ts'
import { rectifications, resources, scans } from './schema.ts'

const summary = {
  id: rectifications.id,
  scanId: rectifications.scanId,
  /** What was asked for, and what that came to. */
  transform: sql<TransformMethod>`${rectifications.transform}`,
  method: sql<ResolvedMethod>`${rectifications.fit}->>'method'`,
  resampling: sql<Resampling>`${rectifications.resampling}`,
  /** Of the fit; null for plain degrees. */
  srs: rectifications.srs,
  useMask: rectifications.useMask,
  state: sql<'running' | 'done' | 'failed'>`${rectifications.state}`,
  bbox: rectifications.bbox,
  failure: rectifications.failure,
  createdAt: rectifications.createdAt,
  finishedAt: rectifications.finishedAt,
  gcpsCount: sql<number>`jsonb_array_length(${rectifications.points})`,
  requestedBy: rectifications.requestedBy,
  /** The scan shows it. */
  isLive: sql<boolean>`${rectifications.id} is not distinct from ${scans.liveRectificationId}`,
  isOfImage,
}

/** A rectification of the past or the present, without its points. */
export type RectificationSummary = Awaited<ReturnType<typeof listRectifications>>['records'][number]

export interface RectificationRecord extends RectificationSummary {
  points: KeptPoint[]
  /** What the scan was cut by; null when it was not. */
  mask: MaskPolygons | null
}

/** A page of a scan's rectifications, newest first, and how many there are in all. */
export async function listRectifications(
  db: Database,
  principal: Principal,
  scanId: number,
  { page, perPage }: { page: number; perPage: number },
) {
  const condition = and(eq(rectifications.scanId, scanId), isOfScan, may(principal, 'view'))
  const [records, [counted]] = await db.batch([
    db
      .select(summary)
      .from(rectifications)
      .innerJoin(scans, eq(scans.id, rectifications.scanId))
      .innerJoin(resources, eq(resources.id, rectifications.scanId))
      .where(condition)
      .orderBy(desc(rectifications.id))
      .limit(perPage)
      .offset((page - 1) * perPage),
    db
      .select({ total: sql<number>`count(*)::int` })
      .from(rectifications)
      .innerJoin(resources, eq(resources.id, rectifications.scanId))
      .where(condition),
  ])
  return { records, total: counted?.total ?? 0 }
}

/** One of a scan's rectifications, if the principal may see the scan. */
export async function findRectification(
  db: Database,
  principal: Principal,
  scanId: number,
  id: number,
): Promise<RectificationRecord | null> {
  const [row] = await db
    .select({ ...summary, points: rectifications.points, mask: rectifications.mask })
    .from(rectifications)
    .innerJoin(scans, eq(scans.id, rectifications.scanId))
    .innerJoin(resources, eq(resources.id, rectifications.scanId))
    .where(
      and(eq(rectifications.scanId, scanId), eq(rectifications.id, id), isOfScan, may(principal, 'view')),
    )
    .limit(1)
  return row ?? null
}
