import { type SQL, sql } from 'drizzle-orm'
import { hexOf } from '../formats/hex.ts'
import { COLUMN_TYPES, type ColumnType } from './dataset-types.ts'

const HAS_OFFSET = /(?:z|[+-]\d\d(?::?\d\d)?)$/i

/** The values of a column as one bound array of its type in Postgres. What no text of a database can hold is left out. */
export const boundArray = (type: ColumnType, values: readonly unknown[]): SQL =>
  sql`${`{${values.map((value) => element(type, value)).join(',')}}`}::${sql.raw(COLUMN_TYPES[type])}[]`

/** Texts that need no quotes, such as numbers and hexadecimal digits, as one bound array. */
export const boundPlainArray = (type: string, values: readonly (string | number | null)[]): SQL =>
  sql`${`{${values.map((value) => value ?? 'NULL').join(',')}}`}::${sql.raw(type)}[]`

function element(type: ColumnType, value: unknown): string {
  if (value === null || value === undefined) return 'NULL'
  switch (type) {
    case 'boolean':
    case 'integer':
    case 'bigint':
    case 'double':
      return String(value)
    case 'binary':
      return `"\\\\x${hexOf(value as Uint8Array)}"`
    case 'timestamp':
      return quoted(HAS_OFFSET.test(timeOf(String(value))) ? String(value) : `${value}Z`)
    case 'json':
      return quoted(storableJson(String(value)))
    default:
      return quoted(storable(String(value)))
  }
}

/** What of a timestamp follows its date, whose hyphens are no signs. */
const timeOf = (timestamp: string): string => timestamp.slice(10)

const quoted = (text: string): string => `"${text.replace(/[\\"]/g, '\\$&')}"`

const storable = (text: string): string =>
  text.includes('\0') || !text.isWellFormed() ? text.replaceAll('\0', '').toWellFormed() : text

/** JSON whose escapes name no character that a database cannot hold. */
function storableJson(text: string): string {
  if (!/\\u(?:0000|d[89a-f])/i.test(text)) return storable(text)
  return JSON.stringify(JSON.parse(text), (_key, value: unknown) => {
    if (typeof value === 'string') return storable(value)
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [storable(name), member]))
  })
}
