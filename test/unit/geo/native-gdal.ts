import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ControlPoint } from '../../../src/geo/control-point.ts'

/** Whether GDAL's own programs are installed, to compare with. */
export const hasGdal = spawnSync('gdalwarp', ['--version']).status === 0

/** Runs `gdaltransform` with control points over some places. */
export function gdaltransform(
  points: readonly ControlPoint[],
  flags: readonly string[],
  places: readonly (readonly [number, number])[],
): [number, number][] {
  const gcps = points.flatMap(({ x, y, lon, lat }) => ['-gcp', ...[x, y, lon, lat].map(String)])
  const input = places.map((place) => place.join(' ')).join('\n')
  const options = { input: `${input}\n`, encoding: 'utf8' } as const
  const output = execFileSync('gdaltransform', ['-s_srs', 'EPSG:4326', ...flags, ...gcps], options)
  return output
    .trim()
    .split('\n')
    .map((line) => line.split(' ').map(Number) as [number, number])
}

export interface Raster {
  width: number
  height: number
  geoTransform: number[]
}

/**
 * The raster in EPSG:4326 that `gdalwarp` makes of an image of some size with control points.
 * @param srs what the points' ground coordinates are of, in the place of degrees
 */
export function gdalwarpRaster(
  points: readonly ControlPoint[],
  flags: readonly string[],
  width: number,
  height: number,
  srs = 'EPSG:4326',
): Raster {
  const folder = mkdtempSync(join(tmpdir(), 'suggested-output-'))
  try {
    const source = join(folder, 'source.vrt')
    const target = join(folder, 'target.vrt')
    writeFileSync(source, virtualRaster(points, width, height, srs))
    const systems = ['-s_srs', srs, '-t_srs', 'EPSG:4326']
    execFileSync('gdalwarp', ['-q', '-of', 'VRT', ...systems, ...flags, source, target])
    const xml = readFileSync(target, 'utf8')
    const size = /rasterXSize="(\d+)" rasterYSize="(\d+)"/.exec(xml)
    const geoTransform = /<GeoTransform>([^<]*)</.exec(xml)
    return {
      width: Number(size?.[1]),
      height: Number(size?.[2]),
      geoTransform: geoTransform?.[1]?.split(',').map(Number) ?? [],
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function virtualRaster(points: readonly ControlPoint[], width: number, height: number, srs: string): string {
  const gcps = points.map(
    ({ x, y, lon, lat }) => `<GCP Id="" Pixel="${x}" Line="${y}" X="${lon}" Y="${lat}"/>`,
  )
  return `<VRTDataset rasterXSize="${width}" rasterYSize="${height}">
    <GCPList Projection="${srs}" dataAxisToSRSAxisMapping="${srs === 'EPSG:4326' ? '2,1' : '1,2'}">${gcps.join('')}</GCPList>
    <VRTRasterBand dataType="Byte" band="1"/></VRTDataset>`
}
