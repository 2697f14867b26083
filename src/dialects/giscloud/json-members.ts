import { describeJsonFault } from '../../formats/json-fault.ts'
import { invalid } from './request-form.ts'

/** A member that is JSON, or a text of JSON. @throws ValidationError that says where it is not */
export function jsonValue(name: string, value: unknown): unknown {
  if (typeof value !== 'string') return value
  try {
    return JSON.parse(value)
  } catch {
    throw invalid(name, `is not valid JSON: ${describeJsonFault(value)}`)
  }
}

/** The same for what must be an object. @throws ValidationError */
export function jsonObject(name: string, value: unknown): Record<string, unknown> {
  const object = jsonValue(name, value)
  if (typeof object !== 'object' || object === null || Array.isArray(object))
    throw invalid(name, 'must be a JSON object')
  return object as Record<string, unknown>
}
