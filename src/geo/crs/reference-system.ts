import proj4 from 'proj4'
import type { Bbox } from '../bbox.ts'
import { latitudeOf, longitudeOf, MERCATOR_RADIUS_METRES, mercatorX } from '../mercator.ts'
import type { PlanarFunction } from '../transform.ts'
import { epsgDefinition } from './epsg-definition.ts'
import { UnknownCrsError } from './unknown-crs-error.ts'

/** A two-dimensional coordinate reference system and the way to it from WGS 84 degrees. */
export interface ReferenceSystem {
  /** EPSG code; of web mercator and its aliases 3857, of CRS:84 4326. */
  readonly code: number
  /** (lon, lat) in degrees to (x, y) in the order programs use: easting first. NaN where the system is not defined. */
  readonly forward: PlanarFunction
  /** (x, y), easting first, to (lon, lat) in degrees. NaN where no place has these coordinates. */
  readonly inverse: PlanarFunction
  /** Length of the unit of x and y; null where it is the degree. */
  readonly metresPerUnit: number | null
  /** `yx` where the authority counts the northing or latitude first, as WMS 1.3.0 and its like then do. */
  readonly axisOrder: 'xy' | 'yx'
  /** West, south, east, north in degrees; west is the greater where the area crosses longitude 180. */
  readonly areaOfUse: Bbox
}

/** What programs called web mercator before EPSG gave it a number, and after. */
const WEB_MERCATOR_ALIASES = [900913, 102100, 102113, 3785]
export const WEB_MERCATOR = 3857
export const WGS_84 = 4326

/** A place must come back to within this many degrees, or metres on the ground, of where it was. */
const RETURN_TOLERANCE_DEGREES = 1e-6
const RETURN_TOLERANCE_METRES = 0.1

const SYSTEMS_MAX = 64
const systems = new Map<number, ReferenceSystem>()

/**
 * The reference system of an EPSG code. Datum shifts are by three or seven parameters, never by grids, so that systems
 * on old datums are met within some metres.
 * @throws UnknownCrsError for a code without a definition that can be computed
 */
export function crsTransform(code: number): ReferenceSystem {
  const known = systems.get(code)
  if (known) return known
  const system = makeSystem(WEB_MERCATOR_ALIASES.includes(code) ? WEB_MERCATOR : code)
  if (systems.size >= SYSTEMS_MAX) systems.clear()
  systems.set(code, system)
  return system
}

function makeSystem(code: number): ReferenceSystem {
  const definition = epsgDefinition(code)
  if (!definition) throw new UnknownCrsError(`EPSG:${code}`)
  const { areaOfUse, northingFirst } = definition
  const axisOrder = northingFirst ? 'yx' : 'xy'
  if (code === WGS_84) return { code, ...GEOGRAPHIC, metresPerUnit: null, axisOrder, areaOfUse }
  if (code === WEB_MERCATOR) return { code, ...MERCATOR, metresPerUnit: 1, axisOrder, areaOfUse }
  const { forward, inverse } = proj4(WGS_84_NAME, definition.proj4)
  const { projName, to_meter: toMetre = 1 } = new proj4.Proj(definition.proj4) as unknown as Parameters
  const metresPerUnit = projName === 'longlat' ? null : toMetre
  const toPlane = planar((point) => forward(point, true))
  const toDegrees = planar((point) => inverse(point, true))
  const tolerance =
    metresPerUnit === null ? RETURN_TOLERANCE_DEGREES : RETURN_TOLERANCE_METRES / metresPerUnit
  return {
    code,
    forward: returning(toPlane, toDegrees, RETURN_TOLERANCE_DEGREES, 360),
    inverse: returning(toDegrees, toPlane, tolerance, metresPerUnit === null ? 360 : 0),
    metresPerUnit,
    axisOrder,
    areaOfUse,
  }
}

const WGS_84_NAME = `EPSG:${WGS_84}`

/** What the types of proj4 leave out of a parsed definition. */
interface Parameters {
  projName: string
  to_meter?: number
}

const GEOGRAPHIC = {
  forward: identity,
  inverse: identity,
}

/** Unlike proj4's, not wrapped at longitude 180, so that what crosses it stays in one piece. */
const MERCATOR: { forward: PlanarFunction; inverse: PlanarFunction } = {
  forward(lon, lat, out) {
    out[0] = mercatorX(lon)
    out[1] =
      Math.abs(lat) < 90 ? MERCATOR_RADIUS_METRES * Math.asinh(Math.tan((lat * Math.PI) / 180)) : Number.NaN
  },
  inverse(x, y, out) {
    out[0] = longitudeOf(x)
    out[1] = latitudeOf(y)
  },
}

function identity(x: number, y: number, out: Float64Array): void {
  out[0] = x
  out[1] = y
}

/** A conversion of proj4 as a function that never throws. */
function planar(convert: (point: number[]) => number[]): PlanarFunction {
  return (x, y, out) => {
    out[0] = Number.NaN
    out[1] = Number.NaN
    if (!Number.isFinite(x) || !Number.isFinite(y)) return
    try {
      const [first, second] = convert([x, y])
      if (!Number.isFinite(first) || !Number.isFinite(second)) return
      out[0] = first!
      out[1] = second!
    } catch {
      // proj4 throws for some places that a projection does not reach.
    }
  }
}

/**
 * `there`, but NaN for what does not come back: far from where a projection is made for, series lead to places that
 * have nothing to do with the coordinates.
 * @param turn the first coordinate counts as the same after so much; 0 for never
 */
function returning(
  there: PlanarFunction,
  back: PlanarFunction,
  tolerance: number,
  turn: number,
): PlanarFunction {
  const returned = new Float64Array(2)
  return (x, y, out) => {
    there(x, y, out)
    back(out[0]!, out[1]!, returned)
    const strayedX = Math.abs(returned[0]! - x)
    const offX = turn > 0 ? Math.abs(strayedX - turn * Math.round(strayedX / turn)) : strayedX
    if (Math.max(offX, Math.abs(returned[1]! - y)) <= tolerance) return
    out[0] = Number.NaN
    out[1] = Number.NaN
  }
}
