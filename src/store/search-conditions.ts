import { type SQL, sql } from 'drizzle-orm'
import type { AnyPgColumn } from 'drizzle-orm/pg-core'
import type { Bbox } from '../geo/bbox.ts'
import { resources } from './schema.ts'

const WORD = /[\p{L}\p{M}\p{N}_]/u
const ASCII_PUNCTUATION = /[!-/:-@[-^`{-~]/

/**
 * The text as a Postgres regular expression: a character that is no part of a word stands for itself or for a space, and
 * what follows the text is no letter. What comes before it is free.
 */
export function textPattern(text: string): string {
  const characters = Array.from(text, (character) => {
    if (WORD.test(character)) return character
    if (character === ' ' || character === '\0') return ' '
    return ASCII_PUNCTUATION.test(character) ? `[ \\${character}]` : `[ ${character}]`
  })
  return `${characters.join('')}(?![[:alpha:]])`
}

/** Whether a text contains another, whatever the case, and no letter follows it there. */
export const contains = (within: AnyPgColumn | SQL, text: string): SQL =>
  sql`${within} ~* ${textPattern(text)}`

/** Where to search: what meets a rectangle, or what lies wholly within it. */
export interface SearchArea {
  bbox: Bbox
  operation: 'intersect' | 'within'
}

/** Beyond this many degrees no difference is made, so that areas can be computed with. */
const DEGREES_MAX = 1e6

const clamp = (bbox: Bbox) =>
  bbox.map((value) => Math.min(DEGREES_MAX, Math.max(-DEGREES_MAX, value))) as Bbox

/** The condition that the extent of the row of `resources` lies in an area; the index of extents answers it. */
export function liesIn({ bbox, operation }: SearchArea): SQL {
  const [west, south, east, north] = clamp(bbox)
  const corner = (lon: number, lat: number) =>
    sql`ST_SetSRID(ST_MakePoint(${lon}::float8, ${lat}::float8), 4326)`
  const rectangle = sql`ST_Envelope(ST_MakeLine(${corner(west, south)}, ${corner(east, north)}))`
  const test = sql.raw(operation === 'within' ? 'ST_Within' : 'ST_Intersects')
  return sql`${test}(${resources.extent}, ${rectangle})`
}

/** How far the extent of the row of `resources` is from the area in size, square degrees. */
export function sizeDifference({ bbox }: SearchArea): SQL {
  const [west, south, east, north] = clamp(bbox)
  const area = Math.abs((east - west) * (north - south))
  return sql`abs(ST_Area(${resources.extent}) - ${area}::float8)`
}

/** The size of the extent of the row of `resources`, square degrees. */
export const size: SQL = sql`ST_Area(${resources.extent})`
