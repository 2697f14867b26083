import type { DatasetColumn, DatasetRecord, DatasetSchema } from '../../store/datasets.ts'
import type { Principal } from '../../store/principal.ts'
import { type RowGeometry, readTextRows, type TextRow, type TextRowRequest } from '../../store/table-rows.ts'
import type { Context } from '../context.ts'
import { columnNamed } from '../datasets/column-named.ts'
import { deleteFeature, deleteFeatures, insertFeatures, updateFeature } from '../datasets/feature-changes.ts'
import { featureNumber } from '../datasets/features.ts'
import { withSchema } from '../datasets/known-schemas.ts'
import { NotFoundError, ValidationError } from '../errors.ts'
import { ownFirst } from './tables.ts'

export type { RowGeometry, TextRow } from '../../store/table-rows.ts'

/** What the number of a row is called among the columns. */
export const PRIMARY_KEY = 'ogc_fid'
/** What rows have beside the table's columns. */
export const SYSTEM_FIELDS = [PRIMARY_KEY, 'wkb_geometry', '__created', '__modified', '__owner'] as const

export interface RowQuery {
  geometry: RowGeometry
  /** Names of the columns that are wanted, those of `SYSTEM_FIELDS` among them; all of them for null. */
  fields: readonly string[] | null
  order: { name: string; descending: boolean } | null
  limit: number
  offset: number
}

export interface RowPage {
  dataset: DatasetRecord
  /** Those whose values the rows have. */
  columns: DatasetColumn[]
  rows: TextRow[]
}

/** A page of rows as text, by number unless told otherwise. @throws NotFoundError, ValidationError (`fields`, `order_by`) */
export function readRows(
  context: Context,
  principal: Principal,
  table: string,
  { fields, order, ...query }: RowQuery,
): Promise<RowPage> {
  return readPage(context, principal, table, (schema) => ({
    ...query,
    columns: fields ? columnsOf(schema, fields) : schema.columns,
    order: order && { column: sortColumn(schema, order.name), descending: order.descending },
  }))
}

/** One row as text. @throws NotFoundError, ValidationError (`fields`) */
export async function readRow(
  context: Context,
  principal: Principal,
  table: string,
  id: string,
  { fields, geometry }: Pick<RowQuery, 'fields' | 'geometry'>,
): Promise<RowPage> {
  const fid = featureNumber(id) ?? '0'
  const page = await readPage(context, principal, table, (schema) => ({
    columns: fields ? columnsOf(schema, fields) : schema.columns,
    ...{ geometry, fid, order: null, limit: 1, offset: 0 },
  }))
  if (page.rows.length === 0) throw new NotFoundError('Feature', id)
  return page
}

async function readPage(
  context: Context,
  principal: Principal,
  table: string,
  requestOf: (schema: DatasetSchema) => TextRowRequest,
): Promise<RowPage> {
  const asked = ownFirst(principal)
  let columns: readonly DatasetColumn[] = []
  const { dataset, result } = await withSchema(context, asked, table, (schema) => {
    const request = requestOf(schema)
    columns = request.columns
    return readTextRows(context.db, asked, table, schema, request)
  })
  return { dataset, columns: [...columns], rows: result }
}

const isSystemField = (name: string): boolean => SYSTEM_FIELDS.some((field) => field === name)

function columnsOf({ columns }: DatasetSchema, names: readonly string[]): DatasetColumn[] {
  const wanted = names.filter((name) => !isSystemField(name))
  return [...new Set(wanted.map((name) => columnOf('fields', columns, name)))]
}

/** Types whose values have an order that means something. */
const UNSORTED = ['json', 'binary']

/** Null for the primary key. */
function sortColumn({ columns }: DatasetSchema, name: string): DatasetColumn | null {
  if (name === PRIMARY_KEY) return null
  const column = columnOf('order_by', columns, name)
  if (UNSORTED.includes(column.type))
    throw new ValidationError([{ attribute: 'order_by', message: `cannot be by ${JSON.stringify(name)}` }])
  return column
}

function columnOf(attribute: string, columns: readonly DatasetColumn[], name: string): DatasetColumn {
  const column = columnNamed(columns, name)
  if (column) return column
  const told = JSON.stringify(name.slice(0, 100))
  throw new ValidationError([{ attribute, message: `names a column that is not there: ${told}` }])
}

/** A row as it comes in. */
export interface RowInput {
  /** Values by the names of columns, as they are or as text. */
  data?: unknown
  /** Well-known text in the table's system or the one it names, or GeoJSON; null for none. */
  geometry?: unknown
}

/** Adds a row (right `insert`) and gives its number. @throws as `insertFeatures` */
export async function addRow(
  context: Context,
  principal: Principal,
  table: string,
  { data, geometry }: RowInput,
): Promise<number> {
  const asked = { ...ownFirst(principal), toInsert: true }
  const row = { properties: data, geometry }
  const { features } = await insertFeatures(context, asked, table, [row], { isText: true })
  return features[0]!.fid
}

/** Changes what is named of a row (right `update`). @throws as `updateFeature` */
export async function changeRow(
  context: Context,
  principal: Principal,
  table: string,
  id: string,
  { data, geometry }: RowInput,
): Promise<void> {
  await updateFeature(
    context,
    ownFirst(principal),
    table,
    id,
    { properties: data, geometry },
    { isText: true },
  )
}

/** Deletes a row (right `delete_rows`). @throws as `deleteFeature` */
export async function removeRow(
  context: Context,
  principal: Principal,
  table: string,
  id: string,
): Promise<void> {
  await deleteFeature(context, ownFirst(principal), table, id)
}

/** Deletes all rows of a table, which stays (right `delete_rows`). @throws as `deleteFeatures` */
export async function removeRows(context: Context, principal: Principal, table: string): Promise<void> {
  await deleteFeatures(context, ownFirst(principal), table, {})
}
