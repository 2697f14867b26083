import { createRequire } from 'node:module'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type ManagedProcess, startProcess } from './processes.ts'

const HEALTH_POLL_MS = 200
const HEALTH_REQUEST_MAX_MS = 5_000

const wranglerScript = createRequire(import.meta.url).resolve('wrangler')

/** Starts all Workers in one workerd on the loopback interface, their storage in `directory`. */
export function startWorkers(directory: string, port: number, configs: string[]): ManagedProcess {
  const options = {
    ip: '127.0.0.1',
    port: String(port),
    'inspector-port': '0',
    'persist-to': directory,
    'log-level': 'warn',
    'show-interactive-dev-session': 'false',
  }
  const args = [
    '--no-warnings',
    wranglerScript,
    'dev',
    ...configs.flatMap((config) => ['--config', config]),
    ...Object.entries(options).map(([name, value]) => `--${name}=${value}`),
  ]
  return startProcess('workers', process.execPath, args, {
    env: {
      ...process.env,
      CI: '1',
      CLOUDFLARE_CF_FETCH_ENABLED: 'false',
      CLOUDFLARE_LOAD_DEV_VARS_FROM_DOT_ENV: 'false',
      DO_NOT_TRACK: '1',
      WRANGLER_HIDE_BANNER: 'true',
      WRANGLER_REGISTRY_PATH: join(directory, 'registry'),
      WRANGLER_SEND_ERROR_REPORTS: 'false',
      WRANGLER_SEND_METRICS: 'false',
      WRANGLER_WRITE_LOGS: 'false',
    },
  })
}

/**
 * Waits until `GET /healthz` answers 200.
 *
 * @throws Error with the last answer after `maxMs`
 */
export async function waitUntilHealthy(url: string, maxMs: number, signal: AbortSignal): Promise<void> {
  const deadline = Date.now() + maxMs
  let last = 'no answer'
  while (Date.now() < deadline) {
    signal.throwIfAborted()
    try {
      const response = await fetch(`${url}/healthz`, { signal: AbortSignal.timeout(HEALTH_REQUEST_MAX_MS) })
      const text = await response.text()
      if (response.status === 200) return
      last = `${response.status} ${text.slice(0, 500)}`
    } catch (error) {
      last = error instanceof Error ? error.message : String(error)
    }
    await sleep(HEALTH_POLL_MS)
  }
  throw new Error(`The Workers did not become healthy within ${maxMs / 1000} s; /healthz: ${last}`)
}
