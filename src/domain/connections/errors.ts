import { DomainError } from '../errors.ts'

export type ConnectionFault =
  | 'unreachable'
  | 'tls'
  | 'credentials'
  | 'database'
  | 'timeout'
  | 'too-large'
  | 'not-permitted'
  | 'statement'

/** A database elsewhere could not be read; the message says why, without its password. */
export class ConnectionFailedError extends DomainError {
  readonly fault: ConnectionFault

  constructor(fault: ConnectionFault, message: string, cause?: unknown) {
    super(message)
    this.fault = fault
    this.cause = cause
  }
}

/** Something of a database elsewhere is to be changed. */
export class ReadOnlyConnectionError extends DomainError {
  constructor() {
    super('The tables of this connection are read-only')
  }
}

/** Somebody has as many connections as one may have. */
export class TooManyConnectionsError extends DomainError {
  constructor(max: number) {
    super(`There are ${max} connections already; delete one`)
  }
}
