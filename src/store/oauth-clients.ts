import { and, asc, count, eq, type SQL, sql } from 'drizzle-orm'
import type { Database } from './database.ts'
import type { ListPart, ListSlice } from './list-slice.ts'
import type { Principal, UserPrincipal } from './principal.ts'
import { approvedApps, oauthClients, oauthCodes, oauthTokens, users } from './schema.ts'

/** An application that may ask users for access. */
export interface ClientRecord {
  id: number
  clientId: string
  /** As `sealSecret` made it. */
  sealedSecret: string
  redirectUri: string
  ownerId: number
  ownerLogin: string
  name: string
  description: string | null
}

const columns = {
  id: oauthClients.id,
  clientId: oauthClients.clientId,
  sealedSecret: oauthClients.sealedSecret,
  redirectUri: oauthClients.redirectUri,
  ownerId: oauthClients.ownerId,
  ownerLogin: users.login,
  name: oauthClients.name,
  description: oauthClients.description,
}

/** Clients, with their secrets, are their owner's alone, and the system's. */
const owned = (principal: Principal): SQL => {
  if (principal.kind === 'system') return sql`true`
  return principal.kind === 'user' ? eq(oauthClients.ownerId, principal.id) : sql`false`
}

const selectClients = (db: Database) =>
  db.select(columns).from(oauthClients).innerJoin(users, eq(users.id, oauthClients.ownerId)).$dynamic()

/** Null where there is none, or it is another's. */
export async function findClient(
  db: Database,
  principal: Principal,
  by: { id: number } | { clientId: string },
): Promise<ClientRecord | null> {
  const [record] = await selectClients(db).where(
    and('id' in by ? eq(oauthClients.id, by.id) : eq(oauthClients.clientId, by.clientId), owned(principal)),
  )
  return record ?? null
}

/** What a list of clients is ordered by. */
export const CLIENT_SORTS = {
  id: oauthClients.id,
  client_id: oauthClients.clientId,
  redirect_uri: oauthClients.redirectUri,
  name: oauthClients.name,
  description: oauthClients.description,
}
export type ClientSort = keyof typeof CLIENT_SORTS

/** A part of the principal's clients. One round trip. */
export async function listClients(
  db: Database,
  principal: Principal,
  { perPage, offset, withTotal, order }: ListSlice<ClientSort>,
): Promise<ListPart<ClientRecord>> {
  const direction = order?.descending ? sql`desc nulls last` : sql`asc nulls first`
  const page = selectClients(db)
    .where(owned(principal))
    .orderBy(...(order ? [sql`${CLIENT_SORTS[order.attribute]} ${direction}`] : []), asc(oauthClients.id))
    .limit(perPage)
    .offset(offset)
  if (!withTotal) return { data: await page, total: 0 }
  const [data, [counted]] = await db.batch([
    page,
    db.select({ total: count() }).from(oauthClients).where(owned(principal)),
  ])
  return { data, total: counted!.total }
}

/** Registers a client of the principal. @returns its number */
export async function insertClient(
  db: Database,
  principal: UserPrincipal,
  client: Pick<ClientRecord, 'clientId' | 'sealedSecret' | 'redirectUri' | 'name' | 'description'>,
): Promise<number> {
  const [row] = await db
    .insert(oauthClients)
    .values({ ...client, ownerId: principal.id })
    .returning({ id: oauthClients.id })
  return row!.id
}

/** Deletes a client with its codes, tokens and approvals. False where there is none, or it is another's. */
export async function deleteClient(db: Database, principal: Principal, id: number): Promise<boolean> {
  const rows = await db
    .delete(oauthClients)
    .where(and(eq(oauthClients.id, id), owned(principal)))
    .returning({ id: oauthClients.id })
  return rows.length > 0
}

/** That a user has let an application in. */
export interface ApprovalRecord {
  id: number
  userId: number
  /** Number of the client. */
  clientId: number
}

const approvalColumns = { id: approvedApps.id, userId: approvedApps.userId, clientId: approvedApps.clientId }

/** Approvals are their user's alone. */
const given = (principal: Principal): SQL =>
  principal.kind === 'user' ? eq(approvedApps.userId, principal.id) : sql`false`

/** What a list of approvals is ordered by. */
export const APPROVAL_SORTS = { id: approvedApps.id, client_id: approvedApps.clientId }
export type ApprovalSort = keyof typeof APPROVAL_SORTS

/** A part of the principal's approvals. One round trip. */
export async function listApprovals(
  db: Database,
  principal: Principal,
  { perPage, offset, withTotal, order }: ListSlice<ApprovalSort>,
): Promise<ListPart<ApprovalRecord>> {
  const sort = APPROVAL_SORTS[order?.attribute ?? 'id']
  const page = db
    .select(approvalColumns)
    .from(approvedApps)
    .where(given(principal))
    .orderBy(order?.descending ? sql`${sort} desc` : asc(sort))
    .limit(perPage)
    .offset(offset)
  if (!withTotal) return { data: await page, total: 0 }
  const [data, [counted]] = await db.batch([
    page,
    db.select({ total: count() }).from(approvedApps).where(given(principal)),
  ])
  return { data, total: counted!.total }
}

/** Null where there is none, or it is another's. */
export async function findApproval(
  db: Database,
  principal: Principal,
  by: { id: number } | { clientId: number },
): Promise<ApprovalRecord | null> {
  const [record] = await db
    .select(approvalColumns)
    .from(approvedApps)
    .where(
      and('id' in by ? eq(approvedApps.id, by.id) : eq(approvedApps.clientId, by.clientId), given(principal)),
    )
  return record ?? null
}

/** Lets an application in. @returns the number of the approval; null where it is let in already, or there is none */
export async function insertApproval(
  db: Database,
  principal: UserPrincipal,
  clientId: number,
): Promise<number | null> {
  const { rows } = await db.execute<{ id: number }>(sql`insert into ${approvedApps} (user_id, client_id)
    select ${principal.id}, ${oauthClients.id} from ${oauthClients} where ${oauthClients.id} = ${clientId}
    on conflict do nothing returning id`)
  return rows[0]?.id ?? null
}

/** Shuts an application out, and makes its codes and tokens for the user void. False where it was not let in. */
export async function deleteApproval(db: Database, principal: UserPrincipal, id: number): Promise<boolean> {
  const { rows } = await db.execute(sql`with gone as (
      delete from ${approvedApps} where ${approvedApps.id} = ${id} and ${given(principal)} returning user_id, client_id),
    codes as (delete from ${oauthCodes} using gone
      where ${oauthCodes.userId} = gone.user_id and ${oauthCodes.clientId} = gone.client_id),
    tokens as (delete from ${oauthTokens} using gone
      where ${oauthTokens.userId} = gone.user_id and ${oauthTokens.clientId} = gone.client_id)
    select 1 from gone`)
  return rows.length > 0
}
