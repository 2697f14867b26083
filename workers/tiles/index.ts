import { Hono, type Context as RequestContext } from 'hono'
import kernel from '../../build/kernel.wasm'
import type { Context } from '../../src/domain/context.ts'
import { BadCredentialError } from '../../src/domain/errors.ts'
import { ByteLru } from '../../src/domain/render/byte-lru.ts'
import { initKernel } from '../../src/geo/warp/wasm-kernel.ts'
import type { AppEnv } from '../../src/http/app-env.ts'
import { presentedBy } from '../../src/http/credentials.ts'
import { type DatabaseEnv, openDatabase } from '../../src/store/database.ts'
import { ANONYMOUS, type Principal } from '../../src/store/principal.ts'
import { rasterCodecs } from '../codecs.ts'
import { processJobs } from '../process-jobs.ts'
import { type JobBindings, scanJobs } from '../scan-jobs.ts'
import { answerDrawing } from './answer.ts'

interface TilesEnv extends DatabaseEnv, JobBindings {
  BUCKET: R2Bucket
  AUTH_SECRET: string
}

/** Decoded pyramid tiles this isolate keeps, bytes: a quarter of what an isolate has. */
const DECODED_MAX_BYTES = 32 * 1024 * 1024

initKernel(kernel)
const decoded = new ByteLru<Uint8Array>(DECODED_MAX_BYTES)

const app = new Hono<AppEnv>()

app.get('/healthz', (c) => c.json({ status: 'ok' }))

app.all('*', async (c) => {
  const env = c.env as TilesEnv
  const db = openDatabase(env)
  const jobs = scanJobs(env)
  const context: Context = {
    db,
    bucket: env.BUCKET,
    jobs,
    processes: processJobs(env),
    authSecret: env.AUTH_SECRET,
    fetchAllow: [],
    identity: {},
  }
  c.set('context', context)
  return answerDrawing({
    request: c.req.raw,
    url: new URL(c.req.url),
    db,
    cache: caches.default,
    tools: { bucket: env.BUCKET, codecs: await rasterCodecs(), decoded },
    jobs,
    principal: () => principalOf(c),
    background: (work) => c.executionCtx.waitUntil(work),
  })
})

/** Who asks; where the API is one that refuses credentials that do not hold, this does. @throws BadCredentialError */
async function principalOf(c: RequestContext<AppEnv>): Promise<Principal> {
  const presented = await presentedBy(c)
  if (presented && !presented.account && presented.kind !== 'cookie' && c.req.path.startsWith('/1/'))
    throw new BadCredentialError('The credential is unknown, or no longer valid')
  return presented?.account?.principal ?? ANONYMOUS
}

app.onError((error, c) => {
  console.error(`${c.req.method} ${c.req.path}:`, error)
  return c.json({ errors: [{ title: 'Internal error', detail: 'It could not be drawn.' }] }, 500, {
    'cache-control': 'no-store',
    'access-control-allow-origin': '*',
  })
})

export default app
