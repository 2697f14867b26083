import type { Doer, ScanChange, ScanNews } from '../src/domain/live.ts'
import { ByteLru } from '../src/domain/render/byte-lru.ts'
import { PyramidReader } from '../src/domain/render/pyramid-reader.ts'
import { ScanRenderer } from '../src/domain/render/scan-renderer.ts'
import { zoomRange } from '../src/domain/render/tile-pyramid.ts'
import type { ExportOutcome, RectifyOutcome, RectifyRequest } from '../src/domain/scan-jobs.ts'
import { gmlMask, yUp } from '../src/formats/gml-mask-writer.ts'
import { FitError } from '../src/geo/fit-error.ts'
import { turnedIntoWorld } from '../src/geo/longitude.ts'
import { maskedOutput } from '../src/geo/masked-output.ts'
import { fitIn } from '../src/geo/projected-fit.ts'
import { suggestedOutput } from '../src/geo/suggested-output.ts'
import { openDatabase } from '../src/store/database.ts'
import { saveMask } from '../src/store/masks.ts'
import { objectKeys } from '../src/store/objects.ts'
import type { SystemPrincipal } from '../src/store/principal.ts'
import {
  beginRectification,
  clearRectificationObjects,
  failRectification,
  findTileSource,
  rectificationObjects,
} from '../src/store/rectifications.ts'
import { findScan, type ScanRecord, type ScanStatus } from '../src/store/scans.ts'
import { rasterCodecs } from '../workers/codecs.ts'
import { WATCHER_HEADER } from '../workers/scan-jobs.ts'
import { bakeWork } from './bake-work.ts'
import type { JobEnv } from './environment.ts'
import { exportWork } from './export-work.ts'
import { JobObject, type JobRecord, LEASE_MS, PermanentFailure } from './job-object.ts'
import { Lease } from './lease.ts'
import { LiveRoom } from './live-room.ts'
import { basisOf } from './rectification-basis.ts'
import { Staging } from './staging.ts'
import { storeArchive } from './store-archive.ts'
import type { Work } from './work.ts'

/** Decoded pyramid tiles a bake keeps, bytes: a row of the widest scan's tiles would not fit, a Hilbert walk does. */
const DECODED_MAX_BYTES = 24 * 1024 * 1024
/** Tiles made between two writes of the cursor. */
const TILES_PER_STEP = 16
/** Archives kept beside the one that is served, for readers that opened them before the switch. */
const OLD_ARCHIVES_KEPT = 1
/** Status code of RFC 6455, 7.4.1. */
const NORMAL_CLOSURE = 1000

export const BAKE = 'bake'
export const EXPORT = 'export'

/** In `begin` the rectification's row is being made; a job that is found in it was interrupted there. */
type Phase = 'begin' | 'draw' | 'store' | 'switch' | 'clean'

interface ScanJob extends JobRecord {
  scanId: number
  /** 0 in the phase `begin`. */
  rectificationId: number
  phase: Phase
  /** How many tiles of the plan are drawn. */
  cursor: number
}

/** How the last job of a name ended, for whoever waits for it. */
interface JobResult {
  rectificationId: number
  failure: string | null
}

const system: SystemPrincipal = { kind: 'system', reason: 'rectification' }

/**
 * One scan's rectification: the lock, the fit, the bake of its archive, and the exports made of it. The lock is a lease
 * in storage that work renews; it is free when the work ends, fails, or falls silent. Those who watch the scan have
 * their sockets here.
 */
export class Scan extends JobObject<JobEnv, ScanJob> {
  protected override readonly jobNames = [BAKE, EXPORT]
  readonly #decoded = new ByteLru<Uint8Array>(DECODED_MAX_BYTES)
  readonly #works = new Map<string, { rectificationId: number; work: Work }>()
  readonly #lock = new Lease(this.ctx.storage.kv, 'lock', LEASE_MS)
  readonly #room = new LiveRoom(this.ctx, () => openDatabase(this.env))
  #beginning: Promise<unknown> | null = null

  /** See `ScanJobs.watch`. */
  override async fetch(request: Request): Promise<Response> {
    const principal = JSON.parse(decodeURIComponent(request.headers.get(WATCHER_HEADER) ?? ''))
    return this.#room.admit(Number(new URL(request.url).pathname.slice(1)), principal)
  }

  /** See `ScanJobs.tell`. */
  async tell(news: ScanNews): Promise<void> {
    await this.#room.tell(news)
  }

  override webSocketMessage(socket: WebSocket, message: string | ArrayBuffer): void {
    this.#room.receive(socket, message)
  }

  override webSocketClose(socket: WebSocket): void {
    this.#room.leave(socket)
    socket.close(NORMAL_CLOSURE)
  }

  override webSocketError(socket: WebSocket): void {
    this.#room.leave(socket)
  }

  /** Answers the health check. */
  ping(): string {
    return 'ok'
  }

  /** See `ScanJobs.rectify`. Of calls that overlap one works; the others are told the scan is busy. */
  async rectify(request: RectifyRequest): Promise<RectifyOutcome> {
    if (!this.#lock.take()) return { state: 'busy' }
    let begun: RectifyOutcome | { rectificationId: number }
    try {
      await this.#clearDeadBake()
      const beginning = this.#fitAndBegin(request)
      this.#beginning = beginning
      begun = await beginning
    } catch (error) {
      // What was begun is undone by its job, which then frees the lock.
      if (this.job(BAKE)) await this.ctx.storage.setAlarm(Date.now())
      else this.#lock.free()
      throw error
    } finally {
      this.#beginning = null
    }
    if ('state' in begun) {
      this.#lock.free()
      return begun
    }
    await this.waitFor(BAKE, request.waitMs)
    const result = this.ctx.storage.kv.get<JobResult>(`result:${BAKE}`)
    if (result?.rectificationId !== begun.rectificationId) return { state: 'running' }
    return result.failure === null ? { state: 'done' } : { state: 'failed', message: result.failure }
  }

  /** See `ScanJobs.startBake`. */
  async startBake(scanId: number, rectificationId: number): Promise<void> {
    if (this.job(BAKE) || !this.#lock.take()) return
    this.ctx.storage.kv.delete(`result:${BAKE}`)
    new Staging(this.ctx.storage.sql, BAKE).clear()
    await this.begin(BAKE, { scanId, rectificationId, phase: 'draw', cursor: 0, attempts: 0 })
  }

  /** Waits until no rectification is under way, at most `waitMs`. */
  settled(waitMs: number): Promise<void> {
    return this.waitFor(BAKE, waitMs)
  }

  /** See `ScanJobs.exportGeotiff`. */
  async exportGeotiff(scanId: number, rectificationId: number, waitMs: number): Promise<ExportOutcome> {
    if (await this.#isExported(scanId, rectificationId))
      return { state: 'done', key: objectKeys.geotiff(scanId, rectificationId) }
    const running = this.job(EXPORT)
    if (running?.rectificationId !== rectificationId) {
      if (running) {
        await this.waitFor(EXPORT, waitMs)
        if (this.job(EXPORT)) return { state: 'running' }
      }
      this.ctx.storage.kv.delete(`result:${EXPORT}`)
      await this.begin(EXPORT, { scanId, rectificationId, phase: 'draw', cursor: 0, attempts: 0 })
    }
    await this.waitFor(EXPORT, waitMs)
    const result = this.ctx.storage.kv.get<JobResult>(`result:${EXPORT}`)
    if (result?.rectificationId !== rectificationId) return { state: 'running' }
    return result.failure === null
      ? { state: 'done', key: objectKeys.geotiff(scanId, rectificationId) }
      : { state: 'failed', message: result.failure }
  }

  /** Whether the export that ended last is this one, and its file still there. */
  async #isExported(scanId: number, rectificationId: number): Promise<boolean> {
    const result = this.ctx.storage.kv.get<JobResult>(`result:${EXPORT}`)
    if (result?.rectificationId !== rectificationId || result.failure !== null) return false
    return (await this.env.BUCKET.head(objectKeys.geotiff(scanId, rectificationId))) !== null
  }

  override async cancel(): Promise<void> {
    await super.cancel()
    this.#works.clear()
  }

  /** A bake whose lease ran out is dead: the scan goes back to what it was before a new one begins. */
  async #clearDeadBake(): Promise<void> {
    const dead = this.job(BAKE)
    if (!dead) return
    await this.abandon(BAKE, dead, 'the rectification stopped and was given up')
    this.end(BAKE)
    this.#lock.renew()
  }

  async #fitAndBegin(request: RectifyRequest): Promise<RectifyOutcome | { rectificationId: number }> {
    const { scanId, principal, transform, resampling, useMask, srs } = request
    const db = openDatabase(this.env)
    const [scan, basis] = await Promise.all([findScan(db, principal, scanId), basisOf(db, request)])
    if (!scan?.pyramid || !scan.pyramidKey || scan.status === 'loading')
      return { state: 'refused', reason: 'no-image', message: noImage(scan) }
    if (!basis)
      return { state: 'refused', reason: 'unsolvable', message: 'the rectification to go back to is gone' }
    const { points, mask, isFormer } = basis
    if (request.mask) await saveMask(db, principal, scanId, request.mask, true)
    try {
      const fit = fitIn(srs, turnedIntoWorld(points), transform)
      const { width, height } = scan.pyramid
      const whole = suggestedOutput(fit, width, height)
      const output = mask ? maskedOutput(fit, whole, mask) : whole
      // The fit may have taken long, but nobody else had a turn meanwhile.
      this.#lock.renew()
      const job: ScanJob = { scanId, rectificationId: 0, phase: 'begin', cursor: 0, attempts: 0 }
      await this.begin(BAKE, job, Date.now() + LEASE_MS)
      const rectificationId = await beginRectification(db, principal, {
        ...{ scanId, transform, resampling, useMask, mask, points, fit, output },
        ...{ restoresPoints: isFormer, pyramidKey: scan.pyramidKey },
        restoredMask: isFormer && mask ? { gml: gmlMask(yUp(mask, height)), polygons: mask } : null,
        ...zoomRange(fit, output.bbox, width, height),
        priorStatus: statusToReturnTo(scan),
      })
      if (rectificationId === null) {
        this.end(BAKE)
        return { state: 'busy' }
      }
      this.ctx.storage.kv.delete(`result:${BAKE}`)
      new Staging(this.ctx.storage.sql, BAKE).clear()
      await this.begin(BAKE, { ...job, rectificationId, phase: 'draw' })
      if (isFormer) this.#tellWatchers(scanId, 'points', principal)
      this.#tellWatchers(scanId, 'rectification', principal)
      return { rectificationId }
    } catch (error) {
      if (!(error instanceof FitError)) throw error
      return error.code === 'too-few-points'
        ? { state: 'refused', reason: 'too-few-points', needed: error.needed ?? 0 }
        : { state: 'refused', reason: 'unsolvable', message: error.message }
    }
  }

  protected override async step(name: string, job: ScanJob): Promise<ScanJob | null> {
    if (job.phase === 'begin') {
      if (!this.#beginning) throw new PermanentFailure('the rectification was interrupted as it began')
      await this.#beginning.catch(() => {})
      return this.job(name) ?? null
    }
    const goesOn = () => this.#goesOn(name, job)
    if (!goesOn()) return null
    const work = await this.#work(name, job)
    const staging = new Staging(this.ctx.storage.sql, name)
    switch (job.phase) {
      case 'draw': {
        const tiles = work.tiles.slice(job.cursor, job.cursor + TILES_PER_STEP)
        const drawn: [number, Uint8Array][] = []
        for (const id of tiles) {
          const bytes = await work.draw(id)
          if (!goesOn()) return null
          if (bytes) drawn.push([id, bytes])
        }
        const cursor = job.cursor + tiles.length
        const next: ScanJob = { ...job, cursor, phase: cursor < work.tiles.length ? 'draw' : 'store' }
        for (const [id, bytes] of drawn) staging.put(id, bytes)
        return next
      }
      case 'store': {
        const plan = await work.plan(staging)
        await storeArchive(this.env.BUCKET, work.key, work.contentType, plan, staging, goesOn)
        return { ...job, phase: 'switch' }
      }
      case 'switch':
        await work.publish()
        if (name === BAKE) this.#tellWatchers(job.scanId, 'rectification')
        if (!goesOn()) return null
        this.#tell(name, job, null)
        return { ...job, phase: 'clean' }
      case 'clean':
        staging.clear()
        if (name === BAKE) await this.#dropOldObjects(job)
        if (!goesOn()) return null
        if (name === BAKE) this.#lock.free()
        return null
    }
  }

  protected override async abandon(name: string, job: ScanJob, reason: string): Promise<void> {
    new Staging(this.ctx.storage.sql, name).clear()
    // What could not be cleaned up after the switch does not undo it; the next bake's clean finds it.
    const isDone = job.phase === 'clean'
    if (name === BAKE) {
      if (!isDone) {
        await failRectification(openDatabase(this.env), system, job.scanId, reason)
        this.#tellWatchers(job.scanId, 'rectification')
      }
      this.#lock.free()
    }
    if (!isDone) this.#tell(name, job, reason)
  }

  /** Nothing waits for it: who watches is told as soon as may be. */
  #tellWatchers(scanId: number, change: ScanChange, by: Doer = null): void {
    void this.#room.tell({ kind: 'scan', scanId, change, by })
  }

  #tell(name: string, { rectificationId }: ScanJob, failure: string | null): void {
    this.ctx.storage.kv.put<JobResult>(`result:${name}`, { rectificationId, failure })
  }

  /** Renews the lease of a job that is still this one's; false when it was ended or taken over. */
  #goesOn(name: string, job: ScanJob): boolean {
    if (!this.isCurrent(name, job)) return false
    if (name === BAKE) this.#lock.renew()
    return true
  }

  /** What the job draws; kept as long as this instance works on it. */
  async #work(name: string, { scanId, rectificationId }: ScanJob): Promise<Work> {
    const known = this.#works.get(name)
    if (known?.rectificationId === rectificationId) return known.work
    const source = await findTileSource(openDatabase(this.env), system, scanId, rectificationId)
    if (!source) throw new PermanentFailure('the map or its rectification is gone')
    const codecs = await rasterCodecs()
    const pyramid = new PyramidReader(
      this.env.BUCKET,
      { key: source.pyramidKey, info: source.pyramid },
      codecs.decode,
      this.#decoded,
    )
    const { fit, output, resampling, mask } = source
    const renderer = new ScanRenderer(pyramid, fit, output.bbox, resampling, mask)
    const work = name === BAKE ? bakeWork(this.env, source, renderer) : exportWork(this.env, source, renderer)
    this.#works.set(name, { rectificationId, work })
    return work
  }

  /**
   * Deletes the objects of rectifications nobody reads any more, those of failed ones among them: first the database
   * forgets them, then whatever lies in the bucket and is not to be kept goes, so that no row names a missing object.
   */
  async #dropOldObjects({ scanId, rectificationId }: ScanJob): Promise<void> {
    const db = openDatabase(this.env)
    const all = await rectificationObjects(db, system, scanId)
    const older = all.filter(({ id }) => id < rectificationId)
    const spared = older.filter(({ archiveKey }) => archiveKey).slice(0, OLD_ARCHIVES_KEPT)
    const stale = older.filter((rectification) => !spared.includes(rectification))
    const named = stale.filter(({ archiveKey, geotiffKey }) => archiveKey ?? geotiffKey)
    await clearRectificationObjects(
      db,
      system,
      named.map(({ id }) => id),
    )
    const makers = [objectKeys.tiles, objectKeys.geotiff]
    const deletable = new Set(stale.flatMap(({ id }) => makers.map((key) => key(scanId, id))))
    const { objects } = await this.env.BUCKET.list({ prefix: objectKeys.scanPrefix(scanId) })
    const keys = objects.map(({ key }) => key).filter((key) => deletable.has(key))
    if (keys.length > 0) await this.env.BUCKET.delete(keys)
  }
}

/** A scan still marked as warping here was left so by a job that is lost: it goes back to what its tiles say. */
const statusToReturnTo = (scan: ScanRecord): ScanStatus => {
  if (scan.status !== 'warping') return scan.status
  return scan.bakedRectificationId === null ? 'available' : 'warped'
}

const noImage = (scan: { status: string; statusDetail: string | null } | null): string => {
  if (scan?.status === 'loading') return 'Map image is still being loaded. Try again later.'
  return scan?.statusDetail ? `Map has no image: ${scan.statusDetail}` : 'Map has no image'
}
