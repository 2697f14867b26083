import { tileBoundsMetres } from '../src/geo/mercator.ts'
import type { TilePlace } from './archive-tiles.ts'
import { openGdalJs } from './gdal-js.ts'
import type { HaasScan } from './haas.ts'
import { gcpOptions } from './kernel-job.ts'

const TILE_PX = String(256)
const WARP = ['-tps', '-r', 'bilinear', '-dstalpha', '-t_srs', 'EPSG:3857']
const WEBP = ['-of', 'WEBP', '-co', 'QUALITY=80', '-co', 'METHOD=0']

/**
 * Prepares gdal3.js to draw WebP tiles of a scan, by thin plate spline and bilinear, from its decoded pixels in memory.
 *
 * @returns draws tiles one after the other and answers with tiles a second
 */
export async function prepareGdalTiles(
  scan: HaasScan,
): Promise<(tiles: readonly TilePlace[]) => Promise<number>> {
  const gdal = await openGdalJs()
  const picture = (await gdal.open(scan.path)).datasets[0]!
  const tiff = await gdal.gdal_translate(picture, ['-of', 'GTiff', ...gcpOptions(scan.points)], 'source')
  const source = (await gdal.open(tiff.local)).datasets[0]!
  return async (tiles) => {
    const start = performance.now()
    for (const tile of tiles) {
      const place = ['-te', ...tileBoundsMetres(...tile).map(String), '-ts', TILE_PX, TILE_PX]
      await gdal.gdalwarp(source, [...WARP, ...place, ...WEBP], 'tile')
    }
    return (tiles.length * 1000) / (performance.now() - start)
  }
}
