import { and, asc, eq, type SQL, sql } from 'drizzle-orm'
import type { Bbox } from '../geo/bbox.ts'
import { actor } from './activity.ts'
import type { Database } from './database.ts'
import type { GeometryType } from './dataset-types.ts'
import type { LayerRule, LayerSource, LayerType } from './map-types.ts'
import { isShownBy, may, mayLayer, rightsOfLayer, type Verb } from './permissions.ts'
import type { Principal } from './principal.ts'
import { datasets, layers, maps, resources, users } from './schema.ts'

const RIGHTS = [
  'extract',
  'insert',
  'update',
  'delete_rows',
  'style',
  'edit',
  'share',
  'own',
] as const satisfies Verb[]

/** What a principal may do to a layer, by what is granted on it or on its map. */
export type LayerRights = Record<(typeof RIGHTS)[number], boolean>

/** What a layer shows, where that is the platform's own. */
export interface LayerData {
  id: number
  kind: 'dataset' | 'scan' | 'mosaic' | 'datasource'
  /** Moves with every change of it. */
  version: number
  /** West, south, east, north in degrees; null where there is nothing, or its owner does not let the layer show it. */
  extent: Bbox | null
  /** Of a dataset that the layer may show: its name, EPSG code, extent in that system, type of geometry. */
  dataset: {
    name: string
    srid: number
    nativeExtent: number[] | null
    geometryType: GeometryType | null
  } | null
}

/** A view of data in a map, or a folder of such. */
export interface LayerRecord {
  id: number
  name: string
  ownerId: number | null
  ownerLogin: string | null
  mapId: number
  mapName: string
  mapSrid: number
  parentId: number | null
  position: number
  type: LayerType
  source: LayerSource
  data: LayerData | null
  rules: LayerRule[] | null
  alpha: number
  srid: number | null
  fromScale: number | null
  toScale: number | null
  bounds: number[] | null
  isVisible: boolean
  isLocked: boolean
  isExportable: boolean
  labelProperty: string | null
  label: string | null
  tooltip: string | null
  attributes: Record<string, unknown>
  version: number
  createdAt: Date
  modifiedAt: Date
  rights: LayerRights
}

/** The owner of the row of `layers` around it. */
const layerOwner = sql`(select o.owner_id from resources o where o.id = ${layers.id})`

const data = (principal: Principal): SQL<LayerData | null> => sql<LayerData | null>`(
  select jsonb_build_object('id', ${resources.id}, 'kind', ${resources.kind}, 'version', ${resources.version},
    'extent', case when shown.is_it and ${resources.extent} is not null then jsonb_build_array(ST_XMin(${resources.extent}),
      ST_YMin(${resources.extent}), ST_XMax(${resources.extent}), ST_YMax(${resources.extent})) end,
    'dataset', case when shown.is_it and ${datasets.id} is not null then jsonb_build_object('name', ${datasets.name},
      'srid', ${datasets.srid}, 'nativeExtent', ${datasets.nativeExtent}, 'geometryType', ${datasets.geometryType}) end)
  from ${resources} left join ${datasets} on ${datasets.id} = ${resources.id}
    cross join lateral (select ${isShownBy(layerOwner)} or ${may(principal, 'view')} as is_it) shown
  where ${resources.id} = ${layers.dataId})`

const selection = (principal: Principal) => ({
  id: layers.id,
  name: resources.title,
  ownerId: resources.ownerId,
  ownerLogin: users.login,
  mapId: layers.mapId,
  mapName: sql<string>`(select r.title from resources r where r.id = ${layers.mapId})`,
  mapSrid: maps.srid,
  parentId: layers.parentId,
  position: layers.position,
  type: layers.type,
  source: layers.source,
  data: data(principal),
  rules: layers.rules,
  alpha: layers.alpha,
  srid: layers.srid,
  fromScale: layers.fromScale,
  toScale: layers.toScale,
  bounds: layers.bounds,
  isVisible: layers.isVisible,
  isLocked: layers.isLocked,
  isExportable: layers.isExportable,
  labelProperty: layers.labelProperty,
  label: layers.label,
  tooltip: layers.tooltip,
  attributes: layers.attributes,
  version: resources.version,
  createdAt: resources.createdAt,
  modifiedAt: resources.modifiedAt,
  rights: rightsOfLayer(principal, RIGHTS),
})

/** Layers as the principal sees them, with more columns where there are; the caller adds `mayLayer(principal, 'view')`. */
export const selectLayers = <More extends Record<string, SQL> = Record<never, SQL>>(
  db: Database,
  principal: Principal,
  more?: More,
) =>
  db
    .select({ ...selection(principal), ...(more as More) })
    .from(layers)
    .innerJoin(resources, eq(resources.id, layers.id))
    .innerJoin(maps, eq(maps.id, layers.mapId))
    .leftJoin(users, eq(users.id, resources.ownerId))
    .$dynamic()

/** Null where there is none, or the principal may see neither it nor its map. */
export async function findLayer(db: Database, principal: Principal, id: number): Promise<LayerRecord | null> {
  const [record] = await selectLayers(db, principal).where(
    and(eq(layers.id, id), mayLayer(principal, 'view')),
  )
  return record ?? null
}

/** The layers of a map that the principal sees, the lowest first. */
export const listMapLayers = (db: Database, principal: Principal, mapId: number): Promise<LayerRecord[]> =>
  selectLayers(db, principal)
    .where(and(eq(layers.mapId, mapId), mayLayer(principal, 'view')))
    .orderBy(asc(layers.position), asc(layers.id))

/** What can be said of a layer; what is `undefined` stays as it is. */
export interface LayerAttributes {
  name?: string | undefined
  parentId?: number | null | undefined
  position?: number | undefined
  type?: LayerType | undefined
  source?: LayerSource | undefined
  /** A dataset, scan, mosaic or datasource that the principal sees. */
  dataId?: number | null | undefined
  rules?: LayerRule[] | null | undefined
  alpha?: number | undefined
  srid?: number | null | undefined
  fromScale?: number | null | undefined
  toScale?: number | null | undefined
  bounds?: number[] | null | undefined
  isVisible?: boolean | undefined
  isLocked?: boolean | undefined
  isExportable?: boolean | undefined
  labelProperty?: string | null | undefined
  label?: string | null | undefined
  tooltip?: string | null | undefined
  attributes?: Record<string, unknown> | undefined
}

/**
 * Makes a layer in a map (right `edit` on it) and moves the map's version, in one transaction. Its position is above all
 * others unless given.
 * @returns its number; null, and nothing made, where the principal may not
 */
export async function insertLayer(
  db: Database,
  principal: Principal,
  mapId: number,
  {
    name,
    ...attributes
  }: LayerAttributes & Required<Pick<LayerAttributes, 'name' | 'type' | 'source'>> & { name: string },
): Promise<number | null> {
  const said = Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== undefined))
  const editable = and(
    eq(resources.id, mapId),
    eq(resources.kind, 'map'),
    may(principal, 'view'),
    may(principal, 'edit'),
  )!
  const reserved = await db.execute<{ id: number }>(
    sql`select nextval(pg_get_serial_sequence('resources','id'))::int as id from ${resources} where ${editable}`,
  )
  const id = reserved.rows[0]?.id
  if (id === undefined) return null
  const top = sql<number>`(select coalesce(max(l.position) + 1, 0) from layers l where l.map_id = ${mapId})`
  await db.batch([
    db.execute(sql`insert into ${resources} (id, kind, owner_id, title) overriding system value
      values (${id}, 'layer', ${actor(principal)}, ${name})`),
    db.insert(layers).values({
      type: 'folder',
      source: {},
      position: top as unknown as number,
      ...said,
      id,
      mapId,
    }),
    db.execute(sql`update ${resources} set version = version + 1, modified_at = now() where id = ${mapId}`),
  ])
  return id
}
