import { type SQL, sql } from 'drizzle-orm'
import type { Database } from './database.ts'
import { COLUMN_TYPES, type DatasetColumn } from './dataset-types.ts'
import {
  type DatasetRecord,
  type DatasetReference,
  type DatasetSchema,
  datasetQuery,
  recordOfJson,
} from './datasets.ts'
import { conditionsOf, type FeatureConditions } from './feature-conditions.ts'
import { type ItemForm, itemJson } from './feature-items.ts'
import { featureJson, type GeometryForm, geometryJson } from './feature-json.ts'
import { rowsQuery, valueName } from './feature-rows.ts'
import { FID, featureTable, propertyColumn } from './feature-table.ts'
import type { Principal } from './principal.ts'

/** Bytes of GeoJSON after which a page ends, though there is more. */
export const PAGE_MAX_BYTES = 8 * 1024 * 1024
/** The same for bytes as they are stored: geometries take two to four times as much as text. */
const PAGE_MAX_STORED_BYTES = 4 * 1024 * 1024

export interface SortTerm {
  column: DatasetColumn
  descending: boolean
}

/** How features are given. */
export interface FeatureShape {
  columns: readonly DatasetColumn[]
  /** Null leaves geometries out. */
  geometry: Pick<GeometryForm, 'to' | 'isInDegrees' | 'axisOrder'> | null
  /** Items in the place of GeoJSON features. */
  item?: ItemForm | undefined
}

/** Where a page ends: the values it was sorted by, as text, and the number of its last feature. */
export interface PageEnd {
  keys: (string | null)[]
  fid: string
}

export interface PageRequest extends FeatureShape {
  conditions: FeatureConditions
  sortBy: readonly SortTerm[]
  after: PageEnd | null
  limit: number
  offset: number
  /** What is meant is not counted; `matched` is 0 then. */
  skipCount?: boolean | undefined
}

/** What came of a statement over the features of a dataset whose columns are known from before. */
export interface Read<Result> {
  /** The dataset as it is now. */
  dataset: DatasetRecord
  /** Null where the columns are not those the statement was made of, so that nothing was done. */
  result: Result | null
}

export interface PageResult {
  matched: number
  features: string[]
  next: PageEnd | null
}

/** Whether the dataset that was found is the one the statement is made for, with the same columns. */
const isCurrent = ({ id, schemaVersion }: DatasetSchema): SQL =>
  sql`(select id = ${id} and schema_version = ${schemaVersion} from dataset)`

/**
 * A page of features with the number of all that are meant, in one statement; in another where that turns out to be
 * too large a page. Without order they come by number.
 * @param schema of the dataset as it was
 * @returns null where the reference means nothing to the principal
 */
export async function readFeaturePage(
  db: Database,
  principal: Principal,
  reference: DatasetReference,
  schema: DatasetSchema,
  request: PageRequest,
): Promise<Read<PageResult> | null> {
  const { columns, sortBy, after, limit, offset } = request
  const where = conditionsOf(schema, request.conditions)
  const keys = sortBy.map(({ column }) => sql`t.${propertyColumn(column)}`)
  const fid = sql`t.${sql.identifier(FID)}`
  const geometry = schema.geometryType && request.geometry
  const beyond = after ? isAfter(sortBy, keys, fid, after) : undefined
  const rows = rowsQuery(schema, {
    isWanted: isCurrent(schema),
    where: where && beyond ? sql`${where} and ${beyond}` : (where ?? beyond),
    order: [
      ...keys.map((key, i) => sql`${key} ${sql.raw(sortBy[i]!.descending ? 'desc' : 'asc')} nulls last`),
      fid,
    ],
    withGeometry: geometry !== null,
    more: keys.map((key, i) => sql`${key}::text as ${keyName(i)}`),
    maxBytes: PAGE_MAX_STORED_BYTES,
    ...{ columns, limit, offset },
  })
  const end = sql`json_build_array(${sql.join([sql`fid::text`, ...keys.map((_, i) => keyName(i))], sql`, `)})::text`
  const counted = request.skipCount
    ? sql`0`
    : where
      ? sql`case when ${isCurrent(schema)} then coalesce(
        ${offset === 0 && !after ? sql`(select count(*) from page having not bool_or(is_next))` : sql`null`},
        (select count(*) from ${featureTable(schema.id)} t where ${where})) end`
      : sql`feature_count`
  const statement = sql`
    with dataset as materialized (${datasetQuery(principal, reference)}),
    page as materialized (${rows}),
    made as materialized (
      select string_agg(${featureText(schema, request)}, ${LINE_END}) as features, count(*)::int as count
      from (select * from page order by place) page)
    select record::text as record, (${counted})::text as matched, made.count, octet_length(features) as bytes,
      case when made.count <= 1 or octet_length(features) <= ${PAGE_MAX_BYTES} then features end as features,
      (select ${end} from page where is_next and place = made.count) as page_end
    from dataset, made`
  const { rows: found } = await db.execute<PageRow>(statement)
  const [row] = found
  if (!row) return null
  const dataset = recordOfJson(JSON.parse(row.record))
  if (dataset.id !== schema.id || dataset.schemaVersion !== schema.schemaVersion)
    return { dataset, result: null }
  if (row.features === null && row.count > 0) {
    const fitting = Math.floor((row.count * PAGE_MAX_BYTES) / row.bytes!)
    const shorter = Math.max(1, Math.min(fitting, row.count - 1))
    return readFeaturePage(db, principal, reference, schema, { ...request, limit: shorter })
  }
  const [last, ...lastKeys] = row.page_end ? (JSON.parse(row.page_end) as [string, ...(string | null)[]]) : []
  return {
    dataset,
    result: {
      matched: Number(row.matched),
      features: row.features?.split(LINE_END) ?? [],
      next: last === undefined ? null : { fid: last, keys: lastKeys },
    },
  }
}

/** JSON has none but between its tokens, and the texts of features none at all. A page comes quicker as one text. */
const LINE_END = '\n'

/**
 * All of a page: the dataset, how many features are meant, the page's, one a line (null where they are too many bytes), and
 * where it ends if more follow.
 */
type PageRow = {
  record: string
  matched: string
  count: number
  bytes: number | null
  features: string | null
  page_end: string | null
}

const keyName = (index: number): SQL => sql`${sql.identifier(`k${index + 1}`)}`

/** The text of a row of `rowsQuery`, GeoJSON unless told otherwise. */
function featureText(schema: DatasetSchema, { columns, geometry, item }: FeatureShape): SQL {
  if (item) return itemJson(schema, { columns, geometry, item })
  const shape =
    schema.geometryType && geometry
      ? geometryJson(sql`geom`, { type: schema.geometryType, from: schema.srid, ...geometry })
      : null
  return featureJson(sql`fid`, shape, columns, valueName)
}

/** Whether a row comes after the end of a page. Rows without a value come last, whatever the direction. */
function isAfter(sortBy: readonly SortTerm[], keys: readonly SQL[], fid: SQL, end: PageEnd): SQL {
  let later = sql`${fid} > ${end.fid}::bigint`
  for (let i = sortBy.length - 1; i >= 0; i--) {
    const { column, descending } = sortBy[i]!
    const key = keys[i]!
    const value = end.keys[i] ?? null
    const bound = sql`${value}::${sql.raw(COLUMN_TYPES[column.type])}`
    later =
      value === null
        ? sql`(${key} is null and ${later})`
        : sql`(${key} ${sql.raw(descending ? '<' : '>')} ${bound} or ${key} is null or (${key} = ${bound} and ${later}))`
  }
  return later
}

export interface FeatureResult {
  fid: number
  revision: number
  ownerId: number | null
  createdAt: Date
  modifiedAt: Date
  feature: string
}

/**
 * One feature as GeoJSON.
 * @returns null where the reference means nothing to the principal; `result.found` is null where there is no such feature
 */
export async function readOneFeature(
  db: Database,
  principal: Principal,
  reference: DatasetReference,
  schema: DatasetSchema,
  fid: string,
  shape: FeatureShape,
): Promise<Read<{ found: FeatureResult | null }> | null> {
  const rows = rowsQuery(schema, {
    isWanted: isCurrent(schema),
    where: sql`t.${sql.identifier(FID)} = ${fid}::bigint`,
    order: [sql`t.${sql.identifier(FID)}`],
    columns: shape.columns,
    withGeometry: schema.geometryType !== null && shape.geometry !== null,
    limit: 1,
    maxBytes: PAGE_MAX_STORED_BYTES,
  })
  const { rows: found } = await db.execute<{
    record: unknown
    made: FeatureJsonRow | null
    feature: string
  }>(sql`
    with dataset as materialized (${datasetQuery(principal, reference)}),
    page as materialized (${rows})
    select record, made.* from dataset left join (
      select jsonb_build_object('fid', fid, 'revision', revision, 'ownerId', owner, 'createdAt', created,
        'modifiedAt', modified) as made, ${featureText(schema, shape)} as feature from page) made on true`)
  const [row] = found
  if (!row) return null
  const dataset = recordOfJson(row.record)
  if (dataset.id !== schema.id || dataset.schemaVersion !== schema.schemaVersion)
    return { dataset, result: null }
  const { made, feature } = row
  return {
    dataset,
    result: {
      found: made && {
        ...made,
        ...{ createdAt: new Date(made.createdAt), modifiedAt: new Date(made.modifiedAt), feature },
      },
    },
  }
}

type FeatureJsonRow = Omit<FeatureResult, 'createdAt' | 'modifiedAt' | 'feature'> &
  Record<'createdAt' | 'modifiedAt', string>
