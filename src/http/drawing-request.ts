import type { Cache } from '@cloudflare/workers-types'
import type { DrawingTools } from '../domain/render/draw.ts'
import type { ScanJobs } from '../domain/scan-jobs.ts'
import type { Database } from '../store/database.ts'
import type { Principal } from '../store/principal.ts'

/** A request to the tiles Worker with what answering it may take. */
export interface DrawingRequest {
  request: Request
  url: URL
  db: Database
  cache: Cache
  tools: DrawingTools
  jobs: Pick<ScanJobs, 'exportGeotiff'>
  /** Who asks; looked up only when something is not everyone's. */
  principal: () => Promise<Principal>
  /** Lets work go on after the answer. */
  background: (work: Promise<unknown>) => void
}
