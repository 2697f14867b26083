import { FormatError } from '../src/formats/format-error.ts'
import { planPmtiles } from '../src/formats/pmtiles-writer.ts'
import { bucketSource } from '../src/store/bucket-source.ts'
import { openDatabase } from '../src/store/database.ts'
import { objectKeys } from '../src/store/objects.ts'
import type { SystemPrincipal } from '../src/store/principal.ts'
import { findScan, setScanIngested, setScanUnloaded } from '../src/store/scans.ts'
import type { JobEnv } from './environment.ts'
import { IngestSession } from './ingest-session.ts'
import { JobObject, type JobRecord, PermanentFailure } from './job-object.ts'
import { Staging } from './staging.ts'
import { storeArchive } from './store-archive.ts'

export const INGEST = 'ingest'
/** Bounds of an archive in image space, where degrees mean nothing: the whole square. */
const NO_BOUNDS = [-180, -85, 180, 85] as const

interface IngestJob extends JobRecord {
  scanId: number
  phase: 'cut' | 'store' | 'switch'
  /** How many of the pyramid's steps are done. */
  cursor: number
}

const system: SystemPrincipal = { kind: 'system', reason: 'ingest' }

/** Cuts one scan's original into its pyramid: a job, strip by strip, then tile by tile. */
export class Ingest extends JobObject<JobEnv, IngestJob> {
  protected override readonly jobNames = [INGEST]
  #original: Promise<Original | null> | null = null

  /** See `ScanJobs.startIngest`. */
  async start(scanId: number): Promise<void> {
    if (!this.job(INGEST)) await this.begin(INGEST, { scanId, phase: 'cut', cursor: 0, attempts: 0 })
  }

  /** See `ScanJobs.waitForIngest`. Begins it, should it have been lost between the upload and here. */
  async wait(scanId: number, waitMs: number): Promise<void> {
    await this.start(scanId)
    await this.waitFor(INGEST, waitMs)
  }

  override async cancel(): Promise<void> {
    await super.cancel()
    this.#original = null
  }

  protected override async step(_name: string, job: IngestJob): Promise<IngestJob | null> {
    const staging = new Staging(this.ctx.storage.sql, INGEST)
    try {
      const original = await this.#open(job.scanId)
      if (original) return await this.#advance(job, original, staging)
    } catch (error) {
      if (error instanceof FormatError) throw new PermanentFailure(error.message)
      throw error
    }
    staging.clear()
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
        const plan = await planPmtiles({
          tiles: staging.tiles(),
          header: {
            ...{ tileType: pyramid.tileFormat, tileCompression: 'none', bounds: NO_BOUNDS },
            ...{ minZoom: 0, maxZoom: pyramid.levels - 1, center: [0, 0], centerZoom: 0 },
          },
          metadata: { ...pyramid },
        })
        await storeArchive(this.env.BUCKET, pyramidKey, 'application/vnd.pmtiles', plan, staging, () =>
          this.isCurrent(INGEST, job),
        )
        return { ...job, phase: 'switch' }
      }
      case 'switch':
        await setScanIngested(openDatabase(this.env), system, job.scanId, {
          pyramidKey,
          pyramid,
          thumbnailKey,
        })
        staging.clear()
        this.#original = null
        return null
    }
  }

  protected override async abandon(_name: string, job: IngestJob, reason: string): Promise<void> {
    new Staging(this.ctx.storage.sql, INGEST).clear()
    this.#original = null
    await setScanUnloaded(openDatabase(this.env), system, job.scanId, reason)
  }

  /** The scan's original, opened once an instance; null when the scan does not wait for it (any more). */
  #open(scanId: number): Promise<Original | null> {
    this.#original ??= openOriginal(this.env, scanId).catch((error) => {
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

async function openOriginal(env: JobEnv, scanId: number): Promise<Original | null> {
  const scan = await findScan(openDatabase(env), system, scanId)
  if (scan?.status !== 'loading' || !scan.sourceKey || scan.byteSize === null) return null
  const uuid = scan.sourceKey.slice(scan.sourceKey.lastIndexOf('/') + 1)
  return {
    session: await IngestSession.open(bucketSource(env.BUCKET, scan.sourceKey, scan.byteSize)),
    pyramidKey: objectKeys.pyramid(scanId, uuid),
    thumbnailKey: objectKeys.thumbnail(scanId, uuid),
  }
}
