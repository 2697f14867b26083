import { and, eq, gt, lt, sql } from 'drizzle-orm'
import type { Database } from './database.ts'
import { hasRole, type Principal, ROLES, type Role } from './principal.ts'
import { sessions, users } from './schema.ts'

export interface UserRecord {
  id: number
  login: string
  email: string
  passwordHash: string | null
  roles: Role[]
  enabled: boolean
  provider: string | null
  tokenVersion: number
  createdAt: Date
}

const columns = {
  id: users.id,
  login: users.login,
  email: users.email,
  passwordHash: users.passwordHash,
  roles: users.roles,
  enabled: users.enabled,
  provider: users.provider,
  tokenVersion: users.tokenVersion,
  createdAt: users.createdAt,
}

const record = (row: (Omit<UserRecord, 'roles'> & { roles: string[] }) | undefined): UserRecord | null =>
  row ? { ...row, roles: ROLES.filter((role) => row.roles.includes(role)) } : null

/** Accounts are read by the system alone (to check a credential), by their owner, and by administrators. */
const readable = (principal: Principal, id: typeof users.id) => {
  if (principal.kind === 'system' || hasRole(principal, 'administrator')) return sql`true`
  return principal.kind === 'user' ? eq(id, principal.id) : sql`false`
}

export async function findUser(
  db: Database,
  principal: Principal,
  by: { id: number } | { email: string },
): Promise<UserRecord | null> {
  const condition = 'id' in by ? eq(users.id, by.id) : sql`lower(${users.email}) = lower(${by.email})`
  const [row] = await db
    .select(columns)
    .from(users)
    .where(and(condition, readable(principal, users.id)))
    .limit(1)
  return record(row)
}

/** The account behind a session that has not ended, by the hash of the session's cookie. */
export async function findSessionUser(
  db: Database,
  principal: Principal,
  idHash: string,
): Promise<UserRecord | null> {
  const [row] = await db
    .select(columns)
    .from(sessions)
    .innerJoin(users, eq(users.id, sessions.userId))
    .where(
      and(eq(sessions.idHash, idHash), gt(sessions.expiresAt, sql`now()`), readable(principal, users.id)),
    )
    .limit(1)
  return record(row)
}

export interface NewUser {
  login: string
  email: string
  passwordHash: string
  roles: readonly Role[]
}

/** Roles are given by administrators and by the system; anybody may make an account without any. */
export async function insertUser(db: Database, principal: Principal, user: NewUser): Promise<UserRecord> {
  if (user.roles.length > 0 && principal.kind !== 'system' && !hasRole(principal, 'administrator'))
    throw new Error('only administrators give roles')
  const [row] = await db
    .insert(users)
    .values({ ...user, roles: [...user.roles] })
    .returning(columns)
  const inserted = record(row)
  if (!inserted) throw new Error('the inserted user did not come back')
  return inserted
}

/** Whether there is no account at all, so that the first administrator may be made. */
export async function hasNoUsers(db: Database): Promise<boolean> {
  const rows = await db.select({ id: users.id }).from(users).limit(1)
  return rows.length === 0
}

/** Makes every API token of the account void. Returns the new token version. */
export async function rotateToken(db: Database, principal: Principal, userId: number): Promise<number> {
  const [row] = await db
    .update(users)
    .set({ tokenVersion: sql`${users.tokenVersion} + 1`, updatedAt: sql`now()` })
    .where(and(eq(users.id, userId), readable(principal, users.id)))
    .returning({ tokenVersion: users.tokenVersion })
  if (!row) throw new Error(`no user ${userId}`)
  return row.tokenVersion
}

/** Opens a session and sweeps those that have ended. */
export async function openSession(
  db: Database,
  session: { userId: number; idHash: string; expiresAt: Date },
): Promise<void> {
  await db.batch([
    db.insert(sessions).values(session),
    db.delete(sessions).where(lt(sessions.expiresAt, sql`now()`)),
  ])
}

/** Ends one session by its hash, or all of a user's. */
export async function endSessions(db: Database, which: { userId: number; idHash?: string }): Promise<void> {
  await db
    .delete(sessions)
    .where(
      which.idHash
        ? and(eq(sessions.idHash, which.idHash), eq(sessions.userId, which.userId))
        : eq(sessions.userId, which.userId),
    )
}
