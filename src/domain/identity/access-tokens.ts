import { hkdfSync } from 'node:crypto'
import { errors, jwtVerify, SignJWT } from 'jose'
import type { SystemPrincipal, UserPrincipal } from '../../store/principal.ts'
import { findUser, rotateToken, type UserRecord } from '../../store/users.ts'
import { type Account, enabledAccount } from '../accounts.ts'
import type { Context } from '../context.ts'

export const ACCESS_TOKEN_SECONDS = 3600

const ALGORITHM = 'HS256'
const AUDIENCE = 'access'
const authentication: SystemPrincipal = { kind: 'system', reason: 'check a credential' }

/** What tells such a token from one that is random: a JWT has points in it. */
export const isSignedToken = (token: string): boolean => token.includes('.')

/**
 * A bearer token for an account whose password has been checked: a JWT (RFC 7519) under a key of its own. Nothing of it is
 * stored; it holds for `ACCESS_TOKEN_SECONDS`, as long as the account's token version does not move.
 */
export const issueAccessToken = (
  { authSecret }: Pick<Context, 'authSecret'>,
  { id, tokenVersion }: UserRecord,
): Promise<string> =>
  new SignJWT({ version: tokenVersion })
    .setProtectedHeader({ alg: ALGORITHM })
    .setSubject(String(id))
    .setAudience(AUDIENCE)
    .setIssuedAt()
    .setExpirationTime(`${ACCESS_TOKEN_SECONDS} seconds`)
    .sign(keyOf(authSecret))

/** The account that such a token stands for, or null. */
export async function accountOfSignedToken(
  { db, authSecret }: Pick<Context, 'db' | 'authSecret'>,
  token: string,
): Promise<Account | null> {
  const claims = await claimsOf(authSecret, token)
  if (!claims) return null
  const user = await findUser(db, authentication, { id: claims.userId })
  return user?.tokenVersion === claims.version ? enabledAccount(user) : null
}

async function claimsOf(
  authSecret: string,
  token: string,
): Promise<{ userId: number; version: number } | null> {
  try {
    const { payload } = await jwtVerify<{ version: number }>(token, keyOf(authSecret), {
      algorithms: [ALGORITHM],
      audience: AUDIENCE,
      requiredClaims: ['exp', 'sub', 'version'],
    })
    return { userId: Number(payload.sub), version: payload.version }
  } catch (error) {
    if (error instanceof errors.JOSEError) return null
    throw error
  }
}

/** Makes every such token of the user void, and the API token with them. */
export const voidAccessTokens = async (
  { db }: Pick<Context, 'db'>,
  principal: UserPrincipal,
): Promise<void> => void (await rotateToken(db, principal, principal.id))

const keyOf = (authSecret: string): Uint8Array =>
  new Uint8Array(hkdfSync('sha256', authSecret, '', 'graticule access token', 32))
