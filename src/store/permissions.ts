import { type SQL, sql } from 'drizzle-orm'
import { hasRole, type Principal, roleNumber } from './principal.ts'
import { grants, layers, resources, userProfiles } from './schema.ts'

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

/** What editors may do, besides, to the apps they see. */
const MANAGING_APPS: readonly Verb[] = ['publish', 'share']

/** Verbs whose holder sees what they are granted on; inserting alone does not show what others have inserted. */
const SHOWING: readonly Verb[] = [
  'view',
  'extract',
  'update',
  'delete_rows',
  'style',
  'edit',
  'publish',
  'share',
]

/**
 * The predicate over a row of `resources` that says whether `principal` may do `verb` to it. Every list and every read
 * carries the one for `view`; a resource that fails it does not exist for that principal.
 *
 * Owners may do everything, administrators and super users see everything, editors edit everything they see. Whoever comes
 * through a layer has what the layer and its map grant besides, as far as the layer's owner may pass it on. Apps are managed
 * by administrators, and by editors as far as they see them; for others the right to view one holds once it is published.
 */
export function may(principal: Principal, verb: Verb): SQL<boolean> {
  if (principal.kind === 'system') return sql<boolean>`true`
  if (verb === 'view' && seesEverything(principal)) return sql<boolean>`true`
  if (EDITING.includes(verb) && hasRole(principal, 'editor')) return may(principal, 'view')
  const ways = [held(principal, verb)]
  if (principal.through !== undefined) ways.push(passedOn(principal, principal.through, verb))
  if (hasRole(principal, 'administrator')) ways.push(isApp)
  else if (hasRole(principal, 'editor') && MANAGING_APPS.includes(verb))
    ways.push(sql<boolean>`(${isApp} and ${may(principal, 'view')})`)
  return sql<boolean>`(${sql.join(ways, sql` or `)})`
}

const isApp = sql<boolean>`${resources.kind} = 'app'`

/** The right to view an app counts, of rows `g` of grants, once the app is published, but for who edits apps. */
const butForUnpublished = (principal: Exclude<Principal, { kind: 'system' }>, verb: Verb): SQL =>
  verb !== 'view' || hasRole(principal, 'editor')
    ? sql``
    : sql` and (g.verb <> 'view' or ${resources.published} or ${resources.kind} <> 'app')`

const seesEverything = (principal: Principal): boolean =>
  hasRole(principal, 'administrator') || hasRole(principal, 'super user')

/** The verbs of which any, once granted, lets the principal do `verb`. */
function sufficient(principal: Exclude<Principal, { kind: 'system' }>, verb: Verb): readonly string[] {
  if (verb !== 'view') return [verb, 'own']
  return principal.toInsert ? [...SHOWING, 'insert', 'own'] : [...SHOWING, 'own']
}

const textList = (words: readonly string[]): SQL =>
  sql.join(
    words.map((word) => sql`${word}`),
    sql`, `,
  )

/** Whether the principal owns a row of `resources` or has been granted the verb on it. */
function held(principal: Exclude<Principal, { kind: 'system' }>, verb: Verb): SQL<boolean> {
  const granted = sql<boolean>`exists (select 1 from ${grants} g
    where g.resource_id = ${resources.id} and g.verb in (${textList(sufficient(principal, verb))}) and ${isHeldBy(principal)}${butForUnpublished(principal, verb)})`
  return principal.kind === 'user'
    ? sql<boolean>`(${resources.ownerId} = ${principal.id} or ${granted})`
    : granted
}

/**
 * Whether a row of `resources` is what a layer shows, the principal may do the verb to the layer or to its map, and the
 * layer's owner may pass it on: he owns what is shown, or holds both the verb and the right to share it.
 */
function passedOn(
  principal: Exclude<Principal, { kind: 'system' }>,
  layerId: number,
  verb: Verb,
): SQL<boolean> {
  const { through: _way, ...itself } = principal
  const owns = principal.kind === 'user' ? sql`l.is_theirs` : sql`false`
  const ownerHolds = (verbs: readonly string[]) => sql`exists (select 1 from ${grants} g
    where g.resource_id = ${resources.id} and g.principal_type = 'user' and g.principal_id = l.owner_id
      and g.verb in (${textList(verbs)}))`
  return sql<boolean>`exists (
    select 1 from (
      select ${layers.dataId} as data_id, ${layers.isExportable} as is_exportable, ${resources.ownerId} as owner_id,
        ${may(itself, verb)} as may_layer, ${principal.kind === 'user' ? sql`${resources.ownerId} = ${principal.id}` : sql`false`} as is_theirs,
        exists (select 1 from ${resources} where ${resources.id} = ${layers.mapId} and ${may(itself, verb)}) as may_map
      from ${layers} join ${resources} on ${resources.id} = ${layers.id} where ${layers.id} = ${layerId}) l
    where l.data_id = ${resources.id} and (l.may_layer or l.may_map)
      ${verb === 'extract' ? sql`and (l.is_exportable or ${owns})` : sql``}
      and (${resources.ownerId} = l.owner_id or ${ownerHolds(['own'])}
        or (${ownerHolds(['share'])} and ${ownerHolds(sufficient(principal, verb))})))`
}

/** Whether a row `g` of grants is for the principal. */
export function isHeldBy(principal: Exclude<Principal, { kind: 'system' }>): SQL {
  if (principal.kind === 'anonymous') return sql`g.principal_type in ('everyone', 'anonymous')`
  const { id, groups = [], roles } = principal
  const asGroup =
    groups.length > 0
      ? sql` or (g.principal_type = 'group' and g.principal_id in (${sql.join(
          groups.map((group) => sql`${group}`),
          sql`, `,
        )}))`
      : sql``
  const inRole =
    roles.length > 0
      ? sql` or (g.principal_type = 'role' and g.principal_id in (${sql.join(
          roles.map((role) => sql`${roleNumber(role)}`),
          sql`, `,
        )}))`
      : sql``
  return sql`(g.principal_type = 'everyone' or (g.principal_type = 'user' and g.principal_id = ${id})${asGroup}${inRole})`
}

/** JSON of a truth for each verb. */
const truths = <V extends Verb>(verbs: readonly V[], right: (verb: V) => SQL): SQL<Record<V, boolean>> =>
  sql<Record<V, boolean>>`jsonb_build_object(${sql.join(
    verbs.flatMap((verb) => [sql`${verb}::text`, right(verb)]),
    sql`, `,
  )})`

/** What roles let do to everything that is seen. */
const isOfRole = (principal: Principal, verb: Verb): boolean =>
  principal.kind === 'system' || (hasRole(principal, 'editor') && EDITING.includes(verb))

const isOwnedBy = (principal: Principal, ownerId: SQL): SQL =>
  principal.kind === 'user' ? sql`coalesce(${ownerId} = ${principal.id}, false)` : sql`false`

/** JSON that says of each verb what `may` says, by one look at the grants of a row of `resources` that is seen and no app. */
export function rightsOf<V extends Verb>(principal: Principal, verbs: readonly V[]): SQL<Record<V, boolean>> {
  // Without an aggregate there would be a row for every grant.
  if (principal.kind === 'system') return truths(verbs, () => sql`true`)
  if (principal.through !== undefined) return rightsThrough(principal, principal.through, verbs)
  const right = (verb: V) =>
    verb === 'view' || isOfRole(principal, verb)
      ? sql`true`
      : sql`${isOwnedBy(principal, sql`${resources.ownerId}`)} or coalesce(bool_or(g.verb in (${verb}, 'own')), false)`
  return sql<Record<V, boolean>>`(select ${truths(verbs, right)} from ${grants} g
    where g.resource_id = ${resources.id} and ${isHeldBy(principal)})`
}

/**
 * The same for who comes through a layer: by one look at the grants of the row, of the layer and of its map. Says what
 * `passedOn` says.
 */
function rightsThrough<V extends Verb>(
  principal: Exclude<Principal, { kind: 'system' }>,
  layerId: number,
  verbs: readonly V[],
): SQL<Record<V, boolean>> {
  const any = (held: SQL, verb: V) => sql`${held} && array[${verb}::text, 'own']`
  const right = (verb: V) => {
    if (verb === 'view' || isOfRole(principal, verb)) return sql`true`
    const isExported = verb === 'extract' ? sql` and (way.is_exportable or way.owns_layer)` : sql``
    return sql`${isOwnedBy(principal, sql`${resources.ownerId}`)} or ${any(sql`way.direct`, verb)}
      or ((way.owns_layer or way.owns_map or ${any(sql`way.layered`, verb)})${isExported}
        and (way.is_lenders or (way.lent @> array['share'] and ${any(sql`way.lent`, verb)})))`
  }
  const verbsWhere = (condition: SQL) =>
    sql`coalesce(array_agg(g.verb) filter (where ${condition}), array[]::text[])`
  const ofLender = sql`g.resource_id = ${resources.id} and g.principal_type = 'user' and g.principal_id = lr.owner_id`
  return sql<Record<V, boolean>>`(
    select ${truths(verbs, right)} from (
      select ${verbsWhere(sql`g.resource_id = ${resources.id} and ${isHeldBy(principal)}`)} as direct,
        ${verbsWhere(sql`g.resource_id in (l.id, l.map_id) and ${isHeldBy(principal)}`)} as layered,
        ${verbsWhere(ofLender)} as lent,
        coalesce(bool_or(${isOwnedBy(principal, sql`lr.owner_id`)}), false) as owns_layer,
        coalesce(bool_or(${isOwnedBy(principal, sql`mr.owner_id`)}), false) as owns_map,
        coalesce(bool_or(l.is_exportable), false) as is_exportable,
        coalesce(bool_or(${resources.ownerId} = lr.owner_id), false)
          or coalesce(bool_or(g.verb = 'own') filter (where ${ofLender}), false) as is_lenders
      from (select 1) one
      left join layers l on l.id = ${layerId} and l.data_id = ${resources.id}
      left join resources lr on lr.id = l.id
      left join resources mr on mr.id = l.map_id
      left join ${grants} g on g.resource_id in (${resources.id}, l.id, l.map_id)) way)`
}

/** JSON that says of each verb what `mayLayer` says, by one look at the grants of a layer that is seen, and of its map. */
export function rightsOfLayer<V extends Verb>(
  principal: Principal,
  verbs: readonly V[],
): SQL<Record<V, boolean>> {
  if (principal.kind === 'system') return truths(verbs, () => sql`true`)
  const mapOwner = sql`(select m.owner_id from resources m where m.id = ${layers.mapId})`
  const right = (verb: V) =>
    verb === 'view' || isOfRole(principal, verb)
      ? sql`true`
      : sql`${isOwnedBy(principal, sql`${resources.ownerId}`)} or ${isOwnedBy(principal, mapOwner)}
        or coalesce(bool_or(g.verb in (${verb}, 'own')), false)`
  return sql<Record<V, boolean>>`(select ${truths(verbs, right)} from ${grants} g
    where g.resource_id in (${layers.id}, ${layers.mapId}) and ${isHeldBy(principal)})`
}

/**
 * The predicate over a row of `layers` joined with its row of `resources`: a right to a layer is granted on the layer or
 * on its map.
 */
export const mayLayer = (principal: Principal, verb: Verb): SQL<boolean> =>
  sql<boolean>`(${may(principal, verb)} or exists (select 1 from ${resources}
    where ${resources.id} = ${layers.mapId} and ${may(principal, verb)}))`

/**
 * The predicate over a row of `resources` of whatever kind: a layer has the rights that its map grants, too, and an account
 * may be changed and shared by whose it is.
 */
export function mayResource(principal: Principal, verb: Verb): SQL<boolean> {
  const ways = [
    may(principal, verb),
    sql`exists (select 1 from ${layers} where ${layers.id} = ${resources.id} and exists (
      select 1 from ${resources} where ${resources.id} = ${layers.mapId} and ${may(principal, verb)}))`,
  ]
  if (principal.kind === 'user')
    ways.push(sql`exists (select 1 from ${userProfiles}
      where ${userProfiles.resourceId} = ${resources.id} and ${userProfiles.userId} = ${principal.id})`)
  return sql<boolean>`(${sql.join(ways, sql` or `)})`
}

/**
 * Whether the owner of a layer, by an expression for his number, may show a row of `resources` in it: it is his, he may share
 * it, or everyone sees it.
 */
export const isShownBy = (
  ownerId: SQL,
): SQL<boolean> => sql<boolean>`(${resources.ownerId} = ${ownerId} or exists (
  select 1 from ${grants} g where g.resource_id = ${resources.id}
    and ((g.principal_type = 'everyone' and g.verb <> 'insert')
      or (g.principal_type = 'user' and g.principal_id = ${ownerId} and g.verb in ('own', 'share')))))`

/** Whether everyone may view the resource, so that its renderings may be kept in shared caches. */
export const isPublic = sql<boolean>`(exists (select 1 from ${grants} g
  where g.resource_id = ${resources.id} and g.verb = 'view' and g.principal_type = 'everyone')
  and (${resources.published} or ${resources.kind} <> 'app'))`
