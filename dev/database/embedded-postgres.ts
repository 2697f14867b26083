import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import { pg_trgm } from '@electric-sql/pglite/contrib/pg_trgm'
import { unaccent } from '@electric-sql/pglite/contrib/unaccent'
import { postgis } from '@electric-sql/pglite-postgis'
import { copyTemplate, keepTemplate } from './template.ts'
import { errorResponse } from './wire-messages.ts'
import type { SharedBackend } from './wire-session.ts'

export interface EmbeddedPostgres extends SharedBackend {
  close(): Promise<void>
}

/**
 * Opens, and on first use creates, a PGlite database with PostGIS, pg_trgm and unaccent in `directory`. What takes longest
 * of that is done once: later databases begin as copies of the first as it was when it was new.
 * A directory whose creation was interrupted is created anew; one that was in use when its process died is recovered
 * from its write-ahead log. The caller sees to it that only one process has it open: PGlite does not.
 */
export async function openEmbeddedPostgres(directory: string): Promise<EmbeddedPostgres> {
  await mkdir(dirname(directory), { recursive: true })
  const unfinished = `${directory}.initialising`
  if (existsSync(unfinished)) rmSync(directory, { recursive: true, force: true })
  const fresh = !existsSync(directory)
  if (fresh) writeFileSync(unfinished, '')
  const copied = fresh && copyTemplate(directory)
  let db = await open(directory)
  if (fresh && !copied) {
    await db.exec('create extension postgis; create extension pg_trgm; create extension unaccent')
    await db.exec('checkpoint')
    keepTemplate(directory)
  }
  if (fresh) rmSync(unfinished)
  const version = await db.query<{ server_version: string }>('show server_version')

  return {
    serverVersion: version.rows[0]?.server_version ?? '',
    async send(message) {
      const chunks: Buffer[] = []
      try {
        await db.execProtocolRawStream(message, { onRawData: (bytes) => chunks.push(Buffer.from(bytes)) })
      } catch (error) {
        chunks.push(
          errorResponse('XX000', `PGlite: ${error instanceof Error ? error.message : String(error)}`),
        )
      }
      return Buffer.concat(chunks)
    },
    async rollback() {
      await db.exec('rollback')
    },
    async replace() {
      // The broken instance is not closed: closing writes a checkpoint from memory that cannot be trusted any more.
      console.error('The embedded database broke and is opened again')
      db = await open(directory)
    },
    close: () => db.close(),
  }
}

function open(directory: string) {
  return PGlite.create({ dataDir: directory, extensions: { postgis, pg_trgm, unaccent } })
}
