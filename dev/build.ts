// `npm run build` makes what the Workers bundle and no package brings, under build/: the warp kernel, gdal, and the table
// of reference systems.
import { buildEpsg } from './build-epsg.ts'
import { buildGdal } from './build-gdal.ts'
import { buildKernel } from './build-kernel.ts'

/** Builds what is missing or out of date; quick when nothing is. */
export async function build(): Promise<void> {
  await Promise.all([buildKernel(), buildGdal(), buildEpsg()])
}

if (import.meta.main) await build()
