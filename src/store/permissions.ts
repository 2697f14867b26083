import { type SQL, sql } from 'drizzle-orm'
import { hasRole, type Principal } from './principal.ts'
import { grants, resources } from './schema.ts'

export type Verb =
  | 'view'
  | 'extract'
  | 'insert'
  | 'update'
  | 'delete_rows'
  | 'style'
  | 'edit'
  | 'publish'
  | 'share'
  | 'own'

/** What editors may do to everything they see. */
const EDITING: readonly Verb[] = ['extract', 'insert', 'update', 'delete_rows', 'style', 'edit']

/**
 * The predicate over a row of `resources` that says whether `principal` may do `verb` to it. Every list and every read
 * carries the one for `view`; a resource that fails it does not exist for that principal.
 *
 * Owners may do everything, administrators and super users see everything, editors edit everything they see.
 */
export function may(principal: Principal, verb: Verb): SQL<boolean> {
  if (principal.kind === 'system') return sql<boolean>`true`
  if (verb === 'view' && (hasRole(principal, 'administrator') || hasRole(principal, 'super user')))
    return sql<boolean>`true`
  if (EDITING.includes(verb) && hasRole(principal, 'editor')) return may(principal, 'view')
  const granted = sql<boolean>`exists (select 1 from ${grants} g
    where g.resource_id = ${resources.id} and g.verb in (${verb}, 'own') and ${isHeldBy(principal)})`
  return principal.kind === 'user'
    ? sql<boolean>`(${resources.ownerId} = ${principal.id} or ${granted})`
    : granted
}

/** Whether a row `g` of grants is for the principal. */
const isHeldBy = (principal: Principal): SQL =>
  principal.kind === 'user'
    ? sql`(g.principal_type = 'everyone' or (g.principal_type = 'user' and g.principal_id = ${principal.id}))`
    : sql`g.principal_type in ('everyone', 'anonymous')`

/** JSON that says of each verb what `may` says, by one look at the grants of a row of `resources` that is seen. */
export function rightsOf<V extends Verb>(principal: Principal, verbs: readonly V[]): SQL<Record<V, boolean>> {
  const isEditor = hasRole(principal, 'editor')
  const isOwner = principal.kind === 'user' ? sql`${resources.ownerId} = ${principal.id}` : sql`false`
  const right = (verb: V) => {
    if (principal.kind === 'system' || verb === 'view' || (isEditor && EDITING.includes(verb)))
      return sql`true`
    return sql`coalesce(${isOwner}, false) or coalesce(bool_or(g.verb in (${verb}, 'own')), false)`
  }
  const members = verbs.flatMap((verb) => [sql`${verb}::text`, right(verb)])
  // Without an aggregate there would be a row for every grant.
  if (principal.kind === 'system')
    return sql<Record<V, boolean>>`jsonb_build_object(${sql.join(members, sql`, `)})`
  return sql<Record<V, boolean>>`(select jsonb_build_object(${sql.join(members, sql`, `)}) from ${grants} g
    where g.resource_id = ${resources.id} and ${isHeldBy(principal)})`
}

/** Whether everyone may view the resource, so that its renderings may be kept in shared caches. */
export const isPublic = sql<boolean>`exists (select 1 from ${grants} g
  where g.resource_id = ${resources.id} and g.verb = 'view' and g.principal_type = 'everyone')`
