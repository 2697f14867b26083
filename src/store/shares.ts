import { and, eq, type SQL, sql } from 'drizzle-orm'
import type { Database } from './database.ts'
import { refreshMosaicsOf } from './mosaic-extents.ts'
import { may, mayResource, type Verb } from './permissions.ts'
import type { Principal } from './principal.ts'
import { type SharedVerb, sharesOfResource } from './resource-expansions.ts'
import { datasets, grants, groups, layers, resources, scans, users } from './schema.ts'

const VERBS: readonly Verb[] = [
  ...(['view', 'extract', 'insert', 'update', 'delete_rows', 'style', 'edit', 'publish', 'share'] as const),
  'own',
]

/** The row of a resource of whatever kind that is there for the principal. */
export const isSeen = (principal: Principal, id: number): SQL =>
  and(
    eq(resources.id, id),
    mayResource(principal, 'view'),
    sql`not exists (select 1 from ${datasets} where ${datasets.id} = ${resources.id} and ${datasets.status} <> 'ready')`,
  )!

/** What a principal may do to a resource, as JSON, where it is seen. */
const held = (principal: Principal, id: number): SQL => sql`
  select ${resources.id} as id, jsonb_build_object(${sql.join(
    VERBS.flatMap((verb) => [sql`${verb}::text`, sql`coalesce(${mayResource(principal, verb)}, false)`]),
    sql`, `,
  )}) as rights
  from ${resources} where ${isSeen(principal, id)}`

/** A resource whose sharing is asked for. */
export interface SharedResource {
  id: number
  ownerId: number | null
  ownerLogin: string | null
  mayShare: boolean
  /** All of them for who may share it, else those that the principal holds. */
  shares: SharedVerb[]
}

/** Null where there is none, or the principal may not see it. */
export async function findShared(
  db: Database,
  principal: Principal,
  id: number,
): Promise<SharedResource | null> {
  const [found] = await db
    .select({
      id: resources.id,
      ownerId: resources.ownerId,
      ownerLogin: users.login,
      mayShare: mayResource(principal, 'share'),
      shares: sharesOfResource(principal),
    })
    .from(resources)
    .leftJoin(users, eq(users.id, resources.ownerId))
    .where(isSeen(principal, id))
  return found ?? null
}

export interface NewShare {
  /** Everyone, or who has this login or, of groups that the principal sees, this name. */
  grantee: { everyone: true } | { name: string }
  verbs: readonly Verb[]
  /** What it is called, where that is more than the verb says. */
  name: string | null
}

export interface ShareOutcome {
  isSeen: boolean
  mayShare: boolean
  /** The principal holds all of it. */
  mayPassOn: boolean
  isGranteeKnown: boolean
  /** Of what is granted now, or was before; null where it was not. */
  shareId: number | null
}

/**
 * Grants verbs on a resource in one act, which is done by who may share it and holds all of them. What is granted already
 * stays as it is. One transaction.
 */
export async function insertShare(
  db: Database,
  principal: Principal,
  resourceId: number,
  { grantee, verbs, name }: NewShare,
): Promise<ShareOutcome> {
  const verbList = sql`(select value as verb from jsonb_array_elements_text(${JSON.stringify(verbs)}::jsonb))`
  const [, { rows }] = await db.batch([
    lock(db, principal, resourceId),
    db.execute<Record<keyof ShareOutcome, unknown>>(sql`
      with held as materialized (${held(principal, resourceId)}),
      grantee as materialized (${granteeQuery(principal, grantee)}),
      passed as materialized (
        select held.id, (held.rights ->> 'share')::boolean as may_share,
          not exists (select 1 from ${verbList} wanted where not (held.rights ->> wanted.verb)::boolean) as may_pass_on
        from held),
      before as materialized (
        select g.share_id from ${grants} g, grantee
        where g.resource_id = ${resourceId} and g.principal_type = grantee.type and g.principal_id = grantee.id
          and g.name is not distinct from ${name}::text
        group by g.share_id
        having array_agg(g.verb order by g.verb) = (select array_agg(wanted.verb order by wanted.verb) from ${verbList} wanted)
        order by g.share_id limit 1),
      act as materialized (
        select passed.id as resource_id, grantee.type, grantee.id as principal_id, nextval('grants_share_id_seq')::int as share_id
        from passed, grantee where passed.may_share and passed.may_pass_on and not exists (select 1 from before)),
      given as (
        insert into ${grants} (resource_id, principal_type, principal_id, verb, share_id, name)
        select act.resource_id, act.type, act.principal_id, wanted.verb, act.share_id, ${name}::text from act, ${verbList} wanted
        returning share_id),
      moved as (${moveVersions(sql`select act.resource_id from act`)} returning 1)
      select exists (select 1 from held) as "isSeen", coalesce((select may_share from passed), false) as "mayShare",
        coalesce((select may_pass_on from passed), false) as "mayPassOn", exists (select 1 from grantee) as "isGranteeKnown",
        coalesce((select share_id from before where exists (select 1 from passed where may_share and may_pass_on)),
          (select min(share_id) from given)) as "shareId", (select count(*) from moved) as "moved"`),
    ...refresh(db, principal, resourceId),
  ])
  const { isSeen: seen, mayShare, mayPassOn, isGranteeKnown, shareId } = rows[0]! as unknown as ShareOutcome
  return { isSeen: seen, mayShare, mayPassOn, isGranteeKnown, shareId }
}

/**
 * Takes back what was granted in one act: who may share the resource and holds all that the act granted. One transaction.
 * @returns as `insertShare`, `shareId` null where there is no such act
 */
export async function deleteShare(
  db: Database,
  principal: Principal,
  resourceId: number,
  shareId: number,
): Promise<Omit<ShareOutcome, 'isGranteeKnown'>> {
  const [, { rows }] = await db.batch([
    lock(db, principal, resourceId),
    db.execute<Record<string, unknown>>(sql`
      with held as materialized (${held(principal, resourceId)}),
      act as materialized (
        select g.share_id, g.verb from ${grants} g where g.resource_id = ${resourceId} and g.share_id = ${shareId}),
      passed as materialized (
        select held.id, (held.rights ->> 'share')::boolean as may_share,
          not exists (select 1 from act where not (held.rights ->> act.verb)::boolean) as may_pass_on
        from held),
      taken as (
        delete from ${grants} g using passed
        where g.resource_id = passed.id and g.share_id = ${shareId} and passed.may_share and passed.may_pass_on
        returning g.share_id),
      moved as (${moveVersions(sql`select passed.id from passed where exists (select 1 from act) and passed.may_share and passed.may_pass_on`)} returning 1)
      select exists (select 1 from held) as "isSeen", coalesce((select may_share from passed), false) as "mayShare",
        coalesce((select may_pass_on from passed), false) as "mayPassOn", (select min(share_id) from act) as "shareId",
        (select count(*) from taken) as "taken", (select count(*) from moved) as "moved"`),
    ...refresh(db, principal, resourceId),
  ])
  const { isSeen: seen, mayShare, mayPassOn, shareId: found } = rows[0]! as unknown as ShareOutcome
  return { isSeen: seen, mayShare, mayPassOn, shareId: found }
}

/** Acts on the same resource take turns. */
const lock = (db: Database, principal: Principal, id: number) =>
  db.execute(sql`select ${resources.id} from ${resources} where ${isSeen(principal, id)} for update`)

function granteeQuery(principal: Principal, grantee: NewShare['grantee']): SQL {
  if ('everyone' in grantee) return sql`select 'everyone'::text as type, 0 as id`
  const { name } = grantee
  return sql`
    select known.type, known.id from (
      select 'user'::text as type, ${users.id} as id, 1 as place from ${users} where lower(${users.login}) = lower(${name})
      union all
      select 'group', ${groups.id}, 2 from ${groups} join ${resources} on ${resources.id} = ${groups.id}
      where ${resources.title} = ${name} and ${may(principal, 'view')}
    ) known order by known.place, known.id limit 1`
}

/** Who sees a layer, or the layers of a map, is seen in renderings of all of them. */
const moveVersions = (resourceIds: SQL): SQL => sql`
  update ${resources} set version = version + 1,
    modified_at = case when id in (${resourceIds}) then now() else modified_at end
  where id in (${resourceIds})
    or id in (select l.map_id from ${layers} l where l.id in (${resourceIds}))
    or id in (select l.id from ${layers} l where l.map_id in (${resourceIds}))`

/** Who sees a scan is seen in the mosaics it is in. */
const refresh = (db: Database, principal: Principal, id: number) =>
  refreshMosaicsOf(
    db,
    sql`select ${scans.id} from ${scans} join ${resources} on ${resources.id} = ${scans.id}
      where ${resources.kind} = 'scan' and ${isSeen(principal, id)} and ${mayResource(principal, 'share')}`,
  )
