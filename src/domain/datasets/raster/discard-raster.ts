import { deletePrefix, objectKeys } from '../../../store/objects.ts'
import type { Context } from '../../context.ts'

/** Stops the work on a raster dataset that is gone, or never came to be, and deletes its objects. */
export async function discardRaster({ bucket, jobs }: Context, id: number): Promise<void> {
  await jobs.cancel(id)
  await deletePrefix(bucket, objectKeys.scanPrefix(id))
  await deletePrefix(bucket, objectKeys.datasetPrefix(id))
}
