/** How long an answer waits for the end of a job at most, ms; after that the job is told of instead. */
export const SYNC_WAIT_MAX_MS = 50_000

/** What of a `Prefer` header (RFC 7240) concerns an execution. */
export interface ExecutionPreference {
  /** How long the answer waits for the job's end, ms. */
  waitMs: number
  /** It is preferred that it does not. */
  isAsync: boolean
}

/** `respond-async` waits for nothing, or for as many seconds as `wait` beside it says. */
export function executionPreference(header: string | undefined): ExecutionPreference {
  const preferences = (header ?? '').split(',').map((part) => part.split(';')[0]!.trim().toLowerCase())
  const isAsync = preferences.includes('respond-async')
  const wait = preferences.map((part) => /^wait\s*=\s*"?(\d{1,9})"?$/.exec(part)?.[1]).find(Boolean)
  const wanted = wait === undefined ? (isAsync ? 0 : SYNC_WAIT_MAX_MS) : Number(wait) * 1000
  return { isAsync, waitMs: Math.min(wanted, SYNC_WAIT_MAX_MS) }
}
