import { crsNameOf } from '../../../formats/gcps/wkt-crs.ts'
import { crsOfName } from '../../../geo/crs/crs-name.ts'
import { systemsLike } from '../../../geo/crs/match-wkt.ts'
import { crsTransform } from '../../../geo/crs/reference-system.ts'
import { UnknownCrsError } from '../../../geo/crs/unknown-crs-error.ts'
import { datumKey, horizontalWkt, nameLikeness } from '../../../geo/crs/wkt-names.ts'
import { findSystemsNamed, findSystemTexts } from '../../../store/reference-systems.ts'
import type { Context } from '../../context.ts'

const CHOICES_MAX = 10

/** The EPSG code of a system, or what it may be. */
export interface SystemMatch {
  code: number | null
  /** Codes that it may be, the likeliest first. */
  candidates: number[]
  /** Something is to be said of how it was found, for a person. */
  warning: string | null
}

/** The EPSG code of a name such as `EPSG:2056` or a URN; null where it is not known. */
export function codeOfName(name: string): number | null {
  try {
    return crsOfName(name).code
  } catch (error) {
    if (error instanceof UnknownCrsError) return null
    throw error
  }
}

/**
 * The EPSG code of a system that a file defines: a name or identifier in it that is known; or else the system that has
 * the same parameters, told apart from others by the datum's name and its own; or else one of exactly its name.
 */
export async function matchSystem(context: Context, definition: string): Promise<SystemMatch> {
  const wkt = horizontalWkt(definition)
  const named = codeOfName(crsNameOf(wkt))
  if (named !== null) return found(named)
  if (!/^\w+\s*[[(]/.test(wkt)) return { code: null, candidates: [], warning: null }
  const alike = systemsLike(wkt)
  const texts = await findSystemTexts(context.db, alike)
  const datum = datumKey(wkt)
  const ranked = alike
    .filter((code) => texts.has(code))
    .map((code) => ({
      code,
      isDatum: datum !== null && datumKey(texts.get(code)!) === datum,
      likeness: nameLikeness(wkt, texts.get(code)!),
      // Programs mean the system whose easting comes first, and the oldest number it has.
      isEastFirst: crsTransform(code).axisOrder === 'xy',
    }))
    .sort(
      (a, b) =>
        Number(b.isDatum) - Number(a.isDatum) ||
        b.likeness - a.likeness ||
        Number(b.isEastFirst) - Number(a.isEastFirst) ||
        a.code - b.code,
    )
  const [first] = ranked
  if (first?.isDatum) return found(first.code)
  const [sameName] = await findSystemsNamed(context.db, /"([^"]*)"/.exec(wkt)?.[1] ?? '')
  if (sameName !== undefined && codeOfName(`EPSG:${sameName}`) !== null) return found(sameName)
  if (first && ranked.length === 1)
    return {
      ...found(first.code),
      warning: `its reference system was taken for EPSG:${first.code} by its parameters`,
    }
  return { code: null, candidates: ranked.slice(0, CHOICES_MAX).map(({ code }) => code), warning: null }
}

const found = (code: number): SystemMatch => ({ code, candidates: [], warning: null })
