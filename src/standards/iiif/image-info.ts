import { REGION_MAX_PX } from '../../domain/render/image-region.ts'
import type { PyramidInfo } from '../../formats/pyramid-info.ts'

export const IMAGE_CONTEXT = 'http://iiif.io/api/image/3/context.json'
/** The compliance level that holds in full; `extraFeatures` and its like name what is there beyond it. */
export const PROFILE = 'level1'

/**
 * The `info.json` of a scan (IIIF Image API 3.0, section 5): whole images as far as `REGION_MAX_PX`, tiles of the
 * pyramid's own grid.
 * @param service address of the image service, without a slash at its end
 */
export function imageInfo(service: string, { width, height, levels, tileSize }: PyramidInfo) {
  const reductions = Array.from({ length: levels }, (_, i) => 2 ** i)
  return {
    '@context': IMAGE_CONTEXT,
    id: service,
    type: 'ImageService3',
    protocol: 'http://iiif.io/api/image',
    profile: PROFILE,
    width,
    height,
    maxArea: REGION_MAX_PX,
    sizes: reductions
      .map((factor) => ({ width: Math.ceil(width / factor), height: Math.ceil(height / factor) }))
      .filter((size) => size.width * size.height <= REGION_MAX_PX)
      .reverse(),
    tiles: [{ width: tileSize, height: tileSize, scaleFactors: reductions }],
    preferredFormats: ['webp', 'jpg'],
    extraFormats: ['png', 'webp'],
    extraQualities: ['color', 'gray'],
    extraFeatures: [
      ...['canonicalLinkHeader', 'mirroring', 'profileLinkHeader', 'regionByPct', 'rotationBy90s'],
      ...['sizeByConfinedWh', 'sizeByPct', 'sizeUpscaling'],
    ],
  }
}
