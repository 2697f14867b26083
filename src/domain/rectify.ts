import { requiredPoints, type TransformMethod } from '../geo/transform.ts'
import type { Resampling } from '../geo/warp/filters.ts'
import { gcpsOfScan } from '../store/gcps.ts'
import type { UserPrincipal } from '../store/principal.ts'
import type { ScanRecord } from '../store/scans.ts'
import type { Context } from './context.ts'
import {
  ImageNotReadyError,
  JobFailedError,
  NotEnoughPointsError,
  ScanBusyError,
  UnsolvableTransformError,
} from './errors.ts'
import { readScan } from './scans.ts'

/** How long the answer to a rectification waits for its archive. The bake goes on after it. */
export const RECTIFY_WAIT_MS = 20_000

export interface RectifyOptions {
  transform: TransformMethod
  resampling: Resampling
  /** Cut the scan by its mask; without effect unless the scan is masked. */
  useMask: boolean
}

/**
 * Fits the scan's points and draws it: tiles answer from the moment the fit is known, and the archive of all of them is
 * waited for at most `RECTIFY_WAIT_MS`. The scan's status tells which of the two was reached.
 * @throws NotFoundError, NotEnoughPointsError, ScanBusyError, ImageNotReadyError, UnsolvableTransformError, JobFailedError
 */
export async function rectifyScan(
  context: Context,
  principal: UserPrincipal,
  scanId: number,
  options: RectifyOptions,
): Promise<ScanRecord> {
  const scan = await readScan(context, principal, scanId)
  const points = await gcpsOfScan(context.db, principal, scanId)
  const needed = requiredPoints(options.transform)
  if (points.length < needed) throw new NotEnoughPointsError(needed)
  if (scan.status === 'loading') await context.jobs.waitForIngest(scanId, RECTIFY_WAIT_MS)

  const request = { ...options, scanId, principal, waitMs: RECTIFY_WAIT_MS }
  const outcome = await context.jobs.rectify(request).catch(async (error) => {
    // A scan that was deleted meanwhile is not found; only then is the job's failure no news.
    await readScan(context, principal, scanId)
    throw error
  })
  switch (outcome.state) {
    case 'busy':
      throw new ScanBusyError()
    case 'failed':
      throw new JobFailedError(outcome.message)
    case 'refused':
      if (outcome.reason === 'too-few-points') throw new NotEnoughPointsError(outcome.needed)
      throw outcome.reason === 'no-image'
        ? new ImageNotReadyError(outcome.message)
        : new UnsolvableTransformError(outcome.message)
    default:
      return readScan(context, principal, scanId)
  }
}
