import { WEB_MERCATOR } from '../../../geo/crs/reference-system.ts'
import { MERCATOR_RADIUS_METRES } from '../../../geo/mercator.ts'
import { ValidationError } from '../../errors.ts'
import { isInDegrees, knownSystem } from '../reference-systems.ts'

/** Half the way around the world. */
const METRES_MAX = 20_000_000
const DEGREES_MAX = 180
/** Of the equator. */
const METRES_PER_DEGREE = (MERCATOR_RADIUS_METRES * Math.PI) / 180

/** What a distance is in: `metre` is the ground's, wherever the system of the coordinates has another. */
export type DistanceUnit = 'metre' | 'degree'

/** A distance as it is measured. */
export interface MeasuredDistance {
  /** Metres where it is geodesic, else units of the system. */
  distance: number
  /** Measured on the ellipsoid, else in the plane of the coordinates. */
  isGeodesic: boolean
}

const refuse = (message: string): never => {
  throw new ValidationError([{ attribute: 'distance', message }])
}

/**
 * How a distance is measured among coordinates of a system. Without a unit, it is metres on the ellipsoid for degrees, and
 * whatever unit a projected system has. Metres of web mercator, which are longer or shorter than those on the ground, are
 * measured on the ellipsoid; degrees of projected systems are those of the equator.
 * @throws ValidationError (`distance`)
 */
export function measuredDistance(
  srid: number,
  distance: number,
  unit: DistanceUnit | undefined,
): MeasuredDistance {
  if (!Number.isFinite(distance) || distance === 0) refuse('must be a number other than 0')
  if (unit === 'degree') return { distance: inDegrees(srid, distance), isGeodesic: false }
  const isGeodesic = isInDegrees(srid) || (unit === 'metre' && srid === WEB_MERCATOR)
  if ((isGeodesic || unit === 'metre') && Math.abs(distance) > METRES_MAX)
    refuse(`must be at most ${METRES_MAX} metres`)
  return {
    distance: isGeodesic || unit === undefined ? distance : distance / metresPerUnit(srid),
    isGeodesic,
  }
}

function inDegrees(srid: number, distance: number): number {
  if (Math.abs(distance) > DEGREES_MAX) refuse(`must be at most ${DEGREES_MAX} degrees`)
  if (isInDegrees(srid)) return distance
  if (srid === 0) refuse('cannot be in degrees: nothing is known of the system of the coordinates')
  return (distance * METRES_PER_DEGREE) / metresPerUnit(srid)
}

/** Of a system that is not known, the unit is taken for the metre. */
const metresPerUnit = (srid: number): number => knownSystem(srid)?.metresPerUnit ?? 1
