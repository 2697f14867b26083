import { hkdfSync } from 'node:crypto'
import { CompactEncrypt, compactDecrypt, errors } from 'jose'

/** Two texts of two owners cannot be taken for each other: the owner is part of what is sealed. */
interface Sealed {
  owner: number
  url: string
}

/** An address with its password, encrypted with AES-256-GCM under a key of its own. */
export async function sealUrl(secret: string, sealed: Sealed): Promise<string> {
  return new CompactEncrypt(new TextEncoder().encode(JSON.stringify(sealed)))
    .setProtectedHeader({ alg: 'dir', enc: 'A256GCM' })
    .encrypt(keyOf(secret))
}

/** The address that was sealed for this owner; null where it was not, or under another key. */
export async function unsealUrl(secret: string, owner: number, text: string): Promise<string | null> {
  try {
    const { plaintext } = await compactDecrypt(text, keyOf(secret), {
      keyManagementAlgorithms: ['dir'],
      contentEncryptionAlgorithms: ['A256GCM'],
    })
    const sealed = JSON.parse(new TextDecoder().decode(plaintext)) as Sealed
    return sealed.owner === owner ? sealed.url : null
  } catch (error) {
    if (error instanceof errors.JOSEError) return null
    throw error
  }
}

const keyOf = (secret: string): Uint8Array =>
  new Uint8Array(hkdfSync('sha256', secret, '', 'graticule connections to other databases', 32))
