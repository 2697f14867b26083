import { env as bound } from 'cloudflare:workers'
import type { JobEnv } from '../../../durable-objects/environment.ts'
import { type Database, openDatabase } from '../../../src/store/database.ts'
import type { JobBindings } from '../../../workers/scan-jobs.ts'

/** The jobs Worker's bindings, as its configuration gives them. */
export const env = bound as unknown as JobEnv & JobBindings

export const db: Database = openDatabase(env)

export const importOf = (importId: number) => env.IMPORT.get(env.IMPORT.idFromName(String(importId)))
export const processOf = (jobId: string) => env.PROCESS.get(env.PROCESS.idFromName(jobId))
export const ingestOf = (scanId: number) => env.INGEST.get(env.INGEST.idFromName(String(scanId)))
export const scanOf = (scanId: number) => env.SCAN.get(env.SCAN.idFromName(String(scanId)))

/** Bytes of an object, null where there is none. */
export async function objectBytes(key: string): Promise<Uint8Array | null> {
  const object = await env.BUCKET.get(key)
  return object ? new Uint8Array(await object.arrayBuffer()) : null
}

/** Keys of every object under a prefix. */
export async function objectKeysUnder(prefix: string): Promise<string[]> {
  const { objects } = await env.BUCKET.list({ prefix })
  return objects.map(({ key }) => key).sort()
}
