import { createHmac } from 'node:crypto'
import type { Principal, SystemPrincipal } from '../../store/principal.ts'
import { findUser, type UserRecord } from '../../store/users.ts'
import { type Account, enabledAccount } from '../accounts.ts'
import type { Context } from '../context.ts'
import { sameText } from '../tokens.ts'

/** How long an app goes on running for whom it has been launched. */
export const LAUNCH_SECONDS = 12 * 3600

/** The largest number that the database has for an account. */
const ID_MAX = 2 ** 31 - 1

const launching: SystemPrincipal = { kind: 'system', reason: 'check a launch' }

const macOf = (secret: string, app: string, { id, tokenVersion }: UserRecord, expiry: number): string =>
  createHmac('sha256', secret).update(`app-launch:${app}:${id}:${tokenVersion}:${expiry}`).digest('base64url')

/**
 * What an address has in it so that the files of one app are served as a user sees them: the user, when it ends, and a MAC
 * over both, the app, and the version of the user's token, so that signing out ends it.
 * @param now milliseconds since 1970
 */
export function launchToken(
  { authSecret }: Pick<Context, 'authSecret'>,
  app: string,
  { user }: Account,
  now = Date.now(),
): string {
  const expiry = Math.floor(now / 1000) + LAUNCH_SECONDS
  return `${user.id}.${expiry}.${macOf(authSecret, app, user, expiry)}`
}

/** Who has launched an app, as he is now; null for a token that does not hold, or not for this app. */
export async function principalOfLaunch(
  { db, authSecret }: Pick<Context, 'db' | 'authSecret'>,
  app: string,
  token: string,
  now = Date.now(),
): Promise<Principal | null> {
  const [, userId, expiry, mac] = /^(\d{1,10})\.(\d{1,12})\.([\w-]{43})$/.exec(token) ?? []
  if (mac === undefined || Number(userId) > ID_MAX || Number(expiry) * 1000 <= now) return null
  const user = await findUser(db, launching, { id: Number(userId) })
  if (!user || !sameText(mac, macOf(authSecret, app, user, Number(expiry)))) return null
  return enabledAccount(user)?.principal ?? null
}
