import { and, eq, inArray, type SQL, sql } from 'drizzle-orm'
import type { Database } from './database.ts'
import { may } from './permissions.ts'
import type { SystemPrincipal, UserPrincipal } from './principal.ts'
import { resources, storedFiles, userProfiles, users } from './schema.ts'

/** Bytes that an account may keep unless it has been given a bound of its own. */
export const STORAGE_MAX_BYTES = 5 * 1024 * 1024 * 1024
/** Files that an account may keep. */
export const STORED_FILES_MAX = 100_000

/** A file under a path of its owner's. */
export interface StoredFile {
  ownerId: number
  /** `folder/name`, without a slash before or after. */
  path: string
  objectKey: string
  /** Bytes. */
  byteSize: number
  contentType: string
  createdAt: Date
  modifiedAt: Date
}

/** An object in the bucket that is to become a file. */
export interface NewStoredFile {
  path: string
  objectKey: string
  byteSize: number
  contentType: string
}

/** What somebody keeps, and may keep. */
export interface StorageUse {
  ownerId: number
  usedBytes: number
  maxBytes: number
}

const columns = {
  ownerId: storedFiles.ownerId,
  path: storedFiles.path,
  objectKey: storedFiles.objectKey,
  byteSize: storedFiles.byteSize,
  contentType: storedFiles.contentType,
  createdAt: storedFiles.createdAt,
  modifiedAt: storedFiles.modifiedAt,
}

/** Whose files are meant: those of the owner of a map that the principal may edit, or the principal's own. */
const ownerQuery = (principal: UserPrincipal, mapId: number | null): SQL =>
  mapId === null
    ? sql`select ${principal.id}::int as id`
    : sql`select ${resources.ownerId} as id from ${resources}
        where ${resources.id} = ${mapId} and ${resources.kind} = 'map' and ${resources.ownerId} is not null
          and ${may(principal, 'view')} and ${may(principal, 'edit')}`

/** Everything beneath a folder; `'0'` is what follows `'/'`. */
const beneath = (folder: string): SQL =>
  folder === ''
    ? sql`true`
    : sql`(${storedFiles.path} ~>=~ ${`${folder}/`} and ${storedFiles.path} ~<~ ${`${folder}0`})`

/** A file of the principal's own. */
export async function findStoredFile(
  db: Database,
  principal: UserPrincipal,
  path: string,
): Promise<StoredFile | null> {
  const [file] = await fileQuery(db, principal.id, path)
  return file ?? null
}

/** A file of somebody else's, for who has found out that it may be seen. */
export async function findFileOf(
  db: Database,
  _system: SystemPrincipal,
  ownerId: number,
  path: string,
): Promise<StoredFile | null> {
  const [file] = await fileQuery(db, ownerId, path)
  return file ?? null
}

const fileQuery = (db: Database, ownerId: number, path: string) =>
  db
    .select(columns)
    .from(storedFiles)
    .where(and(eq(storedFiles.ownerId, ownerId), eq(storedFiles.path, path)))

/** Those of some files of the principal's own that are there. */
export const findStoredFiles = (
  db: Database,
  principal: UserPrincipal,
  paths: readonly string[],
): Promise<StoredFile[]> =>
  db
    .select(columns)
    .from(storedFiles)
    .where(and(eq(storedFiles.ownerId, principal.id), inArray(storedFiles.path, [...paths])))

/** Something in a folder: a file, or a folder with the sum of what is in it. */
export interface FolderItem {
  name: string
  isFolder: boolean
  /** Bytes. */
  size: number
  /** Null for a folder. */
  contentType: string | null
  createdAt: Date
  modifiedAt: Date
}

export type FolderOrder = 'name' | 'type' | 'size' | 'created' | 'modified'

export interface FolderListing {
  limit: number
  offset: number
  order: { attribute: FolderOrder; descending: boolean } | null
}

const ORDERS: Record<FolderOrder, SQL> = {
  name: sql`name`,
  type: sql`is_folder`,
  size: sql`size`,
  created: sql`created_at`,
  modified: sql`modified_at`,
}

/** What a path of the principal's own is: a file, or a folder with a page of what is in it. */
export interface StoredAt {
  file: StoredFile | null
  /** Null where nothing is beneath the path; the folder that holds everything is always there. */
  folder: { items: FolderItem[]; total: number } | null
}

/** A file, or a page of a folder, folders first; whichever there is. One round trip. */
export async function readStored(
  db: Database,
  principal: UserPrincipal,
  path: string,
  { limit, offset, order }: FolderListing,
): Promise<StoredAt> {
  const direction = order?.descending ? sql`desc` : sql`asc`
  const sorted = order
    ? sql`${ORDERS[order.attribute]} ${direction}, name collate "C"`
    : sql`is_folder desc, name collate "C"`
  const start = path === '' ? 1 : path.length + 2
  const [files, listed] = await db.batch([
    fileQuery(db, principal.id, path),
    db.execute<{ total: number; items: StoredItemJson[] }>(sql`with rest as (
        select substr(${storedFiles.path}, ${start}::int) as rest, ${storedFiles.byteSize} as size,
          ${storedFiles.contentType} as content_type, ${storedFiles.createdAt} as created_at, ${storedFiles.modifiedAt} as modified_at
        from ${storedFiles} where ${storedFiles.ownerId} = ${principal.id} and ${beneath(path)}),
      item as materialized (
        select split_part(rest, '/', 1) as name, position('/' in rest) > 0 as is_folder, sum(size)::float8 as size,
          min(content_type) as content_type, min(created_at) as created_at, max(modified_at) as modified_at
        from rest group by 1, 2)
      select (select count(*)::int from item) as total, coalesce(jsonb_agg(jsonb_build_object(
        'name', name, 'isFolder', is_folder, 'size', size, 'createdAt', created_at, 'modifiedAt', modified_at,
        'contentType', case when is_folder then null else content_type end) order by ${sorted}), '[]') as items
      from (select * from item order by ${sorted} limit ${limit} offset ${offset}) page`),
  ])
  const { total, items } = listed.rows[0]!
  return {
    file: files[0] ?? null,
    folder: total === 0 && path !== '' ? null : { total, items: items.map(itemOfJson) },
  }
}

type StoredItemJson = Omit<FolderItem, 'createdAt' | 'modifiedAt'> &
  Record<'createdAt' | 'modifiedAt', string>

const itemOfJson = (item: StoredItemJson): FolderItem => ({
  ...item,
  createdAt: new Date(item.createdAt),
  modifiedAt: new Date(item.modifiedAt),
})

/** How much is kept where the principal may store; null where it may not edit the map. */
export async function readStorageUse(
  db: Database,
  principal: UserPrincipal,
  mapId: number | null,
): Promise<StorageUse | null> {
  const { rows } = await db.execute<{ ownerId: number; usedBytes: string; maxBytes: string }>(
    sql`with owner as materialized (${ownerQuery(principal, mapId)}) ${useQuery}`,
  )
  const use = rows[0]
  if (!use) return null
  return { ownerId: use.ownerId, usedBytes: Number(use.usedBytes), maxBytes: Number(use.maxBytes) }
}

const useQuery = sql`select owner.id as "ownerId",
    (select coalesce(sum(${storedFiles.byteSize}), 0) from ${storedFiles} where ${storedFiles.ownerId} = owner.id) as "usedBytes",
    coalesce((select ${userProfiles.storageLimitBytes} from ${userProfiles} where ${userProfiles.userId} = owner.id), ${STORAGE_MAX_BYTES}) as "maxBytes"
  from owner`

/** What has become of files that were to be stored; nothing of them is, unless all are. */
export type Adoption =
  | { kind: 'stored'; ownerId: number; replacedKeys: string[] }
  /** The principal may not store there. */
  | { kind: 'refused' }
  /** A file stands where a folder is needed, or the other way round. */
  | { kind: 'blocked'; path: string }
  | { kind: 'full'; maxBytes: number }
  | { kind: 'too-many' }

/**
 * Makes files of objects, all of them or none; files that were at their paths are replaced. What their owner may keep holds
 * whatever goes on beside: who stores something for the same owner waits.
 * @param mapId of the map in whose owner's storage they go; null for the principal's own
 * @param files no path is another's, or beneath another's
 */
export async function adoptFiles(
  db: Database,
  principal: UserPrincipal,
  mapId: number | null,
  files: readonly NewStoredFile[],
): Promise<Adoption> {
  const members = JSON.stringify(
    files.map(({ path, objectKey, byteSize, contentType }) => [path, objectKey, byteSize, contentType]),
  )
  const owner = ownerQuery(principal, mapId)
  const [, adopted] = await db.batch([
    db.execute(sql`select ${users.id} from ${users} where ${users.id} in (${owner}) for no key update`),
    db.execute<AdoptionRow>(sql`with owner as materialized (${owner}),
      use as materialized (${useQuery}),
      wanted as materialized (
        select value ->> 0 as path, value ->> 1 as object_key, (value ->> 2)::bigint as byte_size, value ->> 3 as content_type
        from jsonb_array_elements(${members}::jsonb)),
      old as materialized (
        select ${storedFiles.objectKey} as object_key, ${storedFiles.byteSize} as byte_size
        from ${storedFiles}, owner
        where ${storedFiles.ownerId} = owner.id and ${storedFiles.path} in (select path from wanted)),
      blocked as materialized (
        select w.path from wanted w, owner where exists (
            select 1 from ${storedFiles} where ${storedFiles.ownerId} = owner.id
              and ${storedFiles.path} ~>=~ (w.path || '/') and ${storedFiles.path} ~<~ (w.path || '0'))
          or exists (
            select 1 from generate_series(1, array_length(string_to_array(w.path, '/'), 1) - 1) depth
            join ${storedFiles} on ${storedFiles.ownerId} = owner.id
              and ${storedFiles.path} = array_to_string((string_to_array(w.path, '/'))[1:depth], '/'))),
      verdict as materialized (
        select case when exists (select 1 from blocked) then 'blocked'
          when "usedBytes" - (select coalesce(sum(byte_size), 0) from old) + (select sum(byte_size) from wanted) > "maxBytes" then 'full'
          when (select count(*) from ${storedFiles} where ${storedFiles.ownerId} = "ownerId")
            - (select count(*) from old) + (select count(*) from wanted) > ${STORED_FILES_MAX} then 'too-many'
          else 'stored' end as kind, "ownerId", "maxBytes"::text as "maxBytes" from use),
      adopted as (
        insert into ${storedFiles} (owner_id, path, object_key, byte_size, content_type)
        select verdict."ownerId", w.path, w.object_key, w.byte_size, w.content_type from wanted w, verdict
        where verdict.kind = 'stored'
        on conflict (owner_id, path) do update set object_key = excluded.object_key, byte_size = excluded.byte_size,
          content_type = excluded.content_type, modified_at = now())
      select verdict.*, (select min(path) from blocked) as path,
        (select coalesce(jsonb_agg(object_key), '[]') from old) as "replacedKeys" from verdict`),
  ])
  const row = adopted.rows[0]
  if (!row) return { kind: 'refused' }
  const { kind, ownerId, replacedKeys, path, maxBytes } = row
  if (kind === 'blocked') return { kind, path }
  if (kind === 'full') return { kind, maxBytes: Number(maxBytes) }
  return kind === 'stored' ? { kind, ownerId, replacedKeys } : { kind }
}

interface AdoptionRow extends Record<string, unknown> {
  kind: 'stored' | 'blocked' | 'full' | 'too-many'
  ownerId: number
  maxBytes: string
  path: string
  replacedKeys: string[]
}

/** Forgets a file of the principal's own, or a folder with everything in it. @returns the keys of their objects */
export async function forgetStored(db: Database, principal: UserPrincipal, path: string): Promise<string[]> {
  const gone = await db
    .delete(storedFiles)
    .where(
      and(eq(storedFiles.ownerId, principal.id), sql`(${storedFiles.path} = ${path} or ${beneath(path)})`),
    )
    .returning({ objectKey: storedFiles.objectKey })
  return gone.map(({ objectKey }) => objectKey)
}

/** The keys of all objects that an account keeps. */
export async function storedKeysOf(
  db: Database,
  _system: SystemPrincipal,
  ownerId: number,
): Promise<string[]> {
  const kept = await db
    .select({ objectKey: storedFiles.objectKey })
    .from(storedFiles)
    .where(eq(storedFiles.ownerId, ownerId))
  return kept.map(({ objectKey }) => objectKey)
}
