import { tileIdToZxy, zxyToTileId } from 'pmtiles'
import type { Bbox } from '../../geo/bbox.ts'
import { mercatorMetresPerPixel } from '../../geo/ground-resolution.ts'
import { nativeZoom, tileRange } from '../../geo/mercator.ts'
import type { FittedTransform } from '../../geo/transform.ts'

/** Side of an archive's tiles, pixels. */
export const TILE_PX = 256
/** The most tiles one bake makes; a scan that would have more is baked to a lesser zoom and drawn live beyond it. */
export const BAKE_TILES_MAX = 40_000
/** Live tiles are drawn this many zooms past the scan's own resolution. */
export const ZOOMS_PAST_NATIVE = 6
/** The deepest zoom of any tile address. */
export const TILE_ZOOM_MAX = 28

/** The tiles a bbox has in the zooms 0 to `maxZoom`. */
function tileCount(bbox: Bbox, maxZoom: number): number {
  let count = 0
  for (let z = 0; z <= maxZoom; z++) {
    const { minX, minY, maxX, maxY } = tileRange(bbox, z)
    count += (maxX - minX + 1) * (maxY - minY + 1)
  }
  return count
}

/**
 * The zooms an archive of the fitted scan has: from the whole world to the scan's own resolution.
 * @param width of the scan, pixels
 * @param height of the scan, pixels
 */
export function zoomRange(
  fit: FittedTransform,
  bbox: Bbox,
  width: number,
  height: number,
): { minZoom: number; maxZoom: number } {
  const metres = mercatorMetresPerPixel(fit, width, height)
  let maxZoom = Number.isFinite(metres)
    ? Math.min(nativeZoom(metres, TILE_PX), TILE_ZOOM_MAX - ZOOMS_PAST_NATIVE)
    : 0
  while (maxZoom > 0 && tileCount(bbox, maxZoom) > BAKE_TILES_MAX) maxZoom--
  return { minZoom: 0, maxZoom }
}

/** Ids of every tile a bbox has in the zooms, in the order of the archive: by zoom, then along the Hilbert curve. */
export function tileIds(bbox: Bbox, minZoom: number, maxZoom: number): number[] {
  const ids: number[] = []
  for (let z = minZoom; z <= maxZoom; z++) {
    const { minX, minY, maxX, maxY } = tileRange(bbox, z)
    for (let x = minX; x <= maxX; x++) for (let y = minY; y <= maxY; y++) ids.push(zxyToTileId(z, x, y))
  }
  return ids.sort((a, b) => a - b)
}

export const tileOfId = (id: number): [z: number, x: number, y: number] => tileIdToZxy(id)
