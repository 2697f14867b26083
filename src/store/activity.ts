import { type SQL, sql } from 'drizzle-orm'
import type { Principal } from './principal.ts'
import { activity } from './schema.ts'

export type AuditedType = 'Map' | 'Gcp'
export type AuditedAction = 'create' | 'update' | 'destroy'

/** The user column of an activity row: null when the platform itself acted. */
export const actor = (principal: Principal): number | null =>
  principal.kind === 'user' ? principal.id : null

/**
 * An INSERT that records one change for every row of `source`, a query of (id, version).
 * It is meant to stand in the same transaction as the change.
 */
export function recordActivity(
  principal: Principal,
  type: AuditedType,
  action: AuditedAction,
  source: SQL,
): SQL {
  return sql`insert into ${activity} (auditable_type, auditable_id, user_id, action, version)
    select ${type}, changed.id, ${actor(principal)}::int, ${action}, changed.version from (${source}) changed`
}
