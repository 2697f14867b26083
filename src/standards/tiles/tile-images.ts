import type { ByteLru } from '../../domain/render/byte-lru.ts'
import { openArchive, PyramidReader } from '../../domain/render/pyramid-reader.ts'
import { ScanRenderer } from '../../domain/render/scan-renderer.ts'
import { TILE_PX, ZOOMS_PAST_NATIVE } from '../../domain/render/tile-pyramid.ts'
import type { RasterCodecs } from '../../formats/codecs.ts'
import { emptyTile, type TileImageType } from '../../formats/tile-image.ts'
import { tileBounds } from '../../geo/mercator.ts'
import type { TileSource } from '../../store/rectifications.ts'

/** What drawing tiles takes beside the scan itself. */
export interface TileTools {
  bucket: R2Bucket
  codecs: RasterCodecs
  /** Decoded pyramid tiles, shared by all requests of an isolate. */
  decoded: ByteLru<Uint8Array>
}

export const rendererOf = (tools: TileTools, source: TileSource): ScanRenderer =>
  new ScanRenderer(
    new PyramidReader(
      tools.bucket,
      { key: source.pyramidKey, info: source.pyramid },
      tools.codecs.decode,
      tools.decoded,
    ),
    source.fit,
    source.output.bbox,
    source.resampling,
  )

export interface TilePlace {
  z: number
  x: number
  y: number
  scale: 1 | 2
}

/**
 * The bytes of a tile: from the archive where it has that zoom, else drawn from the pyramid. Transparent outside the
 * scan's extent and deeper than `ZOOMS_PAST_NATIVE` zooms past its resolution.
 */
export async function tileImage(
  tools: TileTools,
  source: TileSource,
  { z, x, y, scale }: TilePlace,
  type: TileImageType,
): Promise<Uint8Array> {
  const size = scale === 2 ? 512 : TILE_PX
  const outside = emptyTile(size, type)
  const [west, south, east, north] = source.output.bbox
  const [tileWest, tileSouth, tileEast, tileNorth] = tileBounds(z, x, y)
  if (tileWest >= east || tileEast <= west || tileSouth >= north || tileNorth <= south) return outside
  if (z > source.maxZoom + ZOOMS_PAST_NATIVE) return outside

  if (source.archiveKey && scale === 1 && z >= source.minZoom && z <= source.maxZoom) {
    const stored = await openArchive(tools.bucket, source.archiveKey).getZxy(z, x, y)
    if (!stored) return outside
    const webp = new Uint8Array(stored.data)
    if (type === 'image/webp') return webp
    return tools.codecs.encodePng(await tools.codecs.decode('webp', webp))
  }
  const data = await rendererOf(tools, source).tile(z, x, y, size)
  if (!data) return outside
  const image = { width: size, height: size, data }
  return type === 'image/webp' ? tools.codecs.encodeWebp(image) : tools.codecs.encodePng(image)
}
