import { and, or, type SQL, sql } from 'drizzle-orm'
import type { Database } from './database.ts'
import type { ListPart, ListSlice } from './list-slice.ts'
import { type MapRecord, selectMaps } from './maps.ts'
import { isHeldBy, isPublic, may } from './permissions.ts'
import type { Principal } from './principal.ts'
import {
  optionsOfResource,
  type ResourceOption,
  type SharedVerb,
  sharesOfResource,
} from './resource-expansions.ts'
import { grants, maps, resources, users } from './schema.ts'

/** What a list of maps is ordered by and searched in. */
const MAP_SORTS = {
  id: maps.id,
  name: resources.title,
  description: resources.abstract,
  ownerId: resources.ownerId,
  ownerLogin: users.login,
  srid: maps.srid,
  proj4: maps.proj4,
  units: maps.units,
  measureUnit: maps.measureUnit,
  copyright: maps.copyright,
  background: maps.background,
  maxZoom: maps.maxZoom,
  isVisible: maps.isVisible,
  isArchived: maps.isArchived,
  visits: maps.visits,
  createdAt: resources.createdAt,
  modifiedAt: resources.modifiedAt,
  accessedAt: sql`coalesce(${maps.accessedAt}, ${resources.createdAt})`,
  visitedAt: maps.visitedAt,
}
/** One of them, or a member among the attributes. */
export type MapSort = keyof typeof MAP_SORTS | `attributes.${string}`

const sortBy = (sort: MapSort): SQL =>
  Object.hasOwn(MAP_SORTS, sort)
    ? sql`${MAP_SORTS[sort as keyof typeof MAP_SORTS]}`
    : sql`${maps.attributes} ->> ${sort.slice('attributes.'.length)}`

/**
 * How a map comes to somebody: it is one's own, it has been granted to one (or a group one is in), everyone may see it, or
 * it has been put away.
 */
export type MapShelf = 'private' | 'shared' | 'public' | 'archived'

export interface MapListing extends ListSlice<MapSort> {
  /** Maps on any of these shelves; all but those put away unless given. */
  shelves: readonly MapShelf[] | null
  /** Only maps one of whose attributes contains the text, in whatever case. */
  search: { text: string; in: readonly MapSort[] } | null
  withOptions: boolean
  withShares: boolean
}

export interface ListedMap extends MapRecord {
  options: ResourceOption[] | null
  shares: SharedVerb[] | null
}

function onShelf(principal: Principal, shelf: MapShelf): SQL {
  const isHere = sql`not ${maps.isArchived}`
  const isOwn = principal.kind === 'user' ? sql`${resources.ownerId} = ${principal.id}` : sql`false`
  switch (shelf) {
    case 'archived':
      return sql`${maps.isArchived}`
    case 'private':
      return and(isHere, isOwn)!
    case 'public':
      return and(isHere, isPublic)!
    case 'shared':
      return principal.kind === 'user'
        ? sql`${isHere} and ${resources.ownerId} is distinct from ${principal.id} and exists (
            select 1 from ${grants} g where g.resource_id = ${resources.id}
              and g.principal_type in ('user', 'group') and ${isHeldBy(principal)})`
        : sql`false`
  }
}

const containing = (text: string): string => `%${text.replace(/[\\%_]/g, '\\$&')}%`

const listed = (principal: Principal, { shelves, search }: MapListing): SQL =>
  and(
    may(principal, 'view'),
    shelves === null ? sql`not ${maps.isArchived}` : or(...shelves.map((shelf) => onShelf(principal, shelf))),
    search === null
      ? undefined
      : or(
          ...search.in.map((attribute) => sql`(${sortBy(attribute)})::text ilike ${containing(search.text)}`),
        ),
  )!

const expansions = (principal: Principal, { withOptions, withShares }: MapExpansion) => ({
  options: withOptions ? optionsOfResource : sql<ResourceOption[] | null>`null`,
  shares: withShares ? sharesOfResource(principal) : sql<SharedVerb[] | null>`null`,
})

export type MapExpansion = Pick<MapListing, 'withOptions' | 'withShares'>

/** A page of the maps a principal sees, by number unless told otherwise; one round trip. */
export async function listMaps(
  db: Database,
  principal: Principal,
  listing: MapListing,
): Promise<ListPart<ListedMap>> {
  const { order, perPage, offset, withTotal } = listing
  const where = listed(principal, listing)
  const direction = order?.descending ? sql`desc nulls last` : sql`asc nulls first`
  const page = selectMaps(db, principal, expansions(principal, listing))
    .where(where)
    .orderBy(
      ...(order ? [sql`${sortBy(order.attribute)} ${direction}`] : []),
      order?.descending ? sql`${maps.id} desc` : sql`${maps.id}`,
    )
    .limit(perPage)
    .offset(offset)
  if (!withTotal) return { data: await page, total: 0 }
  const [data, [counted]] = await db.batch([
    page,
    db
      .select({ total: sql<number>`count(*)::int` })
      .from(maps)
      .innerJoin(resources, sql`${resources.id} = ${maps.id}`)
      .leftJoin(users, sql`${users.id} = ${resources.ownerId}`)
      .where(where),
  ])
  return { data, total: counted!.total }
}

/** How long the time somebody looked at a map stands before it is noted anew. */
const ACCESS_NOTED_SECONDS = 60

/**
 * A map somebody looks at, which is noted with it: when anybody did, and when anybody but its owner. Null where there is
 * none, or the principal may not see it. One round trip.
 */
export async function openMap(
  db: Database,
  principal: Principal,
  id: number,
  expansion: MapExpansion,
): Promise<ListedMap | null> {
  const isOwner =
    principal.kind === 'user'
      ? sql`${resources.ownerId} = ${principal.id}`
      : sql`${principal.kind === 'system'}`
  const [, [record]] = await db.batch([
    db.execute(sql`update ${maps} set accessed_at = now(),
        visited_at = case when seen.is_owner then visited_at else now() end,
        visits = visits + case when seen.is_owner then 0 else 1 end
      from (select ${resources.id} as id, coalesce(${isOwner}, false) as is_owner from ${resources}
        where ${resources.id} = ${id} and ${may(principal, 'view')}) seen
      where ${maps.id} = seen.id and (${maps.accessedAt} is null
        or ${maps.accessedAt} < now() - make_interval(secs => ${ACCESS_NOTED_SECONDS})
        or (${maps.visitedAt} is null and not seen.is_owner))`),
    selectMaps(db, principal, expansions(principal, expansion)).where(
      and(sql`${maps.id} = ${id}`, may(principal, 'view')),
    ),
  ])
  return record ?? null
}
