import type { ColumnType } from '../../store/dataset-types.ts'
import { isStorableText } from '../storable-text.ts'

const INTEGER_MIN = -(2 ** 31)
const INTEGER_MAX = 2 ** 31 - 1
const BIGINT_MIN = -(2n ** 63n)
const BIGINT_MAX = 2n ** 63n - 1n
/** Objects and lists of a JSON value within each other, at most. */
const JSON_DEPTH_MAX = 100

const DATE = /^\d{4}-\d\d-\d\d$/
const TIMESTAMP = /^(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?)(?:[Zz]|[+-]\d\d(?::?\d\d)?)?$/
const TIME = /^(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,9})?)?$/
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}(?:==)?|[A-Za-z0-9+/]{3}=?)?$/

/** What a column takes, in words. */
const TAKES: Record<ColumnType, string> = {
  boolean: 'must be true or false',
  integer: `must be an integer between ${INTEGER_MIN} and ${INTEGER_MAX}`,
  bigint: 'must be an integer of 64 bits, as text where it is beyond 2^53',
  double: 'must be a finite number',
  text: 'must be a text without NUL characters',
  date: 'must be a date: YYYY-MM-DD',
  timestamp: 'must be a timestamp: YYYY-MM-DDTHH:MM:SSZ',
  time: 'must be a time: HH:MM:SS',
  json: `must be JSON of at most ${JSON_DEPTH_MAX} levels without NUL characters`,
  binary: 'must be base64',
}

/** A value of JSON that came in, as the column has it; `fault` says what it should have been. Null is null. */
export function columnValue(type: ColumnType, value: unknown): { value: unknown } | { fault: string } {
  if (value === null || value === undefined) return { value: null }
  const taken = READERS[type](value)
  return taken === undefined ? { fault: TAKES[type] } : { value: taken }
}

const READERS: Record<ColumnType, (value: unknown) => unknown> = {
  boolean: (value) => (typeof value === 'boolean' ? value : undefined),
  integer: (value) =>
    Number.isInteger(value) && (value as number) >= INTEGER_MIN && (value as number) <= INTEGER_MAX
      ? value
      : undefined,
  bigint: integerOf64Bits,
  double: (value) => (typeof value === 'number' && Number.isFinite(value) ? value : undefined),
  text: (value) => (typeof value === 'string' && isStorableText(value) ? value : undefined),
  date: (value) => (typeof value === 'string' && isDate(value) ? value : undefined),
  timestamp: (value) => (typeof value === 'string' && isTimestamp(value) ? value.toUpperCase() : undefined),
  time: (value) => (typeof value === 'string' && TIME.test(value) ? value : undefined),
  json: (value) => (isStorableJson(value, 0) ? JSON.stringify(value) : undefined),
  binary: (value) =>
    typeof value === 'string' && BASE64.test(value)
      ? Uint8Array.from(atob(value), (c) => c.charCodeAt(0))
      : undefined,
}

function integerOf64Bits(value: unknown): unknown {
  if (Number.isSafeInteger(value)) return value
  const isText = typeof value === 'string' && /^-?\d{1,19}$/.test(value)
  if (!isText && typeof value !== 'bigint') return undefined
  const integer = BigInt(value as string | bigint)
  return integer >= BIGINT_MIN && integer <= BIGINT_MAX ? integer : undefined
}

function isDate(text: string): boolean {
  if (!DATE.test(text) || text.startsWith('0000')) return false
  const ms = Date.parse(`${text}T00:00:00Z`)
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(text)
}

function isTimestamp(text: string): boolean {
  const [, date, time] = TIMESTAMP.exec(text) ?? []
  return (
    date !== undefined &&
    isDate(date) &&
    TIME.test(time!) &&
    !Number.isNaN(Date.parse(`${date}T${offsetOf(text)}`))
  )
}

/** Time and offset in the form that `Date.parse` takes. */
function offsetOf(text: string): string {
  const rest = text.slice(11).toUpperCase()
  return rest.replace(/([+-]\d\d):?(\d\d)?$/, (_, hours: string, minutes = '00') => `${hours}:${minutes}`)
}

function isStorableJson(value: unknown, depth: number): boolean {
  if (typeof value === 'string') return isStorableText(value)
  if (typeof value !== 'object' || value === null) return typeof value !== 'bigint'
  if (depth >= JSON_DEPTH_MAX) return false
  return Object.entries(value).every(
    ([name, member]) => isStorableText(name) && isStorableJson(member, depth + 1),
  )
}
