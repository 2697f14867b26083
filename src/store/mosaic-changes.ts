import { and, eq, type SQL, sql } from 'drizzle-orm'
import { actor, recordActivity } from './activity.ts'
import type { Database } from './database.ts'
import { setMosaicExtents } from './mosaic-extents.ts'
import { type MosaicRecord, selectMosaic } from './mosaics.ts'
import { may } from './permissions.ts'
import { hasRole, type Principal } from './principal.ts'
import { isScan } from './scan-rows.ts'
import { grants, mosaicScans, mosaics, resources, scans } from './schema.ts'

/** What a person may say about a mosaic; `undefined` leaves a value as it is. */
export interface MosaicAttributes {
  name?: string | undefined
  description?: string | null | undefined
  sourceUri?: string | null | undefined
  depictsYear?: string | null | undefined
}

/** What a change does to the members of a mosaic, in this order. Scans the principal does not see are left out. */
export interface MemberChange {
  /** Scans to be laid on top, in this order; members stay where they are. */
  add: readonly number[]
  /** Members that take the places they have among them in this order, the lowest first; the others keep theirs. */
  order: readonly number[]
}

type Permit = (principal: Principal) => SQL

const mayEdit: Permit = (principal) => may(principal, 'edit')

/** Administrators, who see every mosaic, do to it what is theirs alone to do. */
const mayAdminister: Permit = (principal) =>
  hasRole(principal, 'administrator') ? may(principal, 'view') : sql`false`

/** The id of the mosaic, as a row where the principal is permitted what is done to it. */
const idOf = (principal: Principal, permit: Permit, id: SQL): SQL =>
  sql`select ${resources.id} from ${resources}
    where ${resources.id} = ${id} and ${resources.kind} = 'mosaic' and ${permit(principal)}`

const permitted = (principal: Principal, permit: Permit, id: SQL): SQL =>
  sql`exists (${idOf(principal, permit, id)})`

const given = (values: Record<string, unknown>) =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined))

/** Moves a mosaic's version and time, and holds its row until the transaction ends: changes of members take turns. */
const touch = (
  db: Database,
  principal: Principal,
  permit: Permit,
  id: SQL,
  set: Record<string, unknown> = {},
) =>
  db
    .update(resources)
    .set({ ...given(set), modifiedAt: sql`now()`, version: sql`${resources.version} + 1` })
    .where(and(eq(resources.id, id), eq(resources.kind, 'mosaic'), permit(principal)))
    .returning({ id: resources.id })

/** What `touch` moved, as it is now; null where it was not permitted. */
const movedRecord = (touched: { id: number }[], [record]: MosaicRecord[]): MosaicRecord | null =>
  touched.length > 0 && record ? record : null

const recordUpdate = (db: Database, principal: Principal, permit: Permit, id: SQL) =>
  db.execute(recordActivity(principal, 'Layer', 'update', idOf(principal, permit, id)))

/** Ids in their order, each once, as rows `(id, place)`. */
const places = (ids: readonly number[]): SQL =>
  sql`(select value::int as id, ordinality as place
    from jsonb_array_elements_text(${JSON.stringify([...new Set(ids)])}::jsonb) with ordinality)`

/** Position of a mosaic's highest member, 0 without members. */
const topPosition = (id: SQL): SQL =>
  sql`(select coalesce(max(top.position), 0) from ${mosaicScans} top where top.mosaic_id = ${id})`

function changeMembers(db: Database, principal: Principal, id: SQL, { add, order }: MemberChange) {
  const isPermitted = permitted(principal, mayEdit, id)
  const added = sql`
    insert into ${mosaicScans} (mosaic_id, scan_id, position)
    select ${id}, ${scans.id}, ${topPosition(id)} + added.place
    from ${places(add)} added
    join ${scans} on ${scans.id} = added.id
    join ${resources} on ${isScan} and ${may(principal, 'view')}
    where ${isPermitted} and not exists (
      select 1 from ${mosaicScans} held where held.mosaic_id = ${id} and held.scan_id = ${scans.id})
    for key share of ${scans}`
  const ordered = sql`
    with named as (
      select ${mosaicScans.scanId}, ${mosaicScans.position},
        row_number() over (order by ${mosaicScans.position}) as held,
        row_number() over (order by wanted.place) as wanted
      from ${mosaicScans}
      join ${places(order)} wanted on wanted.id = ${mosaicScans.scanId}
      join ${resources} on ${resources.id} = ${mosaicScans.scanId} and ${may(principal, 'view')}
      where ${mosaicScans.mosaicId} = ${id} and ${isPermitted}
    )
    update ${mosaicScans} set position = held.position
    from named held join named moved on moved.wanted = held.held
    where ${mosaicScans.mosaicId} = ${id} and ${mosaicScans.scanId} = moved.scan_id`
  return [db.execute(added), db.execute(ordered), db.execute(setMosaicExtents(id))] as const
}

/** Makes a mosaic that everyone may see, with its members and its first activity, in one transaction. */
export async function insertMosaic(
  db: Database,
  principal: Principal,
  { name, description, ...attributes }: MosaicAttributes & { name: string },
  members: MemberChange,
): Promise<MosaicRecord> {
  const id = sql`currval(pg_get_serial_sequence('resources','id'))::int`
  const made = await db.batch([
    db
      .insert(resources)
      .values({ kind: 'mosaic', ownerId: actor(principal), title: name, abstract: description ?? null }),
    db.insert(mosaics).values({ ...given({ ...attributes }), id }),
    db.insert(grants).values({ resourceId: id, principalType: 'everyone', principalId: 0, verb: 'view' }),
    ...changeMembers(db, principal, id, members),
    db.execute(recordActivity(principal, 'Layer', 'create', sql`select ${id} as id`)),
    selectMosaic(db, principal, id),
  ])
  const [record] = made[7]
  if (!record) throw new Error('the inserted mosaic did not come back')
  return record
}

/** Changes a mosaic and its members. Null, and nothing changed, where the principal may not edit it. */
export async function updateMosaic(
  db: Database,
  principal: Principal,
  mosaicId: number,
  { name, description, ...attributes }: MosaicAttributes,
  members: MemberChange,
): Promise<MosaicRecord | null> {
  const id = sql`${mosaicId}::int`
  const changed = await db.batch([
    touch(db, principal, mayEdit, id, { title: name, abstract: description }),
    db
      .update(mosaics)
      .set({ ...given({ ...attributes }), id: mosaicId })
      .where(and(eq(mosaics.id, mosaicId), permitted(principal, mayEdit, id))),
    ...changeMembers(db, principal, id, members),
    recordUpdate(db, principal, mayEdit, id),
    selectMosaic(db, principal, id),
  ])
  return movedRecord(changed[0], changed[6])
}

/** Deletes a mosaic; its scans stay. Returns it as it was, or null where the principal may not edit it. */
export async function deleteMosaic(
  db: Database,
  principal: Principal,
  mosaicId: number,
): Promise<MosaicRecord | null> {
  const id = sql`${mosaicId}::int`
  const [, [record], , deleted] = await db.batch([
    db.execute(sql`${idOf(principal, mayEdit, id)} for update`),
    selectMosaic(db, principal, id),
    db.execute(recordActivity(principal, 'Layer', 'destroy', idOf(principal, mayEdit, id))),
    db
      .delete(resources)
      .where(and(eq(resources.id, id), eq(resources.kind, 'mosaic'), may(principal, 'edit')))
      .returning({ id: resources.id }),
  ])
  return record && deleted.length > 0 ? record : null
}

/** Takes a scan that the principal sees out of a mosaic. Null, and nothing changed, where the principal may not edit it. */
export async function removeMember(
  db: Database,
  principal: Principal,
  mosaicId: number,
  scanId: number,
): Promise<MosaicRecord | null> {
  const id = sql`${mosaicId}::int`
  const changed = await db.batch([
    touch(db, principal, mayEdit, id),
    db
      .delete(mosaicScans)
      .where(
        and(
          eq(mosaicScans.mosaicId, mosaicId),
          eq(mosaicScans.scanId, scanId),
          permitted(principal, mayEdit, id),
          sql`exists (select 1 from ${resources} where ${resources.id} = ${scanId} and ${may(principal, 'view')})`,
        ),
      ),
    db.execute(setMosaicExtents(id)),
    recordUpdate(db, principal, mayEdit, id),
    selectMosaic(db, principal, id),
  ])
  return movedRecord(changed[0], changed[4])
}

/** Shows a hidden mosaic, hides a visible one; for administrators. Null for others. */
export async function toggleMosaicVisibility(
  db: Database,
  principal: Principal,
  mosaicId: number,
): Promise<MosaicRecord | null> {
  const id = sql`${mosaicId}::int`
  const changed = await db.batch([
    touch(db, principal, mayAdminister, id),
    db
      .update(mosaics)
      .set({ isVisible: sql`not ${mosaics.isVisible}` })
      .where(and(eq(mosaics.id, mosaicId), permitted(principal, mayAdminister, id))),
    recordUpdate(db, principal, mayAdminister, id),
    selectMosaic(db, principal, id),
  ])
  return movedRecord(changed[0], changed[3])
}

/** Marks a mosaic as published or not; for administrators. Null for others. */
export async function setMosaicPublished(
  db: Database,
  principal: Principal,
  mosaicId: number,
  published: boolean,
): Promise<MosaicRecord | null> {
  const id = sql`${mosaicId}::int`
  const changed = await db.batch([
    touch(db, principal, mayAdminister, id, { published }),
    recordUpdate(db, principal, mayAdminister, id),
    selectMosaic(db, principal, id),
  ])
  return movedRecord(changed[0], changed[2])
}

/**
 * Lays the scans of one mosaic, in their order, on top of another's; those that the other has already keep their place
 * there. The first stays, empty. For administrators; null for others. Returns the other one.
 */
export async function mergeMosaics(
  db: Database,
  principal: Principal,
  fromId: number,
  intoId: number,
): Promise<MosaicRecord | null> {
  const from = sql`${fromId}::int`
  const into = sql`${intoId}::int`
  const both = sql`${from}, ${into}`
  const isPermitted = sql`${permitted(principal, mayAdminister, from)} and ${permitted(principal, mayAdminister, into)}`
  const merged = await db.batch([
    db.execute(
      sql`select ${resources.id} from ${resources} where ${resources.id} in (${both}) order by ${resources.id}
        for no key update`,
    ),
    db.execute(sql`
      delete from ${mosaicScans} where ${mosaicScans.mosaicId} = ${from} and ${isPermitted} and ${mosaicScans.scanId} in (
        select held.scan_id from ${mosaicScans} held where held.mosaic_id = ${into})`),
    db.execute(sql`
      with moved as (
        select ${mosaicScans.scanId}, row_number() over (order by ${mosaicScans.position}) as place
        from ${mosaicScans} where ${mosaicScans.mosaicId} = ${from} and ${isPermitted}
      )
      update ${mosaicScans} set mosaic_id = ${into}, position = ${topPosition(into)} + moved.place
      from moved where ${mosaicScans.mosaicId} = ${from} and ${mosaicScans.scanId} = moved.scan_id`),
    touch(db, principal, mayAdminister, from),
    touch(db, principal, mayAdminister, into),
    db.execute(setMosaicExtents(both)),
    recordUpdate(db, principal, mayAdminister, from),
    recordUpdate(db, principal, mayAdminister, into),
    selectMosaic(db, principal, into),
  ])
  return movedRecord(merged[4], merged[8])
}
