import { DurableObject } from 'cloudflare:workers'
import { INTERNAL_FAILURE } from '../src/domain/jobs.ts'

/** A job's own record. `attempts` counts failures since the last step that succeeded. */
export interface JobRecord {
  attempts: number
}

/** A failure that trying again will not mend; its message is for the person who asked for the job. */
export class PermanentFailure extends Error {
  override readonly name = 'PermanentFailure'
}

/** While a job works its lease is renewed; one that is silent for this long is dead and may be taken over. */
export const LEASE_MS = 60_000
/** A job whose process died is taken up again after this long; longer than a slice, shorter than a lease. */
const WATCHDOG_MS = 10_000
/** How long one alarm works before it makes way for other events. */
const SLICE_MS = 4_000
const ATTEMPTS_MAX = 5
const RETRY_BASE_MS = 250

/**
 * A Durable Object that does long work in steps, alarm by alarm. A job is a record in storage; `step` does a bounded
 * piece of it and returns the record to go on from, which is stored before the next step begins. A step must be
 * idempotent: alarms come at least once, and a crash repeats the step that was under way.
 *
 * An alarm a little ahead is set before work begins, so that a crash at any moment is followed by another try.
 */
export abstract class JobObject<Env, Job extends JobRecord> extends DurableObject<Env> {
  readonly #waiting = new Map<string, Set<() => void>>()
  /** The alarm under way; it never rejects. */
  #working: Promise<void> | null = null

  /** Called before every step with the job's name; tests stop a job here as a crash would. */
  beforeStep?: (name: string, job: Job) => void

  /** Does one piece of the job; null when nothing is left to do. */
  protected abstract step(name: string, job: Job): Promise<Job | null>

  /** The job will not be tried again: undo what is visible of it. */
  protected abstract abandon(name: string, job: Job, reason: string): Promise<void>

  /** Names in the order they are worked on. */
  protected abstract readonly jobNames: readonly string[]

  protected job(name: string): Job | undefined {
    return this.ctx.storage.kv.get<Job>(`job:${name}`)
  }

  /** Whether the job's record is still the one a step set out from; it may have been ended or replaced meanwhile. */
  protected isCurrent(name: string, job: Job): boolean {
    return JSON.stringify(this.job(name)) === JSON.stringify(job)
  }

  /** Stores a job and sets out to work on it, now or at the given time (ms). */
  protected async begin(name: string, job: Job, at = Date.now()): Promise<void> {
    this.ctx.storage.kv.put(`job:${name}`, job)
    await this.ctx.storage.setAlarm(at)
  }

  /** Removes a job without a word; whoever waits for it is told it ended. */
  protected end(name: string): void {
    this.ctx.storage.kv.delete(`job:${name}`)
    this.release(name)
  }

  /** Whoever waits for the job waits no longer. */
  protected release(name: string): void {
    for (const resolve of this.#waiting.get(name) ?? []) resolve()
    this.#waiting.delete(name)
  }

  /** Waits until the job has ended, at most `waitMs`. Sets its alarm again should it have been lost. */
  protected async waitFor(name: string, waitMs: number): Promise<void> {
    if (!this.job(name)) return
    if (!this.#working && (await this.ctx.storage.getAlarm()) === null)
      await this.ctx.storage.setAlarm(Date.now())
    let timer: ReturnType<typeof setTimeout> | null = null
    await new Promise<void>((resolve) => {
      const waiting = this.#waiting.get(name) ?? new Set()
      this.#waiting.set(name, waiting.add(resolve))
      timer = setTimeout(() => {
        waiting.delete(resolve)
        resolve()
      }, waitMs)
    })
    clearTimeout(timer)
  }

  /** Resolves when nothing is under way; it never rejects. */
  protected async stepEnded(): Promise<void> {
    await this.#working
  }

  /** Whether a job has nothing to do until it is begun again; it then sets no alarm. */
  protected isIdle(_job: Job): boolean {
    return false
  }

  /** Stops every job and forgets everything. What a step has under way has ended when this returns. */
  async cancel(): Promise<void> {
    for (const name of this.jobNames) this.end(name)
    await this.#working
    await this.ctx.storage.deleteAlarm()
    await this.ctx.storage.deleteAll()
  }

  override async alarm(): Promise<void> {
    if (this.#working) return
    const slice = this.#workASlice()
    this.#working = slice.catch(() => {})
    try {
      await slice
    } finally {
      this.#working = null
    }
  }

  async #workASlice(): Promise<void> {
    const sliceEnd = Date.now() + SLICE_MS
    await this.ctx.storage.setAlarm(Date.now() + WATCHDOG_MS)
    for (const name of this.jobNames) {
      // A turn of the event loop between steps lets requests in.
      while (Date.now() < sliceEnd && (await this.#advance(name))) await scheduler.wait(0)
    }
    if (this.jobNames.some((name) => this.#isBusy(name))) await this.#rearm()
    else await this.ctx.storage.deleteAlarm()
  }

  /** Goes on at once, or after a pause that doubles with every failure. */
  async #rearm(): Promise<void> {
    const attempts = Math.max(...this.jobNames.map((name) => this.job(name)?.attempts ?? 0))
    await this.ctx.storage.setAlarm(Date.now() + (attempts === 0 ? 0 : RETRY_BASE_MS * 2 ** (attempts - 1)))
  }

  #isBusy(name: string): boolean {
    const job = this.job(name)
    return job !== undefined && !this.isIdle(job)
  }

  /** Does one step; false when there is no reason to go on with this job now. */
  async #advance(name: string): Promise<boolean> {
    const job = this.job(name)
    if (!job || this.isIdle(job)) return false
    this.beforeStep?.(name, job)
    try {
      const next = await this.step(name, job)
      if (!this.isCurrent(name, job)) return false
      if (next) this.ctx.storage.kv.put(`job:${name}`, { ...next, attempts: 0 })
      else this.end(name)
      return next !== null
    } catch (error) {
      await this.#failed(name, job, error)
      return false
    }
  }

  async #failed(name: string, job: Job, error: unknown): Promise<void> {
    if (!this.isCurrent(name, job)) return
    const attempts = job.attempts + 1
    console.error(`${name} failed (attempt ${attempts}):`, error)
    if (!(error instanceof PermanentFailure) && attempts < ATTEMPTS_MAX) {
      this.ctx.storage.kv.put(`job:${name}`, { ...job, attempts })
      return
    }
    const reason = error instanceof PermanentFailure ? error.message : INTERNAL_FAILURE
    await this.abandon(name, job, reason)
    // It may have been begun anew as soon as it was known to have failed.
    if (this.isCurrent(name, job)) this.end(name)
  }
}
