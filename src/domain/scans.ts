import { FormatError } from '../formats/format-error.ts'
import { assertWithinBudget, type ImageInfo, probeImage } from '../formats/probe/index.ts'
import { bucketSource } from '../store/bucket-source.ts'
import { postgresError, UNIQUE_VIOLATION } from '../store/database.ts'
import { deletePrefix, objectKeys } from '../store/objects.ts'
import type { Principal, UserPrincipal } from '../store/principal.ts'
import {
  deleteScan,
  findScan,
  insertScan,
  type ScanAttributes,
  type ScanImage,
  type ScanRecord,
  scanIdOfSource,
  updateScan,
} from '../store/scans.ts'
import type { Context } from './context.ts'
import { ForbiddenError, NotFoundError, ValidationError } from './errors.ts'
import type { StagedImage } from './intake/stage-image.ts'
import { tellScan } from './live.ts'

export { MAP_TYPES } from '../store/scans.ts'

/** @throws NotFoundError where there is none or the principal may not see it */
export async function readScan(context: Context, principal: Principal, id: number): Promise<ScanRecord> {
  const scan = await findScan(context.db, principal, id)
  if (!scan) throw new NotFoundError('Map', id)
  return scan
}

/** A scan the principal may change. @throws NotFoundError, ForbiddenError */
export async function readEditableScan(
  context: Context,
  principal: Principal,
  id: number,
): Promise<ScanRecord> {
  const scan = await readScan(context, principal, id)
  if (!scan.mayEdit) throw new ForbiddenError()
  return scan
}

/** Looks into a staged image and says what it is; one that cannot be used is deleted. @throws ValidationError */
export async function probeStaged(context: Context, staged: StagedImage): Promise<ImageInfo> {
  try {
    const info = await probeImage(bucketSource(context.bucket, staged.key, staged.size))
    assertWithinBudget(info, staged.size)
    return info
  } catch (error) {
    await context.bucket.delete(staged.key)
    if (error instanceof FormatError)
      throw new ValidationError([{ attribute: staged.attribute, message: error.message }])
    throw error
  }
}

/** A value that must be unique was taken: said as a fault of its attribute. */
function uniqueFault(error: unknown): unknown {
  return postgresError(error)?.code === UNIQUE_VIOLATION
    ? new ValidationError([{ attribute: 'unique_id', message: 'has already been taken' }])
    : error
}

/**
 * Makes a scan, with or without an image; ingest of the image begins at once.
 * @param image the staged original; nothing of it stays in the bucket if this fails
 * @throws ValidationError
 */
export async function createScan(
  context: Context,
  principal: UserPrincipal,
  attributes: ScanAttributes & { title: string },
  image: StagedImage | null,
): Promise<ScanRecord> {
  let scanImage: ScanImage | null = null
  if (image) {
    const info = await probeStaged(context, image)
    scanImage = {
      fileName: image.fileName,
      contentType: info.contentType,
      byteSize: image.size,
      width: info.width,
      height: info.height,
      sourceKey: image.key,
    }
  }
  const id = await insertScan(context.db, principal, attributes, scanImage).catch((error) =>
    afterFailedInsert(context, principal, image, error),
  )
  if (image) await startIngest(context, principal, id, image.key)
  return readScan(context, principal, id)
}

/**
 * A scan that was refused takes its image with it. One whose insert failed without the database saying why may be there
 * all the same, its answer lost: then it is gone on with, and its image is kept.
 */
async function afterFailedInsert(
  context: Context,
  principal: UserPrincipal,
  image: StagedImage | null,
  error: unknown,
): Promise<number> {
  if (image) {
    const id = postgresError(error) ? null : await scanIdOfSource(context.db, principal, image.key)
    if (id !== null) return id
    await context.bucket.delete(image.key)
  }
  throw uniqueFault(error)
}

/** Begins ingest; a scan whose image nobody would ever read is taken back. */
async function startIngest(
  context: Context,
  principal: UserPrincipal,
  id: number,
  sourceKey: string,
): Promise<void> {
  try {
    await context.jobs.startIngest(id)
  } catch (error) {
    await deleteScan(context.db, principal, id)
    await context.bucket.delete(sourceKey)
    throw error
  }
}

/** Changes what a person may say about a scan. @throws NotFoundError, ForbiddenError, ValidationError */
export async function changeScan(
  context: Context,
  principal: UserPrincipal,
  id: number,
  attributes: ScanAttributes,
): Promise<ScanRecord> {
  await readEditableScan(context, principal, id)
  try {
    await updateScan(context.db, principal, id, attributes)
  } catch (error) {
    throw uniqueFault(error)
  }
  tellScan(context, principal, id, 'attributes')
  return readScan(context, principal, id)
}

/** Deletes a scan, its points, jobs and objects. Returns it as it was. @throws NotFoundError, ForbiddenError */
export async function removeScan(
  context: Context,
  principal: UserPrincipal,
  id: number,
): Promise<ScanRecord> {
  const scan = await readEditableScan(context, principal, id)
  await context.jobs.cancel(id)
  if (!(await deleteScan(context.db, principal, id))) throw new NotFoundError('Map', id)
  tellScan(context, principal, id, 'deleted')
  if (scan.sourceKey) await context.bucket.delete(scan.sourceKey)
  await deletePrefix(context.bucket, objectKeys.scanPrefix(id))
  return scan
}
