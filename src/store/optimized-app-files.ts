import { sql } from 'drizzle-orm'
import { recordActivity } from './activity.ts'
import { editableApp, lockApp } from './apps.ts'
import type { Database } from './database.ts'
import type { SystemPrincipal, UserPrincipal } from './principal.ts'
import { appFiles, appOptimizedFiles, apps, jobs, resources } from './schema.ts'
import type { ServedFile } from './served-app-files.ts'

/** A file that has been made of an app's; its object is its own, or that of the app's file at that path. */
export interface OptimizedAppFile extends ServedFile {
  path: string
}

/** What has come of switching an app to what has been made of its files. */
export type Switch =
  /** `replacedKeys` are of objects that nothing names any more. */
  | { kind: 'switched'; replacedKeys: string[] }
  /** It is served so already. */
  | { kind: 'preoptimized' }
  /** Its files are others than those it was made of. */
  | { kind: 'changed' }
  /** The app is not there for the principal, or not to be edited. */
  | { kind: 'refused' }

/** The keys of what has been made of the app's files, without the files' own. */
const madeKeys = (app: ReturnType<typeof editableApp>) => sql`
  select made.key from ${appOptimizedFiles} o
    cross join lateral (values (o.object_key), (o.gzip_key), (o.brotli_key)) as made (key)
  where o.app_id in (${app}) and made.key is not null
    and not exists (select 1 from ${appFiles} f where f.app_id = o.app_id and f.object_key = made.key)`

const noteSwitch = (principal: UserPrincipal, app: ReturnType<typeof editableApp>, isPreoptimized: boolean) =>
  sql`with app as materialized (${app}),
    stated as (update ${apps} set is_preoptimized = ${isPreoptimized} where ${apps.id} in (select id from app)),
    told as (update ${resources} set version = version + 1 where ${resources.id} in (select id from app))
    ${recordActivity(principal, 'App', 'update', sql`select id from app`)}`

/**
 * Serves what has been made of the files of an app which the principal may edit, unless these have changed since they had
 * the given version. One transaction.
 */
export async function switchToOptimized(
  db: Database,
  principal: UserPrincipal,
  slug: string,
  contentVersion: number,
  files: readonly OptimizedAppFile[],
): Promise<Switch> {
  const app = sql`${editableApp(principal, slug)} and not ${apps.isPreoptimized}
    and ${apps.contentVersion} = ${contentVersion}`
  const [locked, replaced] = await db.batch([
    db.execute<{ is_preoptimized: boolean; content_version: number }>(sql`
      with locked as materialized (${lockApp(principal, slug)})
      select ${apps.isPreoptimized} as is_preoptimized, ${apps.contentVersion} as content_version
      from ${apps} where ${apps.id} in (select id from locked)`),
    db.execute<{ key: string }>(madeKeys(app)),
    db.execute(sql`delete from ${appOptimizedFiles} where ${appOptimizedFiles.appId} in (${app})`),
    db.execute(sql`insert into ${appOptimizedFiles}
        (app_id, path, object_key, byte_size, content_type, sha256, gzip_key, brotli_key)
      select app.id, given ->> 'path', given ->> 'objectKey', (given ->> 'byteSize')::bigint, given ->> 'contentType',
        given ->> 'sha256', given ->> 'gzipKey', given ->> 'brotliKey'
      from (${app}) app, jsonb_array_elements(${JSON.stringify(files)}::jsonb) given`),
    db.execute(noteSwitch(principal, app, true)),
  ])
  const state = locked.rows[0]
  if (!state) return { kind: 'refused' }
  if (state.is_preoptimized) return { kind: 'preoptimized' }
  if (state.content_version !== contentVersion) return { kind: 'changed' }
  return { kind: 'switched', replacedKeys: replaced.rows.map(({ key }) => key) }
}

/**
 * Serves the files of an app which the principal may edit as they are. One transaction.
 * @returns the keys of what had been made of them; null, and nothing changed, where the principal may not
 */
export async function switchToOriginals(
  db: Database,
  principal: UserPrincipal,
  slug: string,
): Promise<string[] | null> {
  const app = sql`${editableApp(principal, slug)} and ${apps.isPreoptimized}`
  const [locked, made] = await db.batch([
    db.execute(lockApp(principal, slug)),
    db.execute<{ key: string }>(madeKeys(app)),
    db.execute(sql`delete from ${appOptimizedFiles} where ${appOptimizedFiles.appId} in (${app})`),
    db.execute(noteSwitch(principal, app, false)),
  ])
  return locked.rows.length > 0 ? made.rows.map(({ key }) => key) : null
}

/** Whether an app is served out of objects whose keys begin so. */
export async function isServedFrom(
  db: Database,
  _system: SystemPrincipal,
  appId: number,
  prefix: string,
): Promise<boolean> {
  const { rows } = await db.execute(sql`select 1 from ${appOptimizedFiles} o where o.app_id = ${appId}
    and (starts_with(o.object_key, ${prefix}) or starts_with(o.gzip_key, ${prefix}) or starts_with(o.brotli_key, ${prefix}))
    limit 1`)
  return rows.length > 0
}

/** The jobs under way that pre-optimize an app, the oldest first: of whomever, for what they do is the app's. */
export async function findPreoptimizations(
  db: Database,
  _system: SystemPrincipal,
  process: string,
  appId: number,
): Promise<string[]> {
  const { rows } = await db.execute<{ id: string }>(sql`select ${jobs.id} as id from ${jobs}
    where ${jobs.process} = ${process} and ${jobs.status} in ('accepted', 'running', 'waiting')
      and ${jobs.inputs} -> 'appId' = to_jsonb(${appId}::int)
    order by ${jobs.createdAt}, ${jobs.id}`)
  return rows.map(({ id }) => id)
}
