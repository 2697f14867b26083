import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { ControlPoint } from '../src/geo/control-point.ts'
import { openGdalJs } from './gdal-js.ts'

const WIDTH = 1600
const HEIGHT = 1018
const JPEG_QUALITY = 85

/** The 1798 Haas map, a JPEG of 1600 x 1018 px. */
const HAAS_JPEG = fileURLToPath(new URL('../test/fixtures/haas-1798.jpg', import.meta.url))

/** The map as a scan of some size with its control points. */
export interface HaasScan {
  path: string
  width: number
  height: number
  points: ControlPoint[]
}

/** The 86 control points of the map, their image coordinates multiplied by `enlargement`. */
export function haasPoints(enlargement: number): ControlPoint[] {
  return readFileSync(new URL('../test/fixtures/haas-1798.gcps.csv', import.meta.url), 'utf8')
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.split(',').map(Number) as [number, number, number, number, number])
    .map(([, x, y, lon, lat]) => ({ x: x * enlargement, y: y * enlargement, lon, lat }))
}

export const haasScan = (): HaasScan => ({
  path: HAAS_JPEG,
  width: WIDTH,
  height: HEIGHT,
  points: haasPoints(1),
})

/**
 * The map enlarged to about `megapixels` (36 make it 7520 x 4785 px) as a baseline JPEG, its pixels repeated so that
 * there is detail to encode. Made once, then kept under build/.
 */
export async function enlargedHaasScan(megapixels: number): Promise<HaasScan> {
  const enlargement = Math.round(Math.sqrt((megapixels * 1e6) / (WIDTH * HEIGHT)) * 10) / 10
  const [width, height] = [Math.round(WIDTH * enlargement), Math.round(HEIGHT * enlargement)]
  const directory = fileURLToPath(new URL('../build/', import.meta.url))
  const path = `${directory}haas-${width}x${height}.jpg`
  if (!existsSync(path)) {
    mkdirSync(directory, { recursive: true })
    const gdal = await openGdalJs()
    const size = ['-outsize', String(width), String(height), '-r', 'nearest']
    const format = ['-of', 'JPEG', '-co', `QUALITY=${JPEG_QUALITY}`]
    const { datasets } = await gdal.open(HAAS_JPEG)
    const made = await gdal.gdal_translate(datasets[0]!, [...size, ...format], 'scan')
    const partial = `${path}.${process.pid}.partial`
    writeFileSync(partial, await gdal.getFileBytes(made.local))
    renameSync(partial, path)
  }
  return { path, width, height, points: haasPoints(enlargement) }
}
