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
  const holder =
    principal.kind === 'user'
      ? sql`(g.principal_type = 'everyone' or (g.principal_type = 'user' and g.principal_id = ${principal.id}))`
      : sql`g.principal_type in ('everyone', 'anonymous')`
  const granted = sql<boolean>`exists (select 1 from ${grants} g
    where g.resource_id = ${resources.id} and g.verb in (${verb}, 'own') and ${holder})`
  return principal.kind === 'user'
    ? sql<boolean>`(${resources.ownerId} = ${principal.id} or ${granted})`
    : granted
}

/** Whether everyone may view the resource, so that its renderings may be kept in shared caches. */
export const isPublic = sql<boolean>`exists (select 1 from ${grants} g
  where g.resource_id = ${resources.id} and g.verb = 'view' and g.principal_type = 'everyone')`
