import type { Database } from '../../store/database.ts'
import { ANONYMOUS, type Principal } from '../../store/principal.ts'
import { findTileSource, type TileSource } from '../../store/rectifications.ts'

/**
 * Finished public rectifications, by scan and version: they do not change, so this isolate need not ask again for a
 * while; then it does, for the scan may have become private or have been deleted.
 */
const finished = new Map<string, { source: TileSource; askAgainAt: number }>()
const FINISHED_MAX = 200
const FINISHED_MS = 60_000

export interface SourceRequest {
  scanId: number
  version: number | null
}

/**
 * What a tile or export is drawn from: one database query, none for a versioned address of a finished public
 * rectification that this isolate knows. Asks for everyone first and for the caller only where that finds nothing, so
 * that public tiles never pay for a credential.
 */
export async function lookUpSource(
  db: Database,
  principal: () => Promise<Principal>,
  { scanId, version }: SourceRequest,
): Promise<TileSource | null> {
  const known = version === null ? undefined : finished.get(`${scanId}/${version}`)
  if (known && Date.now() < known.askAgainAt) return known.source
  const open = await findTileSource(db, ANONYMOUS, scanId, version ?? undefined)
  if (open) {
    if (open.archiveKey && open.isPublic) remember(open)
    return open
  }
  const caller = await principal()
  return caller.kind === 'anonymous' ? null : findTileSource(db, caller, scanId, version ?? undefined)
}

function remember(source: TileSource): void {
  if (finished.size >= FINISHED_MAX) finished.clear()
  finished.set(`${source.scanId}/${source.rectificationId}`, {
    source,
    askAgainAt: Date.now() + FINISHED_MS,
  })
}

/** Forgets what was known of a version, after an object of it was found to be gone. */
export function forgetSource({ scanId, rectificationId }: TileSource): void {
  finished.delete(`${scanId}/${rectificationId}`)
}
