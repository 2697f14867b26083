import { backend, errorResponse, frontend, type TransactionStatus, wholeMessages } from './wire-messages.ts'

/** What the backend said to one frontend message, made honest. */
export interface BackendAnswer {
  bytes: Buffer
  failed: boolean
  /** A C++ exception of GEOS or PROJ ended the statement without an error. */
  swallowed: boolean
  /** The backend's own error handling is broken; it must be replaced. */
  poisoned: boolean
  /** From ReadyForQuery; undefined where none came. */
  status: TransactionStatus | undefined
}

const SWALLOWED = errorResponse(
  'XX000',
  'An internal error (GEOS or PROJ exception) ended the statement without a result',
)

const LEAK_WARNING = /snapshot 0x[0-9a-f]+ still active|TopologyException|refcount leak/
const POISONED = /ERRORDATA_STACK_SIZE exceeded/

/** Outcomes one of which must follow Bind, Execute and Query. */
const outcomes: ReadonlySet<number> = new Set([
  backend.bindComplete,
  backend.commandComplete,
  backend.copyBothResponse,
  backend.copyInResponse,
  backend.copyOutResponse,
  backend.emptyQuery,
  backend.errorResponse,
])
const needOutcome: ReadonlySet<number> = new Set([frontend.bind, frontend.execute, frontend.query])
/** What a swallowed exception leaves behind and the client must not see. */
const falseEndings: ReadonlySet<number> = new Set([backend.portalSuspended, backend.commandComplete])

/**
 * Reads PGlite's answer to one frontend message and turns a swallowed exception into an ErrorResponse.
 *
 * PGlite's WebAssembly build loses C++ exceptions of GEOS and PROJ: the statement ends with no rows and no error.
 * The traces are a Bind, Execute or Query without an outcome; PortalSuspended to an Execute without a row limit;
 * and, in the simple protocol, warnings about leaked snapshots together with no row.
 */
export function readAnswer(request: Uint8Array, answer: Buffer): BackendAnswer {
  const requestType = request[0] ?? 0
  const messages = [...wholeMessages(answer)]
  let failed = false
  let settled = false
  let leaked = false
  let rows = false
  let suspended = false
  let poisoned = false
  let status: TransactionStatus | undefined
  for (const message of messages) {
    const type = message[0] ?? 0
    if (outcomes.has(type)) settled = true
    if (type === backend.errorResponse) {
      failed = true
      poisoned ||= POISONED.test(message.toString('latin1'))
    }
    if (type === backend.dataRow) rows = true
    if (type === backend.portalSuspended) {
      if (hasRowLimit(request)) settled = true
      else suspended = true
    }
    if (type === backend.noticeResponse && LEAK_WARNING.test(message.toString('latin1'))) leaked = true
    if (type === backend.readyForQuery) status = String.fromCharCode(message[5] ?? 0) as TransactionStatus
  }
  const unsettled = needOutcome.has(requestType) && !settled
  const lostQuery = requestType === frontend.query && leaked && !rows
  const swallowed = !failed && (suspended || unsettled || lostQuery)
  if (!swallowed) return { bytes: answer, failed, swallowed, poisoned, status }
  const kept = messages.filter((message) => !falseEndings.has(message[0] ?? 0))
  const ready = kept.findIndex((message) => message[0] === backend.readyForQuery)
  kept.splice(ready < 0 ? kept.length : ready, 0, SWALLOWED)
  return { bytes: Buffer.concat(kept), failed: true, swallowed, poisoned, status }
}

/** An Execute message ends with the row limit as a 32-bit integer; 0 is none. */
function hasRowLimit(request: Uint8Array): boolean {
  return request[0] === frontend.execute && request.subarray(-4).some((byte) => byte !== 0)
}
