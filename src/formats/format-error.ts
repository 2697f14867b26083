/**
 * Bytes that are not what they claim to be, or more than a reader can hold.
 * `code` is stable for tests and error tables; `message` says what is wrong and where, for a person.
 */
export class FormatError extends Error {
  override readonly name = 'FormatError'
  readonly code: string

  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}
