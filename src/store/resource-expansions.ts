import { type SQL, sql } from 'drizzle-orm'
import type { GrantedTo } from './grants.ts'
import { isHeldBy, mayResource, type Verb } from './permissions.ts'
import { type Principal, ROLES } from './principal.ts'
import { grants, groups, resourceOptions, resources, users } from './schema.ts'

/** What is kept with a resource under a name. */
export interface ResourceOption {
  id: number
  name: string
  value: string | null
  type: string | null
}

/** A verb that has been granted, in what act, and to whom by the name that people know. */
export interface SharedVerb {
  shareId: number
  verb: Verb
  /** What whoever granted it called it, where that is more than the verb says. */
  name: string | null
  principalType: GrantedTo
  principalId: number
  /** Login of a user, name of a group or role; null for everyone. */
  grantee: string | null
}

/** The options of the row of `resources` around it, as they were made. */
export const optionsOfResource: SQL<ResourceOption[]> = sql<ResourceOption[]>`(
  select coalesce(jsonb_agg(jsonb_build_object('id', ${resourceOptions.id}, 'name', ${resourceOptions.name},
    'value', ${resourceOptions.value}, 'type', ${resourceOptions.type}) order by ${resourceOptions.id}), '[]')
  from ${resourceOptions} where ${resourceOptions.resourceId} = ${resources.id})`

/** What is granted of the row of `resources` around it: all of it to whoever may share it, to others what they hold. */
export const sharesOfResource = (principal: Principal): SQL<SharedVerb[]> => sql<SharedVerb[]>`(
  select coalesce(jsonb_agg(jsonb_build_object('shareId', g.share_id, 'verb', g.verb, 'name', g.name,
    'principalType', g.principal_type, 'principalId', g.principal_id, 'grantee', ${grantee})
    order by g.principal_type, g.principal_id, g.share_id, g.verb), '[]')
  from ${grants} g
  where g.resource_id = ${resources.id}
    and (${mayResource(principal, 'share')} ${principal.kind === 'system' ? sql`` : sql`or ${isHeldBy(principal)}`}))`

/** The name of whom the row `g` of grants is for. */
const grantee: SQL<string | null> = sql<string | null>`case g.principal_type
  when 'user' then (select ${users.login} from ${users} where ${users.id} = g.principal_id)
  when 'group' then (select r.title from ${groups} join resources r on r.id = ${groups.id} where ${groups.id} = g.principal_id)
  when 'role' then (array[${sql.join(
    ROLES.map((role) => sql`${role}::text`),
    sql`, `,
  )}])[g.principal_id]
  end`
