import type { ScanRenderer } from '../src/domain/render/scan-renderer.ts'
import { deflateTile, type GeoTiffTile, planGeoTiff } from '../src/formats/geotiff-writer.ts'
import { geographicGrid } from '../src/geo/warp/target-grid.ts'
import { openDatabase } from '../src/store/database.ts'
import { objectKeys } from '../src/store/objects.ts'
import { setGeotiff, type TileSource } from '../src/store/rectifications.ts'
import type { JobEnv } from './environment.ts'
import type { Staging } from './staging.ts'
import { rectifier, type Work } from './work.ts'

const TILE_PX = 512
/** Horizontal differences: scans compress to two thirds of what they do without. */
const PREDICTOR = 2

interface Place {
  level: number
  col: number
  row: number
}

/** The GeoTIFF of one rectification in EPSG:4326, with overviews down to one tile. */
export function exportWork(env: JobEnv, source: TileSource, renderer: ScanRenderer): Work {
  const { output } = source
  const { west, north, pixelSizeX, pixelSizeY } = output
  const levels = overviewLevels(output.width, output.height)
  const places = levels.flatMap(({ width, height }, level) => tilePlaces(level, width, height))
  const key = objectKeys.geotiff(source.scanId, source.rectificationId)
  return {
    key,
    contentType: 'image/tiff',
    tiles: places.map((_, id) => id),
    async draw(id) {
      const { level, col, row } = places[id]!
      const scaleX = (pixelSizeX * output.width) / levels[level]!.width
      const scaleY = (pixelSizeY * output.height) / levels[level]!.height
      const rgba = await renderer.draw(
        geographicGrid(
          west + col * TILE_PX * scaleX,
          north - row * TILE_PX * scaleY,
          scaleX,
          scaleY,
          TILE_PX,
          TILE_PX,
        ),
      )
      return rgba && deflateTile(rgba, TILE_PX, PREDICTOR)
    },
    async plan(staging) {
      const tiles = placedTiles(staging, places)
      return planGeoTiff({
        ...{ levels, tileSize: TILE_PX, predictor: PREDICTOR, west, north, pixelSizeX, pixelSizeY, tiles },
      })
    },
    publish: () => setGeotiff(openDatabase(env), rectifier, source.rectificationId, key),
  }
}

/** Sizes of a raster and its halvings, until one tile holds the last. */
function overviewLevels(width: number, height: number): { width: number; height: number }[] {
  const levels = [{ width, height }]
  for (let last = levels[0]!; Math.max(last.width, last.height) > TILE_PX; levels.push(last))
    last = { width: Math.ceil(last.width / 2), height: Math.ceil(last.height / 2) }
  return levels
}

function tilePlaces(level: number, width: number, height: number): Place[] {
  const columns = Math.ceil(width / TILE_PX)
  const rows = Math.ceil(height / TILE_PX)
  return Array.from({ length: columns * rows }, (_, i) => ({
    level,
    col: i % columns,
    row: Math.floor(i / columns),
  }))
}

function* placedTiles(staging: Staging, places: readonly Place[]): Iterable<GeoTiffTile> {
  for (const { tileId, blob, length } of staging.tiles()) yield { ...places[tileId]!, blob, length }
}
