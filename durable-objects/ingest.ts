import type { Doer } from '../src/domain/live.ts'
import type { ReplaceImageOutcome, ReplaceImageRequest } from '../src/domain/scan-jobs.ts'
import { FormatError } from '../src/formats/format-error.ts'
import { bucketSource } from '../src/store/bucket-source.ts'
import { openDatabase } from '../src/store/database.ts'
import { claimForImage, keepImage, setStatusDetail } from '../src/store/image-replacements.ts'
import { objectKeys } from '../src/store/objects.ts'
import type { SystemPrincipal } from '../src/store/principal.ts'
import { findScan, scanIdOfSource, setScanIngested, setScanUnloaded } from '../src/store/scans.ts'
import type { JobEnv } from './environment.ts'
import { IngestSession } from './ingest-session.ts'
import { JobObject, type JobRecord, LEASE_MS, PermanentFailure } from './job-object.ts'
import { storePyramid } from './pyramid-archive.ts'
import {
  dropReplaced,
  ofScan,
  type Replacement,
  rectifyReplaced,
  switchToReplacement,
} from './replacement.ts'
import { Staging } from './staging.ts'

export const INGEST = 'ingest'

interface IngestJob extends JobRecord {
  scanId: number
  /**
   * A scan's first image is cut, stored and switched to. One that replaces another begins with the claim to the scan,
   * in which a job that is found was interrupted, and ends with what was made of the other.
   */
  phase: 'claim' | 'cut' | 'store' | 'switch' | 'clean' | 'rectify'
  /** How many of the pyramid's steps are done. */
  cursor: number
  replacement?: Replacement
}

const system: SystemPrincipal = { kind: 'system', reason: 'ingest' }

/** Cuts one scan's original into its pyramid: a job, strip by strip, then tile by tile. */
export class Ingest extends JobObject<JobEnv, IngestJob> {
  protected override readonly jobNames = [INGEST]
  #original: Promise<Original | null> | null = null
  #claiming: Promise<unknown> | null = null

  /** See `ScanJobs.startIngest`. */
  async start(scanId: number): Promise<void> {
    if (!this.job(INGEST)) await this.begin(INGEST, { scanId, phase: 'cut', cursor: 0, attempts: 0 })
  }

  /** See `ScanJobs.waitForIngest`. Begins it, should it have been lost between the upload and here. */
  async wait(scanId: number, waitMs: number): Promise<void> {
    await this.start(scanId)
    await this.waitFor(INGEST, waitMs)
  }

  /** See `ScanJobs.replaceImage`. */
  async replace(request: ReplaceImageRequest): Promise<ReplaceImageOutcome> {
    if (this.job(INGEST)) return 'busy'
    const claiming = this.#claim(request)
    this.#claiming = claiming
    try {
      return await claiming
    } catch (error) {
      // What was begun is undone by its job.
      if (this.job(INGEST)) await this.ctx.storage.setAlarm(Date.now())
      throw error
    } finally {
      this.#claiming = null
    }
  }

  async #claim({ scanId, ...request }: ReplaceImageRequest): Promise<ReplaceImageOutcome> {
    const unclaimed = { ...request, prior: null, priorSourceKey: null, priorHeight: null, settings: null }
    const job: IngestJob = { scanId, phase: 'claim', cursor: 0, attempts: 0, replacement: unclaimed }
    await this.begin(INGEST, job, Date.now() + LEASE_MS)
    const db = openDatabase(this.env)
    const scan = await findScan(db, request.principal, scanId)
    const replacement: Replacement = { ...unclaimed, ...(scan && ofScan(scan)) }
    if (scan) await this.begin(INGEST, { ...job, replacement }, Date.now() + LEASE_MS)
    if (!scan || !(await claimForImage(db, request.principal, scanId, scan.status))) {
      this.end(INGEST)
      return 'busy'
    }
    this.#original = null
    new Staging(this.ctx.storage.sql, INGEST).clear()
    await this.begin(INGEST, { ...job, replacement, phase: 'cut' })
    this.#tellWatchers(scanId, request.principal)
    return 'begun'
  }

  override async cancel(): Promise<void> {
    const replacement = this.job(INGEST)?.replacement
    await super.cancel()
    this.#original = null
    if (replacement) await this.env.BUCKET.delete(replacement.image.sourceKey)
  }

  protected override async step(name: string, job: IngestJob): Promise<IngestJob | null> {
    const { scanId, replacement } = job
    if (job.phase === 'claim') {
      if (!this.#claiming)
        throw new PermanentFailure('the replacement of the image was interrupted as it began')
      await this.#claiming.catch(() => {})
      return this.job(name) ?? null
    }
    if (replacement && job.phase === 'clean') {
      const { pyramidKey, thumbnailKey } = keysOf(scanId, replacement.image.sourceKey)
      await dropReplaced(this.env, scanId, replacement.priorSourceKey, [pyramidKey, thumbnailKey])
      return { ...job, phase: 'rectify' }
    }
    if (replacement && job.phase === 'rectify') {
      const outcome = await rectifyReplaced(this.env, scanId, replacement)
      if (outcome === 'busy') return job
      if (outcome !== 'done') await setStatusDetail(openDatabase(this.env), system, scanId, outcome.failure)
      return null
    }
    const staging = new Staging(this.ctx.storage.sql, INGEST)
    try {
      const original = await this.#open(job)
      if (original) return await this.#advance(job, original, staging)
    } catch (error) {
      if (error instanceof FormatError) throw new PermanentFailure(error.message)
      throw error
    }
    staging.clear()
    if (replacement) await this.env.BUCKET.delete(replacement.image.sourceKey)
    return null
  }

  async #advance(job: IngestJob, original: Original, staging: Staging): Promise<IngestJob | null> {
    const { session, pyramidKey, thumbnailKey } = original
    const { pyramid } = session
    switch (job.phase) {
      case 'cut': {
        const step = session.steps[job.cursor]
        if (!step) return { ...job, phase: 'store' }
        await session.run(step, staging, async (png) => {
          await this.env.BUCKET.put(thumbnailKey, png, { httpMetadata: { contentType: 'image/png' } })
        })
        return { ...job, cursor: job.cursor + 1 }
      }
      case 'store': {
        await storePyramid(this.env.BUCKET, pyramidKey, pyramid, staging, () => this.isCurrent(INGEST, job))
        return { ...job, phase: 'switch' }
      }
      default: {
        const { scanId, replacement } = job
        const made = { pyramidKey, pyramid, thumbnailKey }
        if (replacement) await switchToReplacement(this.env, scanId, replacement, made)
        else await setScanIngested(openDatabase(this.env), system, scanId, made)
        this.#tellWatchers(scanId, replacement?.principal ?? null)
        staging.clear()
        this.#original = null
        return replacement ? { ...job, phase: 'clean' } : null
      }
    }
  }

  protected override async abandon(name: string, job: IngestJob, reason: string): Promise<void> {
    new Staging(this.ctx.storage.sql, INGEST).clear()
    this.#original = null
    const { scanId, replacement } = job
    const db = openDatabase(this.env)
    if (!replacement) {
      await setScanUnloaded(db, system, scanId, reason)
      return this.#tellWatchers(scanId)
    }
    // What could not be deleted does not keep the scan from being drawn.
    if (job.phase === 'clean') return this.begin(name, { ...job, phase: 'rectify', attempts: 0 })
    if (job.phase === 'rectify') return setStatusDetail(db, system, scanId, reason)
    if (replacement.prior !== null) {
      await keepImage(db, system, scanId, replacement.prior, reason)
      this.#tellWatchers(scanId)
    }
    const { sourceKey } = replacement.image
    // The switch may have been made though its answer was lost.
    if ((await scanIdOfSource(db, system, sourceKey)) !== null)
      return this.begin(name, { ...job, phase: 'clean', attempts: 0 })
    const { pyramidKey, thumbnailKey } = keysOf(scanId, sourceKey)
    await this.env.BUCKET.delete([sourceKey, pyramidKey, thumbnailKey])
  }

  /** Nothing waits for it: who watches the scan is told of its image as soon as may be. */
  #tellWatchers(scanId: number, by: Doer = null): void {
    this.env.SCAN.get(this.env.SCAN.idFromName(String(scanId)))
      .tell({ kind: 'scan', scanId, change: 'image', by })
      .catch((error) => console.error(`watchers of scan ${scanId} were not told:`, error))
  }

  /** The original that is cut, opened once an instance; null when the scan does not wait for it (any more). */
  #open(job: IngestJob): Promise<Original | null> {
    this.#original ??= openOriginal(this.env, job).catch((error) => {
      this.#original = null
      throw error
    })
    return this.#original
  }
}

interface Original {
  session: IngestSession
  pyramidKey: string
  thumbnailKey: string
}

async function openOriginal(env: JobEnv, { scanId, replacement }: IngestJob): Promise<Original | null> {
  const scan = await findScan(openDatabase(env), system, scanId)
  if (!scan) return null
  const { sourceKey, byteSize } = replacement?.image ?? scan
  // A switch that is repeated finds the scan with its new image.
  const isSwitched = replacement !== undefined && scan.sourceKey === sourceKey
  if (!sourceKey || byteSize === null || !(scan.status === 'loading' || isSwitched)) return null
  return {
    session: await IngestSession.open(bucketSource(env.BUCKET, sourceKey, byteSize)),
    ...keysOf(scanId, sourceKey),
  }
}

/** Where what is made of an original lies. */
function keysOf(scanId: number, sourceKey: string): { pyramidKey: string; thumbnailKey: string } {
  const uuid = sourceKey.slice(sourceKey.lastIndexOf('/') + 1)
  return { pyramidKey: objectKeys.pyramid(scanId, uuid), thumbnailKey: objectKeys.thumbnail(scanId, uuid) }
}
