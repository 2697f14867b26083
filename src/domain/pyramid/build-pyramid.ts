import type { RgbaImage } from '../../formats/codecs.ts'
import type { PyramidInfo } from '../../formats/pyramid-info.ts'
import { halve, type PlacedImage, shrinkToFit } from './downsample.ts'
import { levelTiles, tileSize } from './geometry.ts'
import type { IngestStep } from './steps.ts'

/** Longest edge of a thumbnail. */
export const THUMBNAIL_MAX_PX = 100

/** Where encoded tiles are kept between the steps; writing a tile again replaces it. */
export interface TileStore {
  put(z: number, x: number, y: number, bytes: Uint8Array): void | Promise<void>
  get(z: number, x: number, y: number): Uint8Array | undefined | Promise<Uint8Array | undefined>
  putThumbnail(png: Uint8Array): void | Promise<void>
}

/** Encodes and decodes a pyramid's tiles. The same pixels must always give the same bytes. */
export interface TileCodec {
  encode(tile: RgbaImage): Uint8Array | Promise<Uint8Array>
  decode(bytes: Uint8Array): RgbaImage | Promise<RgbaImage>
  encodePng(image: RgbaImage): Uint8Array | Promise<Uint8Array>
}

/** Decoded rows of the image over its whole width. */
export interface DecodedRows {
  readonly height: number
  /** All rows of some columns, as red, green, blue, alpha. */
  rgba(x: number, width: number): Uint8ClampedArray
}

/** Decodes rows of the image; cheapest when rows are asked for in rising order. */
export interface RowSource {
  read(y: number, height: number): Promise<DecodedRows>
}

/**
 * Runs one step. What it stores depends on the source and on stored tiles alone, so a step may be run again, in this
 * process or another, with the same result.
 * @throws FormatError of the source; Error when a tile that an earlier step stores is not there
 */
export async function runIngestStep(
  pyramid: PyramidInfo,
  step: IngestStep,
  rows: RowSource,
  store: TileStore,
  codec: TileCodec,
): Promise<void> {
  switch (step.kind) {
    case 'strip':
      return cutStrip(pyramid, step, await rows.read(step.y, step.height), store, codec)
    case 'tile':
      return store.put(
        step.z,
        step.x,
        step.y,
        await codec.encode(await halveAbove(pyramid, step, store, codec)),
      )
    case 'thumbnail': {
      const top = await codec.decode(await stored(store, 0, 0, 0))
      return store.putThumbnail(await codec.encodePng(shrinkToFit(top, THUMBNAIL_MAX_PX)))
    }
  }
}

async function cutStrip(
  pyramid: PyramidInfo,
  { z, row }: { z: number; row: number },
  strip: DecodedRows,
  store: TileStore,
  codec: TileCodec,
): Promise<void> {
  const { columns } = levelTiles(pyramid, z)
  for (let x = 0; x < columns; x++) {
    const { width, height } = tileSize(pyramid, z, x, row)
    const data = strip.rgba(x * pyramid.tileSize, width)
    await store.put(z, x, row, await codec.encode({ width, height, data }))
  }
}

async function halveAbove(
  pyramid: PyramidInfo,
  { z, x, y }: { z: number; x: number; y: number },
  store: TileStore,
  codec: TileCodec,
): Promise<RgbaImage> {
  const above = levelTiles(pyramid, z + 1)
  const parts: PlacedImage[] = []
  for (let dy = 0; dy < 2 && 2 * y + dy < above.rows; dy++) {
    for (let dx = 0; dx < 2 && 2 * x + dx < above.columns; dx++) {
      const { width, height, data } = await codec.decode(await stored(store, z + 1, 2 * x + dx, 2 * y + dy))
      parts.push({ width, height, data, x: dx * pyramid.tileSize, y: dy * pyramid.tileSize })
    }
  }
  const { width, height } = tileSize(pyramid, z, x, y)
  return halve(width, height, parts)
}

async function stored(store: TileStore, z: number, x: number, y: number): Promise<Uint8Array> {
  const bytes = await store.get(z, x, y)
  if (!bytes) throw new Error(`tile ${z}/${x}/${y} of the pyramid is not stored`)
  return bytes
}
