import { DomainError } from '../errors.ts'

/** There is no such provider, or it is not set up; the message says which. */
export class SignInUnavailableError extends DomainError {}

/**
 * Why a sign-in through a provider came to nothing:
 * `declined`: the person did not agree there. `stale`: it took too long, was begun in another browser, or is over.
 * `provider`: the provider does not answer, or not as it should. `disabled`: the account here is.
 * `email-taken`: the person's address belongs to another account here.
 */
export type SignInFailure = 'declined' | 'stale' | 'provider' | 'disabled' | 'email-taken'

/** A sign-in through a provider came to nothing. `message` is for the person: what happened and what to do. */
export class SignInFailedError extends DomainError {
  readonly failure: SignInFailure

  constructor(failure: SignInFailure, message: string, cause?: unknown) {
    super(message)
    this.failure = failure
    this.cause = cause
  }
}

/** What is to be made, or a name that is to be had, is there already; the message says which. */
export class TakenError extends DomainError {}

/** Without this account nobody could administer the platform. */
export class LastAdministratorError extends DomainError {
  constructor() {
    super('This is the last administrator; make another one first')
  }
}
