import { and, asc, desc, eq, sql } from 'drizzle-orm'
import type { Database } from './database.ts'
import type { ListPart, ListSlice } from './list-slice.ts'
import type { UserPrincipal } from './principal.ts'
import { connections } from './schema.ts'

export type ConnectionSort = 'id' | 'name' | 'created'

/** A database elsewhere, without its address, which only its owner's requests unseal. */
export interface ConnectionRecord {
  id: number
  name: string
  type: string
  isWritable: boolean
  createdAt: Date
}

const SELECTION = {
  id: connections.id,
  name: connections.name,
  type: connections.type,
  isWritable: connections.isWritable,
  createdAt: connections.createdAt,
}

const SORTS = { id: connections.id, name: connections.name, created: connections.createdAt }

/** A page of the user's own connections. */
export async function listConnections(
  db: Database,
  user: UserPrincipal,
  { perPage, offset, withTotal, order }: ListSlice<ConnectionSort>,
): Promise<ListPart<ConnectionRecord>> {
  const own = eq(connections.ownerId, user.id)
  const page = db
    .select(SELECTION)
    .from(connections)
    .where(own)
    .orderBy(...(order ? [(order.descending ? desc : asc)(SORTS[order.attribute])] : []), asc(connections.id))
    .limit(perPage)
    .offset(offset)
  if (!withTotal) return { data: await page, total: 0 }
  const [data, [counted]] = await db.batch([
    page,
    db.select({ total: sql<number>`count(*)::int` }).from(connections).where(own),
  ])
  return { data, total: counted!.total }
}

/** One of the user's own, with its sealed address; null where there is none. */
export async function findConnection(
  db: Database,
  user: UserPrincipal,
  id: number,
): Promise<(ConnectionRecord & { sealedUrl: string }) | null> {
  const [record] = await db
    .select({ ...SELECTION, sealedUrl: connections.sealedUrl })
    .from(connections)
    .where(and(eq(connections.id, id), eq(connections.ownerId, user.id)))
  return record ?? null
}

/**
 * Keeps a connection for a user who has fewer than `max`.
 * @returns its number; null, and nothing kept, where the user has as many
 */
export async function insertConnection(
  db: Database,
  user: UserPrincipal,
  { name, sealedUrl }: { name: string; sealedUrl: string },
  max: number,
): Promise<number | null> {
  const { rows } = await db.execute<{ id: number }>(sql`
    insert into ${connections} (owner_id, name, type, sealed_url)
    select ${user.id}::int, ${name}, 'postgres', ${sealedUrl}
    where (select count(*) from ${connections} where ${connections.ownerId} = ${user.id}) < ${max}
    returning id`)
  return rows[0]?.id ?? null
}

/** Forgets a connection. False where the user has none of the number. */
export async function deleteConnection(db: Database, user: UserPrincipal, id: number): Promise<boolean> {
  const deleted = await db
    .delete(connections)
    .where(and(eq(connections.id, id), eq(connections.ownerId, user.id)))
    .returning({ id: connections.id })
  return deleted.length > 0
}
