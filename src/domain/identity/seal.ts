import { hkdfSync } from 'node:crypto'
import { EncryptJWT, errors, jwtDecrypt } from 'jose'
import type { Opening } from './opening.ts'
import type { Profile, ProviderName } from './providers.ts'

/** How long a person may take from one step of a sign-in to the next. */
export const SEAL_SECONDS = 600

/** What has to be known again when the person comes back from the provider. */
export interface PendingAuthorization {
  provider: ProviderName
  state: string
  /** Null where the provider issues no ID token. */
  nonce: string | null
  codeVerifier: string
  opening: Opening
}

/** What a person is asked before the sign-in goes on: whether a page gets a token, or whether to link two accounts. */
export type Question = { userId: number; provider: ProviderName; opening: Opening } & (
  | { kind: 'deliver' }
  | { kind: 'link'; profile: Profile }
)

/** That a person is asked whether to let an application in, by what request of it. */
export interface PendingConsent {
  userId: number
  query: Readonly<Record<string, string>>
}

interface Sealed {
  authorization: PendingAuthorization
  question: Question
  consent: PendingConsent
}

/**
 * What the platform hands to a browser to have it back later, unread and unchanged: a JWT, encrypted with AES-256-GCM
 * under a key of its own, good for `SEAL_SECONDS` and for one purpose.
 */
export async function seal<P extends keyof Sealed>(
  secret: string,
  purpose: P,
  content: Sealed[P],
): Promise<string> {
  return new EncryptJWT({ content })
    .setProtectedHeader({ alg: 'dir', enc: 'A256GCM' })
    .setAudience(purpose)
    .setExpirationTime(`${SEAL_SECONDS} seconds`)
    .encrypt(keyOf(secret))
}

/** What was sealed for this purpose; null when it is anything else, has been changed, or is too old. */
export async function unseal<P extends keyof Sealed>(
  secret: string,
  purpose: P,
  sealed: string,
): Promise<Sealed[P] | null> {
  try {
    const { payload } = await jwtDecrypt<{ content: Sealed[P] }>(sealed, keyOf(secret), {
      audience: purpose,
      keyManagementAlgorithms: ['dir'],
      contentEncryptionAlgorithms: ['A256GCM'],
      requiredClaims: ['exp'],
    })
    return payload.content
  } catch (error) {
    if (error instanceof errors.JOSEError) return null
    throw error
  }
}

const keyOf = (secret: string): Uint8Array =>
  new Uint8Array(hkdfSync('sha256', secret, '', 'graticule sign-in through another provider', 32))
