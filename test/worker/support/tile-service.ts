import { ByteLru } from '../../../src/domain/render/byte-lru.ts'
import { ANONYMOUS, type Principal } from '../../../src/store/principal.ts'
import { rasterCodecs } from '../../../workers/codecs.ts'
import { scanJobs } from '../../../workers/scan-jobs.ts'
import { answerDrawing } from '../../../workers/tiles/answer.ts'
import { db, env } from './bindings.ts'
import { FaultyService, faultyBucket, withDatabase } from './faults.ts'

export const ORIGIN = 'https://maps.example'

export interface Asked {
  method?: string
  headers?: Record<string, string>
  principal?: Principal
}

/** An answer of the tile service, read to its end, and what it took. */
export interface Answered {
  status: number
  headers: Headers
  bytes: Uint8Array<ArrayBuffer>
  json(): unknown
  /** Round trips to the database, operations on the bucket, tiles put into the shared cache. */
  took: { database: number; bucket: number; cached: number }
}

const decoded = new ByteLru<Uint8Array>(2 ** 25)

/** Asks the tile service with everything it has in production, and counts what it does. */
export async function ask(path: string, { method, headers, principal }: Asked = {}): Promise<Answered> {
  const request = new Request(ORIGIN + path, { method: method ?? 'GET', headers: headers ?? {} })
  const database = new FaultyService()
  const bucket = new FaultyService()
  const codecs = await rasterCodecs()
  const background: Promise<unknown>[] = []
  let cached = 0
  const cache = {
    match: (key: RequestInfo) => caches.default.match(key),
    async put(key: RequestInfo, response: Response) {
      cached++
      await caches.default.put(key, response)
    },
  } as Cache
  return withDatabase(database, async () => {
    const response = await answerDrawing({
      ...{ request, url: new URL(request.url), db, cache, jobs: scanJobs(env) },
      tools: { bucket: faultyBucket(env.BUCKET, bucket), codecs, decoded },
      principal: async () => principal ?? ANONYMOUS,
      background: (work) => background.push(work),
    })
    const bytes = new Uint8Array(await response.arrayBuffer())
    await Promise.all(background)
    return {
      ...{ status: response.status, headers: response.headers, bytes },
      json: () => JSON.parse(new TextDecoder().decode(bytes)),
      took: { database: database.calls, bucket: bucket.calls, cached },
    }
  })
}
