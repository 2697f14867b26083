import { type ExportFormat, rulesOf } from '../../formats/export/export-format.ts'
import { zipArchive } from '../../formats/zip-writer.ts'
import type { Principal } from '../../store/principal.ts'
import type { Context } from '../context.ts'
import { type ExportOutputs, readExtractable, startExport } from '../datasets/export/start-export.ts'
import { ForbiddenError, UnauthenticatedError } from '../errors.ts'
import { type JobRecord, removeJob } from '../jobs.ts'
import { objectBytes } from '../storage/stored-objects.ts'
import { readLayerJob } from './layer-jobs.ts'
import { type LayerRecord, readDatasetLayer } from './layers.ts'

export { EXPORT_FORMATS, type ExportFormat } from '../../formats/export/export-format.ts'

const PROCESS = 'export'

/**
 * Begins the export of what a layer shows, in the layer's system unless the format, or the request, has another. It takes
 * the right to extract the data, which the layer and its map may grant; of a layer that is not to be exported, only its owner
 * has it.
 * @param srid EPSG code of the coordinates
 * @throws NotFoundError, UnauthenticatedError, ForbiddenError, ValidationError (`crs`, `format`)
 */
export async function startLayerExport(
  context: Context,
  asking: Principal,
  layerId: number,
  format: ExportFormat,
  srid: number | undefined,
): Promise<JobRecord> {
  const { layer, datasetId, principal } = await readDatasetLayer(context, asking, layerId)
  requireExportable(layer, asking)
  const dataset = await readExtractable(context, principal, datasetId)
  const { onlySrid, defaultSrid } = rulesOf(format)
  const hasOwn = onlySrid !== undefined || defaultSrid !== undefined
  const wanted = srid ?? (hasOwn || dataset.srid === 0 || !dataset.geometryType ? null : layer.srid)
  const crs = wanted === null ? undefined : `EPSG:${wanted}`
  return startExport(context, principal, { dataset: datasetId, format, crs })
}

/** @throws UnauthenticatedError, ForbiddenError */
export function requireExportable({ isExportable, ownerId }: LayerRecord, principal: Principal): void {
  if (isExportable || (principal.kind === 'user' && principal.id === ownerId)) return
  throw principal.kind === 'anonymous' ? new UnauthenticatedError() : new ForbiddenError()
}

/** A job that exports what a layer shows, for who has begun it. @throws NotFoundError */
export const readLayerExport = (
  context: Context,
  principal: Principal,
  layerId: number,
  jobId: string,
): Promise<JobRecord> => readLayerJob(context, principal, layerId, jobId, PROCESS)

/** The file that an export has made. */
export type ExportedFile = ExportOutputs['file']

export const exportedFile = (job: JobRecord): ExportedFile => (job.outputs as unknown as ExportOutputs).file

/** Whether an export's file is an archive of its own. */
export const isZipped = (format: ExportFormat): boolean => rulesOf(format).isZipped === true

/** The bytes of an exported file in an archive of its own. */
export const zippedFile = (
  context: Context,
  { key, name }: ExportedFile,
): AsyncGenerator<Uint8Array, void, undefined> => zipArchive([{ name, chunks: objectBytes(context, key) }])

/** The bytes of an exported file, of which nothing is left when they have been read, or are not read to their end. */
export async function* handedOut(
  context: Context,
  principal: Principal,
  job: JobRecord,
  bytes: AsyncGenerator<Uint8Array, void, undefined>,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* bytes
  } finally {
    await discardExport(context, principal, job)
  }
}

/** Deletes an export that has ended, with its file. Where that fails it is left, and logged: the file was handed out. */
export async function discardExport(
  context: Context,
  principal: Principal,
  { id }: JobRecord,
): Promise<void> {
  try {
    await removeJob(context, principal, id)
  } catch (error) {
    console.error(`the export ${id} could not be deleted:`, error)
  }
}
