import { and, asc, desc, eq, gt, ilike, isNull, lt, type SQL, sql } from 'drizzle-orm'
import { actor } from './activity.ts'
import type { Database } from './database.ts'
import { hasRole, type Principal, ROLES, type Role } from './principal.ts'
import { resources, sessions, userProfiles, users } from './schema.ts'

export interface UserRecord {
  id: number
  login: string
  email: string
  passwordHash: string | null
  roles: Role[]
  enabled: boolean
  /** Through which other provider the account signs in, and its id there. */
  provider: string | null
  uid: string | null
  tokenVersion: number
  createdAt: Date
  /** Groups the account is in, with those above them. */
  groups: number[]
}

/** Every group of an account; one that is above itself, which none should be, is met once. */
const groupsOfUser = sql<number[]>`(with recursive held (id) as (
    select m.group_id from group_members m where m.user_id = users.id
    union
    select g.parent_id from groups g join held on held.id = g.id where g.parent_id is not null)
  select coalesce(jsonb_agg(held.id), '[]') from held)`

/** What is read of an account to know who it is. */
export const userColumns = {
  id: users.id,
  login: users.login,
  email: users.email,
  passwordHash: users.passwordHash,
  roles: users.roles,
  enabled: users.enabled,
  provider: users.provider,
  uid: users.uid,
  tokenVersion: users.tokenVersion,
  createdAt: users.createdAt,
  groups: groupsOfUser,
}

/** A row of `userColumns` as an account. */
export const userRecord = (
  row: (Omit<UserRecord, 'roles'> & { roles: string[] }) | undefined,
): UserRecord | null => (row ? { ...row, roles: ROLES.filter((role) => row.roles.includes(role)) } : null)

/** Accounts are read by the system alone (to check a credential), by their owner, and by administrators. */
const readable = (principal: Principal, id: typeof users.id) => {
  if (principal.kind === 'system' || hasRole(principal, 'administrator')) return sql`true`
  return principal.kind === 'user' ? eq(id, principal.id) : sql`false`
}

/** An account at another provider. */
export interface Identity {
  provider: string
  uid: string
}

const hasEmail = (email: string) => sql`lower(${users.email}) = lower(${email})`
const hasLogin = (login: string) => sql`lower(${users.login}) = lower(${login})`
const hasIdentity = ({ provider, uid }: Identity) => and(eq(users.provider, provider), eq(users.uid, uid))

function userCondition(by: Parameters<typeof findUser>[2]): SQL | undefined {
  if ('id' in by) return eq(users.id, by.id)
  if ('email' in by) return hasEmail(by.email)
  return 'login' in by ? hasLogin(by.login) : hasIdentity(by)
}

export async function findUser(
  db: Database,
  principal: Principal,
  by: { id: number } | { email: string } | { login: string } | Identity,
): Promise<UserRecord | null> {
  const condition = userCondition(by)
  const [row] = await db
    .select(userColumns)
    .from(users)
    .where(and(condition, readable(principal, users.id)))
    .limit(1)
  return userRecord(row)
}

/** The account behind a session that has not ended, by the hash of the session's cookie. */
export async function findSessionUser(
  db: Database,
  principal: Principal,
  idHash: string,
): Promise<UserRecord | null> {
  const [row] = await db
    .select(userColumns)
    .from(sessions)
    .innerJoin(users, eq(users.id, sessions.userId))
    .where(
      and(eq(sessions.idHash, idHash), gt(sessions.expiresAt, sql`now()`), readable(principal, users.id)),
    )
    .limit(1)
  return userRecord(row)
}

/** What an account shows of itself to everybody who is signed in; email and roles only to administrators. */
export type UserProfile = Pick<
  UserRecord,
  'id' | 'login' | 'email' | 'roles' | 'enabled' | 'provider' | 'createdAt'
>

const profileColumns = (principal: Principal) => {
  const { id, login, enabled, provider, createdAt, email, roles } = userColumns
  const shown = principal.kind === 'system' || hasRole(principal, 'administrator')
  return {
    id,
    login,
    enabled,
    provider,
    createdAt,
    email: shown ? email : sql<string>`''`,
    roles: shown ? roles : sql<string[]>`array[]::text[]`,
  }
}

/** Accounts are known to everybody who is signed in. */
const visible = (principal: Principal) => (principal.kind === 'anonymous' ? sql`false` : sql`true`)

const profile = (row: Omit<UserProfile, 'roles'> & { roles: string[] }): UserProfile => ({
  ...row,
  roles: ROLES.filter((role) => row.roles.includes(role)),
})

export async function findUserProfile(
  db: Database,
  principal: Principal,
  id: number,
): Promise<UserProfile | null> {
  const [row] = await db
    .select(profileColumns(principal))
    .from(users)
    .where(and(eq(users.id, id), visible(principal)))
  return row ? profile(row) : null
}

const searchColumns = { login: users.login, email: users.email, provider: users.provider }
const sortColumns = { ...searchColumns, created_at: users.createdAt, enabled: users.enabled }

export type UserSearchField = keyof typeof searchColumns
export const isUserSearchField = (field: string): field is UserSearchField =>
  Object.hasOwn(searchColumns, field)
export type UserSortKey = keyof typeof sortColumns
export const isUserSortKey = (key: string): key is UserSortKey => Object.hasOwn(sortColumns, key)

export interface UserListing {
  page: number
  perPage: number
  sortKey: UserSortKey
  ascending: boolean
  /** Only accounts whose field contains the text, in whatever case. */
  search: { field: UserSearchField; text: string } | null
}

/** A page of all accounts, and how many there are; for those who may read every account. */
export async function listUserProfiles(
  db: Database,
  principal: Principal,
  { page, perPage, sortKey, ascending, search }: UserListing,
): Promise<{ records: UserProfile[]; total: number }> {
  const condition: SQL | undefined = and(
    readable(principal, users.id),
    search ? ilike(searchColumns[search.field], `%${search.text.replace(/[\\%_]/g, '\\$&')}%`) : undefined,
  )
  const sort = sortColumns[sortKey]
  const [rows, [counted]] = await db.batch([
    db
      .select(profileColumns(principal))
      .from(users)
      .where(condition)
      .orderBy(
        ascending ? sql`${sort} asc nulls first` : sql`${sort} desc nulls last`,
        ascending ? asc(users.id) : desc(users.id),
      )
      .limit(perPage)
      .offset((page - 1) * perPage),
    db.select({ total: sql<number>`count(*)::int` }).from(users).where(condition),
  ])
  return { records: rows.map(profile), total: counted?.total ?? 0 }
}

export interface NewUser {
  login: string
  email: string
  passwordHash: string | null
  roles: readonly Role[]
  identity?: Identity
  profile?: NewProfile
}

/** What is said of an account with its making. */
export interface NewProfile extends ProfileAttributes {
  /** Hash of the secret by which the first password is set, and until when. */
  invitationHash?: string
  invitedUntil?: Date
}

/** What people say of themselves; what is `undefined` stays as it is. */
export interface ProfileAttributes {
  firstName?: string | null | undefined
  lastName?: string | null | undefined
  phone?: string | null | undefined
  mobile?: string | null | undefined
  web?: string | null | undefined
  company?: string | null | undefined
  language?: string | null | undefined
}

/**
 * Makes an account, with the resource as which it can be shared: owned by the user who makes it, else by itself. Roles are
 * given by administrators and by the system; anybody may make an account without any.
 */
export async function insertUser(db: Database, principal: Principal, user: NewUser): Promise<UserRecord> {
  if (user.roles.length > 0 && principal.kind !== 'system' && !hasRole(principal, 'administrator'))
    throw new Error('only administrators give roles')
  const { identity, profile = {}, ...values } = user
  const madeUser = sql<number>`currval(pg_get_serial_sequence('users','id'))::int`
  const madeResource = sql<number>`currval(pg_get_serial_sequence('resources','id'))::int`
  const [[row]] = await db.batch([
    db
      .insert(users)
      .values({ ...values, ...identity, roles: [...user.roles] })
      .returning(userColumns),
    db.execute(sql`insert into ${resources} (kind, owner_id, title)
      values ('user', coalesce(${actor(principal)}::int, ${madeUser}), ${user.login})`),
    db
      .insert(userProfiles)
      .values({ ...profile, userId: madeUser as never, resourceId: madeResource as never }),
  ])
  const inserted = userRecord(row)
  if (!inserted) throw new Error('the inserted user did not come back')
  return inserted
}

/** Lets an account sign in through another provider, where it does not yet. Returns it, or null when it does. */
export async function linkIdentity(
  db: Database,
  principal: Principal,
  userId: number,
  identity: Identity,
): Promise<UserRecord | null> {
  const [row] = await db
    .update(users)
    .set({ ...identity, updatedAt: sql`now()` })
    .where(and(eq(users.id, userId), isNull(users.provider), readable(principal, users.id)))
    .returning(userColumns)
  return userRecord(row)
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
