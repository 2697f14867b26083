import { hkdfSync } from 'node:crypto'
import { CompactEncrypt, compactDecrypt } from 'jose'

/** What secrets are kept for; each purpose has a key of its own. */
export type SecretPurpose = 'OAuth 2 client' | 'connection'

/**
 * A secret as it is stored: a compact JWE, encrypted with AES-256-GCM under a key that is derived from the deployment's.
 * @param purpose what is sealed for one cannot be opened for another
 */
export const sealSecret = (authSecret: string, purpose: SecretPurpose, secret: string): Promise<string> =>
  new CompactEncrypt(new TextEncoder().encode(secret))
    .setProtectedHeader({ alg: 'dir', enc: 'A256GCM' })
    .encrypt(keyOf(authSecret, purpose))

/** The secret that was sealed. @throws JOSEError where it was sealed under another key, for another purpose, or changed */
export async function openSecret(
  authSecret: string,
  purpose: SecretPurpose,
  sealed: string,
): Promise<string> {
  const { plaintext } = await compactDecrypt(sealed, keyOf(authSecret, purpose), {
    keyManagementAlgorithms: ['dir'],
    contentEncryptionAlgorithms: ['A256GCM'],
  })
  return new TextDecoder().decode(plaintext)
}

const keyOf = (authSecret: string, purpose: SecretPurpose): Uint8Array =>
  new Uint8Array(hkdfSync('sha256', authSecret, '', `graticule secret at rest: ${purpose}`, 32))
