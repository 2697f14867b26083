import type { Database } from '../../../store/database.ts'
import { type DatasetRecord, type DatasetReference, findDataset } from '../../../store/datasets.ts'
import { objectKeys } from '../../../store/objects.ts'
import type { Principal } from '../../../store/principal.ts'
import { findTileSource } from '../../../store/rectifications.ts'
import { ForbiddenError, NotFoundError, UnauthenticatedError } from '../../errors.ts'
import { isStorableText } from '../../storable-text.ts'

async function findRaster(
  db: Database,
  principal: Principal,
  reference: DatasetReference,
): Promise<DatasetRecord | null> {
  const dataset = isStorableText(String(reference)) ? await findDataset(db, principal, reference) : null
  return dataset?.form === 'raster' ? dataset : null
}

/** The number of the raster dataset of a name; null where the principal sees none. */
export async function rasterOfName(db: Database, principal: Principal, name: string): Promise<number | null> {
  return (await findRaster(db, principal, name))?.id ?? null
}

/** What is kept of a raster dataset, by keys of the bucket. */
export interface RasterFiles {
  dataset: DatasetRecord
  /** As it was uploaded. */
  original: string
  /** All its tiles; null while they are being made. */
  archive: string | null
}

/**
 * The files of a raster dataset, for who may extract it.
 * @throws NotFoundError, ForbiddenError, UnauthenticatedError
 */
export async function readRasterFiles(
  db: Database,
  principal: Principal,
  reference: DatasetReference,
): Promise<RasterFiles> {
  const dataset = await findRaster(db, principal, reference)
  if (!dataset) throw new NotFoundError('Dataset', reference)
  if (!dataset.rights.extract)
    throw principal.kind === 'anonymous' ? new UnauthenticatedError() : new ForbiddenError()
  const source = await findTileSource(db, principal, dataset.id, undefined, 'dataset')
  return {
    dataset,
    original: objectKeys.datasetOriginal(dataset.id),
    archive: source?.archiveKey ?? null,
  }
}
