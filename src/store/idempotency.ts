import { and, eq, type SQL, sql } from 'drizzle-orm'
import type { Database } from './database.ts'
import type { UserPrincipal } from './principal.ts'
import { idempotencyKeys as table } from './schema.ts'

/** How long an answer may be given again. */
export const ANSWER_KEPT_HOURS = 24
/** A request without an answer for so long died on the way, and may be made again. */
export const ANSWER_AWAITED_MINUTES = 10
/** Old rows that a claim sweeps. */
const SWEPT_MAX = 100

export interface KeptAnswer {
  requestHash: string
  status: number
  contentType: string | null
  /** Null for one that was too large to be kept. */
  body: string | null
}

export type Claim =
  /** The request is to be made; the time tells this claim from a later one. */
  | { state: 'claimed'; at: Date }
  /** Another one with the key is under way. */
  | { state: 'under-way'; requestHash: string | null }
  | { state: 'answered'; answer: KeptAnswer }

const isExpired: SQL = sql`${table.createdAt} < now() - make_interval(hours => ${ANSWER_KEPT_HOURS})`
const isAbandoned: SQL = sql`(${table.status} is null
  and ${table.createdAt} < now() - make_interval(mins => ${ANSWER_AWAITED_MINUTES}))`

/** Claims a key for a request of this user, unless it has been claimed before; of simultaneous claims one succeeds. */
export async function claimKey(
  db: Database,
  { id: userId }: UserPrincipal,
  key: string,
  requestHash: string,
): Promise<Claim> {
  const ofRequest = and(eq(table.userId, userId), eq(table.key, key))
  const [[claimed], [known]] = await db.batch([
    db
      .insert(table)
      .values({ userId, key, requestHash })
      .onConflictDoUpdate({
        target: [table.userId, table.key],
        set: { requestHash, status: null, contentType: null, body: null, createdAt: sql`now()` },
        setWhere: sql`${isExpired} or ${isAbandoned}`,
      })
      .returning({ at: table.createdAt }),
    db.select().from(table).where(ofRequest).limit(1),
    db.execute(sql`
      delete from ${table} where ctid in (
        select ctid from ${table} where ${isExpired} limit ${SWEPT_MAX} for update skip locked)`),
  ])
  if (claimed) return { state: 'claimed', at: claimed.at }
  if (!known || known.status === null) return { state: 'under-way', requestHash: known?.requestHash ?? null }
  const { status, contentType, body } = known
  return { state: 'answered', answer: { requestHash: known.requestHash, status, contentType, body } }
}

const ofClaim = (principal: UserPrincipal, key: string, at: Date) =>
  and(eq(table.userId, principal.id), eq(table.key, key), eq(table.createdAt, at))

/** Keeps the answer to the request that claimed the key. Nothing happens where another one has taken it over. */
export async function keepAnswer(
  db: Database,
  principal: UserPrincipal,
  key: string,
  at: Date,
  answer: KeptAnswer,
): Promise<void> {
  await db
    .update(table)
    .set(answer)
    .where(ofClaim(principal, key, at))
}

/** Gives a claimed key free: the request may be made again. */
export async function releaseKey(
  db: Database,
  principal: UserPrincipal,
  key: string,
  at: Date,
): Promise<void> {
  await db.delete(table).where(ofClaim(principal, key, at))
}
