import type { Context as RequestContext } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { AppTooLargeError, PreoptimizedError, TooManyAppFilesError } from '../../domain/apps/errors.ts'
import {
  BadCredentialError,
  FilterError,
  ForbiddenError,
  JobFailedError,
  NameTakenError,
  NotFoundError,
  PreconditionFailedError,
  UnauthenticatedError,
  ValidationError,
} from '../../domain/errors.ts'
import { PayloadTooLargeError } from '../../domain/intake/errors.ts'
import { PathTakenError } from '../../domain/storage/errors.ts'
import { FormatError } from '../../formats/format-error.ts'
import { prefersHtml } from '../../http/accept.ts'
import type { AppEnv } from '../../http/app-env.ts'
import { ForeignOriginError, MalformedBodyError, UnsupportedMediaTypeError } from '../../http/errors.ts'
import { json } from '../../http/json.ts'
import { MethodNotAllowedError } from '../../http/methods.ts'
import { QueryError } from '../../query/index.ts'

type ErrorClass = abstract new (...args: never[]) => Error

/** From what went wrong to its status. */
const TABLE: readonly (readonly [ErrorClass, ContentfulStatusCode])[] = [
  [ValidationError, 400],
  [MalformedBodyError, 400],
  [FilterError, 400],
  [QueryError, 400],
  [FormatError, 400],
  [NameTakenError, 400],
  [PathTakenError, 400],
  [PreoptimizedError, 400],
  [TooManyAppFilesError, 400],
  [AppTooLargeError, 400],
  [BadCredentialError, 401],
  [UnauthenticatedError, 401],
  [ForbiddenError, 403],
  [ForeignOriginError, 403],
  [NotFoundError, 404],
  [MethodNotAllowedError, 405],
  [PreconditionFailedError, 412],
  [PayloadTooLargeError, 413],
  [UnsupportedMediaTypeError, 415],
  [JobFailedError, 500],
]

/** What an error is told as: its status, and a message that may be read by who asked. */
export interface ToldError {
  status: ContentfulStatusCode
  message: string
}

/** What is in the table as it is told; null for anything else. */
export function knownError(error: unknown): ToldError | null {
  const row = TABLE.find(([type]) => error instanceof type)
  return row ? { status: row[1], message: (error as Error).message } : null
}

/** Anything thrown as it is told; what is not in the table is logged. */
export function toldError(error: Error, c: RequestContext): ToldError {
  const known = knownError(error)
  if (known) return known
  console.error(`${c.req.method} ${new URL(c.req.url).pathname}:`, error)
  return { status: 500, message: 'Something went wrong; it has been logged' }
}

/** The challenge of whoever asks without a credential that holds. */
export const CHALLENGE = 'Basic realm="graticule", charset="UTF-8"'

/**
 * The answer to anything thrown: `{"code", "error"}`. Whoever has not said who he is is told to, whether there is what he asks
 * for or not; in a browser he is led to where he can.
 */
export function answerError(error: Error, c: RequestContext<AppEnv>): Response {
  // That an app has no such file is known to who sees the app.
  const isHidden = error instanceof NotFoundError && error.entity !== 'File'
  const isStranger = isHidden && c.var.principal.kind === 'anonymous'
  const told = isStranger ? new UnauthenticatedError() : error
  if (told instanceof UnauthenticatedError && isNavigation(c)) return c.redirect(signInPath(c), 303)
  const { status, message } = toldError(told, c)
  if (status === 401) c.header('WWW-Authenticate', CHALLENGE)
  if (error instanceof MethodNotAllowedError) c.header('Allow', error.allow)
  return json(c, { code: status, error: message }, status)
}

/** Whether a person goes to an address with a browser, rather than a page or a program. */
function isNavigation(c: RequestContext): boolean {
  if (c.req.method !== 'GET' && c.req.method !== 'HEAD') return false
  const mode = c.req.header('sec-fetch-mode')
  return mode === undefined ? prefersHtml(c.req.header('accept')) : mode === 'navigate'
}

function signInPath(c: RequestContext): string {
  const { pathname, search } = new URL(c.req.url)
  return `/account/sign_in?return_to=${encodeURIComponent(pathname + search)}`
}
