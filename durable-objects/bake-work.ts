import type { ScanRenderer } from '../src/domain/render/scan-renderer.ts'
import { TILE_PX, tileIds, tileOfId } from '../src/domain/render/tile-pyramid.ts'
import { FormatError } from '../src/formats/format-error.ts'
import { planPmtiles } from '../src/formats/pmtiles-writer.ts'
import { clipToWorld } from '../src/geo/bbox.ts'
import { openDatabase } from '../src/store/database.ts'
import { objectKeys } from '../src/store/objects.ts'
import { finishRectification, type TileSource } from '../src/store/rectifications.ts'
import { rasterCodecs } from '../workers/codecs.ts'
import type { JobEnv } from './environment.ts'
import { PermanentFailure } from './job-object.ts'
import { rectifier, type Work } from './work.ts'

/** The archive of every web mercator tile of one rectification. */
export function bakeWork(env: JobEnv, source: TileSource, renderer: ScanRenderer): Work {
  const { output, minZoom, maxZoom } = source
  const bounds = clipToWorld(output.bbox)
  const [west, south, east, north] = bounds
  const key = objectKeys.tiles(source.scanId, source.rectificationId)
  return {
    key,
    contentType: 'application/vnd.pmtiles',
    tiles: tileIds(output.bbox, minZoom, maxZoom),
    async draw(id) {
      const [z, x, y] = tileOfId(id)
      const data = await renderer.tile(z, x, y, TILE_PX)
      if (!data) return null
      const codecs = await rasterCodecs()
      const image = { width: TILE_PX, height: TILE_PX, data }
      return source.pyramid.isLossless ? codecs.encodeLosslessWebp(image) : codecs.encodeWebp(image)
    },
    async plan(staging) {
      try {
        return await planPmtiles({
          tiles: staging.tiles(),
          header: {
            tileType: 'webp',
            tileCompression: 'none',
            minZoom,
            maxZoom,
            bounds,
            center: [(west + east) / 2, (south + north) / 2],
            centerZoom: maxZoom,
          },
          metadata: { name: source.title, format: 'webp', type: 'overlay' },
        })
      } catch (error) {
        if (!(error instanceof FormatError)) throw error
        throw new PermanentFailure(`the rectified map cannot be stored as tiles: ${error.message}`)
      }
    },
    async publish() {
      const stored = await env.BUCKET.head(key)
      if (!stored) throw new Error(`the archive ${key} is gone`)
      await finishRectification(openDatabase(env), rectifier, source.rectificationId, {
        key,
        bytes: stored.size,
      })
    },
  }
}
