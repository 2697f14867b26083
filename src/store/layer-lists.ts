import { and, or, type SQL, sql } from 'drizzle-orm'
import type { Database } from './database.ts'
import type { DatasetColumn } from './dataset-types.ts'
import { type LayerRecord, selectLayers } from './layers.ts'
import type { ListPart, ListSlice } from './list-slice.ts'
import type { LayerType } from './map-types.ts'
import { isShownBy, may, mayLayer } from './permissions.ts'
import type { Principal } from './principal.ts'
import {
  optionsOfResource,
  type ResourceOption,
  type SharedVerb,
  sharesOfResource,
} from './resource-expansions.ts'
import { datasetColumns, datasources, layers, maps, resources, users } from './schema.ts'

/** What a list of layers is ordered by and searched in. */
const LAYER_SORTS = {
  id: layers.id,
  name: resources.title,
  ownerId: resources.ownerId,
  ownerLogin: users.login,
  type: layers.type,
  mapId: layers.mapId,
  source: layers.source,
  dataId: layers.dataId,
  srid: layers.srid,
  fromScale: layers.fromScale,
  toScale: layers.toScale,
  label: layers.label,
  labelProperty: layers.labelProperty,
  tooltip: layers.tooltip,
  alpha: layers.alpha,
  isVisible: layers.isVisible,
  isLocked: layers.isLocked,
  isExportable: layers.isExportable,
  parentId: layers.parentId,
  position: layers.position,
  createdAt: resources.createdAt,
  modifiedAt: resources.modifiedAt,
}
/** One of them, or a member among the attributes. */
export type LayerSort = keyof typeof LAYER_SORTS | `attributes.${string}`

const sortBy = (sort: LayerSort): SQL =>
  Object.hasOwn(LAYER_SORTS, sort)
    ? sql`${LAYER_SORTS[sort as keyof typeof LAYER_SORTS]}`
    : sql`${layers.attributes} ->> ${sort.slice('attributes.'.length)}`

export interface LayerExpansion {
  withOptions: boolean
  withColumns: boolean
  withDatasource: boolean
}

export interface LayerListing extends ListSlice<LayerSort>, LayerExpansion {
  /** Only the layers of this map. */
  mapId: number | null
  types: readonly LayerType[] | null
  /** Only layers one of whose attributes contains the text, in whatever case. */
  search: { text: string; in: readonly LayerSort[] } | null
}

/** What a layer shows, as something to be shared. */
export interface LayerDatasource {
  id: number
  kind: string
  /** The number of the kind of service, where it is one. */
  type: number | null
  ownerId: number | null
  ownerLogin: string | null
  shares: SharedVerb[]
}

export interface ListedLayer extends LayerRecord {
  options: ResourceOption[] | null
  columns: DatasetColumn[] | null
  datasource: LayerDatasource | null
}

const layerOwner = sql`(select o.owner_id from resources o where o.id = ${layers.id})`

/** The columns of the dataset that the row of `layers` around it shows, in their order. */
const columnsOf = (principal: Principal): SQL<DatasetColumn[]> => sql<DatasetColumn[]>`(
  select coalesce(jsonb_agg(jsonb_build_object('name', ${datasetColumns.name}, 'columnName', ${datasetColumns.columnName},
    'type', ${datasetColumns.type}, 'title', ${datasetColumns.title}, 'description', ${datasetColumns.description})
    order by ${datasetColumns.position}), '[]')
  from ${datasetColumns} join ${resources} on ${resources.id} = ${datasetColumns.datasetId}
  where ${datasetColumns.datasetId} = ${layers.dataId} and (${isShownBy(layerOwner)} or ${may(principal, 'view')}))`

const datasourceOf = (principal: Principal): SQL<LayerDatasource | null> => sql<LayerDatasource | null>`(
  select jsonb_build_object('id', ${resources.id}, 'kind', ${resources.kind}, 'ownerId', ${resources.ownerId},
    'type', (select ${datasources.type} from ${datasources} where ${datasources.id} = ${resources.id}),
    'ownerLogin', (select u.login from users u where u.id = ${resources.ownerId}),
    'shares', ${sharesOfResource(principal)})
  from ${resources} where ${resources.id} = ${layers.dataId} and (${isShownBy(layerOwner)} or ${may(principal, 'view')}))`

const expansions = (principal: Principal, expansion: LayerExpansion) => ({
  options: expansion.withOptions ? optionsOfResource : sql<ResourceOption[] | null>`null`,
  columns: expansion.withColumns ? columnsOf(principal) : sql<DatasetColumn[] | null>`null`,
  datasource: expansion.withDatasource ? datasourceOf(principal) : sql<LayerDatasource | null>`null`,
})

const containing = (text: string): string => `%${text.replace(/[\\%_]/g, '\\$&')}%`

const listed = (principal: Principal, { mapId, types, search }: LayerListing): SQL =>
  and(
    mapId === null ? undefined : sql`${layers.mapId} = ${mapId}`,
    mayLayer(principal, 'view'),
    types === null ? undefined : or(...types.map((type) => sql`${layers.type} = ${type}`)),
    search === null
      ? undefined
      : or(
          ...search.in.map((attribute) => sql`(${sortBy(attribute)})::text ilike ${containing(search.text)}`),
        ),
  )!

/** A page of the layers a principal sees: those of a map by their position, else by number, unless told otherwise. */
export async function listLayers(
  db: Database,
  principal: Principal,
  listing: LayerListing,
): Promise<ListPart<ListedLayer> & { isMapSeen: boolean }> {
  const { order, perPage, offset, withTotal, mapId } = listing
  const where = listed(principal, listing)
  const direction = order?.descending ? sql`desc nulls last` : sql`asc nulls first`
  const first = order ? [sql`${sortBy(order.attribute)} ${direction}`] : mapId ? [layers.position] : []
  const [data, [counted], seen] = await db.batch([
    selectLayers(db, principal, expansions(principal, listing))
      .where(where)
      .orderBy(...first, order?.descending ? sql`${layers.id} desc` : sql`${layers.id}`)
      .limit(perPage)
      .offset(offset),
    db
      .select({ total: sql<number>`count(*)::int` })
      .from(layers)
      .innerJoin(resources, sql`${resources.id} = ${layers.id}`)
      .leftJoin(users, sql`${users.id} = ${resources.ownerId}`)
      .where(withTotal ? where : sql`false`),
    db
      .select({ id: maps.id })
      .from(maps)
      .innerJoin(resources, sql`${resources.id} = ${maps.id}`)
      .where(mapId === null ? sql`false` : and(sql`${maps.id} = ${mapId}`, may(principal, 'view'))),
  ])
  return { data, total: counted!.total, isMapSeen: seen.length > 0 || data.length + counted!.total > 0 }
}

/** One layer with what is asked for besides; null where there is none, or the principal may see neither it nor its map. */
export async function findListedLayer(
  db: Database,
  principal: Principal,
  id: number,
  expansion: LayerExpansion,
): Promise<ListedLayer | null> {
  const [record] = await selectLayers(db, principal, expansions(principal, expansion)).where(
    and(sql`${layers.id} = ${id}`, mayLayer(principal, 'view')),
  )
  return record ?? null
}

/** Whether a layer is one of a map's, and the principal sees it or may put something into it. */
export async function isLayerOfMap(
  db: Database,
  principal: Principal,
  layerId: number,
  mapId: number,
): Promise<boolean> {
  const asked: Principal = principal.kind === 'system' ? principal : { ...principal, toInsert: true }
  const found = await db
    .select({ id: layers.id })
    .from(layers)
    .innerJoin(resources, sql`${resources.id} = ${layers.id}`)
    .where(and(sql`${layers.id} = ${layerId}`, sql`${layers.mapId} = ${mapId}`, mayLayer(asked, 'view')))
  return found.length > 0
}
