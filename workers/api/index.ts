import { gisCloudRequest } from '../../src/dialects/giscloud/routing.ts'
import { mapAppsRequest } from '../../src/dialects/mapapps/routing.ts'
import type { Context } from '../../src/domain/context.ts'
import type { IdentityEnv } from '../../src/domain/identity/configuration.ts'
import { type DatabaseEnv, openDatabase } from '../../src/store/database.ts'
import { isDrawnPath } from '../drawn-paths.ts'
import { isPicturePath } from '../picture-paths.ts'
import { processJobs } from '../process-jobs.ts'
import { type JobBindings, scanJobs } from '../scan-jobs.ts'
import { createApp } from './app.ts'
import { readAsset } from './assets.ts'
import { checkHealth } from './health.ts'
import { decodeJpeg } from './jpeg-decoder.ts'

export interface ApiEnv extends DatabaseEnv, JobBindings, IdentityEnv {
  BUCKET: R2Bucket
  TILES: Fetcher
  /** What pages load, below `/assets`. */
  ASSETS: Fetcher
  RENDER: Fetcher
  /** Key of the API tokens. */
  AUTH_SECRET: string
  /** `host:port,...` that an `upload_url` may name although they are private; for tests. */
  FETCH_ALLOW?: string
}

const app = createApp(
  (env: ApiEnv): Context => ({
    db: openDatabase(env),
    bucket: env.BUCKET,
    jobs: scanJobs(env),
    processes: processJobs(env),
    authSecret: env.AUTH_SECRET,
    fetchAllow: (env.FETCH_ALLOW ?? '').split(',').filter((pair) => pair !== ''),
    decodeJpeg,
    readAsset: (path) => readAsset(env.ASSETS, path),
    identity: env,
  }),
)

app.get('/healthz', (c) => checkHealth(c.env))

export default {
  fetch(incoming, env, execution) {
    const request = (gisCloudRequest(incoming) ?? mapAppsRequest(incoming) ?? incoming) as typeof incoming
    const { pathname } = new URL(request.url)
    if (isDrawnPath(pathname)) return env.TILES.fetch(request)
    if (isPicturePath(pathname)) return env.RENDER.fetch(request)
    return app.fetch(request, env, execution)
  },
} satisfies ExportedHandler<ApiEnv>
