import type { Principal } from '../../store/principal.ts'
import type { Context } from '../context.ts'
import { NotFoundError } from '../errors.ts'
import { type JobRecord, readJob } from '../jobs.ts'
import { readDatasetLayer } from './layers.ts'

/** A job of a process over what a layer shows, for who has begun it. @throws NotFoundError */
export async function readLayerJob(
  context: Context,
  principal: Principal,
  layerId: number,
  jobId: string,
  process: string,
): Promise<JobRecord> {
  const [job, { datasetId }] = await Promise.all([
    readJob(context, principal, jobId),
    readDatasetLayer(context, principal, layerId),
  ])
  if (job.process !== process || job.inputs.dataset !== datasetId) throw new NotFoundError('Job', jobId)
  return job
}
