import { DomainError } from '../../errors.ts'

/** Why a request of a client is refused, in the words of RFC 6749. */
export type OAuthFault =
  | 'invalid_request'
  | 'invalid_client'
  | 'invalid_grant'
  | 'invalid_scope'
  | 'unauthorized_client'
  | 'unsupported_grant_type'
  | 'unsupported_response_type'
  | 'access_denied'
  | 'server_error'

/** A request of a client that is refused; the message says why. */
export class OAuthRefusedError extends DomainError {
  readonly fault: OAuthFault

  constructor(fault: OAuthFault, message: string) {
    super(message)
    this.fault = fault
  }
}

/** An authorization request whose client or address is not known, so that the user is sent nowhere and told himself. */
export class UnknownApplicationError extends DomainError {}
