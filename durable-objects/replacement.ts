import type { RectifySettings, ReplaceImageRequest } from '../src/domain/scan-jobs.ts'
import { gmlMask, yUp } from '../src/formats/gml-mask-writer.ts'
import type { PyramidInfo } from '../src/formats/pyramid-info.ts'
import type { MaskPolygons } from '../src/geo/mask-polygons.ts'
import { openDatabase } from '../src/store/database.ts'
import { savedMask, switchImage } from '../src/store/image-replacements.ts'
import { deletePrefix, objectKeys } from '../src/store/objects.ts'
import type { SystemPrincipal } from '../src/store/principal.ts'
import type { PixelScale } from '../src/store/scaled-pixels.ts'
import { findScan, type ScanRecord, type ScanStatus } from '../src/store/scans.ts'
import type { JobEnv } from './environment.ts'

/** The image that takes another's place, and what was there before. */
export interface Replacement extends Omit<ReplaceImageRequest, 'scanId'> {
  /** What the scan goes back to should the image turn out to be unusable; null until it is known. */
  prior: ScanStatus | null
  priorSourceKey: string | null
  priorHeight: number | null
  /** How to rectify the scan with its new image; null where it was not rectified. */
  settings: RectifySettings | null
}

/** How long a step waits for a rectification that is under way, milliseconds. */
const BUSY_WAIT_MS = 2_000

const system: SystemPrincipal = { kind: 'system', reason: 'ingest' }

/** What of a scan has to be known later, when its row tells of the new image alone. */
export const ofScan = (scan: ScanRecord) => ({
  prior: scan.status,
  priorSourceKey: scan.sourceKey,
  priorHeight: scan.height,
  settings: settingsOf(scan),
})

function settingsOf(scan: ScanRecord): RectifySettings | null {
  const { transform, resampling, useMask, srs } = scan
  if (transform === null || resampling === null || useMask === null) return null
  return { transform, resampling, useMask, ...(srs === null ? {} : { srs }) }
}

/** The pyramid is whole: the scan switches to the new image. Doing it again changes nothing. */
export async function switchToReplacement(
  env: JobEnv,
  scanId: number,
  { image, scale, principal, priorHeight }: Replacement,
  made: { pyramidKey: string; pyramid: PyramidInfo; thumbnailKey: string },
): Promise<void> {
  const db = openDatabase(env)
  const isMoved = scale.x !== 1 || scale.y !== 1 || image.height !== priorHeight
  const mask = isMoved ? await savedMask(db, system, scanId) : null
  await switchImage(db, principal, scanId, {
    image: { ...image, ...made },
    scale,
    maskGml: mask && gmlMask(yUp(scaled(mask, scale), image.height)),
  })
}

const scaled = (polygons: MaskPolygons, scale: PixelScale): MaskPolygons =>
  polygons.map((rings) => rings.map((ring) => ring.map(([x, y]) => [x * scale.x, y * scale.y])))

/** Deletes everything that was made of the image before, and that image. */
export async function dropReplaced(
  env: JobEnv,
  scanId: number,
  priorSourceKey: string | null,
  kept: readonly string[],
): Promise<void> {
  await deletePrefix(env.BUCKET, objectKeys.scanPrefix(scanId), kept)
  if (priorSourceKey !== null) await env.BUCKET.delete(priorSourceKey)
}

/**
 * Rectifies the scan as it was rectified before, with the points it has now, unless that has been done.
 * @returns `busy` after a while when another rectification is under way, which may yet fail
 */
export async function rectifyReplaced(
  env: JobEnv,
  scanId: number,
  { settings, principal }: Replacement,
): Promise<'done' | 'busy' | { failure: string }> {
  const scan = await findScan(openDatabase(env), system, scanId)
  if (!scan || !settings || scan.bakedRectificationId !== null) return 'done'
  const rectifier = env.SCAN.get(env.SCAN.idFromName(String(scanId)))
  const outcome = await rectifier.rectify({ ...settings, scanId, principal, waitMs: 0 })
  switch (outcome.state) {
    case 'busy':
      await rectifier.settled(BUSY_WAIT_MS)
      return 'busy'
    case 'failed':
      return { failure: outcome.message }
    case 'refused':
      return outcome.reason === 'too-few-points'
        ? { failure: `Map needs at least ${outcome.needed} control points to rectify` }
        : { failure: outcome.message }
    default:
      return 'done'
  }
}
