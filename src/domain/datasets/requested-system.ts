import { crsOfName } from '../../geo/crs/crs-name.ts'
import { UnknownCrsError } from '../../geo/crs/unknown-crs-error.ts'
import { findSystemText } from '../../store/reference-systems.ts'
import type { Context } from '../context.ts'
import { ValidationError } from '../errors.ts'

/** The EPSG code of the system that a request's `crs` names. @throws ValidationError */
export function codeOfCrs(crs: string): number {
  try {
    return crsOfName(crs).code
  } catch (error) {
    if (error instanceof UnknownCrsError)
      throw new ValidationError([{ attribute: 'crs', message: error.message }])
    throw error
  }
}

/** @throws ValidationError where the database cannot compute coordinates in a system */
export async function requireComputable(context: Context, code: number): Promise<void> {
  if ((await findSystemText(context.db, code)) !== null) return
  const message = `EPSG:${code} is not a system that coordinates can be computed in`
  throw new ValidationError([{ attribute: 'crs', message }])
}
