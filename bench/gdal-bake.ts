import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openGdalJs } from './gdal-js.ts'
import type { HaasScan } from './haas.ts'
import { versionOf } from './installed.ts'
import { gcpOptions } from './kernel-job.ts'

const WARP = ['-tps', '-r', 'bilinear', '-dstalpha', '-t_srs', 'EPSG:3857']
const ROOM = ['-wm', '500', '-wo', 'NUM_THREADS=1']

/** GDAL's way from a scan to web mercator tiles. */
export interface GdalBake {
  /** What `run` does, with which program. */
  name: string
  /** Does it once for the zooms 0 to `maxZoom`. @returns seconds */
  run(maxZoom: number): Promise<number>
  remove(): void
}

/**
 * `gdalwarp` and `gdal2tiles.py` where both are installed, each in one thread, else gdal3.js' `gdalwarp` without any
 * tiles. The scan is decoded beforehand, into an uncompressed GeoTIFF.
 */
export async function prepareGdalBake(scan: HaasScan): Promise<GdalBake> {
  return versionOf('gdalwarp') === null || versionOf('gdal2tiles.py') === null
    ? prepareGdalJs(scan)
    : prepareNative(scan)
}

function prepareNative({ path, points }: HaasScan): GdalBake {
  const directory = mkdtempSync(join(tmpdir(), 'bake-bench-'))
  const file = (name: string) => join(directory, name)
  const run = (program: string, args: string[]) => execFileSync(program, args, { stdio: 'ignore' })
  run('gdal_translate', ['-of', 'GTiff', '-co', 'TILED=YES', ...gcpOptions(points), path, file('source.tif')])
  return {
    name: 'gdalwarp + gdal2tiles.py (WebP 80), one thread',
    async run(maxZoom) {
      rmSync(file('tiles'), { recursive: true, force: true })
      mkdirSync(file('tiles'))
      const start = performance.now()
      run('gdalwarp', [
        '-overwrite',
        ...WARP,
        ...ROOM,
        '-co',
        'TILED=YES',
        file('source.tif'),
        file('warped.tif'),
      ])
      const format = ['--tiledriver=WEBP', '--webp-quality=80', '-w', 'none', '-n', '-x', '--processes=1']
      run('gdal2tiles.py', [
        '-r',
        'bilinear',
        '-z',
        `0-${maxZoom}`,
        ...format,
        file('warped.tif'),
        file('tiles'),
      ])
      return (performance.now() - start) / 1000
    },
    remove: () => rmSync(directory, { recursive: true, force: true }),
  }
}

async function prepareGdalJs({ path, points }: HaasScan): Promise<GdalBake> {
  const gdal = await openGdalJs()
  const picture = (await gdal.open(path)).datasets[0]!
  const tiff = await gdal.gdal_translate(picture, ['-of', 'GTiff', ...gcpOptions(points)], 'source')
  const source = (await gdal.open(tiff.local)).datasets[0]!
  return {
    name: 'gdal3.js gdalwarp alone, no tiles (gdalwarp or gdal2tiles.py not installed)',
    async run() {
      const start = performance.now()
      await gdal.gdalwarp(source, [...WARP, ...ROOM, '-of', 'MEM'], 'warped')
      return (performance.now() - start) / 1000
    },
    remove: () => {},
  }
}
