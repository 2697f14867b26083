import { and, eq, inArray, type SQL, sql } from 'drizzle-orm'
import { WGS_84 } from '../geo/crs/reference-system.ts'
import type { Database } from './database.ts'
import type { DatasetColumn } from './dataset-types.ts'
import { type DatasetSchema, schemaSelection } from './datasets.ts'
import { FID, featureTable, GEOMETRY, propertyColumn } from './feature-table.ts'
import { PAGE_MAX_BYTES, type SortTerm } from './features.ts'
import { may, mayLayer } from './permissions.ts'
import type { Principal } from './principal.ts'
import { datasets, layers, resources } from './schema.ts'
import { containsText } from './search-text.ts'

/** Features of a layer that a search finds at most: the first in its order. */
export const SEARCH_FOUND_MAX = 10_000
/** How long the database may search. */
export const SEARCH_MAX_MS = 10_000

/** What is known of a layer's data from before; nothing of it is told to anybody before a statement has seen to rights. */
export interface SearchableLayer {
  layerId: number
  schema: DatasetSchema
  featureCount: number
  /** Names of the columns that have an index for searching. */
  indexed: string[]
}

/** The data of those layers that show a dataset of features and that the principal sees. */
export async function findSearchableLayers(
  db: Database,
  principal: Principal,
  layerIds: readonly number[],
): Promise<SearchableLayer[]> {
  const found = await db
    .select({
      ...schemaSelection,
      layerId: layers.id,
      featureCount: datasets.featureCount,
      indexed: sql<string[]>`(select coalesce(jsonb_agg(c.name), '[]') from dataset_columns c
        where c.dataset_id = ${datasets.id} and c.is_search_indexed)`,
    })
    .from(layers)
    .innerJoin(resources, eq(resources.id, layers.id))
    .innerJoin(datasets, eq(datasets.id, layers.dataId))
    .where(
      and(
        ...[inArray(layers.id, [...layerIds]), eq(datasets.form, 'vector'), eq(datasets.status, 'ready')],
        mayLayer(principal, 'view'),
        sql`(${sql.join(
          layerIds.map((id) => sql`(${layers.id} = ${id} and ${maySeeData(principal, id)})`),
          sql` or `,
        )})`,
      ),
    )
  return found.map(({ layerId, featureCount, indexed, ...schema }) => ({
    ...{ layerId, featureCount, indexed, schema },
  }))
}

/** Whether the principal may see what the row of `layers` shows. */
const maySeeData = (principal: Principal, layerId: number): SQL =>
  sql`exists (select 1 from ${resources}
    where ${resources.id} = ${layers.dataId} and ${may(throughLayer(principal, layerId), 'view')})`

const throughLayer = (principal: Principal, layerId: number): Principal =>
  principal.kind === 'system' ? principal : { ...principal, through: layerId }

/** What is searched of a layer. */
export interface LayerSearch {
  layer: SearchableLayer
  /** In which is searched, and whose values are told. */
  columns: readonly DatasetColumn[]
  /** Every one of these is to be found, each in any of the columns. */
  texts: readonly string[]
  sortBy: readonly SortTerm[]
  /** x and y of the place in the system of the dataset; null where it is not defined there. */
  nearNative: readonly [number, number] | null
}

export interface SearchRequest {
  searches: readonly LayerSearch[]
  /** Special letters are taken for plain ones. */
  isPlain: boolean
  /** Longitude and latitude of the place whose distance is told, and by which is sorted where no layer has an order. */
  near: readonly [number, number] | null
  limit: number
  offset: number
}

export interface FoundFeature {
  layerId: number
  fid: number
  data: Record<string, unknown>
  /** Longitude and latitude of a place on it; null without geometry. */
  place: [number, number] | null
  /** Metres from the place that was named; null without one. */
  distance: number | null
}

export interface SearchResult {
  /** Layers whose data is not what was thought, or is not for the principal. */
  unknown: number[]
  found: FoundFeature[]
  /** Of each layer, `SEARCH_FOUND_MAX` at most. */
  total: number
}

/** Searches layers in one statement. Nothing is found in a layer that is `unknown`. */
export async function searchFeatures(
  db: Database,
  principal: Principal,
  { searches, isPlain, near, limit, offset }: SearchRequest,
): Promise<SearchResult> {
  const here =
    near && sql`ST_SetSRID(ST_MakePoint(${near[0]}::float8, ${near[1]}::float8), ${WGS_84}::int)::geography`
  const isLayered = searches.some(({ sortBy }) => sortBy.length > 0)
  const isByNearness = here !== null && !isLayered
  const known = searches.map(({ layer }, i) => sql`${holds(principal, layer)} as ${at('known', i)}`)
  const candidates = searches.map((search, i) => candidatesOf(search, i, { isPlain, here }))
  const all = sql.join(
    searches.map(
      (_, i) => sql`select ${sql.raw(String(i))} as layer, fid, distance, rank from ${at('found', i)}`,
    ),
    sql` union all `,
  )
  const order = isByNearness ? sql`distance nulls last, layer, fid` : sql`layer, rank`
  const told = sql.join(
    searches.map((search, i) => toldOf(search, i, here)),
    sql` union all `,
  )
  const [, { rows }] = await db.batch([
    db.execute(sql`select set_config('statement_timeout', ${String(SEARCH_MAX_MS)}, true)`),
    db.execute<SearchRow>(sql`
      with state as materialized (select ${sql.join(known, sql`, `)}),
      ${sql.join(candidates, sql`, `)},
      page as materialized (
        select *, row_number() over (order by ${order}) as place from (${all}) everything
        order by ${order} limit ${limit} offset ${offset}),
      told as (select *, sum(octet_length(data::text)) over (order by place) as bytes from (${told}) features)
      select ${unknownOf(searches)} as unknown,
        (select json_agg(json_build_object('layerId', layer_id, 'fid', fid, 'data', data, 'distance', distance,
          'place', case when x is not null then json_build_array(x, y) end) order by place)
          from told where bytes <= ${PAGE_MAX_BYTES} or place = ${offset + 1}) as found,
        (select count(*)::int from (${all}) everything) as total
      from state`),
  ])
  const { unknown, found, total } = rows[0]!
  return { unknown, found: found ?? [], total }
}

type SearchRow = { unknown: number[]; found: FoundFeature[] | null; total: number }

const at = (name: string, index: number): SQL => sql`${sql.identifier(`${name}_${index}`)}`

/** Whether the layer still shows this dataset with these columns, and both are for the principal. */
function holds(principal: Principal, { layerId, schema }: SearchableLayer): SQL {
  return sql`(exists (select 1 from ${layers} join ${resources} on ${resources.id} = ${layers.id}
      where ${layers.id} = ${layerId} and ${layers.dataId} = ${schema.id} and ${mayLayer(principal, 'view')})
    and exists (select 1 from ${datasets} join ${resources} on ${resources.id} = ${datasets.id}
      where ${datasets.id} = ${schema.id} and ${datasets.status} = 'ready'
        and ${datasets.schemaVersion} = ${schema.schemaVersion} and ${may(throughLayer(principal, layerId), 'view')}))`
}

const unknownOf = (searches: readonly LayerSearch[]): SQL =>
  sql`array_to_json(array_remove(array[${sql.join(
    searches.map(({ layer }, i) => sql`case when not ${at('known', i)} then ${layer.layerId}::int end`),
    sql`, `,
  )}], null))`

/** The features of a layer that are found, the first `SEARCH_FOUND_MAX`, with their ranks and, where it counts, distances. */
function candidatesOf(
  { layer, columns, texts, sortBy, nearNative }: LayerSearch,
  index: number,
  { isPlain, here }: { isPlain: boolean; here: SQL | null },
): SQL {
  const { schema } = layer
  const [fid, geometry] = [sql`t.${sql.identifier(FID)}`, sql`t.${sql.identifier(GEOMETRY)}`]
  const conditions = texts.map(
    (text) =>
      sql`(${sql.join(
        columns.map((column) => containsText(column, text, isPlain)),
        sql` or `,
      )})`,
  )
  const keys = sortBy.map(({ column, descending }, i) => ({
    value: sql`t.${propertyColumn(column)}`,
    name: at('key', i),
    direction: sql.raw(`${descending ? 'desc' : 'asc'} nulls last`),
  }))
  const isMeasured = here !== null && schema.geometryType !== null && sortBy.length === 0
  const nearest = isMeasured && nearNative ? [sql`${geometry} <-> ${pointIn(nearNative, schema.srid)}`] : []
  const first = [...keys.map(({ value, direction }) => sql`${value} ${direction}`), ...nearest, fid]
  const ranked = [
    ...keys.map(({ name, direction }) => sql`${name} ${direction}`),
    ...(isMeasured ? [sql`distance nulls last`] : []),
    sql`fid`,
  ]
  const members = [
    sql`${fid} as fid`,
    ...keys.map(({ value, name }) => sql`${value} as ${name}`),
    ...(isMeasured ? [sql`${geometry} as geom`] : []),
  ]
  return sql`${at('found', index)} as materialized (
    select fid, distance, row_number() over (order by ${sql.join(ranked, sql`, `)}) as rank from (
      select *, ${isMeasured ? metres(sql`geom`, schema, here) : sql`null::float8`} as distance from (
        select ${sql.join(members, sql`, `)} from ${featureTable(schema.id)} t
        where (select ${at('known', index)} from state) and ${sql.join(conditions, sql` and `)}
        order by ${sql.join(first, sql`, `)} limit ${SEARCH_FOUND_MAX}) matching) measured)`
}

const pointIn = ([x, y]: readonly [number, number], srid: number): SQL =>
  sql`ST_SetSRID(ST_MakePoint(${x}::float8, ${y}::float8), ${srid}::int)`

const inDegrees = (geometry: SQL, { srid }: DatasetSchema): SQL =>
  srid === WGS_84 ? geometry : sql`ST_Transform(${geometry}, ${WGS_84}::int)`

const metres = (geometry: SQL, schema: DatasetSchema, here: SQL): SQL =>
  sql`ST_Distance(${inDegrees(geometry, schema)}::geography, ${here})`

/** What is told of the features of a layer that are on the page. */
function toldOf({ layer, columns }: LayerSearch, index: number, here: SQL | null): SQL {
  const { schema, layerId } = layer
  const geometry = sql`t.${sql.identifier(GEOMETRY)}`
  const isPlaced = schema.geometryType !== null
  const spot = inDegrees(sql`ST_PointOnSurface(${geometry})`, schema)
  const values = columns.flatMap((column) => [sql`${column.name}::text`, sql`t.${propertyColumn(column)}`])
  return sql`select page.place, ${layerId}::int as layer_id, page.fid,
      json_build_object(${sql.join(values, sql`, `)}) as data,
      ${isPlaced ? sql`ST_X(${spot})` : sql`null::float8`} as x, ${isPlaced ? sql`ST_Y(${spot})` : sql`null::float8`} as y,
      ${isPlaced && here ? metres(geometry, schema, here) : sql`null::float8`} as distance
    from page join ${featureTable(schema.id)} t on page.layer = ${sql.raw(String(index))} and t.${sql.identifier(FID)} = page.fid`
}
