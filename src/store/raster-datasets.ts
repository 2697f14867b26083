import { and, eq, sql } from 'drizzle-orm'
import type { PyramidInfo } from '../formats/pyramid-info.ts'
import { clipToWorld, formatBbox } from '../geo/bbox.ts'
import type { SuggestedOutput } from '../geo/suggested-output.ts'
import type { FittedTransform } from '../geo/transform.ts'
import type { Resampling } from '../geo/warp/filters.ts'
import { actor } from './activity.ts'
import type { Database } from './database.ts'
import type { Principal, SystemPrincipal } from './principal.ts'
import { datasets, grants, rectifications, resources, scans } from './schema.ts'

export interface NewRaster {
  /** Reserved before, as its objects lie under it. */
  id: number
  name: string
  title: string
  /** Everyone may see and extract it. */
  isPublic: boolean
  fileName: string
  byteSize: number
  width: number
  height: number
  originalKey: string
  pyramidKey: string
  pyramid: PyramidInfo
  thumbnailKey: string
  srid: number
  nativeExtent: number[]
  fit: FittedTransform
  output: SuggestedOutput
  resampling: Resampling
  minZoom: number
  maxZoom: number
}

/** A number for a raster dataset to come; one that is not used is only a gap. */
export async function reserveRasterId(db: Database, _system: SystemPrincipal): Promise<number> {
  const { rows } = await db.execute<{ id: number }>(
    sql`select nextval(pg_get_serial_sequence('resources','id'))::int as id`,
  )
  return rows[0]!.id
}

/**
 * Makes a raster dataset in one transaction: the dataset, its image (a row of `scans`) and where that lies (a row of
 * `rectifications`, drawn live until it has an archive). Nothing happens where it is there already.
 * @returns the number of its rectification
 */
export async function insertRaster(db: Database, principal: Principal, raster: NewRaster): Promise<number> {
  const { id, fit, output, pyramid, pyramidKey } = raster
  const [west, south, east, north] = clipToWorld(output.bbox)
  const known = await db
    .select({ id: rectifications.id })
    .from(rectifications)
    .innerJoin(datasets, eq(datasets.id, rectifications.scanId))
    .where(eq(rectifications.scanId, id))
  if (known[0]) return known[0].id
  const results = await db.batch([
    db.execute(sql`insert into ${resources} (id, kind, owner_id, title, extent)
      overriding system value
      values (${id}, 'dataset', ${actor(principal)}, ${raster.title},
        ST_MakeEnvelope(${west}, ${south}, ${east}, ${north}, 4326))`),
    db.insert(datasets).values({
      ...{ id, name: raster.name, form: 'raster', geometryType: null },
      ...{ srid: raster.srid, nativeExtent: raster.nativeExtent },
    }),
    db.insert(scans).values({
      ...{ id, status: 'warped', fileName: raster.fileName, contentType: 'image/tiff' },
      ...{ byteSize: raster.byteSize, width: raster.width, height: raster.height },
      ...{ sourceKey: raster.originalKey, pyramidKey, pyramid, thumbnailKey: raster.thumbnailKey },
    }),
    db
      .insert(rectifications)
      .values({
        ...{ scanId: id, transform: 'p1', resampling: raster.resampling, srs: fit.srs ?? null, pyramidKey },
        ...{ points: [], fit, output, bbox: formatBbox(output.bbox) },
        ...{ minZoom: raster.minZoom, maxZoom: raster.maxZoom, priorStatus: 'warped' },
        requestedBy: actor(principal),
      })
      .returning({ id: rectifications.id }),
    db
      .update(scans)
      .set({
        liveRectificationId: sql`(select max(${rectifications.id}) from ${rectifications} where ${rectifications.scanId} = ${id})`,
      })
      .where(eq(scans.id, id)),
    ...(raster.isPublic
      ? [
          db.insert(grants).values(
            (['view', 'extract'] as const).map((verb) => ({
              ...{ resourceId: id, principalType: 'everyone', principalId: 0, verb },
            })),
          ),
        ]
      : []),
  ])
  return results[3][0]!.id
}

/** Removes a raster dataset whose import did not end well. Does nothing where there is none. */
export async function deleteRaster(db: Database, _system: SystemPrincipal, id: number): Promise<void> {
  await db
    .delete(resources)
    .where(
      and(
        eq(resources.id, id),
        eq(resources.kind, 'dataset'),
        sql`exists (select 1 from ${datasets} where ${datasets.id} = ${id} and ${datasets.form} = 'raster')`,
      ),
    )
}
