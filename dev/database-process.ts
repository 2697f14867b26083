import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type ManagedProcess, startProcess } from './processes.ts'
import { isNeonHost } from './settings.ts'

/** What the Workers' driver needs. */
export interface DatabaseAddress {
  databaseUrl: string
  /** `host:port` of the Neon-compatible endpoint; undefined where the database is Neon itself. */
  neonLocal: string | undefined
}

export interface RunningDatabase {
  process: ManagedProcess | undefined
  /** Known early: what is asked there waits until the database is ready. */
  address: Promise<DatabaseAddress>
  /** Resolves once the migrations have been applied, with an address for Postgres clients on this machine. */
  ready: Promise<string>
}

const entry = fileURLToPath(new URL('database/main.ts', import.meta.url))

/** The driver wants a user, a password and a host; the embedded database asks for none of them. */
const EMBEDDED_WORKER_URL = 'postgresql://postgres:postgres@database.localhost/postgres'

/**
 * Starts what stands between the Workers and the database, and brings the database up to date: the embedded database
 * under `dataDir`; with `databaseUrl` a Neon-compatible endpoint before that server; no process where it is Neon's.
 */
export function startDatabase(dataDir: string, databaseUrl: string | undefined): RunningDatabase {
  if (databaseUrl && isNeonHost(databaseUrl)) {
    return {
      process: undefined,
      address: Promise.resolve({ databaseUrl, neonLocal: undefined }),
      ready: migrateHere(databaseUrl),
    }
  }
  const address = Promise.withResolvers<DatabaseAddress>()
  const ready = Promise.withResolvers<string>()
  const args = databaseUrl ? [entry] : [entry, join(dataDir, 'postgres')]
  const child = startProcess('database', process.execPath, args, {
    env: { ...process.env, DATABASE_URL: databaseUrl ?? '' },
    onLine(line) {
      const told = JSON.parse(line) as { neonLocal?: string; databaseUrl?: string }
      if (told.neonLocal) {
        address.resolve({ databaseUrl: databaseUrl ?? EMBEDDED_WORKER_URL, neonLocal: told.neonLocal })
      }
      if (told.databaseUrl) ready.resolve(told.databaseUrl)
    },
  })
  void child.exited.then((code) => {
    const error = new Error(`The database did not start (exit code ${code})`)
    address.reject(error)
    ready.reject(error)
  })
  return { process: child, address: address.promise, ready: ready.promise }
}

async function migrateHere(databaseUrl: string): Promise<string> {
  const { migrateDatabase } = await import('./migrate.ts')
  await migrateDatabase(databaseUrl)
  return databaseUrl
}
