import { planPmtiles } from '../src/formats/pmtiles-writer.ts'
import type { PyramidInfo } from '../src/formats/pyramid-info.ts'
import type { Staging } from './staging.ts'
import { storeArchive } from './store-archive.ts'

/** Bounds of an archive in image space, where degrees mean nothing: the whole square. */
const NO_BOUNDS = [-180, -85, 180, 85] as const

/** Stores the pyramid whose tiles are all in the staging. @throws as `storeArchive` */
export async function storePyramid(
  bucket: R2Bucket,
  key: string,
  pyramid: PyramidInfo,
  staging: Staging,
  goesOn: () => boolean,
): Promise<void> {
  const plan = await planPmtiles({
    tiles: staging.tiles(),
    header: {
      ...{ tileType: pyramid.tileFormat, tileCompression: 'none', bounds: NO_BOUNDS },
      ...{ minZoom: 0, maxZoom: pyramid.levels - 1, center: [0, 0], centerZoom: 0 },
    },
    metadata: { ...pyramid },
  })
  await storeArchive(bucket, key, 'application/vnd.pmtiles', plan, staging, goesOn)
}
