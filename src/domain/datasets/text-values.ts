import { Buffer } from 'node:buffer'
import type { ColumnType } from '../../store/dataset-types.ts'

const TRUTHS: ReadonlyMap<string, boolean> = new Map([
  ...['t', 'true', '1', 'yes', 'y', 'on'].map((word) => [word, true] as const),
  ...['f', 'false', '0', 'no', 'n', 'off'].map((word) => [word, false] as const),
])
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i
const DAY = /^\d{4}-\d\d-\d\d$/

/**
 * A value that may be a text of what a column takes, as Postgres prints it, as that: `"5"` for 5, `"t"` for true, an empty
 * text for no value where the column is not one of texts. What is none stays as it is, for `columnValue` to refuse.
 */
export function valueOfText(type: ColumnType, value: unknown): unknown {
  if (type === 'text') return typeof value === 'number' || typeof value === 'boolean' ? String(value) : value
  if (type === 'boolean' && (value === 0 || value === 1)) return value === 1
  if (typeof value !== 'string') return value
  const text = value.trim()
  if (text === '') return null
  switch (type) {
    case 'boolean':
      return TRUTHS.get(text.toLowerCase()) ?? value
    case 'integer':
    case 'double':
      return NUMBER.test(text) ? Number(text) : value
    case 'bigint':
      return /^-?\d+$/.test(text) ? text : NUMBER.test(text) ? Number(text) : value
    case 'timestamp':
      return DAY.test(text) ? `${text}T00:00:00Z` : text
    case 'json':
      return jsonOr(text)
    case 'binary':
      return /^\\x(?:[0-9a-f]{2})*$/i.test(text) ? Buffer.from(text.slice(2), 'hex').toString('base64') : text
    default:
      return text
  }
}

/** What a text is as JSON; the text itself where it is none. */
function jsonOr(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
