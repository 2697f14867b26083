import { freeDatasetName } from '../../store/datasets.ts'
import type { LayerRule } from '../../store/map-types.ts'
import { findMap } from '../../store/maps.ts'
import type { Principal } from '../../store/principal.ts'
import type { Context } from '../context.ts'
import { slugOf } from '../datasets/import/dataset-name.ts'
import type { DistanceUnit } from '../datasets/processing/buffer-distance.ts'
import { type ProcessingOutputs, startProcessing } from '../datasets/processing/start-processing.ts'
import { ForbiddenError, NotFoundError, UnauthenticatedError } from '../errors.ts'
import type { JobRecord } from '../jobs.ts'
import { requireExportable } from './layer-export.ts'
import { readLayerJob } from './layer-jobs.ts'
import { readDatasetLayer } from './layers.ts'

const PROCESS = 'buffer'

/** What a buffer of a layer is to be. */
export interface LayerBufferRequest {
  /** Of the new layer. */
  name: string
  distance: number
  unit: DistanceUnit
  /** All buffers together are one feature, without properties. */
  isMerged: boolean
  /** How the new layer is drawn. */
  rule: Omit<LayerRule, 'expression' | 'isVisible' | 'original'>
}

/**
 * Begins to make polygons of everything within a distance of what a layer shows, as a private dataset of the principal's own,
 * and a new layer of the same map that shows it, above all others. It takes the right to extract the data, as an export does,
 * and to edit the map.
 * @throws NotFoundError, UnauthenticatedError, ForbiddenError, ValidationError (`distance`)
 */
export async function startLayerBuffer(
  context: Context,
  asking: Principal,
  layerId: number,
  { name, distance, unit, isMerged, rule }: LayerBufferRequest,
): Promise<JobRecord> {
  const { layer, datasetId, principal } = await readDatasetLayer(context, asking, layerId)
  if (asking.kind === 'anonymous') throw new UnauthenticatedError()
  const map = await findMap(context.db, asking, layer.mapId)
  if (!map?.rights.edit) throw new ForbiddenError()
  requireExportable(layer, asking)
  const rules = [{ expression: '', isVisible: true, ...rule, original: {} }]
  return startProcessing(context, principal, PROCESS, {
    ...{ dataset: datasetId, distance, unit, dissolve: isMerged, isPublic: false, title: name },
    name: await freeDatasetName(context.db, asking, slugOf(name)),
    layer: { mapId: layer.mapId, name, parentId: layer.parentId, rules },
  })
}

/** A job that makes a buffer of a layer, for who has begun it. @throws NotFoundError */
export async function readLayerBuffer(
  context: Context,
  principal: Principal,
  layerId: number,
  jobId: string,
): Promise<JobRecord> {
  const job = await readLayerJob(context, principal, layerId, jobId, PROCESS)
  if (job.inputs.layer === undefined) throw new NotFoundError('Job', jobId)
  return job
}

/** The layer that a job has made. */
export const bufferLayerOf = ({ outputs }: JobRecord): { id: number; mapId: number } =>
  (outputs as unknown as ProcessingOutputs & { layer: { id: number; mapId: number } }).layer
