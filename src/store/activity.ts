import { type SQL, sql } from 'drizzle-orm'
import type { Principal } from './principal.ts'
import { activity } from './schema.ts'

export type AuditedType = 'Map' | 'Gcp' | 'Layer' | 'App'
export type AuditedAction = 'create' | 'update' | 'destroy'

/** The user column of an activity row: null when the platform itself acted. */
export const actor = (principal: Principal): number | null =>
  principal.kind === 'user' ? principal.id : null

/**
 * An INSERT that records one change for every row of `source`, a query with a column `id`. The change becomes the next
 * version of what was changed, whose first is 1. It is meant to stand in the same transaction as the change, in a
 * statement after one that holds the changed row, so that changes at the same moment get versions of their own.
 * @param by who did it, an expression over the row `changed` of the source; the principal unless given
 */
export function recordActivity(
  principal: Principal,
  type: AuditedType,
  action: AuditedAction,
  source: SQL,
  by: SQL = sql`${actor(principal)}::int`,
): SQL {
  return sql`insert into ${activity} (auditable_type, auditable_id, user_id, action, version)
    select ${type}, changed.id, ${by}, ${action}, 1 + coalesce((
      select max(earlier.version) from ${activity} earlier
      where earlier.auditable_type = ${type} and earlier.auditable_id = changed.id), 0)
    from (${source}) changed`
}
