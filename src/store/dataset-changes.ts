import { and, eq, type SQL, sql } from 'drizzle-orm'
import { type Database, postgresError } from './database.ts'
import { COLUMN_TYPES, type ColumnType, type DatasetColumn } from './dataset-types.ts'
import { type DatasetRecord, type NewColumn, selectDatasets } from './datasets.ts'
import { columnNamesFor, dropFeatureTable, featureTable, propertyColumn } from './feature-table.ts'
import { may, type Verb } from './permissions.ts'
import type { Principal } from './principal.ts'
import { datasetColumns, datasets, grants, resources } from './schema.ts'

/** SQLSTATE of the guards below. */
const DIVISION_BY_ZERO = '22012'

const isPermitted = (principal: Principal, verb: Verb, id: number): SQL =>
  and(eq(resources.id, id), eq(resources.kind, 'dataset'), may(principal, 'view'), may(principal, verb))!

/** Moves a dataset's version, and holds its row until the transaction ends: changes take turns. */
const touch = (
  db: Database,
  principal: Principal,
  verb: Verb,
  id: number,
  set: Record<string, unknown> = {},
) =>
  db
    .update(resources)
    .set({ ...set, version: sql`${resources.version} + 1`, modifiedAt: sql`now()` })
    .where(isPermitted(principal, verb, id))
    .returning({ id: resources.id })

/** Ends the transaction where something does not hold: statements that define tables know no conditions. */
const guard = (db: Database, holds: SQL) => db.execute(sql`select 1 / (case when ${holds} then 1 else 0 end)`)

/** Null where a guard has ended the transaction. */
async function guarded<T>(changing: Promise<T>): Promise<T | null> {
  try {
    return await changing
  } catch (error) {
    if (postgresError(error)?.code === DIVISION_BY_ZERO) return null
    throw error
  }
}

const present = (values: Record<string, unknown>) =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined))

/** `undefined` leaves a value as it is. */
export interface DatasetAttributes {
  title?: string | undefined
  name?: string | undefined
  abstract?: string | null | undefined
  tags?: string[] | undefined
  /** Whether everyone may see and extract it. */
  isPublic?: boolean | undefined
}

/**
 * Changes what is said of a dataset (right `edit`), and who sees it (right `share`). Null, and nothing changed, where the
 * principal may not.
 */
export async function updateDataset(
  db: Database,
  principal: Principal,
  id: number,
  { name, isPublic, ...attributes }: DatasetAttributes,
): Promise<DatasetRecord | null> {
  const isEdited = name !== undefined || Object.keys(present(attributes)).length > 0
  const verbs: Verb[] = [
    ...(isEdited ? ['edit' as const] : []),
    ...(isPublic === undefined ? [] : ['share' as const]),
  ]
  const allowed = sql.join(
    verbs.map((verb) => sql`exists (select 1 from ${resources} where ${isPermitted(principal, verb, id)})`),
    sql` and `,
  )
  const changed = await guarded(
    db.batch([
      touch(db, principal, verbs[0] ?? 'edit', id, present(attributes)),
      guard(db, verbs.length > 0 ? allowed : sql`true`),
      db
        .update(datasets)
        .set({ id, ...present({ name }) })
        .where(eq(datasets.id, id)),
      ...(isPublic === undefined ? [] : [setPublic(db, id, isPublic)]),
      selectDatasets(db, principal).where(and(eq(datasets.id, id), may(principal, 'view'))),
    ] as unknown as [ReturnType<typeof touch>, ...never[]]),
  )
  return (changed?.at(-1) as unknown as DatasetRecord[] | undefined)?.[0] ?? null
}

const setPublic = (db: Database, resourceId: number, isPublic: boolean) =>
  isPublic
    ? db.execute(sql`insert into ${grants} (resource_id, principal_type, principal_id, verb)
        select ${resourceId}::int, 'everyone', 0, given.verb from unnest(array['view', 'extract']) given(verb)
        where not exists (select 1 from ${grants} held where held.resource_id = ${resourceId}
          and held.principal_type = 'everyone' and held.verb = given.verb)`)
    : db
        .delete(grants)
        .where(
          and(eq(grants.resourceId, resourceId), sql`${grants.principalType} in ('everyone', 'anonymous')`),
        )

/** Deletes a dataset with its table (right `own`). False, and nothing changed, where the principal may not. */
export async function deleteDataset(db: Database, principal: Principal, id: number): Promise<boolean> {
  const isOwned = isPermitted(principal, 'own', id)
  const deleted = await guarded(
    db.batch([
      db.execute(sql`select ${resources.id} from ${resources} where ${isOwned} for update`),
      guard(db, sql`exists (select 1 from ${resources} where ${isOwned})`),
      db.execute(dropFeatureTable(id)),
      db.delete(resources).where(eq(resources.id, id)),
    ]),
  )
  return deleted !== null
}

/** A change of columns: one statement over the table, and what is noted of it. */
interface ColumnWork {
  table: SQL | null
  note: (db: Database) => ReturnType<Database['execute']>
}

/**
 * Changes the columns of a dataset (right `edit`) in one transaction.
 * @param dataset as it was read
 * @returns null, and nothing changed, where the principal may not, or the columns have been changed since
 */
async function changeColumns(
  db: Database,
  principal: Principal,
  { id, schemaVersion }: Pick<DatasetRecord, 'id' | 'schemaVersion'>,
  { table, note }: ColumnWork,
): Promise<DatasetRecord | null> {
  const holds = sql`exists (select 1 from ${resources} join ${datasets} on ${datasets.id} = ${resources.id}
    where ${isPermitted(principal, 'edit', id)} and ${datasets.schemaVersion} = ${schemaVersion})`
  const changed = await guarded(
    db.batch([
      touch(db, principal, 'edit', id),
      guard(db, holds),
      table ? db.execute(sql`alter table ${featureTable(id)} ${table}`) : guard(db, sql`true`),
      note(db),
      db
        .update(datasets)
        .set({ schemaVersion: sql`${datasets.schemaVersion} + 1` })
        .where(eq(datasets.id, id)),
      selectDatasets(db, principal).where(and(eq(datasets.id, id), may(principal, 'view'))),
    ]),
  )
  return changed?.[5][0] ?? null
}

const takenNames = (columns: readonly DatasetColumn[]): string[] =>
  columns.map(({ columnName }) => columnName)

/** Adds a column, without values. @returns as `changeColumns` */
export function insertColumn(
  db: Database,
  principal: Principal,
  dataset: DatasetRecord,
  { name, type, title = null, description = null }: NewColumn,
): Promise<DatasetRecord | null> {
  const columnName = columnNamesFor([name], takenNames(dataset.columns))[0]!
  return changeColumns(db, principal, dataset, {
    table: sql`add column ${propertyColumn({ columnName })} ${sql.raw(COLUMN_TYPES[type satisfies ColumnType])}`,
    note: () =>
      db.execute(sql`insert into ${datasetColumns} (dataset_id, position, name, column_name, type, title, description)
        select ${dataset.id}, coalesce(max(position), 0) + 1, ${name}, ${columnName}, ${type}, ${title}::text, ${description}::text
        from ${datasetColumns} where dataset_id = ${dataset.id}`),
  })
}

/** Drops a column with its values. @returns as `changeColumns` */
export const deleteColumn = (
  db: Database,
  principal: Principal,
  dataset: DatasetRecord,
  column: DatasetColumn,
): Promise<DatasetRecord | null> =>
  changeColumns(db, principal, dataset, {
    table: sql`drop column ${propertyColumn(column)}`,
    note: () =>
      db.execute(
        sql`delete from ${datasetColumns} where dataset_id = ${dataset.id} and name = ${column.name}`,
      ),
  })

/** Renames a column, or changes what is said of it. @returns as `changeColumns` */
export function updateColumn(
  db: Database,
  principal: Principal,
  dataset: DatasetRecord,
  column: DatasetColumn,
  { name, title, description }: Pick<DatasetColumn, 'name' | 'title' | 'description'>,
): Promise<DatasetRecord | null> {
  const others = dataset.columns.filter((other) => other !== column)
  const columnName = columnNamesFor([name], takenNames(others))[0]!
  const isRenamed = columnName !== column.columnName
  return changeColumns(db, principal, dataset, {
    table: isRenamed
      ? sql`rename column ${propertyColumn(column)} to ${propertyColumn({ columnName })}`
      : null,
    note: () =>
      db.execute(sql`update ${datasetColumns} set name = ${name}, column_name = ${columnName}, title = ${title}, description = ${description}
        where dataset_id = ${dataset.id} and name = ${column.name}`),
  })
}
