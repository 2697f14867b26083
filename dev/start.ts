// `npm start`: database, migrations and all Workers as one process tree on this machine.
import { createServer } from 'node:net'
import { join } from 'node:path'
import { ensureAdministrator } from '../src/domain/accounts.ts'
import { openDatabase } from '../src/store/database.ts'
import { hasNoUsers } from '../src/store/users.ts'
import { readAuthSecret } from './auth-secret.ts'
import { build } from './build.ts'
import { type DatabaseAddress, startDatabase } from './database-process.ts'
import { lockFile } from './lock-file.ts'
import { parentOf } from './process-table.ts'
import type { ManagedProcess } from './processes.ts'
import { ADMIN_PASSWORD_DEFAULT, isDatabaseLocal, readSettings, type Settings } from './settings.ts'
import { writeWorkerConfigs } from './worker-configs.ts'
import { startWorkers, waitUntilHealthy } from './workers.ts'

const HEALTHY_MAX_MS = 60_000
const WORKERS_GRACE_MS = 5_000
const DATABASE_GRACE_MS = 10_000
const PARENT_POLL_MS = 500

const running: ManagedProcess[] = []
const stopping = new AbortController()

async function main(): Promise<void> {
  const settings = readSettings(process.env)
  await requireFreePort(settings.port)
  process.on('exit', await lockFile(join(settings.dataDir, 'lock'), `The data directory ${settings.dataDir}`))
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void end(0))
  endWithNpm()
  const database = startDatabase(settings.dataDir, settings.databaseUrl)
  if (database.process) watch(database.process)
  const workers = Promise.all([database.address, build()]).then(([address]) => begin(settings, address))
  const administrator = Promise.all([database.address, database.ready]).then(([address]) =>
    createAdministrator(settings, address),
  )
  await Promise.all([administrator, workers])
  const url = `http://127.0.0.1:${settings.port}`
  await waitUntilHealthy(url, HEALTHY_MAX_MS, stopping.signal)
  console.log(`ready ${url}`)
}

async function begin(settings: Settings, address: DatabaseAddress): Promise<void> {
  const directory = join(settings.dataDir, 'cloudflare')
  const configs = await writeWorkerConfigs(join(directory, 'config'), workerVars(settings, address))
  stopping.signal.throwIfAborted()
  watch(startWorkers(directory, settings.port, configs))
}

/** The first start makes an account with all roles; one that has users leaves them as they are. */
async function createAdministrator(settings: Settings, address: DatabaseAddress): Promise<void> {
  const db = openDatabase({
    DATABASE_URL: address.databaseUrl,
    ...(address.neonLocal ? { NEON_LOCAL: address.neonLocal } : {}),
  })
  const { login, email, password } = settings.administrator
  if (password === ADMIN_PASSWORD_DEFAULT && !isDatabaseLocal(settings.databaseUrl) && (await hasNoUsers(db)))
    throw new Error('The database is on another machine and has no users: ADMIN_PASSWORD must be set')
  if (await ensureAdministrator(db, settings.administrator))
    console.error(`Made the administrator ${login}, ${email}`)
}

function workerVars(
  { dataDir, fetchAllow, identity }: Settings,
  address: DatabaseAddress,
): Record<string, string> {
  return {
    ENVIRONMENT: 'local',
    AUTH_SECRET: readAuthSecret(join(dataDir, 'auth-secret')),
    DATABASE_URL: address.databaseUrl,
    FETCH_ALLOW: fetchAllow,
    ...identity,
    ...(address.neonLocal ? { NEON_LOCAL: address.neonLocal } : {}),
  }
}

async function requireFreePort(port: number): Promise<void> {
  const probe = createServer()
  await new Promise<void>((resolve, reject) => {
    probe.once('error', (error: NodeJS.ErrnoException) => {
      const reason = error.code === 'EADDRINUSE' ? 'is already in use' : `cannot be used (${error.message})`
      reject(new Error(`Port ${port} of 127.0.0.1 ${reason}; choose another with PORT`))
    })
    probe.listen(port, '127.0.0.1', resolve)
  })
  await new Promise((resolve) => probe.close(resolve))
}

/** The tree is whole or it ends: none of its processes goes on without the others. */
function watch(child: ManagedProcess): void {
  running.push(child)
  void child.exited.then((code) => {
    if (stopping.signal.aborted) return
    console.error(`The ${child.name} ended (exit code ${code})`)
    void end(1)
  })
}

/** Under npm, a killed npm leaves its shell and this process behind: it is seen as a change among the ancestors. */
function endWithNpm(): void {
  if (!process.env.npm_lifecycle_event) return
  const parent = process.ppid
  const grandparent = parentOf(parent)
  setInterval(() => {
    if (process.ppid !== parent || parentOf(parent) !== grandparent) void end(0)
  }, PARENT_POLL_MS).unref()
}

/** Workers first, for they use the database. Called again, it does nothing: an end under way is bounded in time. */
async function end(code: number): Promise<void> {
  if (stopping.signal.aborted) return
  stopping.abort()
  for (const child of running.toReversed()) {
    await child.stop(child.name === 'database' ? DATABASE_GRACE_MS : WORKERS_GRACE_MS)
  }
  process.exit(code)
}

main().catch((error: unknown) => {
  if (stopping.signal.aborted) return
  console.error(error instanceof Error ? error.message : String(error))
  void end(1)
})
