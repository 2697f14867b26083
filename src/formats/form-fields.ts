import { FormatError } from './format-error.ts'

/** Nesting of a field's name: `data[attributes][title]` has 3 levels. */
export const FIELD_MAX_DEPTH = 8

export type FormValue = string | FormValue[] | FormFields
export interface FormFields {
  [name: string]: FormValue
}

/**
 * Puts a form field into the nested object that its name describes: `data[attributes][title]` becomes
 * `{data: {attributes: {title}}}`, a name that ends in `[]` appends to an array, of a name given twice the last
 * value holds. Throws `FormatError` `bad-field` when the name is malformed or at odds with an earlier one.
 */
export function setField(fields: FormFields, name: string, value: string): void {
  const { keys, appends } = parseFieldName(name)
  const last = keys.pop()!
  let node = fields
  for (const key of keys) {
    if (!Object.hasOwn(node, key)) node[key] = {}
    const child = node[key]!
    if (typeof child === 'string' || Array.isArray(child))
      throw badField(name, 'is at odds with an earlier field')
    node = child
  }
  const earlier = Object.hasOwn(node, last) ? node[last] : undefined
  if (appends && earlier === undefined) node[last] = [value]
  else if (appends && Array.isArray(earlier)) earlier.push(value)
  else if (!appends && (earlier === undefined || typeof earlier === 'string')) node[last] = value
  else throw badField(name, 'is at odds with an earlier field')
}

function parseFieldName(name: string): { keys: string[]; appends: boolean } {
  const match = /^([^[\]]+)((?:\[[^[\]]+\])*)(\[\])?$/.exec(name)
  if (match === null) throw badField(name, 'is malformed')
  const keys = [match[1]!, ...[...match[2]!.matchAll(/\[([^[\]]+)\]/g)].map((inner) => inner[1]!)]
  if (keys.length > FIELD_MAX_DEPTH) throw badField(name, `has more than ${FIELD_MAX_DEPTH} levels`)
  if (keys.includes('__proto__')) throw badField(name, 'is not allowed')
  return { keys, appends: match[3] !== undefined }
}

function badField(name: string, why: string): FormatError {
  return new FormatError('bad-field', `the form field ${JSON.stringify(name.slice(0, 80))} ${why}`)
}
