import { circleBox } from '../../geo/circle-box.ts'
import { WGS_84 } from '../../geo/crs/reference-system.ts'
import type { Filter } from '../../query/index.ts'
import type { DatasetColumn, DatasetSchema } from '../../store/datasets.ts'
import type { FeatureConditions } from '../../store/feature-conditions.ts'
import type { ItemGeometry } from '../../store/feature-items.ts'
import type { Nearness } from '../../store/feature-nearness.ts'
import { CREATED, FID, MODIFIED, OWNER } from '../../store/feature-table.ts'
import {
  type FeatureShape,
  type PageEnd,
  type PageResult,
  readFeaturePage,
  readOneFeature,
  type SortTerm,
} from '../../store/features.ts'
import type { Principal } from '../../store/principal.ts'
import type { Context } from '../context.ts'
import { NotFoundError, ValidationError } from '../errors.ts'
import { columnNamed } from './column-named.ts'
import { conditionsOn } from './feature-selection.ts'
import { tagOf } from './feature-tag.ts'
import { explained, featureNumber, UNSORTED } from './features.ts'
import { withSchema } from './known-schemas.ts'
import { isInDegrees } from './reference-systems.ts'

export { ITEM_GEOMETRIES, type ItemGeometry } from '../../store/feature-items.ts'

/** How items are given: JSON objects of what the platform keeps of a feature, its box, its geometry and its values. */
export interface ItemForm {
  /** EPSG code of boxes and geometries, one that can be computed. */
  srid: number
  geometry: ItemGeometry | null
  withData: boolean
  /** Told of each item. */
  layerId?: number | undefined
}

export interface ItemQuery extends ItemForm {
  /** Smallest x, y, greatest x, y in the system of the form; in degrees minx > maxx crosses longitude 180. */
  bounds?: readonly number[] | undefined
  /** No further from a place than so much. */
  near?: Nearness | undefined
  where?: Filter | undefined
  /** A column in whatever case, or one of `ITEM_ATTRIBUTES`. */
  order?: { name: string; descending: boolean } | null | undefined
  limit: number
  offset: number
  withTotal: boolean
}

export interface ItemPage {
  /** How many features are meant, on all pages; 0 unless asked for. */
  total: number
  /** The items of the page, JSON texts, as many at once as memory allows. */
  parts: AsyncIterable<string[]>
}

/** What items can be ordered by beside their values. */
export const ITEM_ATTRIBUTES: ReadonlyMap<string, DatasetColumn> = new Map(
  (
    [
      ['__id', FID, 'bigint'],
      ['__owner', OWNER, 'integer'],
      ['__created', CREATED, 'timestamp'],
      ['__modified', MODIFIED, 'timestamp'],
    ] as const
  ).map(([name, columnName, type]) => [name, { name, columnName, type, title: null, description: null }]),
)

/**
 * A page of features as items, whole whatever its size: its first part is there at once, the others come as they are taken.
 * @throws NotFoundError, FilterError, ValidationError (`bbox`, `crs`, `order_by`)
 */
export async function readFeatureItems(
  context: Context,
  principal: Principal,
  datasetId: number,
  query: ItemQuery,
): Promise<ItemPage> {
  const first = await readPart(context, principal, datasetId, query, null)
  return { total: first.matched, parts: partsFrom(context, principal, datasetId, query, first) }
}

async function* partsFrom(
  context: Context,
  principal: Principal,
  datasetId: number,
  query: ItemQuery,
  first: PageResult,
): AsyncGenerator<string[], void, void> {
  yield first.features
  let limit = query.limit - first.features.length
  for (let after = first.next; after && limit > 0; ) {
    const rest = { ...query, limit, offset: 0, withTotal: false }
    const part = await readPart(context, principal, datasetId, rest, after)
    yield part.features
    limit -= part.features.length
    after = part.next
  }
}

async function readPart(
  context: Context,
  principal: Principal,
  datasetId: number,
  query: ItemQuery,
  after: PageEnd | null,
): Promise<PageResult> {
  const { limit, offset, withTotal } = query
  const { result } = await withSchema(context, principal, datasetId, async (schema) => {
    const request = {
      ...shapeOf(schema, query),
      conditions: conditionsOf(schema, query),
      sortBy: query.order ? [sortTerm(schema, query.order)] : [],
      skipCount: !withTotal,
      ...{ after, limit, offset },
    }
    try {
      return await readFeaturePage(context.db, principal, datasetId, schema, request)
    } catch (error) {
      throw explained(error, schema, asFeatureQuery(query))
    }
  })
  return result
}

export interface ItemDocument {
  fid: number
  /** An entity tag without its quotes. */
  tag: string
  /** JSON text. */
  item: string
}

/** One feature as an item. @throws NotFoundError (the dataset, or the feature), ValidationError (`crs`) */
export async function readFeatureItem(
  context: Context,
  principal: Principal,
  datasetId: number,
  fid: string,
  form: ItemForm,
): Promise<ItemDocument> {
  const number = featureNumber(fid) ?? '0'
  const { dataset, result } = await withSchema(context, principal, datasetId, async (schema) => {
    try {
      return await readOneFeature(context.db, principal, datasetId, schema, number, shapeOf(schema, form))
    } catch (error) {
      throw explained(error, schema, { srid: form.srid })
    }
  })
  if (!result.found) throw new NotFoundError('Feature', fid)
  const { fid: id, revision, feature } = result.found
  return { fid: id, tag: tagOf(dataset, revision), item: feature }
}

function shapeOf({ columns }: DatasetSchema, form: ItemForm): FeatureShape {
  const { srid, geometry, withData, layerId } = form
  return {
    columns: withData ? columns : [],
    geometry: { to: srid, axisOrder: 'xy', isInDegrees: isInDegrees(srid) },
    item: { notation: geometry, names: withData ? itemNames(columns) : null, layerId },
  }
}

/** What columns are called in items: in small letters, where no other is called so. */
export function itemNames(columns: readonly Pick<DatasetColumn, 'name'>[]): string[] {
  const uses = new Map<string, number>()
  for (const { name } of columns) uses.set(name.toLowerCase(), (uses.get(name.toLowerCase()) ?? 0) + 1)
  return columns.map(({ name }) => (uses.get(name.toLowerCase()) === 1 ? name.toLowerCase() : name))
}

function conditionsOf(schema: DatasetSchema, query: ItemQuery): FeatureConditions {
  const { near, where } = query
  const { bbox } = asFeatureQuery(query)
  const conditions = conditionsOn(schema, { filter: where, bbox })
  if (!near) return conditions
  const around = circleBox(near.lon, near.lat, near.metres)
  const { boxes } = conditionsOn(schema, { bbox: { extent: around, srid: WGS_84 } })
  return { ...conditions, boxes, near }
}

const asFeatureQuery = ({ bounds, srid, where }: ItemQuery) => ({
  ...{ srid, filter: where },
  bbox: bounds && { extent: bounds, srid },
})

function sortTerm(
  { columns }: DatasetSchema,
  { name, descending }: NonNullable<ItemQuery['order']>,
): SortTerm {
  const column = columnNamed(columns, name) ?? ITEM_ATTRIBUTES.get(name)
  if (column && !UNSORTED.includes(column.type)) return { column, descending }
  const told = JSON.stringify(name.slice(0, 100))
  throw new ValidationError([{ attribute: 'order_by', message: `names what there is no order by: ${told}` }])
}
