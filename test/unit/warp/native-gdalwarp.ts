import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ControlPoint } from '../../../src/geo/control-point.ts'
import { gcpOptions, type Raster, type Window, warpOptions } from './gdalwarp.ts'

/** Version of the installed GDAL, minor in hundredths (3.06 is 3.6), or null when there is none. */
export function nativeGdalVersion(): number | null {
  try {
    const text = execFileSync('gdalwarp', ['--version'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    const [, major, minor] = /GDAL (\d+)\.(\d+)/.exec(text) ?? []
    return major === undefined ? null : Number(major) + Number(minor) / 100
  } catch {
    return null
  }
}

/** Warps an RGB raster with control points to RGBA by the programs of the machine. */
export function warpNative(
  { width, height, data }: Raster,
  points: readonly ControlPoint[],
  options: string[],
  window: Window,
): Uint8Array {
  const directory = mkdtempSync(join(tmpdir(), 'native-gdalwarp-'))
  try {
    const picture = join(directory, 'picture.ppm')
    writeFileSync(picture, Buffer.concat([Buffer.from(`P6\n${width} ${height}\n255\n`), data]))
    const source = join(directory, 'source.vrt')
    const target = join(directory, 'target.img')
    execFileSync('gdal_translate', ['-q', '-of', 'VRT', ...gcpOptions(points), picture, source])
    execFileSync('gdalwarp', ['-q', ...warpOptions(options, window), source, target])
    return readFileSync(target)
  } finally {
    rmSync(directory, { recursive: true })
  }
}
