import type { Bbox } from './bbox.ts'
import type { ControlPoint } from './control-point.ts'
import { crsOfName } from './crs/crs-name.ts'
import { type ReferenceSystem, WGS_84 } from './crs/reference-system.ts'
import { FitError } from './fit-error.ts'
import { type FittedTransform, fitTransform, type TransformMethod } from './transform.ts'

/** How far outside the area of use of a reference system points may lie, degrees. */
export const AREA_MARGIN_DEGREES = 10

/**
 * Fits a transform between pixels and the coordinates that control points, given in degrees, have in a reference
 * system.
 * @param srs a name of the system; plain degrees when undefined
 * @throws UnknownCrsError; FitError as `fitTransform`, and `outside-system` for a point far from the area of the system
 */
export function fitIn(
  srs: string | undefined,
  points: readonly ControlPoint[],
  method: TransformMethod,
): FittedTransform {
  const system = srs === undefined ? null : crsOfName(srs)
  if (!system || system.code === WGS_84) return fitTransform(points, method)
  const unit = system.metresPerUnit === null ? 'degree' : 'length'
  const fit = fitTransform(projected(points, system), method, unit)
  const meridian = points.reduce((sum, { lon }) => sum + lon, 0) / points.length
  return { ...fit, srs: `EPSG:${system.code}`, meridian }
}

/**
 * Control points with the coordinates of a reference system in the place of their degrees.
 * @throws FitError `outside-system`
 */
export function projected(points: readonly ControlPoint[], system: ReferenceSystem): ControlPoint[] {
  const { code, forward, areaOfUse } = system
  const out = new Float64Array(2)
  return points.map((point, i) => {
    const { lon, lat } = point
    forward(lon, lat, out)
    const isReached = Number.isFinite(out[0]) && Number.isFinite(out[1]) && isNear(lon, lat, areaOfUse)
    if (!isReached && Number.isFinite(lon) && Number.isFinite(lat))
      throw new FitError(
        'outside-system',
        `point ${i + 1} (longitude ${lon}, latitude ${lat}) lies outside the area of EPSG:${code}, longitudes ` +
          `${areaOfUse[0]} to ${areaOfUse[2]} and latitudes ${areaOfUse[1]} to ${areaOfUse[3]}; use another system`,
      )
    return { ...point, lon: out[0]!, lat: out[1]! }
  })
}

/** Whether a place lies in an area, whose west is greater than its east where it crosses longitude 180, or near it. */
function isNear(lon: number, lat: number, [west, south, east, north]: Bbox): boolean {
  const turned = (angle: number) => ((angle % 360) + 360) % 360
  const width = west === -180 && east === 180 ? 360 : turned(east - west)
  return (
    turned(lon - west + AREA_MARGIN_DEGREES) <= width + 2 * AREA_MARGIN_DEGREES &&
    lat >= south - AREA_MARGIN_DEGREES &&
    lat <= north + AREA_MARGIN_DEGREES
  )
}
