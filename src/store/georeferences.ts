import { and, asc, eq, sql } from 'drizzle-orm'
import { alias } from 'drizzle-orm/pg-core'
import type { ResolvedMethod } from '../geo/transform.ts'
import type { Database } from './database.ts'
import { may } from './permissions.ts'
import type { Principal } from './principal.ts'
import { isScan } from './scan-rows.ts'
import { gcps, rectifications, resources, scanMasks, scans } from './schema.ts'

const live = alias(rectifications, 'live')
const baked = alias(rectifications, 'baked')

/**
 * What an annotation tells of a scan: its image, its mask, the method of its newest rectification (null before the
 * first) and its points; null where the scan is not to be seen.
 */
export async function findGeoreference(db: Database, principal: Principal, scanId: number) {
  const condition = and(eq(resources.id, scanId), may(principal, 'view'))
  const [[scan], points] = await db.batch([
    db
      .select({
        width: scans.width,
        height: scans.height,
        createdAt: resources.createdAt,
        modifiedAt: resources.modifiedAt,
        mask: scanMasks.polygons,
        method: sql<ResolvedMethod | null>`coalesce(${live.fit}->>'method', ${baked.fit}->>'method')`,
      })
      .from(resources)
      .innerJoin(scans, isScan)
      .leftJoin(scanMasks, eq(scanMasks.scanId, scans.id))
      .leftJoin(live, eq(live.id, scans.liveRectificationId))
      .leftJoin(baked, eq(baked.id, scans.bakedRectificationId))
      .where(condition)
      .limit(1),
    db
      .select({ x: gcps.x, y: gcps.y, lon: gcps.lon, lat: gcps.lat, name: gcps.name })
      .from(gcps)
      .innerJoin(resources, eq(resources.id, gcps.scanId))
      .where(condition)
      .orderBy(asc(gcps.createdAt), asc(gcps.id)),
  ])
  return scan ? { ...scan, points } : null
}
