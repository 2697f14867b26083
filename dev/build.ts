// `npm run build` makes what the Workers bundle and no package brings: the warp kernel and gdal, under build/.
import { buildGdal } from './build-gdal.ts'
import { buildKernel } from './build-kernel.ts'

/** Builds what is missing or out of date; quick when nothing is. */
export async function build(): Promise<void> {
  await Promise.all([buildKernel(), buildGdal()])
}

if (import.meta.main) await build()
