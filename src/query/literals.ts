import type { Expression, InstantLiteral, LiteralGeometry, Position } from './ast.ts'
import { QueryError } from './query-error.ts'

/** A text that the database can hold. @throws QueryError for a NUL, or half of a surrogate pair */
export function storableText(text: string, position: number): string {
  if (text.includes('\0')) throw new QueryError('a text may not hold the character NUL', position)
  if (!text.isWellFormed()) throw new QueryError('a text may not hold half of a surrogate pair', position)
  return text
}

/** The number of its digits; an integer that a double does not hold exactly is a bigint. */
export function parseNumber(digits: string, position: number): number | bigint {
  const value = Number(digits)
  if (!Number.isFinite(value)) throw new QueryError(`the number ${clip(digits)} is too large`, position)
  if (!Number.isSafeInteger(value) && /^-?\d+$/.test(digits)) return BigInt(digits)
  return value
}

const CLIP_LENGTH = 40
/** What was found, for a message: not longer than one wants to read. */
export const clip = (text: string): string =>
  text.length > CLIP_LENGTH ? `${text.slice(0, CLIP_LENGTH).toWellFormed()}…` : text

const DATE = /^(\d{4})-(\d\d)-(\d\d)$/
const TIMESTAMP = /^(\d{4}-\d\d-\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.\d{1,12})?(?:[Zz]|[+-](\d\d):(\d\d))$/

/** The date, or the time, of RFC 3339 that a text is; null where it is neither. */
export function instantKind(text: string): InstantLiteral['kind'] | null {
  if (isDate(text)) return 'date'
  const [, date, hour, minute, second, zoneHour = '0', zoneMinute = '0'] = TIMESTAMP.exec(text) ?? []
  const isTimestamp =
    isDate(date ?? '') &&
    Number(hour) < 24 &&
    Number(minute) < 60 &&
    Number(second) < 60 &&
    Number(zoneHour) < 15 &&
    Number(zoneMinute) < 60
  return isTimestamp ? 'timestamp' : null
}

function isDate(text: string): boolean {
  const [, year, month, day] = DATE.exec(text) ?? []
  const date = new Date(`${text}T00:00:00Z`)
  return (
    Number(year) > 0 &&
    !Number.isNaN(date.getTime()) &&
    date.getUTCMonth() + 1 === Number(month) &&
    date.getUTCDate() === Number(day)
  )
}

/** @throws QueryError where the text is not of that kind */
export function parseInstant(kind: InstantLiteral['kind'], text: string, position: number): InstantLiteral {
  if (instantKind(text) !== kind) {
    const form = kind === 'date' ? 'a date such as 2022-04-16' : 'a time such as 2022-04-16T10:13:19Z'
    throw new QueryError(`“${clip(text)}” is not ${form}`, position)
  }
  return { kind, value: text, position }
}

const SQL_TIMESTAMP =
  /^(\d{4}-\d\d-\d\d)[ Tt](\d\d:\d\d)(:\d\d(?:\.\d{1,12})?)? ?(?:([Zz])|([+-]\d\d)(?::?(\d\d))?)?$/

/** The date or time that a text is to SQL, in the form of RFC 3339; a time without a zone is UTC. Null where it is neither. */
export function sqlInstant(text: string): Pick<InstantLiteral, 'kind' | 'value'> | null {
  const trimmed = text.trim()
  const [, date, minutes, seconds = ':00', utc, hours, zoneMinutes = '00'] = SQL_TIMESTAMP.exec(trimmed) ?? []
  const zone = utc || hours === undefined ? 'Z' : `${hours}:${zoneMinutes}`
  const value = date === undefined ? trimmed : `${date}T${minutes}${seconds}${zone}`
  const kind = instantKind(value)
  return kind && { kind, value }
}

/** The end of an interval: an instant, or null for `..`. */
export function parseIntervalEnd(text: string, position: number): InstantLiteral | null {
  if (text === '..') return null
  const kind = instantKind(text)
  if (kind === null) throw new QueryError(`“${clip(text)}” is neither a date, nor a time, nor “..”`, position)
  return { kind, value: text, position }
}

/** Whether something can stand after LIKE: a text, folded or not. */
export const isPattern = (expression: Expression): boolean =>
  expression.kind === 'text' || (expression.kind === 'fold' && isPattern(expression.operand))

const RING_POSITIONS_MIN = 4
const LINE_POSITIONS_MIN = 2

/** @throws QueryError where a geometry is none that can be compared with */
export function checkGeometry(geometry: LiteralGeometry, position: number): void {
  const fault = faultOf(geometry)
  if (fault) throw new QueryError(fault, position)
}

function faultOf(geometry: LiteralGeometry): string | null {
  switch (geometry.type) {
    case 'Point':
      return geometry.coordinates.length === 0 ? null : faultOfPositions([geometry.coordinates])
    case 'MultiPoint':
      return faultOfPositions(geometry.coordinates)
    case 'LineString':
      return faultOfLine(geometry.coordinates)
    case 'MultiLineString':
      return first(geometry.coordinates, faultOfLine)
    case 'Polygon':
      return first(geometry.coordinates, faultOfRing)
    case 'MultiPolygon':
      return first(geometry.coordinates, (rings) => first(rings, faultOfRing))
    case 'GeometryCollection':
      return first(geometry.geometries, faultOf)
  }
}

function first<T>(parts: readonly T[], fault: (part: T) => string | null): string | null {
  for (const part of parts) {
    const found = fault(part)
    if (found) return found
  }
  return null
}

function faultOfPositions(positions: readonly Position[]): string | null {
  const dimensions = positions[0]?.length
  if (positions.some(({ length }) => length < 2 || length > 3))
    return 'a position has two coordinates, or three'
  if (positions.some(({ length }) => length !== dimensions))
    return 'the positions of a geometry have the same number of coordinates'
  return null
}

function faultOfLine(positions: readonly Position[]): string | null {
  if (positions.length > 0 && positions.length < LINE_POSITIONS_MIN)
    return `a line has at least ${LINE_POSITIONS_MIN} positions`
  return faultOfPositions(positions)
}

function faultOfRing(positions: readonly Position[]): string | null {
  if (positions.length === 0) return null
  if (positions.length < RING_POSITIONS_MIN)
    return `the ring of a polygon has at least ${RING_POSITIONS_MIN} positions`
  const last = positions.at(-1)!
  if (positions[0]!.some((value, axis) => value !== last[axis]))
    return 'the ring of a polygon ends where it begins'
  return faultOfPositions(positions)
}
