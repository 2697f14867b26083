import type { Precondition } from '../../domain/datasets/feature-changes.ts'
import { NotFoundError, PreconditionFailedError } from '../../domain/errors.ts'

const TAG = /(W\/)?"([^"]*)"/g

/**
 * What a request makes its change depend on (RFC 9110, 13.1.1 and 13.1.4). Weak tags never match; a date that is none
 * counts as not given, and so does one beside `If-Match`.
 */
export function preconditionOf({ headers }: Request): Precondition {
  const match = headers.get('if-match')
  if (match !== null) {
    if (match.trim() === '*') return {}
    return { tags: [...match.matchAll(TAG)].filter(([, weak]) => !weak).map(([, , tag]) => tag!) }
  }
  const since = Date.parse(headers.get('if-unmodified-since') ?? '')
  return Number.isNaN(since) ? {} : { unmodifiedSince: new Date(since) }
}

/** Has a change done; where `If-Match` is given and the feature is gone, that is what the request did not want. */
export async function conditionally<T>(request: Request, change: () => Promise<T>): Promise<T> {
  try {
    return await change()
  } catch (error) {
    if (error instanceof NotFoundError && error.entity === 'Feature' && request.headers.has('if-match'))
      throw new PreconditionFailedError('The feature is not there, or not any more')
    throw error
  }
}
