import { sql } from 'drizzle-orm'
import type { Database } from './database.ts'
import { isPublic, may } from './permissions.ts'
import type { Principal } from './principal.ts'
import { appFiles, appOptimizedFiles, apps, resources } from './schema.ts'

/** A file of an app as it is served: itself, or what has been made of it. */
export interface ServedFile {
  objectKey: string
  /** Bytes. */
  byteSize: number
  contentType: string
  /** Lower-case hexadecimal. */
  sha256: string
  /** The same bytes, compressed; null where there are none. */
  gzipKey: string | null
  brotliKey: string | null
}

/** An app whose file is asked for. */
export interface ServedApp {
  /** Everyone may have its files. */
  isPublic: boolean
  file: ServedFile | null
}

interface ServedRow extends Record<string, unknown> {
  is_public: boolean
  object_key: string | null
  byte_size: string | null
  content_type: string
  sha256: string
  gzip_key: string | null
  brotli_key: string | null
}

/** The file of an app at a path; null where there is no app, or the principal may not see it. */
export async function findServedFile(
  db: Database,
  principal: Principal,
  slug: string,
  path: string,
): Promise<ServedApp | null> {
  const { rows } = await db.execute<ServedRow>(sql`
    select ${isPublic} as is_public, coalesce(o.object_key, f.object_key) as object_key,
      coalesce(o.byte_size, f.byte_size) as byte_size, coalesce(o.content_type, f.content_type) as content_type,
      coalesce(o.sha256, f.sha256) as sha256, o.gzip_key, o.brotli_key
    from ${apps} join ${resources} on ${resources.id} = ${apps.id}
    left join ${appOptimizedFiles} o on o.app_id = ${apps.id} and o.path = ${path} and ${apps.isPreoptimized}
    left join ${appFiles} f on f.app_id = ${apps.id} and f.path = ${path}
    where ${resources.slug} = ${slug} and ${may(principal, 'view')}`)
  const row = rows[0]
  if (!row) return null
  const { object_key: objectKey } = row
  return {
    isPublic: row.is_public,
    file:
      objectKey === null
        ? null
        : {
            objectKey,
            byteSize: Number(row.byte_size),
            contentType: row.content_type,
            sha256: row.sha256,
            gzipKey: row.gzip_key,
            brotliKey: row.brotli_key,
          },
  }
}
