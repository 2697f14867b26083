import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { inject } from 'vitest'
import { type Database, type DatabaseEnv, openDatabase } from '../../src/store/database.ts'

/** The database of the instance that all end-to-end tests share, as its Workers are bound to it. */
export async function platformDatabase(): Promise<Database> {
  const path = join(inject('dataDir'), 'cloudflare/config/graticule-api/wrangler.json')
  const { vars } = JSON.parse(await readFile(path, 'utf8')) as { vars: DatabaseEnv }
  return openDatabase(vars)
}
