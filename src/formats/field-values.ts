import type { FieldType, FieldValue } from './feature-rows.ts'
import { isIsoDate, isIsoTime, isIsoTimestamp } from './iso-time.ts'

/**
 * A value as a column of the type takes it: what the type cannot hold is null, text has no NUL and no half of a surrogate
 * pair, JSON is text.
 */
export function fieldValueOf(value: unknown, type: FieldType): FieldValue {
  if (value === null || value === undefined) return null
  switch (type) {
    case 'boolean':
      return typeof value === 'boolean' ? value : typeof value === 'number' ? value !== 0 : null
    case 'integer':
    case 'bigint':
      return integerOf(value)
    case 'double':
      return typeof value === 'number' ? value : typeof value === 'bigint' ? Number(value) : null
    case 'date':
      return dayOf(String(value))
    case 'timestamp':
      return momentOf(String(value))
    case 'time':
      return clockOf(String(value))
    case 'json':
      return jsonText(value)
    case 'binary':
      return value instanceof Uint8Array ? value : null
    case 'text':
      return typeof value === 'string'
        ? storable(value)
        : typeof value === 'object'
          ? jsonText(value)
          : String(value)
  }
}

/** What is JSON in the file already, as text; text that is not is a JSON string. */
export function jsonOfText(text: string): string {
  try {
    return jsonText(JSON.parse(text))
  } catch {
    return jsonText(text)
  }
}

const INT_64 = 2n ** 63n

function integerOf(value: unknown): number | bigint | null {
  if (typeof value === 'bigint') return value >= -INT_64 && value < INT_64 ? value : null
  return typeof value === 'number' && Number.isSafeInteger(value) ? value : null
}

const dayOf = (text: string): string | null => {
  const day = text.slice(0, 10)
  return isIsoDate(day) ? day : null
}

const momentOf = (text: string): string | null =>
  isIsoTimestamp(text) ? text : isIsoDate(text) ? `${text}T00:00:00Z` : null

/** GDAL writes a time of day as a moment of no day. */
const clockOf = (text: string): string | null => {
  const clock = text.replace(/^.*T/, '').replace(/Z$/, '')
  return isIsoTime(clock) ? clock : null
}

const storable = (text: string): string =>
  (text.includes('\0') ? text.replaceAll('\0', '') : text).toWellFormed()

/** What JSON has and the database's JSON has not: NUL, and halves of surrogate pairs. */
const UNSTORABLE = /(?<!\\)((?:\\\\)*)\\u(0000|d[89a-f]..)/g

function jsonText(value: unknown): string {
  const text = JSON.stringify(value, (_key, part: unknown) =>
    typeof part === 'bigint' ? Number(part) : part,
  )
  return text.includes('\\u')
    ? text.replace(UNSTORABLE, (_, before: string, code: string) =>
        code === '0000' ? before : `${before}\ufffd`,
      )
    : text
}

const GDAL_LIST = /^\((\d+):(.*)\)$/s

/** A list as GDAL prints it, `(2:a,b)`, as JSON; text that is none as the JSON it is, or a JSON string. */
export function jsonOfList(text: string): string {
  const [, count, items] = GDAL_LIST.exec(text) ?? []
  if (items === undefined) return jsonOfText(text)
  const list = count === '0' ? [] : items.split(',')
  if (list.length !== Number(count)) return jsonText(text)
  const areNumbers = list.every((item) => item.trim() !== '' && Number.isFinite(Number(item)))
  return jsonText(areNumbers ? list.map(Number) : list)
}
