import type { Principal } from '../store/principal.ts'
import { type ScanSearch, searchScans } from '../store/scan-search.ts'
import type { ScanRecord } from '../store/scans.ts'
import type { Context } from './context.ts'
import { NotFoundError } from './errors.ts'

export { isScanSortKey, isScanTextField } from '../store/scan-search.ts'

/** A page of the scans that a search finds. @throws NotFoundError where there is no such mosaic to be seen */
export async function findScans(
  context: Context,
  principal: Principal,
  search: ScanSearch,
): Promise<{ records: ScanRecord[]; total: number }> {
  const found = await searchScans(context.db, principal, search)
  if (!found) throw new NotFoundError('Layer', search.mosaicId ?? '')
  return found
}
