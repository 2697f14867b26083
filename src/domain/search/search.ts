import { INTERNAL_ERROR, postgresError } from '../../store/database.ts'
import type { DatasetColumn } from '../../store/datasets.ts'
import {
  type FoundFeature,
  findSearchableLayers,
  type LayerSearch,
  SEARCH_FOUND_MAX,
  type SearchableLayer,
  searchFeatures,
} from '../../store/feature-search.ts'
import type { Principal } from '../../store/principal.ts'
import { isSearchable } from '../../store/search-text.ts'
import type { Context } from '../context.ts'
import { columnNamed } from '../datasets/column-named.ts'
import { knownSystem, requireSystem } from '../datasets/reference-systems.ts'
import { NotFoundError, SearchUnfinishedError, ValidationError } from '../errors.ts'
import { indexSearched } from './index-searched.ts'

/** Layers, and columns of each, that are searched at once. */
export const SEARCH_LAYERS_MAX = 20
export const SEARCH_COLUMNS_MAX = 45
export const SEARCH_QUERY_MAX_CHARACTERS = 200
const WORDS_MAX = 10
const SORT_TERMS_MAX = 16

/** What is to be searched of a layer. */
export interface LayerQuery {
  layerId: number
  /** None for all columns of texts and numbers. */
  columns: readonly string[]
  sort: readonly { name: string; descending: boolean }[]
  /** Each word of the query may be in another column, as the parts of an address are. */
  isOfWords?: boolean | undefined
}

export interface SearchQuery {
  /** What the features contain, whatever the case. */
  text: string
  layers: readonly LayerQuery[]
  /** A place, in `srid`: its distance is told, and the nearest come first where no layer has an order of its own. */
  near: readonly [x: number, y: number] | null
  /** EPSG code of the places that come in and go out. */
  srid: number
  /** å, ä are found by a, and so on. */
  isPlain: boolean
  limit: number
  offset: number
}

export interface SearchAnswer {
  /** Of each layer, `SEARCH_FOUND_MAX` at most. */
  total: number
  /** Their places in the system that was asked for. */
  features: FoundFeature[]
  /** The columns that were searched, by layer. */
  columns: ReadonlyMap<number, readonly DatasetColumn[]>
}

/** Layers as they were last seen. */
const known = new Map<number, SearchableLayer>()
const KNOWN_MAX = 500

/**
 * Finds features of several layers that contain a text. They come layer by layer, by number or in the layer's own order;
 * by distance over all layers where a place is named and no layer has an order.
 * @throws NotFoundError for a layer that is not seen or shows no features, ValidationError (`query`, `fields`, `x`, `srid`,
 * `page`), SearchUnfinishedError where it takes too long
 */
export async function search(
  context: Context,
  principal: Principal,
  query: SearchQuery,
): Promise<SearchAnswer> {
  checkQuery(query)
  const { srid, near, isPlain, limit, offset } = query
  const system = requireSystem('srid', srid)
  const degrees = near && degreesOf(near, srid)
  const ids = query.layers.map(({ layerId }) => layerId)
  for (let attempt = 0; ; attempt++) {
    const { layers, areOld } = await knownLayers(context, principal, ids, attempt > 0)
    let searches: LayerSearch[]
    try {
      searches = query.layers.map((layer, i) => searchOf(layers[i]!, layer, query.text, degrees))
    } catch (error) {
      // What is said of columns is said to whom it may concern, and of the columns of now.
      if (!areOld || !(error instanceof ValidationError)) throw error
      continue
    }
    const answered = searchFeatures(context.db, principal, {
      searches,
      isPlain,
      limit,
      offset,
      near: degrees,
    })
    try {
      const { unknown, found, total } = await answered
      if (unknown.length > 0) {
        if (!areOld) throw new NotFoundError('Layer', unknown[0]!)
        continue
      }
      await indexSearched(context, searches)
      const columns = new Map(searches.map(({ layer, columns }) => [layer.layerId, columns]))
      return { total, columns, features: found.map((feature) => placedIn(feature, system)) }
    } catch (error) {
      const code = postgresError(error)?.code
      if (code === QUERY_CANCELED) {
        await indexSearched(context, searches)
        throw new SearchUnfinishedError()
      }
      if (code === INTERNAL_ERROR && !areOld)
        throw new ValidationError([
          { attribute: 'fields', message: 'names a layer with geometries that have no place in degrees' },
        ])
      // The columns are not there any more.
      if (!areOld || (code !== INTERNAL_ERROR && !code?.startsWith('42'))) throw error
    }
  }
}

/** SQLSTATE of a statement that took too long. */
const QUERY_CANCELED = '57014'

function checkQuery({ text, layers, offset, limit }: SearchQuery): void {
  const fault = (attribute: string, message: string) => new ValidationError([{ attribute, message }])
  if (text.trim() === '') throw fault('query', 'must be given')
  if (text.length > SEARCH_QUERY_MAX_CHARACTERS)
    throw fault('query', `is longer than ${SEARCH_QUERY_MAX_CHARACTERS} characters`)
  if (layers.length === 0) throw fault('fields', 'must name a layer')
  if (layers.length > SEARCH_LAYERS_MAX) throw fault('fields', `names more than ${SEARCH_LAYERS_MAX} layers`)
  const ids = layers.map(({ layerId }) => layerId)
  const twice = ids.find((id, i) => ids.indexOf(id) !== i)
  if (twice !== undefined) throw fault('fields', `names layer ${twice} twice`)
  if (offset + limit > SEARCH_FOUND_MAX * layers.length)
    throw fault('page', `is beyond what a search finds: ${SEARCH_FOUND_MAX} features of a layer`)
}

/** @throws ValidationError */
function degreesOf([x, y]: readonly [number, number], srid: number): [number, number] {
  const place = new Float64Array(2)
  requireSystem('srid', srid).inverse(x, y, place)
  const [lon, lat] = place as unknown as [number, number]
  if (Number.isFinite(lon) && Math.abs(lat) <= 90 && Math.abs(lon) <= 360) return [lon, lat]
  throw new ValidationError([{ attribute: 'x', message: `and y are no place in EPSG:${srid}` }])
}

/** Layers in the order of their numbers, as they are or as they were seen before. @throws NotFoundError */
async function knownLayers(
  context: Context,
  principal: Principal,
  ids: readonly number[],
  isAnew: boolean,
): Promise<{ layers: SearchableLayer[]; areOld: boolean }> {
  const areOld = !isAnew && ids.every((id) => known.has(id))
  if (!areOld) {
    for (const id of ids) known.delete(id)
    for (const layer of await findSearchableLayers(context.db, principal, ids)) {
      if (known.size >= KNOWN_MAX) known.delete(known.keys().next().value!)
      known.set(layer.layerId, layer)
    }
  }
  const layers = ids.map((id) => {
    const layer = known.get(id)
    if (!layer) throw new NotFoundError('Layer', id)
    return layer
  })
  return { layers, areOld }
}

function searchOf(
  layer: SearchableLayer,
  { columns, sort, isOfWords }: LayerQuery,
  text: string,
  near: readonly [number, number] | null,
): LayerSearch {
  const { schema, layerId } = layer
  const searched = columns.length > 0 ? columns.map((name) => columnOf(layer, name)) : defaultColumns(layer)
  const unsearchable = searched.find(({ type }) => !isSearchable(type))
  if (unsearchable) throw fieldsFault(layerId, `${JSON.stringify(unsearchable.name)} cannot be searched`)
  if (searched.length === 0) throw fieldsFault(layerId, 'has no columns of texts or numbers')
  if (searched.length > SEARCH_COLUMNS_MAX)
    throw fieldsFault(layerId, `has more than ${SEARCH_COLUMNS_MAX} columns`)
  if (sort.length > SORT_TERMS_MAX) throw fieldsFault(layerId, `is sorted by more than ${SORT_TERMS_MAX}`)
  const words = text.split(/[\s,;]+/).filter((word) => word !== '')
  return {
    layer,
    columns: [...new Set(searched)],
    texts: isOfWords && words.length > 0 ? words.slice(0, WORDS_MAX) : [text.trim()],
    sortBy: sort.map(({ name, descending }) => ({ column: sortColumn(layer, name), descending })),
    nearNative: near && nativeOf(near, schema.srid),
  }
}

const defaultColumns = ({ schema }: SearchableLayer): DatasetColumn[] =>
  schema.columns
    .filter(({ type }) => ['text', 'integer', 'bigint', 'double'].includes(type))
    .slice(0, SEARCH_COLUMNS_MAX)

function columnOf({ schema, layerId }: SearchableLayer, name: string): DatasetColumn {
  const column = columnNamed(schema.columns, name)
  if (column) return column
  throw fieldsFault(layerId, `has no column ${JSON.stringify(name.slice(0, 100))}`)
}

function sortColumn(layer: SearchableLayer, name: string): DatasetColumn {
  const column = columnOf(layer, name)
  if (column.type !== 'json' && column.type !== 'binary') return column
  throw fieldsFault(layer.layerId, `cannot be sorted by ${JSON.stringify(name.slice(0, 100))}`)
}

const fieldsFault = (layerId: number, message: string): ValidationError =>
  new ValidationError([{ attribute: 'fields', message: `of layer ${layerId}: ${message}` }])

/** A place in the system of a dataset; null where that has no coordinates for it. */
function nativeOf([lon, lat]: readonly [number, number], srid: number): [number, number] | null {
  const place = new Float64Array(2)
  knownSystem(srid)?.forward(lon, lat, place)
  const [x, y] = place as unknown as [number, number]
  return knownSystem(srid) && Number.isFinite(x) && Number.isFinite(y) ? [x, y] : null
}

function placedIn(feature: FoundFeature, system: NonNullable<ReturnType<typeof knownSystem>>): FoundFeature {
  if (!feature.place) return feature
  const place = new Float64Array(2)
  system.forward(feature.place[0], feature.place[1], place)
  const [x, y] = place as unknown as [number, number]
  return { ...feature, place: Number.isFinite(x) && Number.isFinite(y) ? [x, y] : null }
}
