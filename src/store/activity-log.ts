import { and, desc, eq, inArray, isNotNull, type SQL, sql } from 'drizzle-orm'
import type { AuditedAction, AuditedType } from './activity.ts'
import type { Database } from './database.ts'
import { may } from './permissions.ts'
import { hasRole, type Principal } from './principal.ts'
import { activity, gcps, resources, users } from './schema.ts'

export interface ActivityRecord {
  id: number
  auditableType: (typeof LISTED)[number]
  auditableId: number
  userId: number | null
  action: AuditedAction
  version: number
  createdAt: Date
}

const columns = {
  id: activity.id,
  auditableType: sql<(typeof LISTED)[number]>`${activity.auditableType}`,
  auditableId: activity.auditableId,
  userId: activity.userId,
  action: sql<AuditedAction>`${activity.action}`,
  version: activity.version,
  createdAt: activity.createdAt,
}

/** The resource a row of `activity` tells of: a point's is its scan. Null for a point that was deleted. */
const subject = sql`case ${activity.auditableType}
  when 'Gcp' then (select ${gcps.scanId} from ${gcps} where ${gcps.id} = ${activity.auditableId})
  else ${activity.auditableId} end`

/** What happened to a resource that the principal may not see is hidden; what was deleted stays in the log. */
const visible = (principal: Principal): SQL =>
  sql`not exists (select 1 from ${resources} where ${resources.id} = ${subject} and not ${may(principal, 'view')})`

/** What the log is of; others are found by what they happened to. */
const LISTED = ['Map', 'Gcp', 'Layer'] as const satisfies AuditedType[]

/** What a log is of: everything, one kind, one scan or one user. */
export type ActivityScope =
  | { of: 'everything' }
  | { of: 'scans' }
  | { of: 'scan'; id: number }
  | { of: 'user'; id: number }

function inScope(scope: ActivityScope): SQL | undefined {
  switch (scope.of) {
    case 'everything':
      return undefined
    case 'scans':
      return eq(activity.auditableType, 'Map')
    case 'scan':
      return and(eq(activity.auditableType, 'Map'), eq(activity.auditableId, scope.id))
    case 'user':
      return eq(activity.userId, scope.id)
  }
}

/** Whether what the scope names is there for the principal; a scan that was deleted is there in the log alone. */
function isKnown(principal: Principal, scope: ActivityScope): SQL<boolean> {
  switch (scope.of) {
    case 'scan':
      return sql<boolean>`exists (select 1 from ${resources}
        where ${resources.id} = ${scope.id} and ${resources.kind} = 'scan' and ${may(principal, 'view')})`
    case 'user':
      return sql<boolean>`exists (select 1 from ${users} where ${users.id} = ${scope.id})`
    default:
      return sql<boolean>`true`
  }
}

/**
 * A page of what happened, the newest first, and how much there is in all, in one round trip. Null where the scope
 * names what is neither there nor in the log.
 */
export async function listActivity(
  db: Database,
  principal: Principal,
  scope: ActivityScope,
  { page, perPage }: { page: number; perPage: number },
): Promise<{ records: ActivityRecord[]; total: number } | null> {
  const condition = and(inArray(activity.auditableType, LISTED), inScope(scope), visible(principal))
  const [records, [counted]] = await db.batch([
    db
      .select(columns)
      .from(activity)
      .where(condition)
      .orderBy(desc(activity.createdAt), desc(activity.id))
      .limit(perPage)
      .offset((page - 1) * perPage),
    db
      .select({ total: sql<number>`count(*)::int`, known: isKnown(principal, scope) })
      .from(activity)
      .where(condition),
  ])
  const total = counted?.total ?? 0
  return total > 0 || counted?.known ? { records, total } : null
}

const ofType = (type: AuditedType, action?: AuditedAction): SQL<number> =>
  sql<number>`(count(*) filter (where ${and(eq(activity.auditableType, type), action && eq(activity.action, action))}))::int`

const statistics = {
  userId: users.id,
  username: users.login,
  totalCount: sql<number>`count(*)::int`,
  mapCount: ofType('Map'),
  gcpCount: ofType('Gcp'),
  gcpUpdateCount: ofType('Gcp', 'update'),
  gcpCreateCount: ofType('Gcp', 'create'),
  gcpDestroyCount: ofType('Gcp', 'destroy'),
}

export type StatisticsKey = keyof typeof statistics
/** How often a user changed maps and control points. */
export interface UserStatistics extends Record<Exclude<StatisticsKey, 'userId' | 'username'>, number> {
  userId: number
  username: string
}

export interface StatisticsListing {
  page: number
  perPage: number
  sortKey: StatisticsKey
  ascending: boolean
}

/** A page of the users who changed a map or a control point, and how many they are; empty but for administrators. */
export async function listStatistics(
  db: Database,
  principal: Principal,
  { page, perPage, sortKey, ascending }: StatisticsListing,
): Promise<{ records: UserStatistics[]; total: number }> {
  const condition = and(
    inArray(activity.auditableType, ['Map', 'Gcp']),
    isNotNull(activity.userId),
    hasRole(principal, 'administrator') ? sql`true` : sql`false`,
  )
  const direction = sql.raw(ascending ? 'asc' : 'desc')
  const [records, [counted]] = await db.batch([
    db
      .select(statistics)
      .from(activity)
      .innerJoin(users, eq(users.id, activity.userId))
      .where(condition)
      .groupBy(users.id)
      .orderBy(sql`${statistics[sortKey]} ${direction}`, sql`${users.id} ${direction}`)
      .limit(perPage)
      .offset((page - 1) * perPage),
    db
      .select({ total: sql<number>`count(distinct ${activity.userId})::int` })
      .from(activity)
      .where(condition),
  ])
  return { records, total: counted?.total ?? 0 }
}
