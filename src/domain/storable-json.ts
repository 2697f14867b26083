import { ValidationError } from './errors.ts'
import { isStorableText } from './storable-text.ts'

/** Objects and arrays within each other. */
const LEVELS_MAX = 32

/**
 * Refuses a JSON value that is too large or too deep, or has a text that the database cannot hold.
 * @throws ValidationError for `attribute`
 */
export function checkJson(attribute: string, value: unknown, maxCharacters: number): void {
  const fault = faultOf(value, 0) ?? (JSON.stringify(value).length > maxCharacters ? 'size' : null)
  if (fault === null) return
  const message = {
    depth: `is deeper than ${LEVELS_MAX} levels`,
    text: 'has a character that cannot be stored',
    size: `is longer than ${maxCharacters} characters of JSON`,
  }[fault]
  throw new ValidationError([{ attribute, message }])
}

/** Whether two JSON values say the same, whatever the order of members. */
export const isSameJson = (a: unknown, b: unknown): boolean =>
  JSON.stringify(ordered(a)) === JSON.stringify(ordered(b))

function ordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(ordered)
  if (typeof value !== 'object' || value === null) return value
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return members.map(([name, member]) => [name, ordered(member)])
}

function faultOf(value: unknown, level: number): 'depth' | 'text' | null {
  if (typeof value === 'string') return isStorableText(value) ? null : 'text'
  if (typeof value !== 'object' || value === null) return null
  if (level >= LEVELS_MAX) return 'depth'
  for (const [name, member] of Object.entries(value)) {
    const fault = isStorableText(name) ? faultOf(member, level + 1) : 'text'
    if (fault) return fault
  }
  return null
}
