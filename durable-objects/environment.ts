import type { AppOptimizer } from '../src/domain/apps/optimize/optimizer.ts'
import type { DatabaseEnv } from '../src/store/database.ts'
import type { Scan } from './scan.ts'

/** Bindings of the jobs Worker. */
export interface JobEnv extends DatabaseEnv {
  BUCKET: R2Bucket
  /** `host:port,...` that may be fetched from although they are private; for tests. */
  FETCH_ALLOW?: string
  SCAN: DurableObjectNamespace<Scan>
  /** The optimize Worker. */
  OPTIMIZE: AppOptimizer
}
