import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'

/** A secret of 256 random bits, such as a session cookie's value. Only its hash is stored. */
export const newSecret = (): string => randomBytes(32).toString('base64url')

/** Random bytes as hexadecimal digits. */
export const randomHex = (bytes: number): string => randomBytes(bytes).toString('hex')

/** What is stored of a secret that is random: its SHA-256, which needs no salt. */
export const secretHash = (secret: string): string => createHash('sha256').update(secret).digest('base64url')

/**
 * A user's API token: a MAC over the user and the token version. Nothing of it is stored, so the database alone opens
 * no account, and it can be told again to its owner (as `validate_token` must) until the version moves.
 */
export const userToken = (secret: string, userId: number, tokenVersion: number): string =>
  createHmac('sha256', secret).update(`user-token:${userId}:${tokenVersion}`).digest('base64url')

/** Whether two texts are equal, in constant time for texts of one length. */
export function sameText(a: string, b: string): boolean {
  const left = Buffer.from(a)
  const right = Buffer.from(b)
  return left.length === right.length && timingSafeEqual(left, right)
}
