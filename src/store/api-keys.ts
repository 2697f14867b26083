import { and, asc, count, desc, eq, isNull, lt, or, type SQL, sql } from 'drizzle-orm'
import type { Database } from './database.ts'
import type { ListPart, ListSlice } from './list-slice.ts'
import type { Principal, UserPrincipal } from './principal.ts'
import { apiKeys, users } from './schema.ts'
import { type UserRecord, userColumns, userRecord } from './users.ts'

/** How often, at most, the use of a key is written down. */
const ACCESS_NOTED_EVERY_SECONDS = 60

/** A key as its owner sees it: nobody can see the key itself. */
export interface ApiKeyRecord {
  id: number
  /** The key's first characters. */
  keyStart: string
  description: string | null
  scope: string | null
  isActive: boolean
  createdAt: Date
  accessedAt: Date | null
}

const columns = {
  id: apiKeys.id,
  keyStart: apiKeys.keyStart,
  description: apiKeys.description,
  scope: apiKeys.scope,
  isActive: apiKeys.isActive,
  createdAt: apiKeys.createdAt,
  accessedAt: apiKeys.accessedAt,
}

/** Keys are their user's alone. */
const owned = (principal: Principal): SQL => {
  if (principal.kind === 'system') return sql`true`
  return principal.kind === 'user' ? eq(apiKeys.userId, principal.id) : sql`false`
}

/** The account that an active key stands for, by the key's hash; that the key is used is written down now and then. */
export async function findKeyUser(
  db: Database,
  principal: Principal,
  keyHash: string,
): Promise<UserRecord | null> {
  const isKey = and(eq(apiKeys.keyHash, keyHash), apiKeys.isActive, owned(principal))
  const lastNoted = sql`now() - make_interval(secs => ${ACCESS_NOTED_EVERY_SECONDS})`
  const noted = db.$with('noted').as(
    db
      .update(apiKeys)
      .set({ accessedAt: sql`now()` })
      .where(and(isKey, or(isNull(apiKeys.accessedAt), lt(apiKeys.accessedAt, lastNoted))))
      .returning({ id: apiKeys.id }),
  )
  const [row] = await db
    .with(noted)
    .select(userColumns)
    .from(apiKeys)
    .innerJoin(users, eq(users.id, apiKeys.userId))
    .where(isKey)
  return userRecord(row)
}

/** Makes a key for the principal. @returns its number */
export async function insertApiKey(
  db: Database,
  principal: UserPrincipal,
  key: { keyHash: string; keyStart: string; description: string | null; scope: string | null },
): Promise<number> {
  const [row] = await db
    .insert(apiKeys)
    .values({ ...key, userId: principal.id })
    .returning({ id: apiKeys.id })
  return row!.id
}

const SORTS = {
  id: apiKeys.id,
  key_desc: apiKeys.description,
  created: apiKeys.createdAt,
  accessed: apiKeys.accessedAt,
  key_trunc: apiKeys.keyStart,
  active: apiKeys.isActive,
}

export type ApiKeySort = keyof typeof SORTS
export const API_KEY_SORTS = Object.keys(SORTS) as ApiKeySort[]

/** A part of the principal's keys. */
export async function listApiKeys(
  db: Database,
  principal: Principal,
  { perPage, offset, withTotal, order }: ListSlice<ApiKeySort>,
): Promise<ListPart<ApiKeyRecord>> {
  const sort = SORTS[order?.attribute ?? 'id']
  const listed = db
    .select(columns)
    .from(apiKeys)
    .where(owned(principal))
    .orderBy(order?.descending ? desc(sort) : asc(sort), asc(apiKeys.id))
    .limit(perPage)
    .offset(offset)
  if (!withTotal) return { data: await listed, total: 0 }
  const [data, [counted]] = await db.batch([
    listed,
    db.select({ total: count() }).from(apiKeys).where(owned(principal)),
  ])
  return { data, total: counted!.total }
}

/** Null where there is none, or it is another's. */
export async function findApiKey(
  db: Database,
  principal: Principal,
  id: number,
): Promise<ApiKeyRecord | null> {
  const [row] = await db
    .select(columns)
    .from(apiKeys)
    .where(and(eq(apiKeys.id, id), owned(principal)))
  return row ?? null
}

/** False where there is none, or it is another's. */
export async function deleteApiKey(db: Database, principal: Principal, id: number): Promise<boolean> {
  const rows = await db
    .delete(apiKeys)
    .where(and(eq(apiKeys.id, id), owned(principal)))
    .returning({ id: apiKeys.id })
  return rows.length > 0
}
