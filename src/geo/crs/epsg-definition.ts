import table from '../../../build/epsg.mjs'
import type { Bbox } from '../bbox.ts'

/** What the EPSG dataset says of a reference system. */
export interface EpsgDefinition {
  /** Parameters as proj4 takes them. */
  proj4: string
  /** Whether the authority counts the northing, or the latitude, first. */
  northingFirst: boolean
  /** West, south, east, north of the area of use in degrees; west is the greater where it crosses longitude 180. */
  areaOfUse: Bbox
}

/** The definition of an EPSG code; null for one that is none of a two-dimensional system or cannot be computed. */
export function epsgDefinition(code: number): EpsgDefinition | null {
  const start = table.indexOf(`\n${code}\t`) + 1
  if (start === 0) return null
  const [, flags, area, proj4] = table.slice(start, table.indexOf('\n', start)).split('\t')
  return { proj4: proj4!, northingFirst: flags === 'n', areaOfUse: boxOf(area!) }
}

/** All definitions there are, by ascending code. */
export function* epsgDefinitions(): Generator<{ code: number; definition: EpsgDefinition }, void, undefined> {
  for (const [, code, flags, area, proj4] of table.matchAll(/\n(\d+)\t(\w*)\t([^\t\n]+)\t([^\n]+)/g))
    yield {
      code: Number(code),
      definition: { proj4: proj4!, northingFirst: flags === 'n', areaOfUse: boxOf(area!) },
    }
}

let areas: { code: number; areaOfUse: Bbox }[] | null = null

/** All codes there are with their areas of use, in ascending order. */
export function epsgAreas(): readonly { code: number; areaOfUse: Bbox }[] {
  areas ??= [...table.matchAll(/\n(\d+)\t\w*\t([^\t]+)/g)].map(([, code, area]) => ({
    code: Number(code),
    areaOfUse: boxOf(area!),
  }))
  return areas
}

const boxOf = (text: string): Bbox => text.split(' ').map(Number) as Bbox
