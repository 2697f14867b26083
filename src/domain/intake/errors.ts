import { DomainError, ValidationError } from '../errors.ts'

/** A body, or a part of it, is larger than what is accepted. */
export class PayloadTooLargeError extends DomainError {
  readonly limitBytes: number

  constructor(what: string, limitBytes: number) {
    super(`${what} is larger than the limit of ${formatBytes(limitBytes)}`)
    this.limitBytes = limitBytes
  }
}

export type ImageAttribute = 'upload' | 'upload_url' | 'file'

/** The image that came with a request cannot be taken. `message` is to be read behind the attribute's name. */
export class UploadRejectedError extends ValidationError {
  readonly attribute: ImageAttribute

  constructor(attribute: ImageAttribute, message: string, cause?: unknown) {
    super([{ attribute, message }])
    this.message = message
    this.attribute = attribute
    this.cause = cause
  }
}

export type FetchRefusal =
  | 'malformed'
  | 'scheme'
  | 'credentials'
  | 'private-address'
  | 'redirects'
  | 'status'
  | 'unreachable'
  | 'timeout'
  | 'too-large'

/** An address that is not fetched, or that gave nothing usable. `reason` is for logs and tests. */
export class FetchRefusedError extends DomainError {
  readonly reason: FetchRefusal

  constructor(reason: FetchRefusal, message: string, cause?: unknown) {
    super(message)
    this.reason = reason
    this.cause = cause
  }
}

/** `104857600` -> `104857600 bytes (100 MiB)`. */
export function formatBytes(bytes: number): string {
  return `${bytes} bytes (${Math.round((bytes / 1024 ** 2) * 10) / 10} MiB)`
}
