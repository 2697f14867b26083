import type { Database } from '../../store/database.ts'
import { ANONYMOUS, type Principal } from '../../store/principal.ts'
import { findScanImage, type ScanImageSource } from '../../store/scan-images.ts'

/** A scan's image: asked for as everyone first, so that public images never pay for a credential. */
export async function lookUpScanImage(
  db: Database,
  principal: () => Promise<Principal>,
  id: number,
): Promise<ScanImageSource | null> {
  const open = await findScanImage(db, ANONYMOUS, id)
  if (open) return open
  const caller = await principal()
  return caller.kind === 'anonymous' ? null : findScanImage(db, caller, id)
}
