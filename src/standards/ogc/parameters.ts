import { isStorableText } from '../../domain/storable-text.ts'
import { InvalidParameterError } from './errors.ts'

/** Where a token may stand, whatever is asked; nothing but the credentials reads them. */
const CREDENTIALS = ['user_id', 'user_token']

export const queryOf = (request: Request): URLSearchParams => new URL(request.url).searchParams

/** A text from outside as it stands in a message. */
export const shown = (text: string): string =>
  JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}...` : text)

/**
 * Names of the query beside the declared ones, each once.
 * @throws InvalidParameterError for a declared one that is given twice, or a value that no text can have
 */
export function undeclaredParameters(request: Request, declared: readonly string[]): string[] {
  const query = queryOf(request)
  const names = [...new Set(query.keys())].filter((name) => !CREDENTIALS.includes(name))
  for (const name of names) {
    const values = query.getAll(name)
    if (values.length > 1) throw new InvalidParameterError(printable(name), 'is given more than once')
    if (!isStorableText(values[0]!)) throw new InvalidParameterError(printable(name), 'has a NUL character')
  }
  return names.filter((name) => !declared.includes(name))
}

/** @throws InvalidParameterError for the first parameter of the query that is not declared */
export function refuseUndeclared(request: Request, declared: readonly string[]): void {
  const [unknown] = undeclaredParameters(request, declared)
  if (unknown !== undefined) throw unknownParameter(unknown, declared)
}

export const unknownParameter = (name: string, declared: readonly string[]): InvalidParameterError =>
  new InvalidParameterError(
    printable(name),
    `is not a parameter of this resource${declared.length > 0 ? `; there are ${declared.join(', ')}` : ''}`,
  )

/** The name of a parameter as a message and a member of JSON have it. */
const printable = (name: string): string => shown(name).slice(1, -1)

/** Ends of a range that a number must lie in. */
interface Range {
  min: number
  /** A greater number is refused. */
  max?: number
  /** A greater number is taken for this one. */
  clampTo?: number
}

/** A whole number of the query, null where there is none. @throws InvalidParameterError */
export function integerParameter(
  query: URLSearchParams,
  name: string,
  { min, max = Number.MAX_SAFE_INTEGER, clampTo = max }: Range,
): number | null {
  const text = query.get(name)
  if (text === null) return null
  if (!/^[+-]?\d+$/.test(text)) throw new InvalidParameterError(name, `${shown(text)} is not a whole number`)
  const number = Number(text)
  if (number < min) throw new InvalidParameterError(name, `${shown(text)} is less than ${min}`)
  if (number > max && clampTo === max)
    throw new InvalidParameterError(name, `${shown(text)} is more than ${max}`)
  return Math.min(number, clampTo)
}

/** `true` or `false`, null where there is none. @throws InvalidParameterError */
export function booleanParameter(query: URLSearchParams, name: string): boolean | null {
  const text = query.get(name)
  if (text === null) return null
  if (text !== 'true' && text !== 'false')
    throw new InvalidParameterError(name, `${shown(text)} is neither true nor false`)
  return text === 'true'
}

const DECIMAL = /^\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?\s*$/

/** Numbers with commas between them, null where there are none. @throws InvalidParameterError that names the place */
export function numbersParameter(query: URLSearchParams, name: string): number[] | null {
  const text = query.get(name)
  if (text === null) return null
  return text.split(',').map((part, i) => {
    const number = DECIMAL.test(part) ? Number(part) : Number.NaN
    if (!Number.isFinite(number))
      throw new InvalidParameterError(name, `number ${i + 1}, ${shown(part)}, is none`)
    return number
  })
}

/** Names with commas between them, null where there is no such parameter. */
export function namesParameter(query: URLSearchParams, name: string): string[] | null {
  const text = query.get(name)
  if (text === null) return null
  return text.split(',').filter((part) => part !== '')
}
