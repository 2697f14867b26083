import { rm } from 'node:fs/promises'
import type { TestProject } from 'vitest/node'
import { startDatabase } from '../../dev/database-process.ts'
import { temporaryDirectory } from './server.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** For the Workers' database driver. */
    databaseUrl: string
    /** `host:port` of the Neon-compatible endpoint. */
    neonLocal: string
  }
}

const GRACE_MS = 5_000

/** One migrated database for all tests of the Workers: the embedded one, or DATABASE_URL's. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const dataDir = await temporaryDirectory()
  const database = startDatabase(dataDir, process.env.DATABASE_URL)
  const [{ databaseUrl, neonLocal }] = await Promise.all([database.address, database.ready])
  project.provide('databaseUrl', databaseUrl)
  project.provide('neonLocal', neonLocal ?? '')
  return async () => {
    await database.process?.stop(GRACE_MS)
    await rm(dataDir, { recursive: true, force: true })
  }
}
