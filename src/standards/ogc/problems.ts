import type { Context as RequestContext } from 'hono'
import {
  BadCredentialError,
  FilterError,
  ForbiddenError,
  JobStateError,
  NotFoundError,
  PreconditionFailedError,
  QuestionError,
  UnauthenticatedError,
  UnknownReferenceSystemError,
  ValidationError,
} from '../../domain/errors.ts'
import { PayloadTooLargeError } from '../../domain/intake/errors.ts'
import { FormatError } from '../../formats/format-error.ts'
import { UnknownCrsError } from '../../geo/crs/unknown-crs-error.ts'
import type { AppEnv } from '../../http/app-env.ts'
import { MalformedBodyError, UnsupportedMediaTypeError } from '../../http/errors.ts'
import { QueryError } from '../../query/index.ts'
import {
  InvalidBodyError,
  InvalidParameterError,
  MethodNotAllowedError,
  NotAcceptableError,
  UnknownPathError,
  UnreadableTypeError,
} from './errors.ts'
import { problemPage } from './html/problem-page.ts'
import { HTML_FORM, JSON_FORM, representationOf } from './negotiation.ts'
import { ProcessFailedError, RangeNotSatisfiableError, ResultNotReadyError } from './processes/errors.ts'

/** What a problem document (RFC 9457) says beside its `instance`. */
export interface Problem {
  status: number
  title: string
  detail: string
  /** A URI where a standard has one; else the title says it all. */
  type?: string
  /** Members of the document that only this kind of problem has. */
  extensions?: Record<string, unknown>
  headers?: Record<string, string>
}

type ErrorClass<E extends Error> = abstract new (...args: never[]) => E
type Row = (error: Error) => Problem | null

function row<E extends Error>(type: ErrorClass<E>, problem: (error: E) => Problem): Row {
  return (error) => (error instanceof type ? problem(error) : null)
}

const CHALLENGE = { 'www-authenticate': 'Basic realm="Graticule", charset="UTF-8"' }

/** Types that OGC API - Processes gives to what is not there. */
const NO_SUCH: Record<string, string> = {
  Process: 'http://www.opengis.net/def/exceptions/ogcapi-processes-1/1.0/no-such-process',
  Job: 'http://www.opengis.net/def/exceptions/ogcapi-processes-1/1.0/no-such-job',
}

const notFound = ({ entity, message }: NotFoundError): Problem => {
  const type = NO_SUCH[entity]
  return { status: 404, title: `${entity} not found`, detail: message, ...(type ? { type } : {}) }
}

const invalid = ({ issues, message }: ValidationError): Problem => ({
  ...{ status: 400, title: 'Invalid values', detail: message },
  extensions: { errors: issues },
})

const filter = ({ message, position }: FilterError | QueryError): Problem => ({
  ...{ status: 400, title: 'Invalid filter', detail: message },
  extensions: { parameter: 'filter', ...(position === null ? {} : { position }) },
})

/** From what went wrong to the problem that is told. */
const TABLE: readonly Row[] = [
  row(UnknownPathError, ({ message }) => ({ status: 404, title: 'Not found', detail: message })),
  row(MethodNotAllowedError, ({ message, allow }) => ({
    ...{ status: 405, title: 'Method not allowed', detail: message },
    headers: { allow },
  })),
  row(NotAcceptableError, ({ message }) => ({ status: 406, title: 'Not acceptable', detail: message })),
  row(InvalidParameterError, ({ message, parameter }) => ({
    ...{ status: 400, title: 'Invalid parameter', detail: message },
    extensions: { parameter },
  })),
  row(InvalidBodyError, ({ message }) => ({ status: 400, title: 'Invalid body', detail: message })),
  row(MalformedBodyError, ({ message, position }) => ({
    ...{ status: 400, title: 'Malformed body', detail: message },
    ...(position === null ? {} : { extensions: { position } }),
  })),
  row(FormatError, ({ message, code }) =>
    code === 'fields-too-large'
      ? { status: 413, title: 'Body too large', detail: message }
      : { status: 400, title: 'Malformed body', detail: message },
  ),
  row(PayloadTooLargeError, ({ message }) => ({ status: 413, title: 'Body too large', detail: message })),
  row(UnreadableTypeError, ({ message }) => ({
    ...{ status: 415, title: 'Unsupported media type', detail: message },
  })),
  row(UnsupportedMediaTypeError, ({ message }) => ({
    ...{ status: 415, title: 'Unsupported media type', detail: message },
  })),
  row(UnauthenticatedError, ({ message }) => ({
    ...{ status: 401, title: 'Not signed in', detail: message, headers: CHALLENGE },
  })),
  row(BadCredentialError, ({ message }) => ({
    ...{ status: 401, title: 'Not signed in', detail: message, headers: CHALLENGE },
  })),
  row(ForbiddenError, () => ({
    ...{ status: 403, title: 'Not permitted', detail: 'You may see this, but not do that to it' },
  })),
  row(NotFoundError, notFound),
  row(PreconditionFailedError, ({ message }) => ({
    ...{ status: 412, title: 'Precondition failed', detail: message },
  })),
  row(FilterError, filter),
  row(QueryError, filter),
  row(UnknownReferenceSystemError, ({ message }) => ({
    ...{ status: 400, title: 'Unknown reference system', detail: message },
  })),
  row(UnknownCrsError, ({ message }) => ({
    ...{ status: 400, title: 'Unknown reference system', detail: message },
  })),
  row(QuestionError, ({ message, question }) => ({
    ...{ status: 400, title: 'An input is missing', detail: message, extensions: { question } },
  })),
  row(ResultNotReadyError, ({ message }) => ({
    ...{ status: 404, title: 'Results not ready', detail: message },
    type: 'http://www.opengis.net/def/exceptions/ogcapi-processes-1/1.0/result-not-ready',
  })),
  row(ProcessFailedError, ({ message, question, isInternal }) => ({
    ...{ status: isInternal ? 500 : 400, title: 'The process failed', detail: message },
    ...(question ? { extensions: { question } } : {}),
  })),
  row(RangeNotSatisfiableError, ({ message, contentRange }) => ({
    ...{ status: 416, title: 'Range not satisfiable', detail: message },
    headers: { 'content-range': contentRange },
  })),
  row(JobStateError, ({ message }) => ({ status: 409, title: 'Not in this state', detail: message })),
  row(ValidationError, invalid),
]

const UNFORESEEN: Problem = {
  status: 500,
  title: 'Internal error',
  detail: 'Something went wrong; it has been logged',
}

/** The problem that an error is to the outside; what nobody foresaw says nothing of itself. */
export function problemOf(error: Error): Problem | null {
  for (const entry of TABLE) {
    const problem = entry(error)
    if (problem) return problem
  }
  return null
}

/** Answers with a problem document, or with a page for who prefers to read one. */
export function answerProblem(c: RequestContext<AppEnv>, problem: Problem): Response | Promise<Response> {
  const { status, title, detail, type = 'about:blank', extensions = {}, headers = {} } = problem
  for (const [name, value] of Object.entries({ ...headers, 'cache-control': 'no-store' }))
    c.header(name, value)
  if (prefersPage(c.req.raw)) return problemPage(c, problem)
  const instance = new URL(c.req.url).pathname
  return c.body(
    JSON.stringify({ type, title, status, detail, instance, ...extensions }),
    status as Parameters<typeof c.status>[0] & 400,
    { 'content-type': 'application/problem+json' },
  )
}

function prefersPage(request: Request): boolean {
  try {
    return representationOf(request, [JSON_FORM, HTML_FORM]) === HTML_FORM
  } catch {
    return false
  }
}

/** The answer to anything thrown. */
export function answerError(error: Error, c: RequestContext<AppEnv>): Response | Promise<Response> {
  const problem = problemOf(error)
  if (!problem) console.error(`${c.req.method} ${new URL(c.req.url).pathname}:`, error)
  return answerProblem(c, problem ?? UNFORESEEN)
}
