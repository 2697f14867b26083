export type MaskErrorCode = 'degenerate' | 'too-intricate' | 'unrepairable' | 'outside'

/**
 * Polygons that cannot be a mask. `code` is stable for tests and error tables; `message` says which and why, for a
 * person.
 */
export class MaskError extends Error {
  override readonly name = 'MaskError'
  readonly code: MaskErrorCode

  constructor(code: MaskErrorCode, message: string) {
    super(message)
    this.code = code
  }
}
