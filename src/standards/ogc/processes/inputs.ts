import type { z } from '@hono/zod-openapi'
import { type Issue, ValidationError } from '../../../domain/errors.ts'
import { isStorableText } from '../../../domain/storable-text.ts'
import { InvalidBodyError } from '../errors.ts'
import { shown } from '../parameters.ts'
import type { ProcessDefinition } from './definition.ts'

/** Nesting of a value of an input. */
export const INPUT_MAX_DEPTH = 64

/** Faults that are told of at once. */
const ISSUES_MAX = 20

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** What an input says, out of the wrapping `{"value": ...}` that the standard has for what is more than a text or number. */
export function unwrapped(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(unwrapped)
  return isRecord(value) && Object.hasOwn(value, 'value') ? value.value : value
}

/**
 * The inputs of an execution as the process wants them.
 * @throws ValidationError that names every input that is not as it must be, InvalidBodyError
 */
export function parseInputs(definition: ProcessDefinition, given: Record<string, unknown>): unknown {
  refuseUnstorable(given, 'inputs')
  const parsed = definition.inputs.safeParse(
    Object.fromEntries(Object.entries(given).map(([name, value]) => [name, unwrapped(value)])),
  )
  if (parsed.success) return parsed.data
  const names = Object.keys(definition.inputs.shape)
  throw new ValidationError(
    parsed.error.issues.flatMap((issue) => issuesOf(issue, names, given)).slice(0, ISSUES_MAX),
  )
}

/**
 * The answer to what a job asks, as the process wants that input.
 * @throws ValidationError
 */
export function parseAnswer(
  { inputs }: ProcessDefinition,
  asked: string,
  given: Record<string, unknown>,
): Record<string, unknown> {
  if (!Object.hasOwn(given, asked) || given[asked] === null)
    throw new ValidationError([{ attribute: asked, message: 'is missing, and is what the job asks for' }])
  const shape = inputs.shape as Record<string, z.ZodType>
  const parsed = shape[asked]?.safeParse(unwrapped(given[asked]))
  if (!parsed) return {}
  if (parsed.success) return { [asked]: parsed.data }
  throw new ValidationError(
    parsed.error.issues.map((issue) => ({ attribute: asked, message: messageOf(issue) })),
  )
}

function issuesOf(
  issue: z.core.$ZodIssue,
  names: readonly string[],
  given: Record<string, unknown>,
): Issue[] {
  if (issue.code === 'unrecognized_keys' && issue.path.length === 0)
    return issue.keys.slice(0, ISSUES_MAX).map((key) => ({
      attribute: shown(key).slice(1, -1),
      message: `is not an input of this process; there are ${names.join(', ')}`,
    }))
  const attribute = issue.path.join('.')
  const isMissing = issue.path.length === 1 && !Object.hasOwn(given, attribute)
  return [{ attribute, message: isMissing ? 'is missing' : messageOf(issue) }]
}

function messageOf(issue: z.core.$ZodIssue): string {
  if (issue.code !== 'invalid_union') return `is not valid: ${issue.message}`
  const reasons = issue.errors.flat().map(({ message }) => message)
  return reasons.length > 0 ? `is not valid: ${[...new Set(reasons)].join(', or ')}` : 'is not valid'
}

/** @throws InvalidBodyError for texts that no database holds, and for what is nested too deep */
export function refuseUnstorable(value: unknown, path: string, depth = 0): void {
  if (typeof value === 'string') {
    if (!isStorableText(value))
      throw new InvalidBodyError(`${path} holds a NUL character or half of a surrogate pair`)
    return
  }
  if (typeof value !== 'object' || value === null) return
  if (depth === INPUT_MAX_DEPTH) throw new InvalidBodyError(`${path} is nested deeper than ${depth} levels`)
  for (const [name, member] of Object.entries(value)) {
    const inside = depth < 3 ? `${path}.${shown(name).slice(1, -1)}` : path
    if (!isStorableText(name)) throw new InvalidBodyError(`a name in ${path} holds a NUL character`)
    refuseUnstorable(member, inside, depth + 1)
  }
}
