import { and, eq, type SQL, sql } from 'drizzle-orm'
import { actor } from './activity.ts'
import type { Database } from './database.ts'
import type { ListPart, ListSlice } from './list-slice.ts'
import { may, rightsOf, type Verb } from './permissions.ts'
import type { Principal } from './principal.ts'
import { datasources, resources, users } from './schema.ts'

const RIGHTS = ['edit', 'share', 'own'] as const satisfies Verb[]

/** The description of a service elsewhere that layers show. */
export interface DatasourceRecord {
  id: number
  name: string
  ownerId: number | null
  ownerLogin: string | null
  /** The number of the kind of service. */
  type: number
  srid: number | null
  bounds: number[] | null
  params: unknown
  createdAt: Date
  modifiedAt: Date
  rights: Record<(typeof RIGHTS)[number], boolean>
}

/** What a list of datasources is ordered by. */
const DATASOURCE_SORTS = {
  id: datasources.id,
  name: resources.title,
  ownerId: resources.ownerId,
  type: datasources.type,
  srid: datasources.srid,
  createdAt: resources.createdAt,
  modifiedAt: resources.modifiedAt,
}
export type DatasourceSort = keyof typeof DATASOURCE_SORTS

const selectDatasources = (db: Database, principal: Principal) =>
  db
    .select({
      id: datasources.id,
      name: resources.title,
      ownerId: resources.ownerId,
      ownerLogin: users.login,
      type: datasources.type,
      srid: datasources.srid,
      bounds: datasources.bounds,
      params: datasources.params,
      createdAt: resources.createdAt,
      modifiedAt: resources.modifiedAt,
      rights: rightsOf(principal, RIGHTS),
    })
    .from(datasources)
    .innerJoin(resources, eq(resources.id, datasources.id))
    .leftJoin(users, eq(users.id, resources.ownerId))

/** Null where there is none, or the principal may not see it. */
export async function findDatasource(
  db: Database,
  principal: Principal,
  id: number,
): Promise<DatasourceRecord | null> {
  const [record] = await selectDatasources(db, principal).where(
    and(eq(datasources.id, id), may(principal, 'view')),
  )
  return record ?? null
}

/** A page of the datasources a principal sees, of one type where it is given. */
export async function listDatasources(
  db: Database,
  principal: Principal,
  { order, perPage, offset, withTotal, type }: ListSlice<DatasourceSort> & { type: number | null },
): Promise<ListPart<DatasourceRecord>> {
  const where = and(type === null ? undefined : eq(datasources.type, type), may(principal, 'view'))
  const direction = order?.descending ? sql`desc nulls last` : sql`asc nulls first`
  const [data, [counted]] = await db.batch([
    selectDatasources(db, principal)
      .where(where)
      .orderBy(
        ...(order ? [sql`${DATASOURCE_SORTS[order.attribute]} ${direction}`] : []),
        order?.descending ? sql`${datasources.id} desc` : sql`${datasources.id}`,
      )
      .limit(perPage)
      .offset(offset),
    db
      .select({ total: sql<number>`count(*)::int` })
      .from(datasources)
      .innerJoin(resources, eq(resources.id, datasources.id))
      .where(withTotal ? where : sql`false`),
  ])
  return { data, total: counted!.total }
}

/** What can be said of a datasource; what is `undefined` stays as it is. */
export interface DatasourceAttributes {
  name?: string | undefined
  type?: number | undefined
  srid?: number | null | undefined
  bounds?: number[] | null | undefined
  params?: unknown
}

const given = (values: object) =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined))

/** Makes a datasource that only its owner sees, in one transaction. @returns its number */
export async function insertDatasource(
  db: Database,
  principal: Principal,
  { name, type, ...attributes }: DatasourceAttributes & { name: string; type: number },
): Promise<number> {
  const newId: SQL = sql`currval(pg_get_serial_sequence('resources','id'))::int`
  const [, [made]] = await db.batch([
    db.insert(resources).values({ kind: 'datasource', ownerId: actor(principal), title: name }),
    db
      .insert(datasources)
      .values({ ...given(attributes), type, id: newId as unknown as number })
      .returning({ id: datasources.id }),
  ])
  return made!.id
}

const isSourceWith = (principal: Principal, verb: Verb, id: number): SQL =>
  and(eq(resources.id, id), eq(resources.kind, 'datasource'), may(principal, 'view'), may(principal, verb))!

/** Changes a datasource (right `edit`). False, and nothing changed, without the right. */
export async function updateDatasource(
  db: Database,
  principal: Principal,
  id: number,
  { name, ...attributes }: DatasourceAttributes,
): Promise<boolean> {
  const isPermitted = isSourceWith(principal, 'edit', id)
  const [moved] = await db.batch([
    db
      .update(resources)
      .set({ ...given({ title: name }), version: sql`${resources.version} + 1`, modifiedAt: sql`now()` })
      .where(isPermitted)
      .returning({ id: resources.id }),
    db
      .update(datasources)
      .set({ ...given(attributes), id })
      .where(and(eq(datasources.id, id), sql`exists (select 1 from ${resources} where ${isPermitted})`)),
  ])
  return moved.length > 0
}

/** Deletes a datasource (right `own`); layers of it are left without. False, and nothing changed, without the right. */
export async function deleteDatasource(db: Database, principal: Principal, id: number): Promise<boolean> {
  const deleted = await db
    .delete(resources)
    .where(isSourceWith(principal, 'own', id))
    .returning({ id: resources.id })
  return deleted.length > 0
}
