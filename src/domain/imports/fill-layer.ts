import { addImportToMosaic } from '../../store/import-runs.ts'
import type { SystemPrincipal } from '../../store/principal.ts'
import type { Context } from '../context.ts'
import { MOSAIC_SCANS_MAX } from '../mosaics.ts'

const importer: SystemPrincipal = { kind: 'system', reason: 'import' }

/**
 * Lays the maps of an import on top of one of its layers; doing so again changes nothing. Returns a word on those that
 * found no place, or null where all did.
 */
export async function fillLayer({ db }: Context, importId: number, layerId: number): Promise<string | null> {
  const left = await addImportToMosaic(db, importer, importId, layerId, MOSAIC_SCANS_MAX)
  return left === 0
    ? null
    : `layer ${layerId} has at most ${MOSAIC_SCANS_MAX} maps, ${left} of the import's are not in it`
}
