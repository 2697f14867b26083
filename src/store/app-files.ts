import { and, eq, sql } from 'drizzle-orm'
import { type AppRecord, appColumns } from './apps.ts'
import type { Database } from './database.ts'
import { may } from './permissions.ts'
import type { Principal } from './principal.ts'
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

/** An app with one of its files, as it was put there. */
export interface AppWithFile {
  app: AppRecord
  /** Null where the app has none at the path. */
  file: AppFile | null
}

/** Null where there is no app, or the principal may not see it. */
export async function findAppWithFile(
  db: Database,
  principal: Principal,
  slug: string,
  path: string,
): Promise<AppWithFile | null> {
  const [found] = await db
    .select({ app: appColumns(principal), file: columns })
    .from(apps)
    .innerJoin(resources, eq(resources.id, apps.id))
    .leftJoin(appFiles, and(eq(appFiles.appId, apps.id), eq(appFiles.path, path)))
    .where(and(eq(resources.slug, slug), may(principal, 'view')))
  return found ?? null
}

export interface AppWithFiles {
  app: AppRecord
  /** In the order of their paths. */
  files: AppFile[]
}

const listed = sql<(Omit<AppFile, 'modifiedAt'> & { modifiedAt: number })[]>`coalesce((
  select jsonb_agg(jsonb_build_object('path', f.path, 'objectKey', f.object_key, 'byteSize', f.byte_size,
    'contentType', f.content_type, 'sha256', f.sha256, 'crc32', f.crc32,
    'modifiedAt', (extract(epoch from f.modified_at) * 1000)::bigint) order by f.path collate "C")
  from ${appFiles} f where f.app_id = ${apps.id}), '[]')`

/** An app with all its files, as they were put there; null where there is none, or the principal may not see it. */
export async function findAppWithFiles(
  db: Database,
  principal: Principal,
  slug: string,
): Promise<AppWithFiles | null> {
  const [found] = await db
    .select({ app: appColumns(principal), files: listed })
    .from(apps)
    .innerJoin(resources, eq(resources.id, apps.id))
    .where(and(eq(resources.slug, slug), may(principal, 'view')))
  if (!found) return null
  const files = found.files.map((file) => ({ ...file, modifiedAt: new Date(file.modifiedAt) }))
  return { app: found.app, files }
}
