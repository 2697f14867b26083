import type { PyramidInfo } from '../../formats/pyramid-info.ts'
import type { PyramidReader } from './pyramid-reader.ts'
import { type Rectangle, resized } from './resize.ts'

/** The most pixels a picture of a part of a scan has: 16 MiB of RGBA. */
export const REGION_MAX_PX = 4 * 1024 * 1024
/** The most source pixels that are read at once for it: 4 MiB, and four times that while they are filtered. */
const WINDOW_MAX_PX = 1024 * 1024

/**
 * A part of a scan's image at another size, from the pyramid level whose pixels are just finer.
 *
 * @param region full resolution pixels, inside the image
 * @param size of the result in pixels, `REGION_MAX_PX` at most
 * @returns RGBA
 */
export async function drawRegion(
  pyramid: PyramidReader,
  region: Rectangle,
  size: { width: number; height: number },
): Promise<Uint8Array> {
  const reduction = Math.min(region.width / size.width, region.height / size.height)
  const halvings = Math.min(pyramid.info.levels - 1, Math.floor(Math.log2(Math.max(1, reduction))))
  const level = pyramid.info.levels - 1 - halvings
  const divisor = 2 ** halvings
  const part = {
    x: region.x / divisor,
    y: region.y / divisor,
    width: region.width / divisor,
    height: region.height / divisor,
  }
  const read = (x: number, y: number, width: number, height: number) =>
    pyramid.window(level, x, y, width, height)
  return resized(read, pyramid.levelSize(level), part, size, WINDOW_MAX_PX)
}

/** The pyramid tile that a request is exactly for, if it is for one. */
export function tileOfRegion(
  { width, height, levels, tileSize }: PyramidInfo,
  region: Rectangle,
  size: { width: number; height: number },
): { level: number; x: number; y: number } | null {
  for (let level = levels - 1, divisor = 1; level >= 0; level--, divisor *= 2) {
    const side = tileSize * divisor
    const [x, y] = [region.x / side, region.y / side]
    const isTile =
      Number.isInteger(x) &&
      Number.isInteger(y) &&
      region.width === Math.min(side, width - region.x) &&
      region.height === Math.min(side, height - region.y) &&
      size.width === Math.ceil(region.width / divisor) &&
      size.height === Math.ceil(region.height / divisor)
    if (isTile) return { level, x, y }
  }
  return null
}
