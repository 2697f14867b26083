import type { Principal, UserPrincipal } from '../store/principal.ts'
import {
  findRectification,
  listRectifications,
  type RectificationRecord,
  type RectificationSummary,
} from '../store/rectification-history.ts'
import type { ScanRecord } from '../store/scans.ts'
import type { Context } from './context.ts'
import { NotFoundError, NotRevertibleError } from './errors.ts'
import { carryOut } from './rectify.ts'
import { readScan } from './scans.ts'

/** A page of a scan's rectifications, newest first. @throws NotFoundError */
export async function listHistory(
  context: Context,
  principal: Principal,
  scanId: number,
  page: { page: number; perPage: number },
): Promise<{ records: RectificationSummary[]; total: number }> {
  const listed = await listRectifications(context.db, principal, scanId, page)
  if (listed.total === 0) await readScan(context, principal, scanId)
  return listed
}

/** One of a scan's rectifications with its points. @throws NotFoundError of either */
export async function readRectification(
  context: Context,
  principal: Principal,
  scanId: number,
  id: number,
): Promise<RectificationRecord> {
  const rectification = await findRectification(context.db, principal, scanId, id)
  if (rectification) return rectification
  await readScan(context, principal, scanId)
  throw new NotFoundError('Rectification', id)
}

/**
 * Goes back to a rectification: its points become the scan's again, and the scan is rectified by them in the same way.
 * That is a rectification of its own, so that it can be gone back from.
 * @throws NotFoundError, NotRevertibleError, and what `rectifyScan` throws
 */
export async function revertScan(
  context: Context,
  principal: UserPrincipal,
  scanId: number,
  id: number,
): Promise<ScanRecord> {
  const scan = await readScan(context, principal, scanId)
  const { state, transform, resampling, useMask, srs } = await readRectification(
    context,
    principal,
    scanId,
    id,
  )
  if (state === 'failed') throw new NotRevertibleError()
  const settings = { transform, resampling, useMask, ...(srs === null ? {} : { srs }) }
  return carryOut(context, principal, scan, settings, { revertTo: id })
}
