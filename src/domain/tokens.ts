import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'

/** A session cookie's value: 256 random bits. Only its hash is stored. */
export const newSessionId = (): string => randomBytes(32).toString('base64url')

export const sessionIdHash = (sessionId: string): string =>
  createHash('sha256').update(sessionId).digest('base64url')

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
