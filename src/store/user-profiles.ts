import { and, type Column, count, eq, gt, or, type SQL, sql } from 'drizzle-orm'
import { actor } from './activity.ts'
import type { Database } from './database.ts'
import type { ListPart, ListSlice } from './list-slice.ts'
import { may } from './permissions.ts'
import { hasRole, type Principal, type SystemPrincipal } from './principal.ts'
import { optionsOfResource, type ResourceOption } from './resource-expansions.ts'
import {
  apiKeys,
  datasets,
  grants,
  layers,
  oauthTokens,
  resources,
  scans,
  sessions,
  storedFiles,
  userProfiles,
  users,
} from './schema.ts'
import { STORAGE_MAX_BYTES } from './stored-files.ts'
import type { ProfileAttributes } from './users.ts'

/** An account with what it says of itself, and what it keeps here. */
export interface ProfileRecord {
  id: number
  login: string
  email: string
  isEnabled: boolean
  /** Signs in through another provider. */
  isElsewhere: boolean
  firstName: string | null
  lastName: string | null
  phone: string | null
  mobile: string | null
  web: string | null
  company: string | null
  language: string | null
  createdAt: Date
  modifiedAt: Date
  /** When it was last signed in, or one of its keys or apps used; null for never. */
  seenAt: Date | null
  /** Who made it; itself where nobody else did. */
  ownerId: number | null
  resourceId: number
  /** Features of datasets that a file in the storage was made into, and of all others. */
  fileFeatures: number
  otherFeatures: number
  /** Bytes of scans, and of pictures in the storage. */
  rasterBytes: number
  /** Bytes of scans, and of everything in the storage. */
  storedBytes: number
  /** Bytes that may be in the storage. */
  storedBytesMax: number
  mayEdit: boolean
  options: ResourceOption[] | null
}

const featuresOf = (isOfFile: boolean): SQL<number> =>
  sql<number>`(select coalesce(sum(${datasets.featureCount}), 0)::float8
    from ${datasets} join ${resources} owned on owned.id = ${datasets.id}
    where owned.owner_id = ${users.id} and ${isOfFile ? sql`` : sql`not`} exists (
      select 1 from ${layers} where ${layers.dataId} = ${datasets.id} and ${layers.source} ->> 'type' = 'file'))`

const scanBytes = sql`(select coalesce(sum(${scans.byteSize}), 0) from ${scans} join ${resources} owned on owned.id = ${scans.id}
  where owned.owner_id = ${users.id})`

const storedBytes = (which: SQL): SQL =>
  sql`(select coalesce(sum(${storedFiles.byteSize}), 0) from ${storedFiles}
    where ${storedFiles.ownerId} = ${users.id} and ${which})`

const seenAt = sql<Date | null>`greatest(
  (select max(${sessions.createdAt}) from ${sessions} where ${sessions.userId} = ${users.id}),
  (select max(${apiKeys.accessedAt}) from ${apiKeys} where ${apiKeys.userId} = ${users.id}),
  (select max(${oauthTokens.createdAt}) from ${oauthTokens} where ${oauthTokens.userId} = ${users.id}))`.mapWith(
  users.createdAt,
)

const selection = (principal: Principal, withOptions: boolean) => ({
  id: users.id,
  login: users.login,
  email: users.email,
  isEnabled: users.enabled,
  isElsewhere: sql<boolean>`${users.provider} is not null`,
  firstName: userProfiles.firstName,
  lastName: userProfiles.lastName,
  phone: userProfiles.phone,
  mobile: userProfiles.mobile,
  web: userProfiles.web,
  company: userProfiles.company,
  language: userProfiles.language,
  createdAt: users.createdAt,
  modifiedAt: sql<Date>`greatest(${users.updatedAt}, ${userProfiles.modifiedAt})`.mapWith(users.updatedAt),
  seenAt,
  ownerId: resources.ownerId,
  resourceId: userProfiles.resourceId,
  fileFeatures: featuresOf(true),
  otherFeatures: featuresOf(false),
  rasterBytes: sql<number>`(${scanBytes} + ${storedBytes(sql`${storedFiles.contentType} like 'image/%'`)})::float8`,
  storedBytes: sql<number>`(${scanBytes} + ${storedBytes(sql`true`)})::float8`,
  storedBytesMax: sql<number>`coalesce(${userProfiles.storageLimitBytes}, ${STORAGE_MAX_BYTES})::float8`,
  mayEdit: mayEdit(principal),
  options: withOptions ? optionsOfResource : sql<ResourceOption[] | null>`null`,
})

/** Accounts are seen by administrators, by whose they are, by who made them, and by whom they have been shared with. */
const visible = (principal: Principal): SQL<boolean> =>
  principal.kind === 'user'
    ? sql<boolean>`(${users.id} = ${principal.id} or coalesce(${may(principal, 'view')}, false))`
    : sql<boolean>`coalesce(${may(principal, 'view')}, false)`

const mayEdit = (principal: Principal): SQL<boolean> =>
  hasRole(principal, 'administrator') || principal.kind === 'system'
    ? sql<boolean>`true`
    : sql<boolean>`(${visible(principal)} and ${
        principal.kind === 'user'
          ? sql`(${users.id} = ${principal.id} or coalesce(${may(principal, 'edit')}, false))`
          : sql`false`
      })`

const selectProfiles = (db: Database, principal: Principal, withOptions: boolean) =>
  db
    .select(selection(principal, withOptions))
    .from(users)
    .innerJoin(userProfiles, eq(userProfiles.userId, users.id))
    .innerJoin(resources, eq(resources.id, userProfiles.resourceId))
    .$dynamic()

/** Makes the rows that accounts lack which were made before there were any. @param which condition over `users` */
const completing = (db: Database, which: SQL) =>
  db.execute(sql`with bare as materialized (
      select ${users.id} as id, ${users.login} as login, nextval(pg_get_serial_sequence('resources','id'))::int as resource_id
      from ${users} where ${which} and not exists (
        select 1 from ${userProfiles} where ${userProfiles.userId} = ${users.id})),
    made as (
      insert into ${resources} (id, kind, owner_id, title) overriding system value
      select bare.resource_id, 'user', bare.id, bare.login from bare)
    insert into ${userProfiles} (user_id, resource_id) select bare.id, bare.resource_id from bare`)

/** Null where there is none, or the principal may not see it. One round trip. */
export async function findProfile(
  db: Database,
  principal: Principal,
  id: number,
  withOptions = false,
): Promise<ProfileRecord | null> {
  const [, [record]] = await db.batch([
    completing(db, sql`${users.id} = ${id}`),
    selectProfiles(db, principal, withOptions).where(and(eq(users.id, id), visible(principal))),
  ])
  return record ?? null
}

/** What a list of accounts is ordered by, and searched in. */
export const PROFILE_SORTS = {
  id: users.id,
  username: users.login,
  email: users.email,
  active: users.enabled,
  firstname: userProfiles.firstName,
  lastname: userProfiles.lastName,
  created: users.createdAt,
  modified: userProfiles.modifiedAt,
  owner_id: resources.ownerId,
  mobile: userProfiles.mobile,
  web: userProfiles.web,
  phone: userProfiles.phone,
  resource_id: userProfiles.resourceId,
}
export type ProfileSort = keyof typeof PROFILE_SORTS

export interface ProfileListing extends ListSlice<ProfileSort> {
  /** Only accounts one of whose attributes contains the text, in whatever case. */
  search: { text: string; in: readonly ProfileSort[] } | null
  withOptions: boolean
}

/** A part of the accounts that a principal sees, by number unless told otherwise. One round trip. */
export async function listProfiles(
  db: Database,
  principal: Principal,
  { order, perPage, offset, withTotal, search, withOptions }: ProfileListing,
): Promise<ListPart<ProfileRecord>> {
  const found = search && or(...search.in.map((attribute) => contains(PROFILE_SORTS[attribute], search.text)))
  const where = and(visible(principal), found ?? undefined)!
  const direction = order?.descending ? sql`desc nulls last` : sql`asc nulls first`
  const complete = completing(
    db,
    hasRole(principal, 'administrator') ? sql`true` : sql`${users.id} = ${actor(principal) ?? 0}`,
  )
  const page = selectProfiles(db, principal, withOptions)
    .where(where)
    .orderBy(...(order ? [sql`${PROFILE_SORTS[order.attribute]} ${direction}`] : []), sql`${users.id}`)
    .limit(perPage)
    .offset(offset)
  if (!withTotal) return { data: (await db.batch([complete, page]))[1], total: 0 }
  const [, data, [counted]] = await db.batch([
    complete,
    page,
    db
      .select({ total: count() })
      .from(users)
      .innerJoin(userProfiles, eq(userProfiles.userId, users.id))
      .innerJoin(resources, eq(resources.id, userProfiles.resourceId))
      .where(where),
  ])
  return { data, total: counted!.total }
}

const contains = (attribute: Column, text: string): SQL =>
  sql`${attribute}::text ilike ${`%${text.replace(/[\\%_]/g, '\\$&')}%`}`

/** What can be changed of an account; what is `undefined` stays as it is. */
export interface ProfileChange extends ProfileAttributes {
  login?: string | undefined
  email?: string | undefined
  isEnabled?: boolean | undefined
}

/**
 * Changes an account that the principal may edit. One that is disabled loses its sessions.
 * @returns false, and nothing changed, where the principal may not, or no administrator would be left
 */
export async function updateProfile(
  db: Database,
  principal: Principal,
  id: number,
  { login, email, isEnabled, ...said }: ProfileChange,
): Promise<boolean> {
  const editable = sql`${users.id} in (select ${users.id} from ${users}
    join ${userProfiles} on ${userProfiles.userId} = ${users.id} join ${resources} on ${resources.id} = ${userProfiles.resourceId}
    where ${users.id} = ${id} and ${mayEdit(principal)})`
  const account = Object.fromEntries(
    Object.entries({ login, email, enabled: isEnabled }).filter(([, value]) => value !== undefined),
  )
  const profile = Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined))
  const changed = db.$with('changed').as(
    db
      .update(users)
      .set({ ...account, updatedAt: sql`now()` })
      .where(and(editable, isEnabled === false ? othersAdminister : undefined))
      .returning({ changedId: sql<number>`${users.id}`.as('changed_id') }),
  )
  const [, rows] = await db.batch([
    lockAdministrators(db),
    db
      .with(changed)
      .update(userProfiles)
      .set({ ...profile, modifiedAt: sql`now()` })
      .where(sql`${userProfiles.userId} in (select changed.changed_id from changed)`)
      .returning({ id: userProfiles.userId }),
    db.execute(sql`delete from ${sessions} where ${sessions.userId} = ${id} and exists (
      select 1 from ${users} where ${users.id} = ${id} and not ${users.enabled})`),
    db.execute(sql`update ${resources} set title = u.login, modified_at = now(), version = version + 1
      from ${users} u join ${userProfiles} p on p.user_id = u.id
      where u.id = ${id} and p.resource_id = ${resources.id} and title <> u.login`),
  ])
  return rows.length > 0
}

/** Two administrators who remove each other at the same moment do so one after the other. */
const lockAdministrators = (db: Database) =>
  db.execute(
    sql`select ${users.id} from ${users} where ${users.roles} @> array['administrator'] order by ${users.id} for update`,
  )

/** Whether a row of `users` is not the last administrator who can sign in. */
const othersAdminister = sql`(not ${users.roles} @> array['administrator'] or exists (select 1 from ${users} other
  where other.id <> ${users.id} and other.enabled and other.roles @> array['administrator']))`

/**
 * Deletes an account with its keys, sessions, tokens, clients, stored files and everything granted to it. What it owns
 * goes to `heirId`, or to nobody. For administrators and for whose it is.
 * @returns false, and nothing changed, where the principal may not, or no administrator would be left
 */
export async function deleteUser(
  db: Database,
  principal: Principal,
  { id, resourceId }: Pick<ProfileRecord, 'id' | 'resourceId'>,
  heirId: number | null,
): Promise<boolean> {
  if (!hasRole(principal, 'administrator') && actor(principal) !== id) return false
  const isGone = sql`not exists (select 1 from ${users} where ${users.id} = ${id})`
  const [, , deleted] = await db.batch([
    lockAdministrators(db),
    db.execute(sql`update ${resources} set owner_id = ${heirId}::int where owner_id = ${id} and id <> ${resourceId}
      and exists (select 1 from ${users} where ${users.id} = ${id} and ${othersAdminister})`),
    db
      .delete(users)
      .where(and(eq(users.id, id), othersAdminister))
      .returning({ id: users.id }),
    db.execute(sql`delete from ${resources} where id = ${resourceId} and kind = 'user' and ${isGone}`),
    db.execute(
      sql`delete from ${grants} where principal_type = 'user' and principal_id = ${id} and ${isGone}`,
    ),
  ])
  return deleted.length > 0
}

/** Sets the first password of an account by the hash of the secret in its invitation, once. @returns the account's login */
export async function acceptInvitation(
  db: Database,
  _principal: SystemPrincipal,
  invitationHash: string,
  passwordHash: string,
): Promise<string | null> {
  const { rows } = await db.execute<{ login: string }>(sql`with accepted as (
      update ${userProfiles} set invitation_hash = null, invited_until = null
      where ${invited(invitationHash)} returning ${userProfiles.userId} as accepted_id)
    update ${users} set password_hash = ${passwordHash}, updated_at = now() from accepted
    where ${users.id} = accepted.accepted_id and ${users.enabled} returning ${users.login} as login`)
  return rows[0]?.login ?? null
}

/** The login of the account that an invitation is for, by the hash of its secret; null where it is over. */
export async function invitedLogin(
  db: Database,
  _principal: SystemPrincipal,
  invitationHash: string,
): Promise<string | null> {
  const [row] = await db
    .select({ login: users.login })
    .from(userProfiles)
    .innerJoin(users, eq(users.id, userProfiles.userId))
    .where(and(invited(invitationHash), users.enabled))
  return row?.login ?? null
}

const invited = (invitationHash: string) =>
  and(eq(userProfiles.invitationHash, invitationHash), gt(userProfiles.invitedUntil, sql`now()`))
