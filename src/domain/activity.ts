import {
  type ActivityRecord,
  type ActivityScope,
  listActivity,
  listStatistics,
  type StatisticsListing,
  type UserStatistics,
} from '../store/activity-log.ts'
import { hasRole, type UserPrincipal } from '../store/principal.ts'
import type { Context } from './context.ts'
import { ForbiddenError, NotFoundError } from './errors.ts'

/** A page of what happened to what the user may see, the newest first. @throws NotFoundError (the scan or the user) */
export async function readActivity(
  context: Context,
  user: UserPrincipal,
  scope: ActivityScope,
  paging: { page: number; perPage: number },
): Promise<{ records: ActivityRecord[]; total: number }> {
  const log = await listActivity(context.db, user, scope, paging)
  if (!log) throw new NotFoundError(scope.of === 'user' ? 'User' : 'Map', 'id' in scope ? scope.id : '')
  return log
}

/** @throws ForbiddenError but for administrators */
export function requireStatisticsReader(user: UserPrincipal): void {
  if (!hasRole(user, 'administrator')) throw new ForbiddenError()
}

/** How often each user changed maps and control points, for administrators. @throws ForbiddenError */
export async function readStatistics(
  context: Context,
  user: UserPrincipal,
  listing: StatisticsListing,
): Promise<{ records: UserStatistics[]; total: number }> {
  requireStatisticsReader(user)
  return listStatistics(context.db, user, listing)
}
