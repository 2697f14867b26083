import type { Bbox } from '../../geo/bbox.ts'

/** The deepest zoom of any archive; beyond it tiles are drawn live. */
export const ARCHIVE_ZOOM_MAX = 14
/** Units of a tile's side, and degrees of the side of tile 0. */
const UNITS = 4096
const WORLD_DEGREES = 360
/** Units of a tile that lie, at least, between two vertices in the deepest zoom. */
const VERTEX_UNITS = 256
/** Units that lie between two points. */
const POINT_UNITS = 4096

/**
 * The deepest zoom that an archive of a dataset needs for all there is to see in it.
 * @param spacing mean distance between vertices, degrees; null for points, whose distance follows from number and extent
 */
export function archiveZoom(spacing: number | null, extent: Bbox, featureCount: number): number {
  const [west, south, east, north] = extent
  const apart = Math.sqrt(((east - west) * (north - south)) / Math.max(1, featureCount))
  const unit = spacing === null ? apart / POINT_UNITS : spacing / VERTEX_UNITS
  if (!(unit > 0)) return ARCHIVE_ZOOM_MAX
  const zoom = Math.ceil(Math.log2(WORLD_DEGREES / UNITS / unit))
  return Math.min(ARCHIVE_ZOOM_MAX, Math.max(0, zoom))
}
