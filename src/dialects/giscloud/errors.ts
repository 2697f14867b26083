import type { Context as RequestContext } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import {
  ConnectionFailedError,
  ReadOnlyConnectionError,
  TooManyConnectionsError,
} from '../../domain/connections/errors.ts'
import {
  BadCredentialError,
  FilterError,
  ForbiddenError,
  JobFailedError,
  NameTakenError,
  NotFoundError,
  PreconditionFailedError,
  SearchUnfinishedError,
  UnauthenticatedError,
  UnknownReferenceSystemError,
  ValidationError,
} from '../../domain/errors.ts'
import { LastAdministratorError, TakenError } from '../../domain/identity/errors.ts'
import { PayloadTooLargeError } from '../../domain/intake/errors.ts'
import { PathTakenError, StorageFullError, TooManyFilesError } from '../../domain/storage/errors.ts'
import { FormatError } from '../../formats/format-error.ts'
import { UnknownCrsError } from '../../geo/crs/unknown-crs-error.ts'
import { ForeignOriginError, MalformedBodyError, UnsupportedMediaTypeError } from '../../http/errors.ts'
import { json } from '../../http/json.ts'
import { MethodNotAllowedError } from '../../http/methods.ts'
import { QueryError } from '../../query/index.ts'

/** A parameter that cannot be what it says. */
export class InvalidParameterError extends Error {
  override readonly name = 'InvalidParameterError'

  constructor(parameter: string, message: string) {
    super(`${parameter} ${message}`)
  }
}

/** What is to be made is there already. */
export class ConflictError extends Error {
  override readonly name = 'ConflictError'
}

/** What goes on needs more room than the caller has. */
export class QuotaError extends Error {
  override readonly name = 'QuotaError'
}

type ErrorClass = abstract new (...args: never[]) => Error

/** From what went wrong to status and code. */
const TABLE: readonly (readonly [ErrorClass, ContentfulStatusCode, string])[] = [
  [InvalidParameterError, 400, 'BAD_REQUEST'],
  [MalformedBodyError, 400, 'BAD_REQUEST'],
  [ValidationError, 400, 'BAD_REQUEST'],
  [FilterError, 400, 'BAD_REQUEST'],
  [QueryError, 400, 'BAD_REQUEST'],
  [FormatError, 400, 'BAD_REQUEST'],
  [UnknownCrsError, 400, 'BAD_REQUEST'],
  [UnknownReferenceSystemError, 400, 'BAD_REQUEST'],
  [JobFailedError, 400, 'BAD_REQUEST'],
  [BadCredentialError, 401, 'UNAUTHORIZED'],
  [UnauthenticatedError, 401, 'UNAUTHORIZED'],
  [ForbiddenError, 403, 'FORBIDDEN'],
  [ForeignOriginError, 403, 'FORBIDDEN'],
  [QuotaError, 403, 'QUOTA_EXCEEDED'],
  [TooManyConnectionsError, 403, 'QUOTA_EXCEEDED'],
  [ReadOnlyConnectionError, 403, 'FORBIDDEN'],
  [StorageFullError, 403, 'QUOTA_EXCEEDED'],
  [TooManyFilesError, 403, 'QUOTA_EXCEEDED'],
  [NotFoundError, 404, 'RESOURCE_NOT_FOUND'],
  [MethodNotAllowedError, 405, 'METHOD_NOT_ALLOWED'],
  [ConflictError, 409, 'CONFLICT'],
  [TakenError, 409, 'CONFLICT'],
  [LastAdministratorError, 409, 'CONFLICT'],
  [NameTakenError, 409, 'CONFLICT'],
  [PathTakenError, 409, 'CONFLICT'],
  [PreconditionFailedError, 412, 'PRECONDITION_FAILED'],
  [PayloadTooLargeError, 413, 'PAYLOAD_TOO_LARGE'],
  [UnsupportedMediaTypeError, 415, 'UNSUPPORTED_MEDIA_TYPE'],
  [ConnectionFailedError, 502, 'CONNECTION_FAILED'],
  [SearchUnfinishedError, 503, 'TEMPORARILY_UNAVAILABLE'],
]

/** The answer to anything thrown: `{"code", "msg"}`, with `position` where a filter or body is at fault. */
export function answerError(error: Error, c: RequestContext): Response {
  const row = TABLE.find(([type]) => error instanceof type)
  if (!row) {
    console.error(`${c.req.method} ${new URL(c.req.url).pathname}:`, error)
    return json(c, { code: 'INTERNAL_ERROR', msg: 'Something went wrong; it has been logged' }, 500)
  }
  const [, status, code] = row
  if (error instanceof MethodNotAllowedError) c.header('Allow', error.allow)
  const position =
    'position' in error && typeof error.position === 'number' ? { position: error.position } : {}
  return json(c, { code, msg: error.message, ...position }, status)
}
