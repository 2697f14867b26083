import { crsTransform, type ReferenceSystem } from '../../geo/crs/reference-system.ts'
import { UnknownCrsError } from '../../geo/crs/unknown-crs-error.ts'
import { ValidationError } from '../errors.ts'

/** The system of an EPSG code that came in as `attribute`. @throws ValidationError */
export function requireSystem(attribute: string, srid: number): ReferenceSystem {
  const system = knownSystem(srid)
  if (system) return system
  throw new ValidationError([{ attribute, message: `is a reference system that is not known: EPSG:${srid}` }])
}

/** The system of an EPSG code; null for one that cannot be computed. */
export function knownSystem(srid: number): ReferenceSystem | null {
  try {
    return crsTransform(srid)
  } catch (error) {
    if (error instanceof UnknownCrsError) return null
    throw error
  }
}

/** Whether coordinates of a system are degrees; of one that is not known they are taken for lengths. */
export const isInDegrees = (srid: number): boolean => knownSystem(srid)?.metresPerUnit === null
