import { WorkerEntrypoint } from 'cloudflare:workers'
import wasmModule from '../../build/esbuild.wasm'
import { startRunningService } from '../../build/esbuild-glue.mjs'
import { analyseApp } from '../../src/domain/apps/optimize/analyse-app.ts'
import { bundleApp } from '../../src/domain/apps/optimize/bundle-app.ts'
import { makeFiles } from '../../src/domain/apps/optimize/make-files.ts'
import { type OneAtATime, oneAtATime } from '../../src/domain/apps/optimize/one-at-a-time.ts'
import type {
  AnalysisRequest,
  AppOptimizer,
  BundleRequest,
  MakeRequest,
} from '../../src/domain/apps/optimize/optimizer.ts'

interface OptimizeEnv {
  BUCKET: R2Bucket
}

/** An isolate has memory for one esbuild. */
const turns: OneAtATime = oneAtATime({ startRunningService, wasmModule })

/** What the jobs Worker asks for; nobody else is bound to it, and it has no address. */
export default class Optimizer extends WorkerEntrypoint<OptimizeEnv> implements AppOptimizer {
  analyse(request: AnalysisRequest) {
    return turns((start) => analyseApp(this.env.BUCKET, start, request))
  }

  bundle(request: BundleRequest) {
    return turns((start) => bundleApp(this.env.BUCKET, start, request))
  }

  make(request: MakeRequest) {
    return turns((start) => makeFiles(this.env.BUCKET, start, request))
  }
}
