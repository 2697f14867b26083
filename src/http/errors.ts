/** The body is not in the notation it claims to be in; the message says what is wrong and where. */
export class MalformedBodyError extends Error {
  override readonly name = 'MalformedBodyError'
}

/** The body is in a notation that is not read here. */
export class UnsupportedMediaTypeError extends Error {
  override readonly name = 'UnsupportedMediaTypeError'

  constructor(contentType: string) {
    super(`A body of type ${contentType.slice(0, 100)} is not understood; send JSON or a form`)
  }
}
