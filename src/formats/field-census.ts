import type { FieldType } from './feature-rows.ts'
import { isIsoDate, isIsoTime, isIsoTimestamp } from './iso-time.ts'

/** The kinds of values a field has had, each a bit. */
export const VALUE_KINDS = {
  ...{
    boolean: 1,
    integer: 2,
    bigint: 4,
    double: 8,
    date: 16,
    timestamp: 32,
    time: 64,
    text: 128,
    json: 256,
  },
} as const

const INT_32 = 2 ** 31
const INT_64 = 2n ** 63n

/** Kind of a value as JSON has it; 0 for null. */
export function kindOfJson(value: unknown): number {
  switch (typeof value) {
    case 'boolean':
      return VALUE_KINDS.boolean
    case 'number':
      if (!Number.isInteger(value)) return VALUE_KINDS.double
      if (value >= -INT_32 && value < INT_32) return VALUE_KINDS.integer
      return Number.isSafeInteger(value) ? VALUE_KINDS.bigint : VALUE_KINDS.double
    case 'bigint':
      return value >= -INT_64 && value < INT_64 ? VALUE_KINDS.bigint : VALUE_KINDS.double
    case 'string':
      return kindOfTime(value)
    case 'object':
      return value === null ? 0 : VALUE_KINDS.json
    default:
      return 0
  }
}

/** Kind of what stands in a cell of a table; 0 for a blank one. Numbers with leading zeros are text: they are codes. */
export function kindOfCell(cell: string, isDecimalComma: boolean): number {
  const text = cell.trim()
  if (text === '') return 0
  const first = text.charCodeAt(0)
  // A digit, a sign or a point.
  if ((first >= 0x30 && first <= 0x39) || first === 0x2d || first === 0x2b || first === 0x2e) {
    if (INTEGER.test(text)) {
      if (text.length < 10) return VALUE_KINDS.integer
      return text.length > 20 ? VALUE_KINDS.double : kindOfJson(exact(text))
    }
    if (DECIMAL.test(text) || (isDecimalComma && DECIMAL_COMMA.test(text))) return VALUE_KINDS.double
    return kindOfTime(text)
  }
  return BOOLEAN.test(text) ? VALUE_KINDS.boolean : VALUE_KINDS.text
}

const INTEGER = /^[+-]?(?:0|[1-9]\d*)$/
const DECIMAL = /^[+-]?(?:(?:0|[1-9]\d*)(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?$/
const DECIMAL_COMMA = /^[+-]?(?:0|[1-9]\d*),\d+$/
const BOOLEAN = /^(?:true|false)$/i

const exact = (text: string): number | bigint => {
  const number = Number(text)
  return Number.isSafeInteger(number) ? number : BigInt(text.replace('+', ''))
}

function kindOfTime(text: string): number {
  const first = text.charCodeAt(0)
  if (first < 0x30 || first > 0x39 || text.length > 40) return VALUE_KINDS.text
  if (isIsoDate(text)) return VALUE_KINDS.date
  if (isIsoTimestamp(text)) return VALUE_KINDS.timestamp
  return isIsoTime(text) ? VALUE_KINDS.time : VALUE_KINDS.text
}

/** The narrowest type that holds all kinds: numbers widen, days become moments, lists make JSON, anything else text. */
export function typeOfKinds(kinds: number): FieldType {
  const { boolean, integer, bigint, double, date, timestamp, time, json } = VALUE_KINDS
  const within = (allowed: number) => kinds !== 0 && (kinds & ~allowed) === 0
  if (kinds & json) return 'json'
  if (within(boolean)) return 'boolean'
  if (within(integer)) return 'integer'
  if (within(integer | bigint)) return 'bigint'
  if (within(integer | bigint | double)) return 'double'
  if (within(date)) return 'date'
  if (within(date | timestamp)) return 'timestamp'
  return within(time) ? 'time' : 'text'
}
