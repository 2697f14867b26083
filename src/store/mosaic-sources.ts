import { and, asc, eq, isNotNull, ne, sql } from 'drizzle-orm'
import type { Bbox } from '../geo/bbox.ts'
import type { Database } from './database.ts'
import { isPublic, may } from './permissions.ts'
import type { Principal } from './principal.ts'
import { type TileSource, tileSourceColumns } from './rectifications.ts'
import { mosaicScans, mosaics, rectifications, resources, scans } from './schema.ts'

/** A mosaic as one principal may see it drawn. */
export interface MosaicDrawing {
  title: string
  /** Changes with the scans that are drawn, their order and their rectifications. */
  version: string
  /** The mosaic and every scan in the drawing may be seen by everyone. */
  isPublic: boolean
  bbox: Bbox
  minZoom: number
  maxZoom: number
  /** The scans that touch the window, the lowest first. */
  layers: TileSource[]
}

/** Number `index` of a rectification's extent, degrees. */
const edge = (index: number) => sql`(${rectifications.output}->'bbox'->>${sql.raw(String(index))})::float8`

/**
 * The rectified scans of a visible mosaic that the principal may see, in their drawing order; one round trip. Null
 * where the mosaic is not there, is hidden, or has nothing to draw.
 * @param window degrees; scans outside it count for everything but `layers`
 */
export async function findMosaicDrawing(
  db: Database,
  principal: Principal,
  mosaicId: number,
  window?: Bbox,
): Promise<MosaicDrawing | null> {
  const drawn = and(eq(mosaicScans.mosaicId, mosaicId), isNotNull(scans.pyramid), may(principal, 'view'))
  const [west, south, east, north] = window ?? []
  const touching =
    window &&
    sql`${edge(0)} <= ${east}::float8 and ${edge(2)} >= ${west}::float8
      and ${edge(1)} <= ${north}::float8 and ${edge(3)} >= ${south}::float8`
  const [[mosaic], [whole], layers] = await db.batch([
    db
      .select({ title: resources.title, isPublic })
      .from(resources)
      .innerJoin(mosaics, eq(mosaics.id, resources.id))
      .where(and(eq(resources.id, mosaicId), mosaics.isVisible, may(principal, 'view'))),
    db
      .select({
        version: sql<string | null>`left(md5(string_agg(${scans.id} || ':' || ${rectifications.id}, ','
          order by ${mosaicScans.position})), 16)`,
        isPublic: sql<boolean>`bool_and(${isPublic})`,
        bbox: sql<Bbox>`json_build_array(min(${edge(0)}), min(${edge(1)}), max(${edge(2)}), max(${edge(3)}))`,
        minZoom: sql<number>`min(${rectifications.minZoom})::int`,
        maxZoom: sql<number>`max(${rectifications.maxZoom})::int`,
      })
      .from(mosaicScans)
      .innerJoin(resources, eq(resources.id, mosaicScans.scanId))
      .innerJoin(scans, eq(scans.id, resources.id))
      .innerJoin(rectifications, eq(rectifications.id, scans.liveRectificationId))
      .where(and(drawn, ne(rectifications.state, 'failed'))),
    db
      .select(tileSourceColumns)
      .from(mosaicScans)
      .innerJoin(resources, eq(resources.id, mosaicScans.scanId))
      .innerJoin(scans, eq(scans.id, resources.id))
      .innerJoin(rectifications, eq(rectifications.id, scans.liveRectificationId))
      .where(and(drawn, ne(rectifications.state, 'failed'), touching))
      .orderBy(asc(mosaicScans.position)),
  ])
  if (!mosaic || !whole || whole.version === null) return null
  return {
    ...{ title: mosaic.title, version: whole.version, bbox: whole.bbox },
    ...{ minZoom: whole.minZoom, maxZoom: whole.maxZoom },
    isPublic: mosaic.isPublic && whole.isPublic,
    layers: layers as TileSource[],
  }
}
