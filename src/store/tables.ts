import { and, asc, desc, eq, isNotNull, isNull, type SQL, sql } from 'drizzle-orm'
import type { Database } from './database.ts'
import { type DatasetRecord, schemaSelection } from './datasets.ts'
import type { ListPart, ListSlice } from './list-slice.ts'
import { may } from './permissions.ts'
import type { Principal } from './principal.ts'
import { datasets, resources } from './schema.ts'

export type TableSort = 'name' | 'num_rows' | 'geometry' | 'srid' | 'created' | 'modified'

/** A vector dataset as a table is told of. */
export interface TableRecord
  extends Pick<
    DatasetRecord,
    'id' | 'name' | 'geometryType' | 'dimensions' | 'srid' | 'columns' | 'featureCount'
  > {
  /** What addresses call it: its name, or its number where the name means another table to the principal. */
  address: string
}

export interface TableListing extends ListSlice<TableSort> {
  /** Tables with geometry, or those without; all of them unless told. */
  isSpatial?: boolean | undefined
  /** Part of the name, whatever the case. */
  query?: string | undefined
}

const SORTS: Record<TableSort, SQL> = {
  name: sql`${datasets.name}`,
  num_rows: sql`${datasets.featureCount}`,
  geometry: sql`${datasets.geometryType}`,
  srid: sql`${datasets.srid}`,
  created: sql`${resources.createdAt}`,
  modified: sql`${resources.modifiedAt}`,
}

/** Whether a row of `datasets` and `resources` is a table that the principal sees. */
const isVisibleTable = (principal: Principal): SQL =>
  and(
    eq(datasets.status, 'ready'),
    eq(datasets.form, 'vector'),
    eq(resources.kind, 'dataset'),
    may(principal, 'view'),
  )!

/** The number where another dataset is found first by the name: one's own before others', the older before the younger. */
function addressOf(principal: Principal): SQL<string> {
  const isOwn = (owner: SQL) =>
    principal.kind === 'user' ? sql`(${owner} is not distinct from ${principal.id})` : sql`false`
  return sql<string>`case when exists (
      select 1 from datasets other join resources whose on whose.id = other.id
      where other.name = ${datasets.name} and other.id <> ${datasets.id} and other.status = 'ready'
        and (${isOwn(sql`whose.owner_id`)} > ${isOwn(sql`${resources.ownerId}`)}
          or (${isOwn(sql`whose.owner_id`)} = ${isOwn(sql`${resources.ownerId}`)} and other.id < ${datasets.id}))
        and exists (select 1 from ${resources} where ${resources.id} = other.id and ${may(principal, 'view')}))
    then ${datasets.id}::text else ${datasets.name} end`
}

/** A page of the tables that a principal sees, by number unless told otherwise. */
export async function listTables(
  db: Database,
  principal: Principal,
  { perPage, offset, withTotal, order, isSpatial, query }: TableListing,
): Promise<ListPart<TableRecord>> {
  const listed = and(
    isVisibleTable(principal),
    isSpatial === undefined ? undefined : (isSpatial ? isNotNull : isNull)(datasets.geometryType),
    query ? sql`strpos(lower(${datasets.name}), lower(${query})) > 0` : undefined,
  )
  const direction = order?.descending ? desc : asc
  const page = db
    .select({
      ...schemaSelection,
      name: datasets.name,
      featureCount: datasets.featureCount,
      address: addressOf(principal),
    })
    .from(datasets)
    .innerJoin(resources, eq(resources.id, datasets.id))
    .where(listed)
    .orderBy(...(order ? [direction(SORTS[order.attribute])] : []), asc(datasets.id))
    .limit(perPage)
    .offset(offset)
  if (!withTotal) return { data: await page, total: 0 }
  const [data, [counted]] = await db.batch([
    page,
    db
      .select({ total: sql<number>`count(*)::int` })
      .from(datasets)
      .innerJoin(resources, eq(resources.id, datasets.id))
      .where(listed),
  ])
  return { data, total: counted!.total }
}
