import { gcpsOfScan } from '../store/gcps.ts'
import type { UserPrincipal } from '../store/principal.ts'
import type { ScanRecord } from '../store/scans.ts'
import type { Context } from './context.ts'
import { ScanBusyError, ValidationError } from './errors.ts'
import { discardStaged, type StagedImage } from './intake/stage-image.ts'
import { probeStaged, readEditableScan, readScan } from './scans.ts'

/** Images whose ratios of width to height differ by no more are taken for the same picture at another size. */
export const ASPECT_TOLERANCE = 0.01

interface Size {
  width: number
  height: number
}

const UNSCALED = { x: 1, y: 1 }

/**
 * Puts another image in the place of a scan's and keeps its control points and mask, which are pixels. Between images
 * of the same proportions they are scaled with the image; what the caller says goes before. The scan loads until the
 * image has been read, keeps its image if that cannot be, and is rectified anew if it was rectified.
 * @param image the staged original; nothing of it stays in the bucket if this fails
 * @param scales whether points are scaled by the ratio of the sizes; null leaves it to the proportions
 * @throws NotFoundError, ForbiddenError, ValidationError, ScanBusyError
 */
export async function replaceImage(
  context: Context,
  principal: UserPrincipal,
  scanId: number,
  image: StagedImage,
  scales: boolean | null,
): Promise<ScanRecord> {
  const info = await probeStaged(context, image)
  const scale = await scaleFor(context, principal, scanId, info, scales).catch(async (error) => {
    await discardStaged(context, image)
    throw error
  })
  const { contentType, width, height } = info
  const { fileName, size: byteSize, key: sourceKey } = image
  const outcome = await context.jobs.replaceImage({
    ...{ scanId, principal, scale },
    image: { fileName, contentType, byteSize, width, height, sourceKey },
  })
  if (outcome === 'begun') return readScan(context, principal, scanId)
  await discardStaged(context, image)
  await readScan(context, principal, scanId)
  throw new ScanBusyError()
}

async function scaleFor(
  context: Context,
  principal: UserPrincipal,
  scanId: number,
  { width, height }: Size,
  scales: boolean | null,
): Promise<{ x: number; y: number }> {
  const scan = await readEditableScan(context, principal, scanId)
  if (scales === false || scan.width === null || scan.height === null) return UNSCALED
  const scale = { x: width / scan.width, y: height / scan.height }
  if (scales || Math.abs(scale.x / scale.y - 1) <= ASPECT_TOLERANCE) return scale
  const points = await gcpsOfScan(context.db, principal, scanId)
  if (points.length === 0) return scale
  throw new ValidationError([
    {
      attribute: 'file',
      message:
        `has ${width} x ${height} pixels, other proportions than the ${scan.width} x ${scan.height} that the control ` +
        'points are for; say with scale_gcps whether they are to be scaled (true) or kept as they are (false)',
    },
  ])
}
