import { sql } from 'drizzle-orm'
import { openDatabase } from '../../src/store/database.ts'
import type { ApiEnv } from './index.ts'

/** Asks everything a request may need. 200 `{"status":"ok"}` when all of it answers, else 503 with what does not. */
export async function checkHealth(env: ApiEnv): Promise<Response> {
  const checks = {
    database: () => openDatabase(env).execute(sql`select postgis_lib_version()`),
    bucket: () => env.BUCKET.head('healthz'),
    tiles: () => checkWorker(env.TILES),
    render: () => checkWorker(env.RENDER),
    jobs: () => env.SCAN.get(env.SCAN.idFromName('healthz')).ping(),
  }
  const results = await Promise.all(
    Object.entries(checks).map(async ([name, check]) => {
      try {
        await check()
        return [name, 'ok'] as const
      } catch (error) {
        console.error(`${name} is not healthy:`, error)
        return [name, 'failed'] as const
      }
    }),
  )
  const healthy = results.every(([, state]) => state === 'ok')
  return Response.json(
    { status: healthy ? 'ok' : 'failed', checks: Object.fromEntries(results) },
    { status: healthy ? 200 : 503, headers: { 'cache-control': 'no-store' } },
  )
}

async function checkWorker(worker: Fetcher): Promise<void> {
  const { status } = await worker.fetch('https://worker/healthz')
  if (status !== 200) throw new Error(`answered ${status}`)
}
