import { type MosaicSearch, searchMosaics } from '../store/mosaic-search.ts'
import type { MosaicRecord } from '../store/mosaics.ts'
import type { Principal } from '../store/principal.ts'
import type { Context } from './context.ts'
import { NotFoundError } from './errors.ts'

export { isMosaicSortKey, isMosaicTextField } from '../store/mosaic-search.ts'

/** A page of the mosaics that a search finds. @throws NotFoundError where there is no such scan to be seen */
export async function findMosaics(
  context: Context,
  principal: Principal,
  search: MosaicSearch,
): Promise<{ records: MosaicRecord[]; total: number }> {
  const found = await searchMosaics(context.db, principal, search)
  if (!found) throw new NotFoundError('Map', search.scanId ?? '')
  return found
}
