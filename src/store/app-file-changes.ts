import { type SQL, sql } from 'drizzle-orm'
import type { NewAppFile } from './app-files.ts'
import { type AppChange, editableApp, fileRows, lockApp, noteContent } from './apps.ts'
import type { Database } from './database.ts'
import type { Principal, UserPrincipal } from './principal.ts'
import { appFiles, apps } from './schema.ts'

/** What has come of a change of an app's files. */
export type FileChange =
  | { kind: 'changed'; replacedKeys: string[] }
  /** The app is not there for the principal, or not to be edited. */
  | { kind: 'refused' }
  /** What is served has been made of its files. */
  | { kind: 'preoptimized' }
  /** The app would have more files than it may. */
  | { kind: 'too-many' }
  /** It would have more bytes. */
  | { kind: 'too-large' }
  /** There is no such file. */
  | { kind: 'missing' }
  /** A file would stand in the way of a folder. */
  | { kind: 'blocked'; path: string }
  /** There is a file of the same path but for the case of its letters. */
  | { kind: 'twin'; path: string }
  /** What is there is not what was to be changed. */
  | { kind: 'stale' }

/** What is to be at a path for a change to be made. */
export type FileCondition =
  | { kind: 'any' }
  | { kind: 'absent' }
  | { kind: 'present' }
  /** A file with one of these digests. */
  | { kind: 'one-of'; sha256: readonly string[] }

export interface AppBounds {
  maxFiles: number
  maxBytes: number
}

/** Whether a condition holds where there is a file, of the digest that `sha256` names, or none. */
function fits(condition: FileCondition, isThere: SQL, sha256: SQL): SQL {
  switch (condition.kind) {
    case 'any':
      return sql`true`
    case 'absent':
      return sql`not ${isThere}`
    case 'present':
      return isThere
    case 'one-of':
      return sql`(${isThere} and ${sha256} in (
        select jsonb_array_elements_text(${JSON.stringify(condition.sha256)}::jsonb)))`
  }
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

/** A file that is to be put into an app. */
export interface FilePut {
  file: NewAppFile
  bounds: AppBounds
  condition: FileCondition
  /** What the app is called from now on, where the file says so. */
  told: Told
}

/** Puts one file into an app which the principal may edit, in the place of what has its path. One transaction. */
export async function putAppFile(
  db: Database,
  principal: UserPrincipal,
  slug: string,
  { file, bounds: { maxFiles, maxBytes }, condition, told }: FilePut,
): Promise<FileChange> {
  const app = changeable(principal, slug)
  const { path, objectKey, byteSize } = file
  const put = sql`select id from (${app}) app where exists (
    select 1 from ${appFiles} where ${appFiles.appId} = app.id and ${appFiles.objectKey} = ${objectKey})`
  const isAsExpected = fits(condition, sql`exists (select 1 from current)`, sql`(select sha256 from current)`)
  const [locked, done] = await db.batch([
    lockedState(db, principal, slug),
    db.execute<PutRow>(sql`
      with app as materialized (${app}),
      current as materialized (
        select f.object_key, f.sha256 from ${appFiles} f where f.app_id in (select id from app) and f.path = ${path}),
      others as materialized (
        select f.path, f.byte_size from ${appFiles} f where f.app_id in (select id from app) and f.path <> ${path}),
      use as materialized (
        select count(*)::int + 1 as files, coalesce(sum(byte_size), 0) + ${byteSize}::bigint as bytes,
          min(path) filter (where starts_with(path, ${`${path}/`}) or starts_with(${path}, path || '/')) as blocking,
          min(path) filter (where lower(path) = lower(${path})) as twin, ${isAsExpected} as fits
        from others),
      put as (
        insert into ${appFiles} (app_id, path, object_key, byte_size, content_type, sha256, crc32)
        select app.id, given.path, given.object_key, given.byte_size, given.content_type, given.sha256, given.crc32
        from app, use, ${fileRows([file])} given
        where use.files <= ${maxFiles} and use.bytes <= ${maxBytes} and use.blocking is null and use.twin is null and use.fits
        on conflict (app_id, path) do update set object_key = excluded.object_key, byte_size = excluded.byte_size,
          content_type = excluded.content_type, sha256 = excluded.sha256, crc32 = excluded.crc32, modified_at = now())
      select use.*, (select object_key from current) as key from use`),
    db.execute(noteContent(principal, put, told)),
  ])
  const refusal = refusalOf(locked.rows[0])
  if (refusal) return refusal
  const { key, files, bytes, blocking, twin, fits: isExpected } = done.rows[0]!
  if (!isExpected) return { kind: 'stale' }
  if (blocking !== null) return { kind: 'blocked', path: blocking }
  if (twin !== null) return { kind: 'twin', path: twin }
  if (files > maxFiles) return { kind: 'too-many' }
  if (Number(bytes) > maxBytes) return { kind: 'too-large' }
  return { kind: 'changed', replacedKeys: key === null ? [] : [key] }
}

interface PutRow extends Record<string, unknown> {
  key: string | null
  files: number
  bytes: string
  blocking: string | null
  twin: string | null
  fits: boolean
}

/** Takes a file out of an app which the principal may edit. One transaction. */
export async function deleteAppFile(
  db: Database,
  principal: UserPrincipal,
  slug: string,
  path: string,
  condition: FileCondition,
): Promise<FileChange> {
  const its = sql`${appFiles.appId} in (${changeable(principal, slug)}) and ${appFiles.path} = ${path}`
  const isAsExpected = fits(condition, sql`true`, sql`${appFiles.sha256}`)
  const [locked, found] = await db.batch([
    lockedState(db, principal, slug),
    db.execute<{ key: string; fits: boolean }>(
      sql`select ${appFiles.objectKey} as key, ${isAsExpected} as fits from ${appFiles} where ${its}`,
    ),
    db.execute(
      noteContent(
        principal,
        sql`delete from ${appFiles} where ${its} and ${isAsExpected} returning app_id as id`,
      ),
    ),
  ])
  const refusal = refusalOf(locked.rows[0])
  if (refusal) return refusal
  const stood = found.rows[0]
  if (!stood) return condition.kind === 'any' ? { kind: 'missing' } : { kind: 'stale' }
  return stood.fits ? { kind: 'changed', replacedKeys: [stood.key] } : { kind: 'stale' }
}

const refusalOf = (locked: { is_preoptimized: boolean } | undefined): FileChange | null => {
  if (!locked) return { kind: 'refused' }
  return locked.is_preoptimized ? { kind: 'preoptimized' } : null
}
