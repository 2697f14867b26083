import type { DatasetReference } from '../../store/datasets.ts'
import type { Principal } from '../../store/principal.ts'
import type { Context } from '../context.ts'
import { ForbiddenError, UnauthenticatedError, ValidationError } from '../errors.ts'
import { type JobRecord, submitJob } from '../jobs.ts'
import { readDataset } from './datasets.ts'

export interface TileArchiveRequest {
  dataset: DatasetReference
  /** The output is a file of the job's own, which stays as long as the job does. */
  asFile?: boolean
}

/**
 * Begins the archive of all vector tiles of a dataset (right `extract`), from which its tiles are then served.
 * @throws NotFoundError, UnauthenticatedError, ForbiddenError, ValidationError (`dataset`)
 */
export async function startTileArchive(
  context: Context,
  principal: Principal,
  { dataset: reference, asFile = false }: TileArchiveRequest,
): Promise<JobRecord> {
  const dataset = await readDataset(context, principal, reference)
  if (!dataset.rights.extract)
    throw principal.kind === 'anonymous' ? new UnauthenticatedError() : new ForbiddenError()
  if (dataset.form !== 'vector' || !dataset.geometryType)
    throw new ValidationError([{ attribute: 'dataset', message: 'has no features with geometry' }])
  return submitJob(context, principal, { process: 'tile-archive', inputs: { dataset: dataset.id, asFile } })
}
