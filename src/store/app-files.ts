import { and, asc, eq, type SQL, sql } from 'drizzle-orm'
import { type AppChange, editableApp, fileRows, lockApp, noteContent } from './apps.ts'
import type { Database } from './database.ts'
import { may } from './permissions.ts'
import type { Principal, UserPrincipal } from './principal.ts'
import { appFiles, apps, resources } from './schema.ts'

/** An object in the bucket that is to become a file of an app. */
export interface NewAppFile {
  /** `folder/name`, without a slash before it. */
  path: string
  objectKey: string
  /** Bytes. */
  byteSize: number
  contentType: string
  /** Lower-case hexadecimal. */
  sha256: string
  crc32: number
}

export interface AppFile extends NewAppFile {
  modifiedAt: Date
}

const columns = {
  path: appFiles.path,
  objectKey: appFiles.objectKey,
  byteSize: appFiles.byteSize,
  contentType: appFiles.contentType,
  sha256: appFiles.sha256,
  crc32: appFiles.crc32,
  modifiedAt: appFiles.modifiedAt,
}

const ofApp = (principal: Principal, slug: string) => and(eq(resources.slug, slug), may(principal, 'view'))

const selectFiles = (db: Database) =>
  db
    .select(columns)
    .from(appFiles)
    .innerJoin(apps, eq(apps.id, appFiles.appId))
    .innerJoin(resources, eq(resources.id, apps.id))

/** The files of an app by their paths; none where the principal may not see it. */
export const listAppFiles = (db: Database, principal: Principal, slug: string): Promise<AppFile[]> =>
  selectFiles(db)
    .where(ofApp(principal, slug))
    .orderBy(asc(sql`${appFiles.path} collate "C"`))

/** A file as it was put there; null where there is none, or the principal may not see the app. */
export async function findAppFile(
  db: Database,
  principal: Principal,
  slug: string,
  path: string,
): Promise<AppFile | null> {
  const [file] = await selectFiles(db).where(and(ofApp(principal, slug), eq(appFiles.path, path)))
  return file ?? null
}

/** What has come of a change of an app's files. */
export type FileChange =
  | { kind: 'changed'; replacedKeys: string[] }
  /** The app is not there for the principal, or not to be edited. */
  | { kind: 'refused' }
  /** What is served has been made of its files. */
  | { kind: 'preoptimized' }
  /** The app would have more files, or bytes, than it may; or there is no such file. */
  | { kind: 'too-many' }
  | { kind: 'too-large' }
  | { kind: 'missing' }
  /** A file would stand in the way of a folder. */
  | { kind: 'blocked'; path: string }

export interface AppBounds {
  maxFiles: number
  maxBytes: number
}

/** An app that the principal may edit and whose files may be changed. */
const changeable = (principal: Principal, slug: string): SQL =>
  sql`${editableApp(principal, slug)} and not ${apps.isPreoptimized}`

const lockedState = (db: Database, principal: Principal, slug: string) =>
  db.execute<{ is_preoptimized: boolean }>(sql`with locked as materialized (${lockApp(principal, slug)})
    select ${apps.isPreoptimized} as is_preoptimized from ${apps} where ${apps.id} in (select id from locked)`)

type Told = Pick<AppChange, 'title' | 'description'>

/** Puts files in the place of all that an app has, which the principal may edit. One transaction. */
export async function replaceAppFiles(
  db: Database,
  principal: UserPrincipal,
  slug: string,
  files: readonly NewAppFile[],
  told: Told,
): Promise<FileChange> {
  const app = changeable(principal, slug)
  const [locked, replaced] = await db.batch([
    lockedState(db, principal, slug),
    db.execute<{ key: string }>(
      sql`delete from ${appFiles} where ${appFiles.appId} in (${app}) returning ${appFiles.objectKey} as key`,
    ),
    db.execute(sql`insert into ${appFiles} (app_id, path, object_key, byte_size, content_type, sha256, crc32)
      select app.id, given.path, given.object_key, given.byte_size, given.content_type, given.sha256, given.crc32
      from (${app}) app, ${fileRows(files)} given`),
    db.execute(noteContent(principal, app, told)),
  ])
  return refusalOf(locked.rows[0]) ?? { kind: 'changed', replacedKeys: replaced.rows.map(({ key }) => key) }
}

/** Puts one file into an app which the principal may edit, in the place of what has its path. One transaction. */
export async function putAppFile(
  db: Database,
  principal: UserPrincipal,
  slug: string,
  file: NewAppFile,
  { maxFiles, maxBytes }: AppBounds,
  told: Told = {},
): Promise<FileChange> {
  const app = changeable(principal, slug)
  const { path, objectKey, byteSize } = file
  const put = sql`select id from (${app}) app where exists (
    select 1 from ${appFiles} where ${appFiles.appId} = app.id and ${appFiles.objectKey} = ${objectKey})`
  const [locked, done] = await db.batch([
    lockedState(db, principal, slug),
    db.execute<{ key: string | null; files: number; bytes: string; blocking: string | null }>(sql`
      with app as materialized (${app}),
      others as materialized (
        select f.path, f.byte_size from ${appFiles} f where f.app_id in (select id from app) and f.path <> ${path}),
      use as materialized (
        select count(*)::int + 1 as files, coalesce(sum(byte_size), 0) + ${byteSize}::bigint as bytes,
          min(path) filter (where starts_with(path, ${`${path}/`}) or starts_with(${path}, path || '/')) as blocking
        from others),
      put as (
        insert into ${appFiles} (app_id, path, object_key, byte_size, content_type, sha256, crc32)
        select app.id, given.path, given.object_key, given.byte_size, given.content_type, given.sha256, given.crc32
        from app, use, ${fileRows([file])} given
        where use.files <= ${maxFiles} and use.bytes <= ${maxBytes} and use.blocking is null
        on conflict (app_id, path) do update set object_key = excluded.object_key, byte_size = excluded.byte_size,
          content_type = excluded.content_type, sha256 = excluded.sha256, crc32 = excluded.crc32, modified_at = now())
      select use.*, (select f.object_key from ${appFiles} f where f.app_id in (select id from app) and f.path = ${path}) as key
      from use`),
    db.execute(noteContent(principal, put, told)),
  ])
  const refusal = refusalOf(locked.rows[0])
  if (refusal) return refusal
  const { key, files, bytes, blocking } = done.rows[0]!
  if (blocking !== null) return { kind: 'blocked', path: blocking }
  if (files > maxFiles) return { kind: 'too-many' }
  if (Number(bytes) > maxBytes) return { kind: 'too-large' }
  return { kind: 'changed', replacedKeys: key === null ? [] : [key] }
}

/** Takes a file out of an app which the principal may edit. One transaction. */
export async function deleteAppFile(
  db: Database,
  principal: UserPrincipal,
  slug: string,
  path: string,
): Promise<FileChange> {
  const app = changeable(principal, slug)
  const its = sql`${appFiles.appId} in (${app}) and ${appFiles.path} = ${path}`
  const [locked, found] = await db.batch([
    lockedState(db, principal, slug),
    db.execute<{ key: string }>(sql`select ${appFiles.objectKey} as key from ${appFiles} where ${its}`),
    db.execute(noteContent(principal, sql`delete from ${appFiles} where ${its} returning app_id as id`)),
  ])
  const refusal = refusalOf(locked.rows[0])
  if (refusal) return refusal
  const replacedKeys = found.rows.map(({ key }) => key)
  return replacedKeys.length > 0 ? { kind: 'changed', replacedKeys } : { kind: 'missing' }
}

const refusalOf = (locked: { is_preoptimized: boolean } | undefined): FileChange | null => {
  if (!locked) return { kind: 'refused' }
  return locked.is_preoptimized ? { kind: 'preoptimized' } : null
}
