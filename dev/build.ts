// `npm run build` makes what the Workers bundle and no package brings, under build/: the warp kernel, gdal, esbuild, the ends
// of DXF files, the table of reference systems, and what pages load.
import { buildAssets } from './build-assets.ts'
import { buildDxf } from './build-dxf.ts'
import { buildEpsg } from './build-epsg.ts'
import { buildEsbuild } from './build-esbuild.ts'
import { buildGdal } from './build-gdal.ts'
import { buildKernel } from './build-kernel.ts'

/** Builds what is missing or out of date; quick when nothing is. */
export async function build(): Promise<void> {
  await Promise.all([buildKernel(), buildGdal(), buildEsbuild(), buildDxf(), buildEpsg(), buildAssets()])
}

if (import.meta.main) await build()
