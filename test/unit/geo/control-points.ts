import { readFileSync } from 'node:fs'
import type { ControlPoint } from '../../../src/geo/control-point.ts'

/** Six points of a plan of Rotterdam, published with the values that other programs compute from them. */
export const ROTTERDAM = points(`
  1344,4098,4.4091165,51.9017125
  4440,3441,4.5029222,51.9164451
  3549,4403,4.4764224,51.897309
  1794,2130,4.4199066,51.9391509
  3656,2558,4.4775683,51.9324358
  2656,3558,4.4572643,51.9143043`)

/** Three points of a 100 x 70 image near Tartu. */
export const TARTU = points(`
  51.5,27.7,26.737,58.380
  13.0,61.5,26.679,58.353
  78.7,35.7,26.784,58.372`)

/** The 86 surveyed points of the Haas map of 1798, a scan of 1600 x 1018 pixels. */
export const HAAS = points(
  readFileSync(new URL('../../fixtures/haas-1798.gcps.csv', import.meta.url), 'utf8')
    .split('\n')
    .slice(1)
    .map((line) => line.split(',').slice(1).join(','))
    .join('\n'),
)

/** Control points of lines "x,y,lon,lat". */
export function points(csv: string): ControlPoint[] {
  return csv
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const [x, y, lon, lat] = line.split(',').map(Number)
      return { x: x!, y: y!, lon: lon!, lat: lat! }
    })
}

/** Image places put on the ground by a mild affine map, to be control points. */
export function placed(places: readonly (readonly [number, number])[]): ControlPoint[] {
  return places.map(([x, y]) => ({ x, y, lon: 7 + 2e-4 * x + 3e-5 * y, lat: 47 + 2e-5 * x - 1.5e-4 * y }))
}
