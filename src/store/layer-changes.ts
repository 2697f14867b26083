import { and, type SQL, sql } from 'drizzle-orm'
import type { Database } from './database.ts'
import type { DatasetForm, GeometryType } from './dataset-types.ts'
import type { LayerAttributes } from './layers.ts'
import { may, mayLayer, type Verb } from './permissions.ts'
import type { Principal } from './principal.ts'
import { datasets, layers, resources } from './schema.ts'

const given = (values: Record<string, unknown>) =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined))

/** The number of a layer, as a row where the principal may do any of the verbs to it. */
const permitted = (principal: Principal, verbs: readonly Verb[], id: number): SQL => {
  const anyOf = sql.join(
    verbs.map((verb) => mayLayer(principal, verb)),
    sql` or `,
  )
  return sql`select ${layers.id} from ${layers} join ${resources} on ${resources.id} = ${layers.id}
    where ${layers.id} = ${id} and ${mayLayer(principal, 'view')} and (${anyOf})`
}

/** The layer and all that is in it, where it is a folder. */
const withContents = (id: number): SQL => sql`
  with recursive within(id) as (
    select ${id}::int union select l.id from layers l join within on l.parent_id = within.id)
  select within.id from within`

export interface LayerChange extends LayerAttributes {
  /** The map it is moved to, with all that is in it; right `edit` there. */
  mapId?: number | undefined
}

/**
 * Changes a layer, by one of the verbs, and moves the versions of it and of its map, in one transaction. False, and nothing
 * changed, where the principal may not.
 */
export async function updateLayer(
  db: Database,
  principal: Principal,
  id: number,
  verbs: readonly Verb[],
  { name, mapId, ...attributes }: LayerChange,
): Promise<boolean> {
  const target = sql`exists (select 1 from ${resources} where ${resources.id} = ${mapId ?? 0}
    and ${resources.kind} = 'map' and ${may(principal, 'view')} and ${may(principal, 'edit')})`
  const isPermitted = sql`exists (${permitted(principal, verbs, id)}) ${mapId === undefined ? sql`` : sql`and ${target}`}`
  const touched = db.execute(sql`update ${resources} set version = version + 1, modified_at = now()
    ${name === undefined ? sql`` : sql`, title = ${name}`}
    where id = ${id} and ${isPermitted} returning id`)
  const mapsMoved = db.execute(sql`update ${resources} set version = version + 1, modified_at = now()
    where ${isPermitted} and (id = ${mapId ?? 0} or id = (select l.map_id from layers l where l.id = ${id}))`)
  const said = given({ ...attributes })
  const changed = db
    .update(layers)
    .set({ ...said, id })
    .where(and(sql`${layers.id} = ${id}`, isPermitted))
  const moved = db.execute(
    mapId === undefined
      ? sql`select 1`
      : sql`update ${layers} set map_id = ${mapId} where id in (${withContents(id)}) and ${isPermitted}`,
  )
  const [{ rows }] = await db.batch([touched, mapsMoved, changed, moved])
  return rows.length > 0
}

/**
 * Deletes a layer, not what it shows, nor what is in it where it is a folder: whose it is, or whoever may edit the map.
 * False, and nothing changed, where the principal may not.
 */
export async function deleteLayer(db: Database, principal: Principal, id: number): Promise<boolean> {
  const isPermitted = sql`exists (${permitted(principal, ['own'], id)}) or exists (
    select 1 from ${resources} where ${resources.id} = (select l.map_id from layers l where l.id = ${id})
      and ${may(principal, 'view')} and ${may(principal, 'edit')})`
  const [moved] = await db.batch([
    db.execute(sql`update ${resources} set version = version + 1, modified_at = now()
      where id = (select l.map_id from layers l where l.id = ${id}) and (${isPermitted}) returning id`),
    db.execute(sql`delete from ${resources} where id = ${id} and kind = 'layer' and (${isPermitted})`),
  ])
  return moved.rows.length > 0
}

export interface FolderLook {
  /** It is a folder of the map that the principal sees. */
  isFolder: boolean
  /** It is the layer itself, or lies in it. */
  isWithin: boolean
}

/** What a layer would lie in; null where the map has no such layer, or the principal does not see it. */
export async function findFolder(
  db: Database,
  principal: Principal,
  mapId: number,
  folderId: number,
  layerId: number | null,
): Promise<FolderLook | null> {
  const { rows } = await db.execute<{ isFolder: boolean; isWithin: boolean }>(
    sql`select ${layers.type} = 'folder' as "isFolder",
        ${layers.id} in (${withContents(layerId ?? 0)}) as "isWithin"
      from ${layers} join ${resources} on ${resources.id} = ${layers.id}
      where ${layers.id} = ${folderId} and ${layers.mapId} = ${mapId} and ${mayLayer(principal, 'view')}`,
  )
  return rows[0] ?? null
}

/** What a layer may show, as the principal sees it. */
export interface ShowableData {
  id: number
  kind: 'dataset' | 'scan' | 'mosaic' | 'datasource'
  /** Of a dataset. */
  form: DatasetForm | null
  geometryType: GeometryType | null
  /** Whether the principal may pass on to others what he may do to it. */
  mayShare: boolean
}

/** A scan, mosaic, dataset or datasource by its number; null where there is none, or the principal may not see it. */
export async function findShowable(
  db: Database,
  principal: Principal,
  id: number,
): Promise<ShowableData | null> {
  const [found] = await db
    .select({
      id: resources.id,
      kind: sql<ShowableData['kind']>`${resources.kind}`,
      form: datasets.form,
      geometryType: datasets.geometryType,
      mayShare: may(principal, 'share'),
    })
    .from(resources)
    .leftJoin(datasets, sql`${datasets.id} = ${resources.id}`)
    .where(
      and(
        sql`${resources.id} = ${id}`,
        sql`${resources.kind} in ('dataset', 'scan', 'mosaic', 'datasource')`,
        sql`coalesce(${datasets.status}, 'ready') = 'ready'`,
        may(principal, 'view'),
      ),
    )
  return found ?? null
}
