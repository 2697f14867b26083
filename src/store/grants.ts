import { and, asc, eq, type SQL, sql } from 'drizzle-orm'
import type { Database } from './database.ts'
import { may, type Verb } from './permissions.ts'
import type { Principal } from './principal.ts'
import { grants, resources } from './schema.ts'

export type GrantedTo = 'user' | 'group' | 'role' | 'organization' | 'api_key' | 'anonymous' | 'everyone'

/** That a principal may do something to a resource. */
export interface Grant {
  principalType: GrantedTo
  /** 0 where the type alone names the principal; of a role `roleNumber`. */
  principalId: number
  verb: Verb
}

const sharedId = (principal: Principal, resourceId: number): SQL =>
  sql`select ${resources.id} from ${resources}
    where ${resources.id} = ${resourceId} and ${may(principal, 'view')} and ${may(principal, 'share')}`

/** What has been granted of a resource; null where the principal may not share it. */
export async function listGrants(
  db: Database,
  principal: Principal,
  resourceId: number,
): Promise<Grant[] | null> {
  const [shared, listed] = await db.batch([
    db.execute(sharedId(principal, resourceId)),
    db
      .selectDistinct({
        principalType: grants.principalType,
        principalId: grants.principalId,
        verb: grants.verb,
      })
      .from(grants)
      .where(and(eq(grants.resourceId, resourceId), sql`exists (${sharedId(principal, resourceId)})`))
      .orderBy(asc(grants.principalType), asc(grants.principalId), asc(grants.verb)),
  ])
  return shared.rows.length > 0 ? (listed as Grant[]) : null
}

/** Grants exactly this of a resource. False, and nothing changed, where the principal may not share it. */
export async function setGrants(
  db: Database,
  principal: Principal,
  resourceId: number,
  wanted: readonly Grant[],
): Promise<boolean> {
  const members = JSON.stringify(
    wanted.map(({ principalType, principalId, verb }) => [principalType, principalId, verb]),
  )
  const changed = await db.batch([
    db.execute(sql`${sharedId(principal, resourceId)} for update`),
    db.execute(sql`with shared as materialized (${sharedId(principal, resourceId)}),
      wanted as materialized (
        select distinct value ->> 0 as principal_type, (value ->> 1)::int as principal_id, value ->> 2 as verb
        from jsonb_array_elements(${members}::jsonb)),
      taken as (
        delete from ${grants} held where held.resource_id in (select id from shared) and not exists (
          select 1 from wanted where wanted.verb = held.verb and wanted.principal_type = held.principal_type
            and wanted.principal_id = held.principal_id)),
      given as (
        insert into ${grants} (resource_id, principal_type, principal_id, verb)
        select shared.id, wanted.principal_type, wanted.principal_id, wanted.verb from shared, wanted
        where not exists (
          select 1 from ${grants} held where held.resource_id = shared.id and held.verb = wanted.verb
            and held.principal_type = wanted.principal_type and held.principal_id = wanted.principal_id))
      update ${resources} set version = ${resources.version} + 1, modified_at = now()
      where ${resources.id} in (select id from shared)`),
  ])
  return changed[0].rows.length > 0
}
