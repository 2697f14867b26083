import type { Context as RequestContext } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import {
  AlreadyPublishedError,
  BadCredentialError,
  ForbiddenError,
  ImageNotReadyError,
  ImportNotReadyError,
  InvalidMaskError,
  JobFailedError,
  MergeError,
  MissingMaskError,
  MosaicNotRectifiedError,
  NotAMemberError,
  NotEnoughPointsError,
  NotFoundError,
  NotPublishableError,
  NotPublishedError,
  NotRectifiedError,
  NotRevertibleError,
  RoomFullError,
  ScanBusyError,
  UnauthenticatedError,
  UnknownReferenceSystemError,
  UnsolvableTransformError,
  ValidationError,
} from '../../domain/errors.ts'
import { SignInUnavailableError } from '../../domain/identity/errors.ts'
import { PayloadTooLargeError, UploadRejectedError } from '../../domain/intake/errors.ts'
import { FormatError } from '../../formats/format-error.ts'
import { faultText, GcpFileError } from '../../formats/gcps/gcp-format.ts'
import {
  AnswerNotKeptError,
  ForeignOriginError,
  IdempotencyKeyError,
  IdempotencyKeyReusedError,
  MalformedBodyError,
  RequestUnderWayError,
  UnsupportedMediaTypeError,
  UpgradeRequiredError,
} from '../../http/errors.ts'
import { json } from '../../http/json.ts'
import { InvalidParamError, MissingParamError } from './envelope.ts'
import { InvalidPageError } from './paging.ts'

interface Answer {
  status: ContentfulStatusCode
  body: unknown
  headers?: Record<string, string>
}

type ErrorClass<E extends Error> = abstract new (...args: never[]) => E
type Row = (error: Error) => Answer | null

function row<E extends Error>(type: ErrorClass<E>, answer: (error: E) => Answer): Row {
  return (error) => (error instanceof type ? answer(error) : null)
}

const titled = (status: ContentfulStatusCode, title: string, detail: string): Answer => ({
  status,
  body: { errors: [{ title, detail }] },
})

const RETRY_SOON = { 'Retry-After': '1' }
const CHALLENGE = { 'WWW-Authenticate': 'Basic realm="Application"' }

/** Where in the body an attribute stands: in the envelope, unless it names its own place. */
const pointer = (attribute: string): string => {
  if (attribute.startsWith('gcps/')) return `/${attribute}`
  return attribute === 'map_ids' ? '/data/map_ids' : `/data/attributes/${attribute}`
}

/** From what went wrong to the documented status and body. */
const TABLE: readonly Row[] = [
  row(UnauthenticatedError, ({ message }) => ({ status: 401, body: { error: message }, headers: CHALLENGE })),
  row(BadCredentialError, ({ message }) => ({ status: 401, body: { error: message } })),
  row(ForbiddenError, ({ message }) => titled(401, 'Unauthorized', message)),
  row(NotFoundError, ({ message }) => titled(404, 'Not found', message)),
  row(SignInUnavailableError, ({ message }) => titled(404, 'Not found', message)),
  row(InvalidPageError, ({ message }) => titled(404, 'Not found', message)),
  row(NotRectifiedError, ({ message }) => titled(404, 'Map not warped', message)),
  row(ValidationError, ({ issues }) => ({
    status: 422,
    body: {
      errors: issues.map(({ attribute, message }) => ({
        source: { pointer: pointer(attribute) },
        detail: message,
      })),
    },
  })),
  row(UploadRejectedError, ({ attribute, message }) => ({
    status: 422,
    body: { errors: [{ source: { pointer: pointer(attribute) }, detail: message }] },
  })),
  row(GcpFileError, ({ faults }) => ({
    status: 422,
    body: { errors: faults.map((fault) => ({ title: 'Invalid control points', detail: faultText(fault) })) },
  })),
  row(MissingParamError, ({ message }) => titled(422, 'Missing param', message)),
  row(InvalidParamError, ({ message }) => titled(422, 'Invalid param', message)),
  row(ScanBusyError, ({ message }) => titled(422, 'Map busy', message)),
  row(NotEnoughPointsError, ({ message }) => titled(422, 'Not enough gcps', `${message}.`)),
  row(UnsolvableTransformError, ({ message }) => titled(422, 'Transform not solvable', message)),
  row(UnknownReferenceSystemError, ({ message }) => titled(422, 'Unknown reference system', message)),
  row(NotRevertibleError, ({ message }) => titled(422, 'Rectification failed', message)),
  row(InvalidMaskError, ({ message }) => titled(422, 'Mask error', message)),
  row(MissingMaskError, ({ message }) => titled(422, 'Mask error', message)),
  row(ImageNotReadyError, ({ message }) => titled(422, 'Image not ready', message)),
  row(JobFailedError, ({ message }) => titled(422, 'Rectification failed', message)),
  row(NotAMemberError, ({ message }) => titled(422, 'Layer error', message)),
  row(MergeError, ({ message }) => titled(422, 'Layer error', message)),
  row(MosaicNotRectifiedError, ({ message }) => titled(422, 'Layer not warped', message)),
  row(NotPublishableError, ({ message }) => titled(422, 'Map not warped', message)),
  row(AlreadyPublishedError, ({ message }) => titled(422, 'Publish error', message)),
  row(NotPublishedError, ({ message }) => titled(422, 'Publish error', message)),
  row(ImportNotReadyError, ({ message }) => titled(422, 'Import not ready', message)),
  row(MalformedBodyError, ({ message }) => titled(400, 'Malformed body', message)),
  row(FormatError, ({ code, message }) =>
    code === 'fields-too-large'
      ? titled(413, 'Body too large', message)
      : titled(400, 'Malformed body', message),
  ),
  row(PayloadTooLargeError, ({ message }) => titled(413, 'Body too large', message)),
  row(UnsupportedMediaTypeError, ({ message }) => titled(415, 'Unsupported media type', message)),
  row(ForeignOriginError, ({ message }) => titled(403, 'Forbidden', message)),
  row(UpgradeRequiredError, ({ message }) => titled(426, 'Upgrade required', message)),
  row(RoomFullError, ({ message }) => ({
    ...titled(503, 'Too many watchers', message),
    headers: { 'Retry-After': '60' },
  })),
  row(IdempotencyKeyError, ({ message }) => titled(400, 'Malformed Idempotency-Key', message)),
  row(IdempotencyKeyReusedError, ({ message }) => titled(422, 'Idempotency key reused', message)),
  row(RequestUnderWayError, ({ message }) => ({
    ...titled(409, 'Request under way', message),
    headers: RETRY_SOON,
  })),
  row(AnswerNotKeptError, ({ message }) => titled(409, 'Answer not kept', message)),
]

/** The answer to anything thrown; what nobody foresaw is logged and says nothing of itself. */
export function answerError(error: Error, c: RequestContext): Response {
  for (const row of TABLE) {
    const answer = row(error)
    if (!answer) continue
    for (const [name, value] of Object.entries(answer.headers ?? {})) c.header(name, value)
    return json(c, answer.body, answer.status)
  }
  console.error(`${c.req.method} ${new URL(c.req.url).pathname}:`, error)
  return json(
    c,
    { errors: [{ title: 'Internal error', detail: 'Something went wrong; it has been logged' }] },
    500,
  )
}
