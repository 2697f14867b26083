import type { TransformMethod } from '../geo/transform.ts'
import type { Resampling } from '../geo/warp/filters.ts'
import type { Mask } from '../store/masks.ts'
import type { Principal, UserPrincipal } from '../store/principal.ts'
import type { ScanImage } from '../store/scans.ts'
import type { ScanNews } from './live.ts'

/** How a scan is to be rectified. */
export interface RectifySettings {
  transform: TransformMethod
  resampling: Resampling
  useMask: boolean
  /** Reference system of the fit, `EPSG:n`; plain degrees unless given. */
  srs?: string
}

export interface RectifyRequest extends RectifySettings {
  scanId: number
  principal: UserPrincipal
  /** A rectification whose points and mask are to be the scan's again; the other settings are its own, too. */
  revertTo?: number
  /** Is to be the scan's mask and applied before it is rectified; left alone where the scan is busy. */
  mask?: Mask
  /** How long the answer may wait for the archive, milliseconds. */
  waitMs: number
}

export type RectifyOutcome =
  | { state: 'done' | 'running' }
  | { state: 'busy' }
  | { state: 'refused'; reason: 'too-few-points'; needed: number }
  | { state: 'refused'; reason: 'unsolvable' | 'no-image'; message: string }
  | { state: 'failed'; message: string }

export type ExportOutcome =
  | { state: 'done'; key: string }
  | { state: 'running' }
  | { state: 'failed'; message: string }

export interface ReplaceImageRequest {
  scanId: number
  principal: UserPrincipal
  image: ScanImage
  /** What the scan's points, mask and earlier points are multiplied by, to be pixels of the new image. */
  scale: { x: number; y: number }
}

export type ReplaceImageOutcome = 'begun' | 'busy'

/** Long work, done by Durable Objects: each scan's, and each import's. */
export interface ScanJobs {
  /** Begins to cut the scan's original into a pyramid. Calling it again changes nothing. */
  startIngest(scanId: number): Promise<void>
  /** Waits until ingest has ended, at most `waitMs`. */
  waitForIngest(scanId: number, waitMs: number): Promise<void>
  /**
   * Begins to put another image in the place of a scan's: the scan loads until the image has been read, keeps what it
   * had if that fails, and is rectified anew if it was rectified. The image's original is the job's from here on, unless
   * it is busy with another one.
   */
  replaceImage(request: ReplaceImageRequest): Promise<ReplaceImageOutcome>
  rectify(request: RectifyRequest): Promise<RectifyOutcome>
  /** Begins to make the archive of a rectification that is drawn already. Calling it again while it does changes nothing. */
  startBake(scanId: number, rectificationId: number): Promise<void>
  /** Makes the GeoTIFF of a rectification if it is not there, and waits for it, at most `waitMs`. */
  exportGeotiff(scanId: number, rectificationId: number, waitMs: number): Promise<ExportOutcome>
  /** Opens a socket for who watches the scan: 101 with it, 404 for who may not see the scan, 503 when too many do. */
  watch(scanId: number, principal: Principal): Promise<Response>
  /** Tells who watches the scan. Returns at once, whatever becomes of it. */
  tell(scanId: number, news: ScanNews): void
  /** Stops every job of a scan that is being deleted. */
  cancel(scanId: number): Promise<void>
  /** Begins to make the maps of an import that runs. Calling it again while it does changes nothing. */
  startImport(importId: number): Promise<void>
  /** Stops an import that is being deleted. */
  cancelImport(importId: number): Promise<void>
}
