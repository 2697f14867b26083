/** The body is not in the notation it claims to be in; the message says what is wrong and where. */
export class MalformedBodyError extends Error {
  override readonly name = 'MalformedBodyError'
  /** Where, in characters from 0; null where there is no one place. */
  readonly position: number | null

  constructor(message: string, position: number | null = null) {
    super(message)
    this.position = position
  }
}

/** The body is in a notation that is not read here. */
export class UnsupportedMediaTypeError extends Error {
  override readonly name = 'UnsupportedMediaTypeError'

  constructor(contentType: string) {
    super(`A body of type ${contentType.slice(0, 100)} is not understood; send JSON or a form`)
  }
}

/** The address is a WebSocket's and the request no handshake. */
export class UpgradeRequiredError extends Error {
  override readonly name = 'UpgradeRequiredError'

  constructor() {
    super('This address is a WebSocket')
  }
}

/** A page of another site asks with a credential that the browser adds by itself. */
export class ForeignOriginError extends Error {
  override readonly name = 'ForeignOriginError'

  constructor() {
    super('Pages of other sites need an API token for this')
  }
}

/** An `Idempotency-Key` that cannot be one. */
export class IdempotencyKeyError extends Error {
  override readonly name = 'IdempotencyKeyError'
}

/** The `Idempotency-Key` was that of another request. */
export class IdempotencyKeyReusedError extends Error {
  override readonly name = 'IdempotencyKeyReusedError'

  constructor() {
    super('Another request was sent with this Idempotency-Key; send a new one')
  }
}

/** The request with this `Idempotency-Key` is still being answered. */
export class RequestUnderWayError extends Error {
  override readonly name = 'RequestUnderWayError'

  constructor() {
    super('The request with this Idempotency-Key is still being answered; send it again later')
  }
}

/** The request with this `Idempotency-Key` was carried out, and its answer is not there to be given again. */
export class AnswerNotKeptError extends Error {
  override readonly name = 'AnswerNotKeptError'

  constructor(status: number) {
    super(`The request with this Idempotency-Key was answered with ${status}, at a length that is not kept`)
  }
}
