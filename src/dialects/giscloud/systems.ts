import { requireSystem } from '../../domain/datasets/reference-systems.ts'
import { epsgDefinition } from '../../geo/crs/epsg-definition.ts'
import { codeOfProjString } from '../../geo/crs/proj-string.ts'
import { WEB_MERCATOR } from '../../geo/crs/reference-system.ts'
import { integerMember, invalid, type Members, textMember } from './request-form.ts'

/** What the API calls web mercator, and how it describes it. */
const MERCATOR_CODE = '900913'
const MERCATOR_PROJ =
  '+proj=merc +a=6378137 +b=6378137 +lat_ts=0.0 +lon_0=0.0 +x_0=0.0 +y_0=0 +k=1.0 +units=m +nadgrids=@null +no_defs'

/** The attribute under which the code stays as it was sent, where it is another name of the same system. */
const SENT_EPSG = 'epsg'

/** The code of a system as the API prints it: as it was sent, web mercator otherwise by its old number. */
export function printEpsg(srid: number, attributes: Record<string, unknown>): string {
  const sent = attributes[SENT_EPSG]
  if (typeof sent === 'string') return sent
  return srid === WEB_MERCATOR ? MERCATOR_CODE : String(srid)
}

/** The PROJ string of a system; null where none is known. */
export const projOf = (srid: number): string | null =>
  srid === WEB_MERCATOR ? MERCATOR_PROJ : (epsgDefinition(srid)?.proj4 ?? null)

export interface SystemMembers {
  srid: number | undefined
  /** To be kept among the attributes: null takes away what was kept before. */
  sent: { [SENT_EPSG]?: string | null }
}

/** The system that a member `epsg` names. @throws ValidationError for one that is not known */
export function epsgMember(members: Members): SystemMembers {
  const code = integerMember(members, 'epsg', 1, 999_999)
  if (code === undefined) return { srid: undefined, sent: {} }
  const { code: srid } = requireSystem('epsg', code)
  const text = String(code)
  return { srid, sent: { [SENT_EPSG]: text === printEpsg(srid, {}) ? null : text } }
}

/**
 * The system of `proj4` where no code goes before it.
 * @throws ValidationError for one that is none of the systems with an EPSG code
 */
export function projMember(members: Members, srid: number | undefined) {
  const proj4 = textMember(members, 'proj4', 1000)?.trim()
  if (!proj4) return { srid, proj4: undefined }
  if (srid !== undefined) return { srid, proj4 }
  const code = codeOfProjString(proj4)
  if (code === null)
    throw invalid('proj4', 'is no system that has an EPSG code here; give its code as epsg beside it')
  return { srid: requireSystem('proj4', code).code, proj4 }
}
