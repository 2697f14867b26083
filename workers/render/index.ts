import resvg from '@resvg/resvg-wasm/index_bg.wasm'
import fontFile from 'dejavu-fonts-ttf/ttf/DejaVuSans.ttf'
import { Hono } from 'hono'
import kernel from '../../build/kernel.wasm'
import { gisCloudPictures } from '../../src/dialects/giscloud/render/index.ts'
import { gisCloudRequest, pathWithoutJson } from '../../src/dialects/giscloud/routing.ts'
import { parseFetchAllow } from '../../src/domain/intake/safe-fetch.ts'
import { ByteLru } from '../../src/domain/render/byte-lru.ts'
import { loadSvgRasterizer, type SvgRasterizer } from '../../src/formats/svg/rasterizer.ts'
import { initKernel } from '../../src/geo/warp/wasm-kernel.ts'
import type { AppEnv } from '../../src/http/app-env.ts'
import { credentials } from '../../src/http/credentials.ts'
import { type DatabaseEnv, openDatabase } from '../../src/store/database.ts'
import { rasterCodecs } from '../codecs.ts'
import { processJobs } from '../process-jobs.ts'
import { type JobBindings, scanJobs } from '../scan-jobs.ts'

interface RenderEnv extends DatabaseEnv, JobBindings {
  BUCKET: R2Bucket
  AUTH_SECRET: string
  /** `host:port,...` that layers may name although they are private; for tests. */
  FETCH_ALLOW?: string
}

/** Decoded pyramid tiles this isolate keeps, bytes. */
const DECODED_MAX_BYTES = 16 * 1024 * 1024

initKernel(kernel)
const decoded = new ByteLru<Uint8Array>(DECODED_MAX_BYTES)
let rasterizer: Promise<SvgRasterizer> | null = null

const app = new Hono<AppEnv>({ getPath: pathWithoutJson })

app.get('/healthz', (c) => c.json({ status: 'ok' }))

app.use(async (c, next) => {
  const env = c.env as RenderEnv
  c.set('context', {
    db: openDatabase(env),
    bucket: env.BUCKET,
    jobs: scanJobs(env),
    processes: processJobs(env),
    authSecret: env.AUTH_SECRET,
    fetchAllow: parseFetchAllow(env.FETCH_ALLOW),
    identity: {},
  })
  await next()
})
app.use(credentials)

app.route(
  '/',
  gisCloudPictures(async ({ var: { context } }) => {
    rasterizer ??= loadSvgRasterizer(resvg, new Uint8Array(fontFile))
    const [codecs, drawer] = await Promise.all([rasterCodecs(), rasterizer])
    return { context, bucket: context.bucket, codecs, decoded, rasterizer: drawer }
  }),
)

export default {
  fetch(incoming, env, execution) {
    return app.fetch((gisCloudRequest(incoming) ?? incoming) as typeof incoming, env, execution)
  },
} satisfies ExportedHandler<RenderEnv>
