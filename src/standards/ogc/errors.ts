/** A parameter of the query, or a header, that cannot be what it says; the message is to be read behind its name. */
export class InvalidParameterError extends Error {
  override readonly name = 'InvalidParameterError'
  readonly parameter: string

  constructor(parameter: string, message: string) {
    super(`${parameter}: ${message}`)
    this.parameter = parameter
  }
}

/** What was sent is JSON, but not what belongs here; the message says what and where. */
export class InvalidBodyError extends Error {
  override readonly name = 'InvalidBodyError'
}

/** None of what can be given fits what is accepted. */
export class NotAcceptableError extends Error {
  override readonly name = 'NotAcceptableError'
}

/** The body is of a type that is not read at this address. */
export class UnreadableTypeError extends Error {
  override readonly name = 'UnreadableTypeError'

  constructor(contentType: string, readable: readonly string[]) {
    super(`A body of type ${contentType.slice(0, 100)} is not read here; there is ${readable.join(', ')}`)
  }
}

/** There is nothing at this address. */
export class UnknownPathError extends Error {
  override readonly name = 'UnknownPathError'
}

/** The resource does not know this method. */
export class MethodNotAllowedError extends Error {
  override readonly name = 'MethodNotAllowedError'
  /** What it knows, as the header `Allow` has it. */
  readonly allow: string

  constructor(method: string, allow: string) {
    super(`${method} is not answered here; there is ${allow}`)
    this.allow = allow
  }
}
