export type FitErrorCode = 'too-few-points' | 'too-many-points' | 'degenerate' | 'outside-system'

/**
 * Control points that do not determine the transform asked for.
 * `code` is stable for tests and error tables; `message` gives the reason and the remedy, for a person.
 * `needed` and `have` count points and are set for `too-few-points`.
 */
export class FitError extends Error {
  override readonly name = 'FitError'
  readonly code: FitErrorCode
  readonly needed: number | undefined
  readonly have: number | undefined

  constructor(code: FitErrorCode, message: string, counts?: { needed: number; have: number }) {
    super(message)
    this.code = code
    this.needed = counts?.needed
    this.have = counts?.have
  }
}
