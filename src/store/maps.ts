import { and, eq, type SQL, sql } from 'drizzle-orm'
import { actor } from './activity.ts'
import type { Database } from './database.ts'
import type { MapUnits } from './map-types.ts'
import { isShownBy, may, rightsOf, type Verb } from './permissions.ts'
import type { Principal } from './principal.ts'
import { layers, maps, resources, users } from './schema.ts'

const RIGHTS = ['extract', 'style', 'edit', 'publish', 'share', 'own'] as const satisfies Verb[]

export type MapRights = Record<(typeof RIGHTS)[number], boolean>

/** What the layers of a map reach over in one system: its EPSG code and the box (smallest x, y, greatest x, y). */
export interface LayerReach {
  srid: number
  box: number[]
  /** They are pictures of services, which often are of the whole world. */
  isBackground: boolean
}

/** A composition of layers. */
export interface MapRecord {
  id: number
  name: string
  description: string | null
  ownerId: number | null
  ownerLogin: string | null
  srid: number
  /** The system as it was given, where it was given as a PROJ string. */
  proj4: string | null
  units: MapUnits
  measureUnit: string | null
  copyright: string | null
  background: string | null
  maxZoom: number | null
  /** What is shown first, in the map's system; null for all that the layers show. */
  bounds: number[] | null
  /** Where its layers are, by their systems. */
  reaches: LayerReach[]
  isVisible: boolean
  isArchived: boolean
  attributes: Record<string, unknown>
  visits: number
  version: number
  createdAt: Date
  modifiedAt: Date
  accessedAt: Date | null
  visitedAt: Date | null
  rights: MapRights
}

/** The owner of the row of `layers` around it. */
const layerOwner = sql`(select o.owner_id from resources o where o.id = ${layers.id})`

/** Of each layer its own bounds, or else those of its data as far as the principal, or the layer's owner, may show it. */
const reaches = (principal: Principal): SQL<LayerReach[]> => sql<LayerReach[]>`(
  select coalesce(jsonb_agg(jsonb_build_object('srid', reach.srid, 'isBackground', reach.is_background, 'box',
    jsonb_build_array(reach.x1, reach.y1, reach.x2, reach.y2))), '[]')
  from (
    select box.srid, ${layers.type} in ('tile', 'wms') as is_background,
      min(box.x1) as x1, min(box.y1) as y1, max(box.x2) as x2, max(box.y2) as y2
    from ${layers} cross join lateral (
      select coalesce(${layers.srid}, ${maps.srid}) as srid, ${layers.bounds}[1] as x1, ${layers.bounds}[2] as y1,
        ${layers.bounds}[3] as x2, ${layers.bounds}[4] as y2
      where ${layers.bounds} is not null
      union all
      select 4326, ST_XMin(${resources.extent}), ST_YMin(${resources.extent}), ST_XMax(${resources.extent}), ST_YMax(${resources.extent})
      from ${resources} where ${layers.bounds} is null and ${resources.id} = ${layers.dataId} and ${resources.extent} is not null
        and (${isShownBy(layerOwner)} or ${may(principal, 'view')})
    ) box
    where ${layers.mapId} = ${maps.id}
    group by box.srid, is_background
  ) reach)`

const selection = (principal: Principal) => ({
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
  bounds: maps.bounds,
  reaches: reaches(principal),
  isVisible: maps.isVisible,
  isArchived: maps.isArchived,
  attributes: maps.attributes,
  visits: maps.visits,
  version: resources.version,
  createdAt: resources.createdAt,
  modifiedAt: resources.modifiedAt,
  accessedAt: maps.accessedAt,
  visitedAt: maps.visitedAt,
  rights: rightsOf(principal, RIGHTS),
})

/** Maps as the principal sees them, with more columns where there are; the caller adds `may(principal, 'view')`. */
export const selectMaps = <More extends Record<string, SQL> = Record<never, SQL>>(
  db: Database,
  principal: Principal,
  more?: More,
) =>
  db
    .select({ ...selection(principal), ...(more as More) })
    .from(maps)
    .innerJoin(resources, eq(resources.id, maps.id))
    .leftJoin(users, eq(users.id, resources.ownerId))
    .$dynamic()

/** Null where there is none, or the principal may not see it. */
export async function findMap(db: Database, principal: Principal, id: number): Promise<MapRecord | null> {
  const [record] = await selectMaps(db, principal).where(and(eq(maps.id, id), may(principal, 'view')))
  return record ?? null
}

/** What can be said of a map; what is `undefined` stays as it is. */
export interface MapAttributes {
  name?: string | undefined
  description?: string | null | undefined
  srid?: number | undefined
  proj4?: string | null | undefined
  units?: MapUnits | undefined
  measureUnit?: string | null | undefined
  copyright?: string | null | undefined
  background?: string | null | undefined
  maxZoom?: number | null | undefined
  bounds?: number[] | null | undefined
  isVisible?: boolean | undefined
  isArchived?: boolean | undefined
  attributes?: Record<string, unknown> | undefined
}

const given = (values: Record<string, unknown>) =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined))

/** The number of the resource that the transaction has made last. */
const newId: SQL = sql`currval(pg_get_serial_sequence('resources','id'))::int`

/** Makes a map that only its owner sees, in one transaction. @returns its number */
export async function insertMap(
  db: Database,
  principal: Principal,
  { name, description = null, ...attributes }: MapAttributes & { name: string },
): Promise<number> {
  const [, [made]] = await db.batch([
    db
      .insert(resources)
      .values({ kind: 'map', ownerId: actor(principal), title: name, abstract: description }),
    db
      .insert(maps)
      .values({ ...given({ ...attributes }), id: newId as unknown as number })
      .returning({ id: maps.id }),
  ])
  return made!.id
}

const isMapWith = (principal: Principal, verb: Verb, id: number): SQL =>
  and(eq(resources.id, id), eq(resources.kind, 'map'), may(principal, 'view'), may(principal, verb))!

/** Changes what is said of a map (right `edit`) and moves its version. False, and nothing changed, without the right. */
export async function updateMap(
  db: Database,
  principal: Principal,
  id: number,
  { name, description, ...attributes }: MapAttributes,
): Promise<boolean> {
  const [moved] = await db.batch([
    db
      .update(resources)
      .set({
        ...given({ title: name, abstract: description }),
        ...{ version: sql`${resources.version} + 1`, modifiedAt: sql`now()` },
      })
      .where(isMapWith(principal, 'edit', id))
      .returning({ id: resources.id }),
    db
      .update(maps)
      .set({ ...given({ ...attributes }), id })
      .where(
        and(
          eq(maps.id, id),
          sql`exists (select 1 from ${resources} where ${isMapWith(principal, 'edit', id)})`,
        ),
      ),
  ])
  return moved.length > 0
}

/** Deletes a map with its layers, not what they show (right `own`). False, and nothing changed, without the right. */
export async function deleteMap(db: Database, principal: Principal, id: number): Promise<boolean> {
  const owned = isMapWith(principal, 'own', id)
  const [held] = await db.batch([
    db.execute(sql`select ${resources.id} from ${resources} where ${owned} for update`),
    db.execute(sql`delete from ${resources} where ${resources.id} in (
      select ${layers.id} from ${layers} where ${layers.mapId} = ${id} and exists (
        select 1 from ${resources} where ${owned}))`),
    db.delete(resources).where(owned),
  ])
  return held.rows.length > 0
}

/**
 * Moves the version of a map (right `edit`) and of its layers, or of some of them, so that whatever has been drawn of them
 * is drawn anew. False, and nothing changed, without the right, or where one of the layers is not the map's.
 */
export async function moveMapVersions(
  db: Database,
  principal: Principal,
  id: number,
  layerIds: readonly number[] | null,
): Promise<boolean> {
  const wanted = sql`(select value::int from jsonb_array_elements_text(${JSON.stringify(layerIds ?? [])}::jsonb))`
  const isPermitted = sql`exists (select 1 from ${resources} where ${isMapWith(principal, 'edit', id)})
    and not exists (select 1 from ${wanted} named(id) where not exists (
      select 1 from ${layers} where ${layers.id} = named.id and ${layers.mapId} = ${id}))`
  const ofLayers = layerIds === null ? sql`true` : sql`${layers.id} in ${wanted}`
  const { rows } = await db.execute(sql`update ${resources} set version = version + 1
    where (${isPermitted}) and (id = ${id}
      or id in (select ${layers.id} from ${layers} where ${layers.mapId} = ${id} and ${ofLayers}))
    returning id`)
  return rows.length > 0
}
