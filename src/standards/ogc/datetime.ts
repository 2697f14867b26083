import { InvalidParameterError } from './errors.ts'
import { shown } from './parameters.ts'

/** A time from a start to an end, both of them in it; null where it is open. */
export interface TimeSpan {
  from: string | null
  to: string | null
}

const DATE = /^(\d{4})-(\d{2})-(\d{2})$/
const TIMESTAMP =
  /^(\d{4})-(\d{2})-(\d{2})T([01]\d|2[0-3]):[0-5]\d:(?:[0-5]\d|60)(?:\.\d{1,9})?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/i
const OPEN = ['', '..']

/**
 * The parameter `datetime` (17-069r4, 7.15.4): a date, a timestamp of RFC 3339, or two of them with a slash between, of
 * which one may be open, `..` or empty.
 * @throws InvalidParameterError
 */
export function parseDatetime(text: string): TimeSpan {
  const parts = text.split('/')
  if (parts.length > 2) throw invalid(`${shown(text)} has more than two parts`)
  if (parts.length === 1) {
    const instant = parseInstant(parts[0]!)
    return { from: instant, to: instant }
  }
  const [from, to] = parts.map((part) => (OPEN.includes(part) ? null : parseInstant(part))) as [
    string | null,
    string | null,
  ]
  if (from === null && to === null) throw invalid(`${shown(text)} is open at both ends`)
  if (from !== null && to !== null && endOf(to) < Date.parse(from))
    throw invalid(`${shown(text)} ends before it begins`)
  return { from, to }
}

/** @throws InvalidParameterError for what is no date or time there is */
function parseInstant(text: string): string {
  const match = DATE.exec(text) ?? TIMESTAMP.exec(text)
  if (!match) throw invalid(`${shown(text)} is neither a date nor a timestamp, such as 2024-05-31T12:00:00Z`)
  const [year, month, day] = match.slice(1, 4).map(Number) as [number, number, number]
  if (month < 1 || month > 12 || day < 1 || day > daysIn(year, month) || year < 1)
    throw invalid(`there is no ${shown(match.slice(1, 4).join('-'))}`)
  return text.toUpperCase()
}

const daysIn = (year: number, month: number): number => {
  const isLeap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0
  return [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]!
}

/** A date as an end is in whole. */
const endOf = (text: string): number =>
  Date.parse(text.replace(/:60/, ':59')) + (DATE.test(text) ? 86_400_000 : 0)

const invalid = (message: string): InvalidParameterError => new InvalidParameterError('datetime', message)
