import { and, eq, gt, isNull, sql } from 'drizzle-orm'
import type { Database } from './database.ts'
import type { SystemPrincipal } from './principal.ts'
import { approvedApps, oauthCodes, oauthTokens, users } from './schema.ts'
import { type UserRecord, userColumns, userRecord } from './users.ts'

/** How long what is over is kept, so that its use a second time can be told from what never was. */
const KEPT_DAYS = 1

/** An authorization code, by its hash. */
export interface CodeRecord {
  codeHash: string
  /** Number of the client. */
  clientId: number
  userId: number
  /** As the authorization request had it; null where it had none. */
  redirectUri: string | null
  codeChallenge: string | null
  expiresAt: Date
  redeemedAt: Date | null
}

/** An access token with its refresh token, by their hashes. */
export interface TokenRecord {
  id: number
  clientId: number
  userId: number
  /** Of the code that it comes from. */
  codeHash: string
  refreshExpiresAt: Date
  revokedAt: Date | null
}

/** The account that an access token stands for which is neither too old nor revoked, by the token's hash. */
export async function findTokenUser(
  db: Database,
  _principal: SystemPrincipal,
  accessHash: string,
): Promise<UserRecord | null> {
  const [row] = await db
    .select(userColumns)
    .from(oauthTokens)
    .innerJoin(users, eq(users.id, oauthTokens.userId))
    .where(
      and(
        eq(oauthTokens.accessHash, accessHash),
        isNull(oauthTokens.revokedAt),
        gt(oauthTokens.accessExpiresAt, sql`now()`),
      ),
    )
  return userRecord(row)
}

/** Keeps a code that has been given out, and sweeps codes and tokens that are long over. */
export async function insertCode(
  db: Database,
  _principal: SystemPrincipal,
  code: Omit<CodeRecord, 'redeemedAt'>,
): Promise<void> {
  const longAgo = sql`now() - make_interval(days => ${KEPT_DAYS})`
  await db.batch([
    db
      .insert(oauthCodes)
      .values({ ...code, codeChallengeMethod: code.codeChallenge === null ? null : 'S256' }),
    db.delete(oauthCodes).where(sql`${oauthCodes.expiresAt} < ${longAgo}`),
    db
      .delete(oauthTokens)
      .where(
        sql`${oauthTokens.accessExpiresAt} < ${longAgo} and coalesce(${oauthTokens.refreshExpiresAt}, '-infinity') < ${longAgo}`,
      ),
  ])
}

export async function findCode(
  db: Database,
  _principal: SystemPrincipal,
  codeHash: string,
): Promise<CodeRecord | null> {
  const [row] = await db
    .select({
      codeHash: oauthCodes.codeHash,
      clientId: oauthCodes.clientId,
      userId: oauthCodes.userId,
      redirectUri: oauthCodes.redirectUri,
      codeChallenge: oauthCodes.codeChallenge,
      expiresAt: oauthCodes.expiresAt,
      redeemedAt: oauthCodes.redeemedAt,
    })
    .from(oauthCodes)
    .where(eq(oauthCodes.codeHash, codeHash))
  return row ?? null
}

export interface NewToken {
  accessHash: string
  refreshHash: string
  clientId: number
  userId: number
  codeHash: string
  accessExpiresAt: Date
  refreshExpiresAt: Date
}

/**
 * Keeps a token, and in the same statement uses up what it is given for: a code, or an older token. Of two requests that
 * bring the same one, one gets a token.
 * @returns false, and nothing kept, where that has been used up or revoked, or the user has not let the application in
 */
export async function insertToken(
  db: Database,
  _principal: SystemPrincipal,
  token: NewToken,
  olderId: number | null,
): Promise<boolean> {
  const isLetIn = sql`exists (select 1 from ${approvedApps}
    where ${approvedApps.userId} = ${token.userId} and ${approvedApps.clientId} = ${token.clientId})`
  const usedUp =
    olderId === null
      ? sql`update ${oauthCodes} set redeemed_at = now()
          where code_hash = ${token.codeHash} and redeemed_at is null and expires_at > now() and ${isLetIn} returning 1`
      : sql`update ${oauthTokens} set revoked_at = now()
          where id = ${olderId} and revoked_at is null and refresh_expires_at > now() and ${isLetIn} returning 1`
  const { rows } = await db.execute(sql`with used_up as (${usedUp})
    insert into ${oauthTokens}
      (access_hash, refresh_hash, client_id, user_id, code_hash, access_expires_at, refresh_expires_at)
    select ${token.accessHash}, ${token.refreshHash}, ${token.clientId}, ${token.userId}, ${token.codeHash},
      ${token.accessExpiresAt.toISOString()}::timestamptz, ${token.refreshExpiresAt.toISOString()}::timestamptz
    from used_up returning id`)
  return rows.length > 0
}

export async function findRefreshToken(
  db: Database,
  _principal: SystemPrincipal,
  refreshHash: string,
): Promise<TokenRecord | null> {
  const [row] = await db
    .select({
      id: oauthTokens.id,
      clientId: oauthTokens.clientId,
      userId: oauthTokens.userId,
      codeHash: sql<string>`coalesce(${oauthTokens.codeHash}, '')`,
      refreshExpiresAt: sql<Date>`coalesce(${oauthTokens.refreshExpiresAt}, to_timestamp(0))`.mapWith(
        oauthTokens.createdAt,
      ),
      revokedAt: oauthTokens.revokedAt,
    })
    .from(oauthTokens)
    .where(eq(oauthTokens.refreshHash, refreshHash))
  return row ?? null
}

/** Makes every token void that comes of a code. */
export async function revokeTokensOfCode(
  db: Database,
  _principal: SystemPrincipal,
  codeHash: string,
): Promise<void> {
  await db
    .update(oauthTokens)
    .set({ revokedAt: sql`coalesce(${oauthTokens.revokedAt}, now())` })
    .where(eq(oauthTokens.codeHash, codeHash))
}

/** Makes a token of a client void, by the hash of it or of its refresh token, and with a refresh token all of its line. */
export async function revokeToken(
  db: Database,
  _principal: SystemPrincipal,
  clientId: number,
  hash: string,
): Promise<void> {
  await db.execute(sql`update ${oauthTokens} set revoked_at = coalesce(revoked_at, now())
    where client_id = ${clientId} and (access_hash = ${hash} or code_hash in (
      select code_hash from ${oauthTokens} where refresh_hash = ${hash} and client_id = ${clientId}))`)
}
