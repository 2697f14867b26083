import type { TransformMethod } from '../geo/transform.ts'
import type { Resampling } from '../geo/warp/filters.ts'
import type { UserPrincipal } from '../store/principal.ts'

export interface RectifyRequest {
  scanId: number
  principal: UserPrincipal
  transform: TransformMethod
  resampling: Resampling
  useMask: boolean
  /** How long the answer may wait for the archive, milliseconds. */
  waitMs: number
}

export type RectifyOutcome =
  | { state: 'done' | 'running' }
  | { state: 'busy' }
  | { state: 'refused'; reason: 'too-few-points'; needed: number }
  | { state: 'refused'; reason: 'unsolvable' | 'no-image'; message: string }
  | { state: 'failed'; message: string }

export type ExportOutcome =
  | { state: 'done'; key: string }
  | { state: 'running' }
  | { state: 'failed'; message: string }

/** The long work of a scan, done by its Durable Objects. */
export interface ScanJobs {
  /** Begins to cut the scan's original into a pyramid. Calling it again changes nothing. */
  startIngest(scanId: number): Promise<void>
  /** Waits until ingest has ended, at most `waitMs`. */
  waitForIngest(scanId: number, waitMs: number): Promise<void>
  rectify(request: RectifyRequest): Promise<RectifyOutcome>
  /** Makes the GeoTIFF of a rectification if it is not there, and waits for it, at most `waitMs`. */
  exportGeotiff(scanId: number, rectificationId: number, waitMs: number): Promise<ExportOutcome>
  /** Stops every job of a scan that is being deleted. */
  cancel(scanId: number): Promise<void>
}
