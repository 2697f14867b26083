import { crsOfName } from '../geo/crs/crs-name.ts'
import { UnknownCrsError } from '../geo/crs/unknown-crs-error.ts'
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
  UnknownReferenceSystemError,
  UnsolvableTransformError,
} from './errors.ts'
import type { RectifyRequest, RectifySettings } from './scan-jobs.ts'
import { readScan } from './scans.ts'

/** How long the answer to a rectification waits for its archive. The bake goes on after it. */
export const RECTIFY_WAIT_MS = 20_000

/** What a rectification is asked to be; what is left out is as in the scan's last one, else the default. */
export interface RectifyOptions {
  transform?: TransformMethod | undefined
  resampling?: Resampling | undefined
  /** Cut the scan by its mask; without effect unless the scan is masked. */
  useMask?: boolean | undefined
  /** Name of the reference system of the fit. */
  srs?: string | undefined
}

/**
 * Fits the scan's points and draws it: tiles answer from the moment the fit is known, and the archive of all of them is
 * waited for at most `RECTIFY_WAIT_MS`. The scan's status tells which of the two was reached.
 * @throws NotFoundError, UnknownReferenceSystemError, NotEnoughPointsError, ScanBusyError, ImageNotReadyError,
 *   UnsolvableTransformError, JobFailedError
 */
export async function rectifyScan(
  context: Context,
  principal: UserPrincipal,
  scanId: number,
  options: RectifyOptions,
): Promise<ScanRecord> {
  const scan = await readScan(context, principal, scanId)
  const settings = settingsFor(scan, options)
  const points = await gcpsOfScan(context.db, principal, scanId)
  const needed = requiredPoints(settings.transform)
  if (points.length < needed) throw new NotEnoughPointsError(needed)
  return carryOut(context, principal, scan, settings)
}

/** What is asked for, else what is remembered, else the defaults. */
export function settingsFor(scan: ScanRecord, options: RectifyOptions): RectifySettings {
  const srs = options.srs === undefined ? scan.srs : canonicalSrs(options.srs)
  return {
    transform: options.transform ?? scan.transform ?? 'auto',
    resampling: options.resampling ?? scan.resampling ?? 'near',
    useMask: options.useMask ?? scan.useMask ?? false,
    ...(srs === null ? {} : { srs }),
  }
}

/** @throws UnknownReferenceSystemError */
function canonicalSrs(name: string): string {
  try {
    return `EPSG:${crsOfName(name).code}`
  } catch (error) {
    if (error instanceof UnknownCrsError) throw new UnknownReferenceSystemError(error.message)
    throw error
  }
}

/**
 * Has the rectification made, once the scan's image is there.
 * @param given points or a mask that the scan gets with it
 */
export async function carryOut(
  context: Context,
  principal: UserPrincipal,
  { id: scanId, status }: ScanRecord,
  settings: RectifySettings,
  given: Pick<RectifyRequest, 'revertTo' | 'mask'> = {},
): Promise<ScanRecord> {
  if (status === 'loading') await context.jobs.waitForIngest(scanId, RECTIFY_WAIT_MS)
  const request = { ...settings, ...given, scanId, principal, waitMs: RECTIFY_WAIT_MS }
  const outcome = await context.jobs.rectify(request).catch(async (error) => {
    // A scan that was deleted meanwhile is not found; only then is the job's failure no news.
    await readScan(context, principal, scanId)
    throw error
  })
  switch (outcome.state) {
    case 'busy':
      await readScan(context, principal, scanId)
      throw new ScanBusyError()
    case 'failed':
      throw new JobFailedError(outcome.message)
    case 'refused':
      if (outcome.reason === 'too-few-points') throw new NotEnoughPointsError(outcome.needed)
      if (outcome.reason === 'unsolvable') throw new UnsolvableTransformError(outcome.message)
      await readScan(context, principal, scanId)
      throw new ImageNotReadyError(outcome.message)
    default:
      return readScan(context, principal, scanId)
  }
}
