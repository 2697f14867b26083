/** Edge length of an image pyramid's tiles, pixels. */
export const PYRAMID_TILE_PX = 512

/** What an image pyramid holds: tile (z, x, y) of `tileSize` px, z = `levels - 1` is full resolution. */
export interface PyramidInfo {
  /** Full resolution, pixels. */
  width: number
  height: number
  tileSize: typeof PYRAMID_TILE_PX
  /** Number of levels; level 0 is one tile. */
  levels: number
  hasAlpha: boolean
  tileFormat: 'jpeg' | 'png' | 'webp'
  /** The tiles have the very pixels of the image, and what is drawn of them keeps them. */
  isLossless?: boolean
}
