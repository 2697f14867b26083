import { FormatError } from '../formats/format-error.ts'
import { readGmlMask } from '../formats/gml-mask.ts'
import { gmlMask, yUp } from '../formats/gml-mask-writer.ts'
import { MaskError } from '../geo/mask/mask-error.ts'
import { repairMask } from '../geo/mask/repair.ts'
import { applyMask, deleteMask, findMask, type Mask, saveMask } from '../store/masks.ts'
import type { Principal, UserPrincipal } from '../store/principal.ts'
import type { ScanRecord } from '../store/scans.ts'
import type { Context } from './context.ts'
import { ImageNotReadyError, InvalidMaskError, MissingMaskError, NotFoundError } from './errors.ts'
import { tellScan } from './live.ts'
import { carryOut, type RectifyOptions, settingsFor } from './rectify.ts'
import { readScan } from './scans.ts'
import { isStorableText } from './storable-text.ts'

/** The mask of a scan as it was sent. @throws NotFoundError where there is none */
export async function readMaskAsSent(
  context: Context,
  principal: Principal,
  scanId: number,
): Promise<string> {
  return (await readMask(context, principal, scanId)).gml
}

/** The mask of a scan as it is used: repaired, cut to the image, y down. @throws NotFoundError where there is none */
export async function readMaskAsUsed(
  context: Context,
  principal: Principal,
  scanId: number,
): Promise<string> {
  return gmlMask((await readMask(context, principal, scanId)).polygons)
}

async function readMask(context: Context, principal: Principal, scanId: number): Promise<Mask> {
  const mask = await findMask(context.db, principal, scanId)
  if (!mask) throw new NotFoundError('Mask', scanId)
  return mask
}

/**
 * Keeps a mask for a scan. What is drawn does not change by that: the mask has to be applied, and the scan rectified.
 * @param gml polygons in image pixels, y up from the bottom
 * @throws NotFoundError, ImageNotReadyError (an image without a size), InvalidMaskError
 */
export async function saveScanMask(
  context: Context,
  principal: UserPrincipal,
  scanId: number,
  gml: string,
): Promise<ScanRecord> {
  const mask = maskOf(await readScan(context, principal, scanId), gml)
  const scan = found(await saveMask(context.db, principal, scanId, mask, false), scanId)
  tellScan(context, principal, scanId, 'mask')
  return scan
}

/** Has the scan's next rectifications that ask for it cut by the saved mask. @throws NotFoundError, MissingMaskError */
export async function cropScan(
  context: Context,
  principal: UserPrincipal,
  scanId: number,
): Promise<ScanRecord> {
  const { scan, hasMask } = await applyMask(context.db, principal, scanId)
  if (scan && !hasMask) throw new MissingMaskError()
  const cropped = found(scan, scanId)
  tellScan(context, principal, scanId, 'mask')
  return cropped
}

/** Forgets the scan's mask, if it has one. @throws NotFoundError */
export async function removeMask(
  context: Context,
  principal: UserPrincipal,
  scanId: number,
): Promise<ScanRecord> {
  const scan = found(await deleteMask(context.db, principal, scanId), scanId)
  tellScan(context, principal, scanId, 'mask')
  return scan
}

/**
 * Keeps a mask, applies it and rectifies the scan by it. A scan that is busy keeps the mask it had; one that cannot be
 * rectified for another reason has the new one.
 * @throws NotFoundError, ImageNotReadyError, InvalidMaskError, and what `rectifyScan` throws
 */
export async function maskAndRectify(
  context: Context,
  principal: UserPrincipal,
  scanId: number,
  gml: string,
  options: RectifyOptions,
): Promise<ScanRecord> {
  const scan = await readScan(context, principal, scanId)
  const settings = settingsFor(scan, { ...options, useMask: true })
  const mask = maskOf(scan, gml)
  try {
    return await carryOut(context, principal, scan, settings, { mask })
  } finally {
    // A rectification that is refused may have got its mask all the same.
    tellScan(context, principal, scanId, 'mask')
  }
}

function maskOf({ width, height }: ScanRecord, gml: string): Mask {
  if (width === null || height === null) throw new ImageNotReadyError('Map has no image')
  if (!isStorableText(gml)) throw new InvalidMaskError('the mask has characters that are not text')
  try {
    return { gml, polygons: repairMask(yUp(readGmlMask(gml), height), width, height) }
  } catch (error) {
    if (error instanceof FormatError || error instanceof MaskError) throw new InvalidMaskError(error.message)
    throw error
  }
}

function found(scan: ScanRecord | null, scanId: number): ScanRecord {
  if (!scan) throw new NotFoundError('Map', scanId)
  return scan
}
