import type { ImageInfo } from '../../formats/probe/index.ts'
import { PYRAMID_TILE_PX, type PyramidInfo } from '../../formats/pyramid-info.ts'

export interface Size {
  width: number
  height: number
}

/** The pyramid an image becomes: halved until it is one tile; JPEG tiles when it is opaque, else WebP. */
export function pyramidOf({
  width,
  height,
  hasAlpha,
}: Pick<ImageInfo, 'width' | 'height' | 'hasAlpha'>): PyramidInfo {
  let levels = 1
  while (Math.max(width, height) > PYRAMID_TILE_PX * 2 ** (levels - 1)) levels++
  return {
    width,
    height,
    tileSize: PYRAMID_TILE_PX,
    levels,
    hasAlpha,
    tileFormat: hasAlpha ? 'webp' : 'jpeg',
  }
}

/** Size of level `z` in pixels. */
export function levelSize({ width, height, levels }: PyramidInfo, z: number): Size {
  const divisor = 2 ** (levels - 1 - z)
  return { width: Math.ceil(width / divisor), height: Math.ceil(height / divisor) }
}

/** Number of tiles of level `z` across and down. */
export function levelTiles(pyramid: PyramidInfo, z: number): { columns: number; rows: number } {
  const { width, height } = levelSize(pyramid, z)
  return { columns: Math.ceil(width / pyramid.tileSize), rows: Math.ceil(height / pyramid.tileSize) }
}

/** Size of a tile in pixels: those at the right and lower edge are cropped. */
export function tileSize(pyramid: PyramidInfo, z: number, x: number, y: number): Size {
  const level = levelSize(pyramid, z)
  return {
    width: Math.min(pyramid.tileSize, level.width - x * pyramid.tileSize),
    height: Math.min(pyramid.tileSize, level.height - y * pyramid.tileSize),
  }
}
