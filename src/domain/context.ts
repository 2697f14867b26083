import type { R2Bucket } from '@cloudflare/workers-types'
import type { JpegDecoder } from '../formats/codecs.ts'
import type { Database } from '../store/database.ts'
import type { AppOptimizer } from './apps/optimize/optimizer.ts'
import type { IdentityEnv } from './identity/configuration.ts'
import type { ProcessJobs } from './process-jobs.ts'
import type { ScanJobs } from './scan-jobs.ts'

/** What the domain's functions work with; a Worker makes one per request from its bindings. */
export interface Context {
  db: Database
  bucket: R2Bucket
  jobs: ScanJobs
  processes: ProcessJobs
  /** Key of the MACs that API tokens are. */
  authSecret: string
  /** `host:port` pairs an `upload_url` may name although they are private; empty in production. */
  fetchAllow: readonly string[]
  /** Decodes the pieces of IIIF images; where it is missing, such an image is taken only as far as it comes at once. */
  decodeJpeg?: JpegDecoder
  /** Bytes of what is served below `/assets`, by its path, or null; only where pages are served. */
  readAsset?: (path: string) => Promise<Uint8Array | null>
  /** Makes of apps what is served once they are pre-optimized; only where jobs run. */
  optimizer?: AppOptimizer
  /** Sign-in through other providers; empty where there is none. */
  identity: IdentityEnv
}
