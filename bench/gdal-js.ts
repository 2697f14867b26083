import { createRequire } from 'node:module'
import { dirname, join, relative } from 'node:path'

/** The part of gdal3.js that the benches use. */
export interface GdalJs {
  open(path: string): Promise<{ datasets: object[] }>
  gdal_translate(dataset: object, options: string[], name: string): Promise<{ local: string }>
  gdalwarp(dataset: object, options: string[], name: string): Promise<{ local: string }>
  /** Reads a file of gdal3.js's own file system. */
  getFileBytes(path: string): Promise<Uint8Array>
}

/** Starts gdal3.js in this thread. */
export function openGdalJs(): Promise<GdalJs> {
  const require = createRequire(import.meta.url)
  const packageDir = dirname(require.resolve('gdal3.js/package.json'))
  return require('gdal3.js/node.js')({
    path: relative('.', join(packageDir, 'dist/package')),
    useWorker: false,
    logHandler: () => {},
    errorHandler: () => {},
  })
}
