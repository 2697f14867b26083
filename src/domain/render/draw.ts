import type { R2Bucket } from '@cloudflare/workers-types'
import type { RasterCodecs } from '../../formats/codecs.ts'
import { emptyTile, type TileImageType } from '../../formats/tile-image.ts'
import type { Bbox } from '../../geo/bbox.ts'
import { tileBounds } from '../../geo/mercator.ts'
import type { TargetGrid } from '../../geo/warp/target-grid.ts'
import type { TileSource } from '../../store/rectifications.ts'
import type { ByteLru } from './byte-lru.ts'
import { compositeUnder } from './composite.ts'
import type { Drawing } from './drawing.ts'
import { openArchive, PyramidReader } from './pyramid-reader.ts'
import { ScanRenderer } from './scan-renderer.ts'
import { TILE_PX, ZOOMS_PAST_NATIVE } from './tile-pyramid.ts'

/** What drawing takes beside the scans themselves. */
export interface DrawingTools {
  bucket: R2Bucket
  codecs: RasterCodecs
  /** Decoded pyramid tiles, shared by all requests of an isolate. */
  decoded: ByteLru<Uint8Array>
}

/** The image pyramid of a scan, read through the isolate's cache of decoded tiles. */
export const openPyramid = (
  { bucket, codecs, decoded }: DrawingTools,
  { pyramidKey, pyramid }: Pick<TileSource, 'pyramidKey' | 'pyramid'>,
): PyramidReader => new PyramidReader(bucket, { key: pyramidKey, info: pyramid }, codecs.decode, decoded)

export const rendererOf = (tools: DrawingTools, source: TileSource): ScanRenderer =>
  new ScanRenderer(openPyramid(tools, source), source.fit, source.output.bbox, source.resampling, source.mask)

export interface TilePlace {
  z: number
  x: number
  y: number
  scale: 1 | 2
}

/** Side of a tile in pixels. */
const sideOf = ({ scale }: TilePlace): 256 | 512 => (scale === 2 ? 512 : TILE_PX)

/**
 * The bytes of a web mercator tile: from the archives where these have that zoom, else drawn from the pyramids.
 * Transparent outside the extent and deeper than `ZOOMS_PAST_NATIVE` zooms past a scan's resolution.
 */
export async function drawTile(
  tools: DrawingTools,
  { layers }: Drawing,
  place: TilePlace,
  type: TileImageType,
): Promise<Uint8Array> {
  const size = sideOf(place)
  const shown = layers.filter((layer) => reaches(layer, place))
  const [only] = shown
  if (!only) return emptyTile(size, type)
  if (shown.length === 1 && isStored(only, place)) {
    const stored = await storedTile(tools, only, place)
    if (!stored) return emptyTile(size, type)
    return type === 'image/webp' ? stored : tools.codecs.encodePng(await tools.codecs.decode('webp', stored))
  }
  const data = await stacked(shown, (layer) => tilePixels(tools, layer, place))
  if (!data) return emptyTile(size, type)
  const image = { width: size, height: size, data }
  if (type === 'image/png') return tools.codecs.encodePng(image)
  return shown.every(({ pyramid }) => pyramid.isLossless)
    ? tools.codecs.encodeLosslessWebp(image)
    : tools.codecs.encodeWebp(image)
}

/** RGBA of any raster of a drawing, or null where nothing of it is touched. */
export const drawRaster = (
  tools: DrawingTools,
  { layers }: Drawing,
  target: TargetGrid,
): Promise<Uint8Array | null> => stacked(layers, (layer) => rendererOf(tools, layer).draw(target))

/**
 * Draws the layers from the top down, each under those above it, and stops where nothing further can show.
 * @param layers the lowest first
 */
async function stacked(
  layers: readonly TileSource[],
  draw: (layer: TileSource) => Promise<Uint8Array | null>,
): Promise<Uint8Array | null> {
  let drawn: Uint8Array | null = null
  for (const layer of layers.toReversed()) {
    const below = await draw(layer)
    if (!below) continue
    if (drawn === null) {
      // What a layer gives may be shared with a cache, and the layers below are laid under it in place.
      drawn = layers.length > 1 ? below.slice() : below
      if (layers.length > 1 && isOpaque(drawn)) break
    } else if (compositeUnder(drawn, below)) break
  }
  return drawn
}

function isOpaque(rgba: Uint8Array): boolean {
  for (let i = 3; i < rgba.length; i += 4) if (rgba[i] !== 255) return false
  return true
}

/** Whether a scan has anything to show in a tile. */
function reaches({ output, maxZoom }: TileSource, { z, x, y }: TilePlace): boolean {
  return z <= maxZoom + ZOOMS_PAST_NATIVE && overlaps(output.bbox, tileBounds(z, x, y))
}

const overlaps = ([west, south, east, north]: Bbox, other: Bbox): boolean =>
  other[0] < east && other[2] > west && other[1] < north && other[3] > south

const isStored = ({ archiveKey, minZoom, maxZoom }: TileSource, { z, scale }: TilePlace): boolean =>
  archiveKey !== null && scale === 1 && z >= minZoom && z <= maxZoom

/** The WebP of a tile as the scan's archive has it; null where it is empty. */
async function storedTile(
  { bucket }: DrawingTools,
  { archiveKey }: TileSource,
  { z, x, y }: TilePlace,
): Promise<Uint8Array | null> {
  const stored = archiveKey === null ? undefined : await openArchive(bucket, archiveKey).getZxy(z, x, y)
  return stored ? new Uint8Array(stored.data) : null
}

/** RGBA of one scan's tile, or null where it is empty. */
async function tilePixels(
  tools: DrawingTools,
  source: TileSource,
  place: TilePlace,
): Promise<Uint8Array | null> {
  if (!isStored(source, place))
    return rendererOf(tools, source).tile(place.z, place.x, place.y, sideOf(place))
  const stored = await storedTile(tools, source, place)
  if (!stored) return null
  const { data } = await tools.codecs.decode('webp', stored)
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
}
