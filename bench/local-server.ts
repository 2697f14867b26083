import { readFileSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { readAuthSecret } from '../dev/auth-secret.ts'
import { build } from '../dev/build.ts'
import { startDatabase } from '../dev/database-process.ts'
import { freePort } from '../dev/free-port.ts'
import type { ManagedProcess } from '../dev/processes.ts'
import { readSettings, type Settings } from '../dev/settings.ts'
import { writeWorkerConfigs } from '../dev/worker-configs.ts'
import { startWorkers, waitUntilHealthy } from '../dev/workers.ts'
import { ensureAdministrator } from '../src/domain/accounts.ts'
import { openDatabase } from '../src/store/database.ts'
import { temporaryDirectory } from '../test/support/server.ts'

const HEALTHY_MAX_MS = 60_000
const GRACE_MS = 10_000
const TILES_WORKER = 'graticule-tiles'

/** Answered by the tiles Worker before any code of its own: what a request costs that nothing is done for. */
export const HELLO_PATH = '/maps/tile/hello'

export interface LocalServer {
  url: string
  administrator: Settings['administrator']
  stop(): Promise<void>
}

/**
 * The parts of `npm start` on a fresh data directory, with one route more in the tiles Worker, `HELLO_PATH`.
 * @param databaseUrl a real Postgres instead of what the environment names
 */
export async function startLocalServer(databaseUrl?: string): Promise<LocalServer> {
  const dataDir = await temporaryDirectory()
  const running: ManagedProcess[] = []
  const stop = async () => {
    for (const child of running.toReversed()) await child.stop(GRACE_MS)
    await rm(dataDir, { recursive: true, force: true })
  }
  try {
    const port = await freePort()
    const environment = databaseUrl ? { ...process.env, DATABASE_URL: databaseUrl } : process.env
    const settings = readSettings({ ...environment, PORT: String(port), DATA_DIR: dataDir })
    const database = startDatabase(dataDir, settings.databaseUrl)
    if (database.process) running.push(database.process)
    const [{ databaseUrl: url, neonLocal }] = await Promise.all([database.address, database.ready, build()])
    const address = { DATABASE_URL: url, ...(neonLocal ? { NEON_LOCAL: neonLocal } : {}) }
    await ensureAdministrator(openDatabase(address), settings.administrator)

    const directory = join(dataDir, 'cloudflare')
    const configs = await writeWorkerConfigs(join(directory, 'config'), {
      ...address,
      ENVIRONMENT: 'local',
      AUTH_SECRET: readAuthSecret(join(dataDir, 'auth-secret')),
    })
    addHello(configs.find((path) => path.includes(TILES_WORKER))!)
    running.push(startWorkers(directory, port, configs))
    const origin = `http://127.0.0.1:${port}`
    await waitUntilHealthy(origin, HEALTHY_MAX_MS, new AbortController().signal)
    return { url: origin, administrator: settings.administrator, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Puts a module before the Worker's own that answers one path. */
function addHello(configPath: string): void {
  const config = JSON.parse(readFileSync(configPath, 'utf8'))
  const main = join(dirname(configPath), 'hello.mjs')
  writeFileSync(
    main,
    `import worker from ${JSON.stringify(config.main)}
    export default {
      fetch: (request, env, execution) =>
        new URL(request.url).pathname === ${JSON.stringify(HELLO_PATH)}
          ? new Response('hello')
          : worker.fetch(request, env, execution),
    }`,
  )
  writeFileSync(configPath, JSON.stringify({ ...config, main }))
}
