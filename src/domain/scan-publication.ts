import type { UserPrincipal } from '../store/principal.ts'
import { setScanPublished } from '../store/scan-publication.ts'
import type { ScanRecord } from '../store/scans.ts'
import type { Context } from './context.ts'
import { AlreadyPublishedError, NotPublishableError, NotPublishedError } from './errors.ts'
import { tellScan } from './live.ts'
import { readScan } from './scans.ts'

/** Publishes a warped scan, as an administrator. @throws NotFoundError, NotPublishableError, AlreadyPublishedError */
export async function publishScan(
  context: Context,
  administrator: UserPrincipal,
  id: number,
): Promise<ScanRecord> {
  const changed = await setScanPublished(context.db, administrator, id, true)
  if (changed) tellScan(context, administrator, id, 'publication')
  const scan = await readScan(context, administrator, id)
  if (!changed) throw scan.status === 'published' ? new AlreadyPublishedError() : new NotPublishableError()
  return scan
}

/** Takes a published scan back, as an administrator: it is warped again. @throws NotFoundError, NotPublishedError */
export async function unpublishScan(
  context: Context,
  administrator: UserPrincipal,
  id: number,
): Promise<ScanRecord> {
  const changed = await setScanPublished(context.db, administrator, id, false)
  if (changed) tellScan(context, administrator, id, 'publication')
  const scan = await readScan(context, administrator, id)
  if (!changed) throw new NotPublishedError('Map')
  return scan
}
