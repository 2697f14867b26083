import { and, asc, eq, or, type SQL, sql } from 'drizzle-orm'
import type { Bbox } from '../geo/bbox.ts'
import { actor } from './activity.ts'
import { type Database, postgresError } from './database.ts'
import type { ColumnType, DatasetColumn, DatasetForm, Dimensions, GeometryType } from './dataset-types.ts'
import { columnNamesFor, createFeatureTable, dropFeatureTable, indexFeatureTable } from './feature-table.ts'
import { isPublic, may, rightsOf, type Verb } from './permissions.ts'
import type { Principal, SystemPrincipal } from './principal.ts'
import { datasetColumns, datasets, grants, resources } from './schema.ts'

export type { DatasetColumn } from './dataset-types.ts'

const RIGHTS = [
  'extract',
  'insert',
  'update',
  'delete_rows',
  'style',
  'edit',
  'publish',
  'share',
  'own',
] as const satisfies Verb[]

/** What a principal may do to a dataset beside seeing it. */
export type DatasetRights = Record<(typeof RIGHTS)[number], boolean>

export interface DatasetRecord {
  id: number
  uuid: string
  /** What addresses name it by, where no other visible dataset has the same. */
  name: string
  isNameUnique: boolean
  title: string
  abstract: string | null
  tags: string[]
  ownerId: number | null
  form: DatasetForm
  geometryType: GeometryType | null
  dimensions: Dimensions
  srid: number
  columns: DatasetColumn[]
  featureCount: number
  /** West, south, east, north in degrees; null while there is nothing. */
  extent: Bbox | null
  /** Smallest x, y, greatest x, y in the dataset's own system, easting first. */
  nativeExtent: number[] | null
  /** Moves with every change of the dataset or its features. */
  version: number
  /** Moves when columns do. */
  schemaVersion: number
  createdAt: Date
  modifiedAt: Date
  archive: { key: string; version: number; byteSize: number } | null
  isPublic: boolean
  rights: DatasetRights
}

/** What statements over the features of a dataset are made of. */
export type DatasetSchema = Pick<
  DatasetRecord,
  'id' | 'schemaVersion' | 'columns' | 'geometryType' | 'dimensions' | 'srid'
>

/** A dataset by its number or its name. */
export type DatasetReference = number | string

/** Whether a row of datasets and resources exists for the principal. */
const visible = (principal: Principal): SQL =>
  and(eq(datasets.status, 'ready'), eq(resources.kind, 'dataset'), may(principal, 'view'))!

const isNameUnique = (principal: Principal): SQL<boolean> => sql<boolean>`not exists (
  select 1 from datasets other
  where other.name = ${datasets.name} and other.id <> ${datasets.id} and other.status = 'ready'
    and exists (select 1 from ${resources} where ${resources.id} = other.id and ${may(withoutLayer(principal), 'view')}))`

/** A layer shows one dataset, so that it does not matter to how others are seen. */
const withoutLayer = (principal: Principal): Principal => {
  if (principal.kind === 'system') return principal
  const { through: _layer, ...itself } = principal
  return itself
}

export const schemaSelection = {
  id: datasets.id,
  schemaVersion: datasets.schemaVersion,
  geometryType: datasets.geometryType,
  dimensions: datasets.dimensions,
  srid: datasets.srid,
  columns: sql<DatasetColumn[]>`(
    select coalesce(jsonb_agg(jsonb_build_object('name', c.name, 'columnName', c.column_name, 'type', c.type,
      'title', c.title, 'description', c.description) order by c.position), '[]')
    from dataset_columns c where c.dataset_id = ${datasets.id})`,
}

/** What the jobs that fill datasets know of them. */
export const selectUnfinished = (db: Database) => db.select(schemaSelection).from(datasets).$dynamic()

const selection = (principal: Principal) => ({
  ...schemaSelection,
  uuid: resources.uuid,
  name: datasets.name,
  isNameUnique: isNameUnique(principal),
  title: resources.title,
  abstract: resources.abstract,
  tags: resources.tags,
  ownerId: resources.ownerId,
  form: datasets.form,
  featureCount: datasets.featureCount,
  extent: sql<Bbox | null>`case when ${resources.extent} is null then null else jsonb_build_array(
    ST_XMin(${resources.extent}), ST_YMin(${resources.extent}), ST_XMax(${resources.extent}), ST_YMax(${resources.extent})) end`,
  nativeExtent: datasets.nativeExtent,
  version: resources.version,
  createdAt: resources.createdAt,
  modifiedAt: resources.modifiedAt,
  archive: sql<
    DatasetRecord['archive']
  >`case when ${datasets.archiveKey} is null then null else jsonb_build_object(
    'key', ${datasets.archiveKey}, 'version', ${datasets.archiveVersion}, 'byteSize', ${datasets.archiveBytes}) end`,
  isPublic: sql<boolean>`${isPublic}`,
  rights: rightsOf(principal, RIGHTS),
})

export const selectDatasets = (db: Database, principal: Principal) =>
  db
    .select(selection(principal))
    .from(datasets)
    .innerJoin(resources, eq(resources.id, datasets.id))
    .$dynamic()

/** The rows of datasets and resources that a reference may mean to a principal, and which of them comes first. */
function referred(principal: Principal, reference: DatasetReference): { where: SQL; first: SQL } {
  const text = String(reference)
  const isNumber = /^[1-9]\d{0,8}$/.test(text)
  // No dataset has the empty name, and none a name with what a database cannot hold.
  const name = text.includes('\0') || !text.isWellFormed() ? '' : text
  const named = eq(datasets.name, name)
  const first =
    principal.kind === 'user' && principal.ownFirst
      ? sql`(${resources.ownerId} is not distinct from ${principal.id}) desc, ${datasets.id}`
      : sql`${datasets.id}`
  // A number that is not text of an address is no name.
  const meant =
    typeof reference === 'number' ? eq(datasets.id, reference) : or(eq(datasets.id, Number(text)), named)
  return {
    where: and(visible(principal), isNumber ? meant : named)!,
    first: isNumber ? sql`${datasets.id} = ${Number(reference)} desc, ${first}` : first,
  }
}

/**
 * The dataset of a number, or of a name: where several datasets the principal sees have it, the oldest, so that nobody can
 * take an address from its dataset by using the name again. A name of digits is taken for a number first.
 */
export async function findDataset(
  db: Database,
  principal: Principal,
  reference: DatasetReference,
): Promise<DatasetRecord | null> {
  const { where, first } = referred(principal, reference)
  const rows: DatasetRecord[] = await selectDatasets(db, principal).where(where).orderBy(first).limit(1)
  return rows[0] ?? null
}

/**
 * `findDataset` as part of a greater statement: a query for one row, or none, of `id`, `schema_version`, the geometry
 * `extent` in degrees, `native_extent`, `feature_count`, and `record`, JSON that `recordOfJson` reads.
 */
export function datasetQuery(principal: Principal, reference: DatasetReference): SQL {
  const { where, first } = referred(principal, reference)
  const members = Object.entries(selection(principal)).flatMap(([name, value]) => [sql`${name}::text`, value])
  return sql`select ${datasets.id} as id, ${datasets.schemaVersion} as schema_version, ${resources.extent} as extent,
      ${datasets.nativeExtent} as native_extent, ${datasets.featureCount} as feature_count, jsonb_build_object(${sql.join(members, sql`, `)}) as record
    from ${datasets} join ${resources} on ${resources.id} = ${datasets.id}
    where ${where} order by ${first} limit 1`
}

export function recordOfJson(json: unknown): DatasetRecord {
  const record = json as Omit<DatasetRecord, 'createdAt' | 'modifiedAt'> &
    Record<'createdAt' | 'modifiedAt', string>
  return { ...record, createdAt: new Date(record.createdAt), modifiedAt: new Date(record.modifiedAt) }
}

export interface DatasetListing {
  limit: number
  offset: number
}

/** A page of the datasets a principal sees, by number. */
export async function listDatasets(
  db: Database,
  principal: Principal,
  { limit, offset }: DatasetListing,
): Promise<{ records: DatasetRecord[]; total: number }> {
  const [records, [counted]] = await db.batch([
    selectDatasets(db, principal)
      .where(visible(principal))
      .orderBy(asc(datasets.id))
      .limit(limit)
      .offset(offset),
    db
      .select({ total: sql<number>`count(*)::int` })
      .from(datasets)
      .innerJoin(resources, eq(resources.id, datasets.id))
      .where(visible(principal)),
  ])
  return { records, total: counted!.total }
}

/** A name for a dataset that none of those the principal sees has: the one that is wanted, or that with a number. */
export async function freeDatasetName(db: Database, principal: Principal, wanted: string): Promise<string> {
  const alike = await db
    .select({ name: datasets.name })
    .from(datasets)
    .innerJoin(resources, eq(resources.id, datasets.id))
    .where(and(visible(principal), sql`starts_with(${datasets.name}, ${wanted})`))
  const taken = new Set(alike.map(({ name }) => name))
  if (!taken.has(wanted)) return wanted
  let n = 2
  while (taken.has(`${wanted}_${n}`)) n++
  return `${wanted}_${n}`
}

export interface NewColumn {
  name: string
  type: ColumnType
  title?: string | null
  description?: string | null
}

export interface NewDataset {
  /** As `reserveDatasetId` gave it; a new one unless given. */
  id?: number
  name: string
  title: string
  abstract?: string | null
  tags?: string[]
  geometryType: GeometryType | null
  dimensions: Dimensions
  srid: number
  columns: readonly NewColumn[]
  /** Everyone may see and extract it. */
  isPublic: boolean
  /** It exists for nobody until `publishImported` says it is whole. */
  isImporting?: boolean
  /** Nothing is made where the owner has another of this name: see `NameTaken`. */
  isNameUniqueToOwner?: boolean
}

/** The owner has a dataset of the name already. */
export class NameTaken extends Error {}

/** A number for a dataset to be made. Tables are named by it, so it is had before them; one that is not used is a gap. */
export async function reserveDatasetId(db: Database, _principal: Principal): Promise<number> {
  const reserved = await db.execute<{ id: number }>(
    sql`select nextval(pg_get_serial_sequence('resources','id'))::int as id`,
  )
  return reserved.rows[0]!.id
}

/** Makes a dataset and its empty table in one transaction. @returns its number */
export async function insertDataset(
  db: Database,
  principal: Principal,
  dataset: NewDataset,
): Promise<number> {
  const id = dataset.id ?? (await reserveDatasetId(db, principal))
  const columnNames = columnNamesFor(dataset.columns.map(({ name }) => name))
  const columns = dataset.columns.map((column, i) => ({ ...column, columnName: columnNames[i]! }))
  const { geometryType, dimensions, srid } = dataset
  const inserting = db.batch([
    db.execute(sql`insert into ${resources} (id, kind, owner_id, title, abstract, tags)
      overriding system value
      values (${id}, 'dataset', ${actor(principal)}, ${dataset.title}, ${dataset.abstract ?? null},
        ${sql.param(dataset.tags ?? [], resources.tags)})`),
    ...(dataset.isNameUniqueToOwner ? requireFreeName(db, principal, dataset.name) : []),
    db.insert(datasets).values({
      ...{ id, name: dataset.name, geometryType, dimensions, srid },
      status: dataset.isImporting ? 'importing' : 'ready',
    }),
    ...columns.map((column, position) =>
      db.insert(datasetColumns).values({ ...column, datasetId: id, position: position + 1 }),
    ),
    ...(dataset.isPublic
      ? [
          db.insert(grants).values(
            (['view', 'extract'] as const).map((verb) => ({
              ...{ resourceId: id, principalType: 'everyone', principalId: 0, verb },
            })),
          ),
        ]
      : []),
    db.execute(createFeatureTable(id, { geometryType, dimensions, srid, columns })),
    ...(dataset.isImporting || !geometryType ? [] : [db.execute(indexFeatureTable(id))]),
  ])
  await inserting.catch((error) => {
    throw dataset.isNameUniqueToOwner && postgresError(error)?.code === DIVISION_BY_ZERO
      ? new NameTaken()
      : error
  })
  return id
}

/** SQLSTATE of the guard below. */
const DIVISION_BY_ZERO = '22012'

/** Ends the transaction where the owner has a dataset of the name; whoever makes another at the same time waits. */
const requireFreeName = (db: Database, principal: Principal, name: string) => [
  db.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`${actor(principal)} ${name}`}, 0))`),
  db.execute(sql`select 1 / (case when exists (
    select 1 from ${datasets} join ${resources} on ${resources.id} = ${datasets.id}
    where ${datasets.name} = ${name} and ${resources.ownerId} is not distinct from ${actor(principal)}::int) then 0 else 1 end)`),
]

/** Removes a dataset that a job has made, whole or not, with its table. Does nothing where it is gone. */
export async function discardDataset(db: Database, _system: SystemPrincipal, id: number): Promise<void> {
  const found = await db.select({ id: datasets.id }).from(datasets).where(eq(datasets.id, id))
  if (found.length === 0) return
  await db.batch([
    db.execute(dropFeatureTable(id)),
    db.delete(resources).where(and(eq(resources.id, id), eq(resources.kind, 'dataset'))),
  ])
}
