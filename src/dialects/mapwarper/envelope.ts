/** A part of the request that must be there is not. */
export class MissingParamError extends Error {
  override readonly name = 'MissingParamError'
}

/** A part of the request is not what it must be. */
export class InvalidParamError extends Error {
  override readonly name = 'InvalidParamError'
}

export const missing = (name: string): MissingParamError =>
  new MissingParamError(`param is missing or the value is empty: ${name}`)

/**
 * The attributes in a JSON:API body, `{"data": {"type": T, "attributes": {...}}}`.
 * @throws MissingParamError, InvalidParamError (the type is another one's)
 */
export function attributesOf(
  body: unknown,
  type: 'maps' | 'gcps' | 'layers' | 'imports',
): Record<string, unknown> {
  const data = asRecord(asRecord(body)?.data)
  if (!data || data.type === undefined || data.type === null || data.type === '')
    throw new MissingParamError('params data or type is missing')
  if (data.type !== type) throw new InvalidParamError(`params type should be '${type}'`)
  const attributes = asRecord(data.attributes)
  if (!attributes || Object.keys(attributes).length === 0) throw missing('attributes')
  return attributes
}

/** A JSON object, or null for anything else. */
export function asRecord(value: unknown): Record<string, unknown> | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : null
}
