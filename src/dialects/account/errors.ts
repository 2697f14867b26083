import type { Context as RequestContext } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import {
  BadCredentialError,
  ForbiddenError,
  UnauthenticatedError,
  ValidationError,
} from '../../domain/errors.ts'
import { PayloadTooLargeError } from '../../domain/intake/errors.ts'
import { FormatError } from '../../formats/format-error.ts'
import { ForeignOriginError, MalformedBodyError, UnsupportedMediaTypeError } from '../../http/errors.ts'
import { json } from '../../http/json.ts'

const STATUSES: readonly [abstract new (...args: never[]) => Error, ContentfulStatusCode][] = [
  [UnauthenticatedError, 401],
  [BadCredentialError, 401],
  [ForbiddenError, 403],
  [ForeignOriginError, 403],
  [MalformedBodyError, 400],
  [FormatError, 400],
  [PayloadTooLargeError, 413],
  [UnsupportedMediaTypeError, 415],
]

/** The answer to anything thrown: `{"errors": [{"detail"}]}`, an attribute's faults with a pointer to it. */
export function answerError(error: Error, c: RequestContext): Response {
  if (error instanceof ValidationError) {
    const errors = error.issues.map(({ attribute, message }) => ({
      source: { pointer: `/${attribute}` },
      detail: message,
    }))
    return json(c, { errors }, 422)
  }
  const status = STATUSES.find(([type]) => error instanceof type)?.[1]
  if (status === 401) c.header('WWW-Authenticate', 'Basic realm="Application"')
  if (status !== undefined) return json(c, { errors: [{ detail: error.message }] }, status)
  console.error(`${c.req.method} ${new URL(c.req.url).pathname}:`, error)
  return json(c, { errors: [{ detail: 'Something went wrong; it has been logged' }] }, 500)
}
