import { currentArchive } from '../../domain/datasets/tile-archives.ts'
import { findArchivedDataset } from '../../domain/datasets/vector-tiles.ts'
import type { DrawingRequest } from '../../http/drawing-request.ts'
import { objectAnswer } from '../../http/object-answer.ts'
import { answerFault, TileRequestError } from './problem.ts'
import { referenceOf } from './tile-request.ts'

/** `GET /tiles/{id}.pmtiles`: the archive of all tiles, with Range, for who may extract the dataset; null for a raster. */
export async function archiveEndpoint(
  call: DrawingRequest,
  { id }: Record<string, string>,
): Promise<Response | null> {
  try {
    const reference = referenceOf(id)
    const dataset = await findArchivedDataset(call, call.principal, reference)
    if (dataset.form !== 'vector') return null
    if (!dataset.rights.extract) await refuse(call)
    const key = currentArchive(dataset)
    if (!key)
      throw new TileRequestError(
        404,
        `the dataset has no archive of its version ${dataset.version}; the process tile-archive makes one`,
      )
    const freshness = { versioned: false, shared: dataset.isPublic }
    return await objectAnswer(call.request, call.tools.bucket, key, freshness, `${dataset.id}.pmtiles`)
  } catch (error) {
    return answerFault(call.url, error)
  }
}

async function refuse({ principal }: DrawingRequest): Promise<never> {
  throw (await principal()).kind === 'anonymous'
    ? new TileRequestError(401, 'the archive is for who has signed in and may extract the dataset')
    : new TileRequestError(403, 'you may see the dataset, but not extract it')
}
