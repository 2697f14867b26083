import { and, count, eq, type SQL, sql } from 'drizzle-orm'
import { actor } from './activity.ts'
import type { Database } from './database.ts'
import type { ListPart, ListSlice } from './list-slice.ts'
import { may } from './permissions.ts'
import { hasRole, type Principal, type UserPrincipal } from './principal.ts'
import {
  optionsOfResource,
  type ResourceOption,
  type SharedVerb,
  sharesOfResource,
} from './resource-expansions.ts'
import { grants, groupMembers, groups, resources, users } from './schema.ts'

/** A group of users: what is granted to it is granted to all of them. */
export interface GroupRecord {
  id: number
  name: string
  isAppRole: boolean
  parentId: number | null
  ownerId: number | null
  ownerLogin: string | null
  tags: string[]
  mayEdit: boolean
  options: ResourceOption[] | null
  shares: SharedVerb[] | null
}

/** Groups are for who made them, and whom they have been shared with; that somebody edits maps does not count here. */
const itself = (principal: Principal): Principal =>
  principal.kind === 'user'
    ? { ...principal, roles: principal.roles.filter((role) => role !== 'editor') }
    : principal

const visible = (principal: Principal): SQL<boolean> =>
  principal.kind === 'user' && principal.groups && principal.groups.length > 0
    ? sql<boolean>`(${groups.id} in (${sql.join(
        principal.groups.map((id) => sql`${id}`),
        sql`, `,
      )}) or ${may(itself(principal), 'view')})`
    : may(itself(principal), 'view')

const editable = (principal: Principal): SQL<boolean> =>
  principal.kind === 'system' || hasRole(principal, 'administrator')
    ? sql<boolean>`true`
    : sql<boolean>`(${may(itself(principal), 'edit')})`

export interface GroupExpansion {
  withOptions: boolean
  withShares: boolean
}

const PLAIN: GroupExpansion = { withOptions: false, withShares: false }

const selectGroups = (db: Database, principal: Principal, { withOptions, withShares }: GroupExpansion) =>
  db
    .select({
      id: groups.id,
      name: resources.title,
      isAppRole: groups.isAppRole,
      parentId: groups.parentId,
      ownerId: resources.ownerId,
      ownerLogin: users.login,
      tags: resources.tags,
      mayEdit: editable(principal),
      options: withOptions ? optionsOfResource : sql<ResourceOption[] | null>`null`,
      shares: withShares ? sharesOfResource(principal) : sql<SharedVerb[] | null>`null`,
    })
    .from(groups)
    .innerJoin(resources, eq(resources.id, groups.id))
    .leftJoin(users, eq(users.id, resources.ownerId))
    .$dynamic()

/** Null where there is none, or the principal may not see it. */
export async function findGroup(
  db: Database,
  principal: Principal,
  id: number,
  expansion: GroupExpansion = PLAIN,
): Promise<GroupRecord | null> {
  const [record] = await selectGroups(db, principal, expansion).where(
    and(eq(groups.id, id), visible(principal)),
  )
  return record ?? null
}

/** The groups of these names that the principal sees or is in; of one name, those first that it is in, then the oldest. */
export const findGroupsNamed = (
  db: Database,
  principal: UserPrincipal,
  names: readonly string[],
): Promise<Pick<GroupRecord, 'id' | 'name'>[]> =>
  db
    .select({ id: groups.id, name: resources.title })
    .from(groups)
    .innerJoin(resources, eq(resources.id, groups.id))
    .where(
      and(
        sql`${resources.title} in (select jsonb_array_elements_text(${JSON.stringify(names)}::jsonb))`,
        visible(principal),
      ),
    )
    .orderBy(
      sql`${groups.id} in (select value::int from jsonb_array_elements_text(${JSON.stringify(principal.groups ?? [])}::jsonb)) desc`,
      groups.id,
    )

/** What a list of groups is ordered by. */
export const GROUP_SORTS = {
  id: groups.id,
  name: resources.title,
  app_role: groups.isAppRole,
  parent_id: groups.parentId,
  owner_id: resources.ownerId,
  owner_name: users.login,
}
export type GroupSort = keyof typeof GROUP_SORTS

/** A part of the groups that the principal sees or is in, by number unless told otherwise. One round trip. */
export async function listGroups(
  db: Database,
  principal: Principal,
  { perPage, offset, withTotal, order, search, ...expansion }: GroupListing,
): Promise<ListPart<GroupRecord>> {
  const where = and(
    visible(principal),
    search ? sql`${resources.title} ilike ${`%${search.text.replace(/[\\%_]/g, '\\$&')}%`}` : undefined,
  )
  const direction = order?.descending ? sql`desc nulls last` : sql`asc nulls first`
  const page = selectGroups(db, principal, expansion)
    .where(where)
    .orderBy(...(order ? [sql`${GROUP_SORTS[order.attribute]} ${direction}`] : []), groups.id)
    .limit(perPage)
    .offset(offset)
  if (!withTotal) return { data: await page, total: 0 }
  const [data, [counted]] = await db.batch([
    page,
    db.select({ total: count() }).from(groups).innerJoin(resources, eq(resources.id, groups.id)).where(where),
  ])
  return { data, total: counted!.total }
}

export interface GroupListing extends ListSlice<GroupSort>, GroupExpansion {
  /** Only groups whose name contains the text, in whatever case. */
  search: { text: string } | null
}

/** Makes a group in which nobody is yet; for who may edit the group above it, if there is one. @returns its number, or null */
export async function insertGroup(
  db: Database,
  principal: UserPrincipal,
  { name, parentId, isAppRole }: { name: string; parentId: number | null; isAppRole: boolean },
): Promise<number | null> {
  const { rows } = await db.execute<{ id: number }>(sql`with made as (
      insert into ${resources} (kind, owner_id, title)
      select 'group', ${principal.id}, ${name} where ${parentId === null ? sql`true` : isEditable(principal, parentId)}
      returning id)
    insert into ${groups} (id, parent_id, is_app_role) select made.id, ${parentId}::int, ${isAppRole} from made
    returning id`)
  return rows[0]?.id ?? null
}

/** Whether there is such a group, and the principal may edit it. */
const isEditable = (principal: Principal, id: number): SQL =>
  sql`exists (select 1 from ${groups} join ${resources} on ${resources.id} = ${groups.id}
    where ${groups.id} = ${id} and ${visible(principal)} and ${editable(principal)})`

/** What can be changed of a group; what is `undefined` stays as it is. */
export interface GroupChange {
  name?: string | undefined
  /** Null puts it beneath none. */
  parentId?: number | null | undefined
}

/**
 * Changes a group that the principal may edit. Groups are moved one after the other, so that none comes to be above itself.
 * @returns false, and nothing changed, where the principal may not edit it or the group above it, or it is that one itself or
 *   above it
 */
export async function updateGroup(
  db: Database,
  principal: UserPrincipal,
  id: number,
  { name, parentId }: GroupChange,
): Promise<boolean> {
  const mayMove =
    typeof parentId === 'number'
      ? sql`${isEditable(principal, parentId)} and not exists (
          with recursive above (id) as (
            select ${parentId}::int
            union
            select g.parent_id from ${groups} g join above on above.id = g.id where g.parent_id is not null)
          select 1 from above where above.id = ${id})`
      : sql`true`
  const [, changed] = await db.batch([
    db.execute(sql`lock table ${groups} in share row exclusive mode`),
    db.execute(sql`with allowed as materialized (
        select ${groups.id} as id from ${groups} join ${resources} on ${resources.id} = ${groups.id}
        where ${groups.id} = ${id} and ${visible(principal)} and ${editable(principal)} and ${mayMove}),
      moved as (update ${groups} set parent_id = ${parentId === undefined ? sql`parent_id` : sql`${parentId}::int`}
        where id in (select id from allowed))
      update ${resources} set title = coalesce(${name ?? null}::text, title), modified_at = now(), version = version + 1
      where id in (select id from allowed) returning id`),
  ])
  return changed.rows.length > 0
}

/** Deletes a group that the principal may edit, and what has been granted to it. False where the principal may not. */
export async function deleteGroup(db: Database, principal: UserPrincipal, id: number): Promise<boolean> {
  const [deleted] = await db.batch([
    db.execute(sql`delete from ${resources} where id in (
      select ${groups.id} from ${groups} join ${resources} on ${resources.id} = ${groups.id}
      where ${groups.id} = ${id} and ${visible(principal)} and ${editable(principal)}) returning id`),
    db.execute(sql`delete from ${grants} where principal_type = 'group' and principal_id = ${id}
      and not exists (select 1 from ${groups} where ${groups.id} = ${id})`),
  ])
  return deleted.rows.length > 0
}

/** Somebody in a group. */
export interface MemberRecord {
  id: number
  login: string
}

/** A part of who is in a group that the principal sees. */
export async function listMembers(
  db: Database,
  principal: Principal,
  id: number,
  { perPage, offset, withTotal }: Pick<ListSlice<never>, 'perPage' | 'offset' | 'withTotal'>,
): Promise<ListPart<MemberRecord>> {
  const inIt = and(
    eq(groupMembers.groupId, id),
    sql`exists (
    select 1 from ${groups} join ${resources} on ${resources.id} = ${groups.id}
    where ${groups.id} = ${id} and ${visible(principal)})`,
  )
  const page = db
    .select({ id: users.id, login: users.login })
    .from(groupMembers)
    .innerJoin(users, eq(users.id, groupMembers.userId))
    .where(inIt)
    .orderBy(users.id)
    .limit(perPage)
    .offset(offset)
  if (!withTotal) return { data: await page, total: 0 }
  const [data, [counted]] = await db.batch([
    page,
    db
      .select({ total: count() })
      .from(groupMembers)
      .innerJoin(users, eq(users.id, groupMembers.userId))
      .where(inIt),
  ])
  return { data, total: counted!.total }
}

/** Puts somebody into a group that the principal may edit. @returns who it is; null where nobody is called so */
export async function insertMember(
  db: Database,
  principal: UserPrincipal,
  id: number,
  login: string,
): Promise<{ userId: number; isNew: boolean } | null> {
  const { rows } = await db.execute<{ user_id: number; is_new: boolean }>(sql`with named as materialized (
      select ${users.id} as id from ${users} where lower(${users.login}) = lower(${login}) and ${isEditable(principal, id)}),
    put as (
      insert into ${groupMembers} (group_id, user_id) select ${id}, named.id from named
      on conflict do nothing returning user_id)
    select named.id as user_id, exists (select 1 from put) as is_new from named`)
  const [row] = rows
  return row ? { userId: row.user_id, isNew: row.is_new } : null
}

/** Takes somebody out of a group: for who may edit it, and for oneself. False where he was not in it. */
export async function deleteMember(
  db: Database,
  principal: UserPrincipal,
  id: number,
  userId: number,
): Promise<boolean> {
  const allowed = userId === actor(principal) ? sql`true` : isEditable(principal, id)
  const { rows } = await db.execute(sql`delete from ${groupMembers}
    where group_id = ${id} and user_id = ${userId} and ${allowed} returning user_id`)
  return rows.length > 0
}
