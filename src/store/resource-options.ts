import { and, asc, eq, type SQL, sql } from 'drizzle-orm'
import type { Database } from './database.ts'
import { mayResource, type Verb } from './permissions.ts'
import type { Principal } from './principal.ts'
import type { ResourceOption } from './resource-expansions.ts'
import { resourceOptions, resources } from './schema.ts'
import { isSeen } from './shares.ts'

export type { ResourceOption } from './resource-expansions.ts'

/** What can be said of an option; what is `undefined` stays as it is. */
export interface OptionAttributes {
  name?: string | undefined
  value?: string | null | undefined
  type?: string | null | undefined
}

const columns = {
  id: resourceOptions.id,
  name: resourceOptions.name,
  value: resourceOptions.value,
  type: resourceOptions.type,
}

const isSeenWith = (principal: Principal, verb: Verb, id: number): SQL =>
  sql`exists (select 1 from ${resources} where ${isSeen(principal, id)} and ${mayResource(principal, verb)})`

/** What a principal may do to the options of a resource. */
export interface OptionAccess {
  isSeen: boolean
  mayEdit: boolean
}

const access = (db: Database, principal: Principal, id: number) =>
  db
    .select({ mayEdit: mayResource(principal, 'edit') })
    .from(resources)
    .where(isSeen(principal, id))

const accessOf = ([found]: { mayEdit: boolean }[]): OptionAccess => ({
  isSeen: found !== undefined,
  mayEdit: found?.mayEdit ?? false,
})

export interface OptionListing {
  limit: number
  offset: number
  /** Only the option of this number. */
  id?: number
}

/** The options of a resource in the order they were made; none where the principal may not see it. */
export async function listOptions(
  db: Database,
  principal: Principal,
  resourceId: number,
  { limit, offset, id }: OptionListing,
): Promise<OptionAccess & { options: ResourceOption[]; total: number }> {
  const ofResource = and(
    eq(resourceOptions.resourceId, resourceId),
    id === undefined ? undefined : eq(resourceOptions.id, id),
    isSeenWith(principal, 'view', resourceId),
  )
  const [seen, options, [counted]] = await db.batch([
    access(db, principal, resourceId),
    db
      .select(columns)
      .from(resourceOptions)
      .where(ofResource)
      .orderBy(asc(resourceOptions.id))
      .limit(limit)
      .offset(offset),
    db.select({ total: sql<number>`count(*)::int` }).from(resourceOptions).where(ofResource),
  ])
  return { ...accessOf(seen), options, total: counted!.total }
}

/**
 * Adds an option to a resource (right `edit`), unless it has as many as it may.
 * @returns its number; null where it was not added
 */
export async function insertOption(
  db: Database,
  principal: Principal,
  resourceId: number,
  { name, value = null, type = null }: OptionAttributes & { name: string },
  maxOptions: number,
): Promise<OptionAccess & { id: number | null }> {
  const [seen, , { rows }] = await db.batch([
    access(db, principal, resourceId),
    db.execute(
      sql`select ${resources.id} from ${resources} where ${isSeen(principal, resourceId)} for update`,
    ),
    db.execute<{ id: number }>(sql`insert into ${resourceOptions} (resource_id, name, value, type)
      select ${resourceId}::int, ${name}, ${value}::text, ${type}::text
      where ${isSeenWith(principal, 'edit', resourceId)}
        and (select count(*) from ${resourceOptions} held where held.resource_id = ${resourceId}) < ${maxOptions}
      returning id`),
    touch(db, principal, resourceId),
  ])
  return { ...accessOf(seen), id: rows[0]?.id ?? null }
}

/** Changes an option (right `edit` on its resource), or takes it away. @returns whether there was one to be changed */
export async function changeOption(
  db: Database,
  principal: Principal,
  resourceId: number,
  id: number,
  change: OptionAttributes | 'delete',
): Promise<OptionAccess & { isFound: boolean }> {
  const wanted = and(
    eq(resourceOptions.id, id),
    eq(resourceOptions.resourceId, resourceId),
    isSeenWith(principal, 'edit', resourceId),
  )
  const found = { id: resourceOptions.id }
  const changing =
    change === 'delete'
      ? db.delete(resourceOptions).where(wanted).returning(found)
      : db
          .update(resourceOptions)
          .set({ ...given(change), resourceId })
          .where(wanted)
          .returning(found)
  const [seen, changed] = await db.batch([
    access(db, principal, resourceId),
    changing as ReturnType<typeof deleting>,
    touch(db, principal, resourceId),
  ])
  return { ...accessOf(seen), isFound: changed.length > 0 }
}

const deleting = (db: Database) => db.delete(resourceOptions).returning({ id: resourceOptions.id })

const given = (values: object) =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined))

/** A resource's version moves with its options. */
const touch = (db: Database, principal: Principal, id: number) =>
  db.execute(sql`update ${resources} set version = version + 1, modified_at = now()
    where id = ${id} and ${isSeenWith(principal, 'edit', id)}`)
