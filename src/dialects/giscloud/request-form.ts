import type { Context as RequestContext } from 'hono'
import type { Entity } from '../../domain/errors.ts'
import { NotFoundError, ValidationError } from '../../domain/errors.ts'
import { isStorableText } from '../../domain/storable-text.ts'
import { parseId } from '../../http/ids.ts'
import { plainText } from '../../http/plain-text.ts'
import { readBody } from '../../http/request-body.ts'

/** A body's members as they were sent. */
export type Members = Record<string, unknown>

/** The members of a request's body, which is an object as JSON or as a form. @throws ValidationError and what reading throws */
export async function readMembers(c: RequestContext, maxBytes?: number): Promise<Members> {
  const body = await readBody(c.req.raw, maxBytes === undefined ? {} : { maxBytes })
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw invalid('body', 'must be a JSON object')
  return body as Members
}

export const invalid = (attribute: string, message: string): ValidationError =>
  new ValidationError([{ attribute, message }])

/** The number in an address. @throws NotFoundError where it can be none */
export function idOf(c: RequestContext, parameter: string, entity: Entity): number {
  const text = c.req.param(parameter) ?? ''
  const id = parseId(text)
  if (id === null) throw new NotFoundError(entity, text)
  return id
}

const TEXT_MAX_CHARACTERS = 10_000

/** A member that is a text, or a number written as one. Undefined where it is not sent. @throws ValidationError */
export function textMember(
  members: Members,
  name: string,
  maxCharacters = TEXT_MAX_CHARACTERS,
): string | undefined {
  const value = members[name]
  if (value === undefined || value === null) return undefined
  if (typeof value !== 'string' && typeof value !== 'number') throw invalid(name, 'must be a text')
  const text = String(value)
  if (!isStorableText(text)) throw invalid(name, 'has characters that cannot be stored')
  if (text.length > maxCharacters) throw invalid(name, `is longer than ${maxCharacters} characters`)
  return text
}

/** A member that is there and not blank. @throws ValidationError */
export function requiredText(members: Members, name: string, maxCharacters = 255): string {
  const text = textMember(members, name, maxCharacters)?.trim()
  if (!text) throw invalid(name, 'must be given')
  return text
}

/** A member that is a finite number, or a text of one. @throws ValidationError */
export function numberMember(members: Members, name: string): number | undefined {
  const value = members[name]
  if (value === undefined || value === null || value === '') return undefined
  const number =
    typeof value === 'number' ? value : typeof value === 'string' ? Number(value.trim()) : Number.NaN
  if (!Number.isFinite(number)) throw invalid(name, 'must be a number')
  return number
}

/** A member that is a whole number within bounds. @throws ValidationError */
export function integerMember(members: Members, name: string, min: number, max: number): number | undefined {
  const number = numberMember(members, name)
  if (number === undefined) return undefined
  if (!Number.isInteger(number) || number < min || number > max)
    throw invalid(name, `must be a whole number from ${min} to ${max}`)
  return number
}

const TRUTHS: Record<string, boolean> = {
  ...{ t: true, true: true, '1': true, yes: true, on: true },
  ...{ f: false, false: false, '0': false, no: false, off: false, '': false },
}

/** A member that is a truth in any of the ways clients write it. @throws ValidationError */
export function truthMember(members: Members, name: string): boolean | undefined {
  const value = members[name]
  if (value === undefined || value === null) return undefined
  const word = plainText(value).toLowerCase()
  const truth = Object.hasOwn(TRUTHS, word) ? TRUTHS[word] : undefined
  if (truth === undefined) throw invalid(name, 'must be t or f')
  return truth
}
