import { principalOf } from '../src/domain/accounts.ts'
import type { Context } from '../src/domain/context.ts'
import { DomainError, QuestionError } from '../src/domain/errors.ts'
import { questionText } from '../src/domain/jobs.ts'
import { through } from '../src/domain/maps/layers.ts'
import { FormatError } from '../src/formats/format-error.ts'
import { openDatabase } from '../src/store/database.ts'
import { findJob, type JobChange, type JobRecord as JobRow, throughOf, updateJob } from '../src/store/jobs.ts'
import { deletePrefix, objectKeys } from '../src/store/objects.ts'
import { ANONYMOUS, type Principal, type SystemPrincipal } from '../src/store/principal.ts'
import { findUser } from '../src/store/users.ts'
import { processJobs } from '../workers/process-jobs.ts'
import { type JobBindings, scanJobs } from '../workers/scan-jobs.ts'
import type { JobEnv } from './environment.ts'
import { JobObject, type JobRecord, PermanentFailure } from './job-object.ts'
import { PROCESSORS } from './processes/index.ts'
import type { Processor, ProcessRun } from './processes/processor.ts'

export const PROCESS = 'process'
/** Where the row of the job is kept as it was last read, for undoing the job once the row is gone. */
const ROW = 'row'
/** How often, at most, progress is written down. */
const REPORT_EVERY_MS = 1000
/** How long a question waits for its answer. */
export const ANSWER_MAX_MS = 7 * 24 * 3600 * 1000
/** How long a dismissal waits for what is under way to be undone; it goes on without anybody waiting. */
const DISMISSAL_WAIT_MS = 30_000
/** A failure that could not be written down is tried again as after so many attempts: every half a minute. */
const NOTE_AGAIN_ATTEMPTS = 8
const MESSAGE_MAX_CHARACTERS = 2000

interface ProcessWork extends JobRecord {
  jobId: string
  /** Tests and logs tell steps apart by these. */
  phase: 'run' | 'waiting' | 'undo' | 'note'
  cursor: number
  /** What the processor goes on from; absent before it has begun. */
  state?: { value: unknown }
  /** When a question that nobody has answered is given up, ms. */
  waitsUntil?: number
  /** Why it failed, to be written down when all is undone; absent for a job that is not wanted any more. */
  reason?: string
}

const runner: SystemPrincipal = { kind: 'system', reason: 'process' }

/**
 * Does one job of whatever process: loads its record, hands it to its processor step by step and notes what comes of it.
 * A job that fails, is dismissed, or whose user is gone is undone in a step of its own, which is repeated like any other
 * until it has been done; only then is the failure written down.
 */
export class ProcessJob extends JobObject<JobEnv & JobBindings, ProcessWork> {
  protected override readonly jobNames = [PROCESS]
  #processor: Processor<unknown> | null = null
  #principal: { ownerId: number | null; found: Principal } | null = null
  #reportedAt = 0
  /** An answer may come before the question's step has ended. */
  #wasStarted = false

  /** See `ProcessJobs.start`. */
  async start(jobId: string): Promise<void> {
    const job = this.job(PROCESS)
    this.#wasStarted = true
    if (!job) await this.begin(PROCESS, { jobId, phase: 'run', cursor: 0, attempts: 0 })
    else if (job.phase === 'waiting')
      await this.begin(PROCESS, { ...job, phase: 'run', cursor: job.cursor + 1, attempts: 0 })
  }

  /** See `ProcessJobs.wait`. */
  async wait(_jobId: string, waitMs: number): Promise<void> {
    if (this.job(PROCESS)?.phase === 'waiting') return
    await this.waitFor(PROCESS, waitMs)
  }

  /** See `ProcessJobs.cancel`. */
  async cancelJob(_jobId: string): Promise<void> {
    const job = this.job(PROCESS)
    if (!job) return
    if (job.phase !== 'undo') await this.begin(PROCESS, undoing(job))
    await this.waitFor(PROCESS, DISMISSAL_WAIT_MS)
  }

  protected override async step(_name: string, job: ProcessWork): Promise<ProcessWork | null> {
    switch (job.phase) {
      case 'undo':
        return this.#undo(job)
      case 'note':
        await this.#note(job.jobId, { status: 'failed', message: job.reason! })
        return this.#forget()
      case 'waiting':
        return undoing(job, 'nobody has answered what it asked')
      case 'run':
        return this.#work(job)
    }
  }

  /** A failure is undone and noted in steps, which are repeated as often as it takes. */
  protected override async abandon(_name: string, job: ProcessWork, reason: string): Promise<void> {
    if (job.phase === 'note') {
      await this.begin(PROCESS, { ...job, cursor: job.cursor + 1, attempts: NOTE_AGAIN_ATTEMPTS })
    } else if (job.phase === 'undo') {
      console.error(`job ${job.jobId} could not be undone: ${reason}`)
      await this.begin(PROCESS, { ...job, ...afterUndoing(job), attempts: 0 })
    } else await this.begin(PROCESS, undoing(job, reason))
  }

  /** A job that waits does nothing before it is answered, or given up. */
  protected override isIdle(job: ProcessWork): boolean {
    return job.phase === 'waiting' && Date.now() < (job.waitsUntil ?? 0)
  }

  override async alarm(): Promise<void> {
    await super.alarm()
    const job = this.job(PROCESS)
    if (job && this.isIdle(job)) await this.ctx.storage.setAlarm(job.waitsUntil!)
  }

  async #work(job: ProcessWork): Promise<ProcessWork | null> {
    this.#wasStarted = false
    const row = await this.#row(job)
    if (!row || row.status === 'dismissed') return undoing(job)
    if (row.finishedAt !== null) return this.#forget()
    const next = { ...job, cursor: job.cursor + 1 }
    try {
      const run = await this.#run(row, job)
      const processor = this.#open(row)
      if (!job.state) {
        await this.#note(row.id, { status: 'running' })
        return { ...next, state: { value: await processor.begin(run) } }
      }
      const result = await processor.step(run, job.state.value)
      if ('state' in result) return { ...next, state: { value: result.state } }
      const isNoted = await this.#note(row.id, {
        ...{ status: 'successful', progress: 100, message: null, question: null },
        outputs: storable(result.outputs),
      })
      return isNoted ? this.#forget() : next
    } catch (error) {
      if (error instanceof QuestionError) return this.#ask(row, next, error)
      if (error instanceof DomainError || error instanceof FormatError)
        throw new PermanentFailure(error.message)
      throw error
    }
  }

  async #ask(row: JobRow, next: ProcessWork, { question }: QuestionError): Promise<ProcessWork> {
    if (!row.interactive) {
      await this.#note(row.id, { question })
      throw new PermanentFailure(questionText(question))
    }
    const isNoted = await this.#note(row.id, { status: 'waiting', question, message: question.message })
    // It has been dismissed meanwhile, or answered before this step has ended.
    if (!isNoted || this.#wasStarted) return next
    this.release(PROCESS)
    return { ...next, phase: 'waiting', waitsUntil: Date.now() + ANSWER_MAX_MS }
  }

  /** Undoes whatever has been made: the files in the bucket too, for nobody will see them. */
  async #undo(job: ProcessWork): Promise<ProcessWork | null> {
    const row = (await this.#row(job)) ?? this.ctx.storage.kv.get<JobRow>(ROW)
    // What was noted and its answer lost is not to be undone.
    if (row?.status === 'successful') return this.#forget()
    if (row && PROCESSORS[row.process])
      await this.#open(row).discard(await this.#run(row, job, ANONYMOUS), job.state ? job.state.value : null)
    await deletePrefix(this.env.BUCKET, objectKeys.jobPrefix(job.jobId))
    return job.reason === undefined ? this.#forget() : { ...job, ...afterUndoing(job) }
  }

  /** The job's row; it is kept here as well, as long as there is no newer one. */
  async #row(job: ProcessWork): Promise<JobRow | null> {
    const row = await findJob(openDatabase(this.env), runner, job.jobId)
    const kept = this.ctx.storage.kv.get<JobRow>(ROW)
    if (row && JSON.stringify(kept?.inputs) !== JSON.stringify(row.inputs)) this.ctx.storage.kv.put(ROW, row)
    return row
  }

  #open({ process }: JobRow): Processor<unknown> {
    const make = PROCESSORS[process]
    if (!make) throw new PermanentFailure(`there is no process ${process}`)
    this.#processor ??= make()
    return this.#processor
  }

  async #run(row: JobRow, job: ProcessWork, principal?: Principal): Promise<ProcessRun> {
    return {
      context: this.#context(),
      principal: principal ?? (await this.#principalOf(row)),
      job: row,
      sql: this.ctx.storage.sql,
      report: (progress, message) => this.#report(row.id, progress, message),
      goesOn: () => this.job(PROCESS)?.phase === job.phase,
    }
  }

  /** Who asked, once an instance: somebody who has lost rights meanwhile is stopped by the next. */
  async #principalOf(row: JobRow): Promise<Principal> {
    const { ownerId } = row
    if (this.#principal?.ownerId !== ownerId) {
      const user = ownerId === null ? null : await findUser(openDatabase(this.env), runner, { id: ownerId })
      if (ownerId !== null && !user?.enabled)
        throw new PermanentFailure('the user who asked for it is gone, or disabled')
      const found: Principal = user ? principalOf(user) : ANONYMOUS
      this.#principal = { ownerId, found }
    }
    const layer = throughOf(row)
    return layer === null ? this.#principal.found : through(this.#principal.found, layer)
  }

  async #report(jobId: string, progress: number, message?: string): Promise<void> {
    if (Date.now() - this.#reportedAt < REPORT_EVERY_MS) return
    this.#reportedAt = Date.now()
    const change = { progress: Math.max(0, Math.min(99, Math.round(progress))) }
    await this.#note(jobId, message === undefined ? change : { ...change, message })
  }

  /** False when the job has ended, or is gone. */
  async #note(jobId: string, change: JobChange): Promise<boolean> {
    const { message } = change
    return updateJob(openDatabase(this.env), runner, jobId, {
      ...change,
      ...(message ? { message: storableText(message).slice(0, MESSAGE_MAX_CHARACTERS) } : {}),
    })
  }

  /** The job's record and its own tables go; whoever waits for it is told that it has ended. */
  async #forget(): Promise<null> {
    this.#processor = null
    this.end(PROCESS)
    await this.ctx.storage.deleteAll()
    return null
  }

  #context(): Context {
    return {
      db: openDatabase(this.env),
      bucket: this.env.BUCKET,
      jobs: scanJobs(this.env),
      processes: processJobs(this.env),
      optimizer: this.env.OPTIMIZE,
      authSecret: '',
      fetchAllow: this.env.FETCH_ALLOW?.split(',').filter((pair) => pair !== '') ?? [],
      identity: {},
    }
  }
}

/** The job as it goes on when it is not wanted any more, or has failed for a reason. */
function undoing(job: ProcessWork, reason?: string): ProcessWork {
  const { waitsUntil: _given, reason: _earlier, ...rest } = job
  const next = { ...rest, phase: 'undo', cursor: job.cursor + 1, attempts: 0 } as const
  return reason === undefined ? next : { ...next, reason }
}

/** A dismissal has been noted before; without a reason, noting changes nothing. */
const afterUndoing = (job: ProcessWork) =>
  ({ phase: 'note', cursor: job.cursor + 1, reason: job.reason ?? 'it was dismissed' }) as const

/** PostgreSQL knows no NUL, and UTF-8 no half of a surrogate pair. */
const storableText = (text: string): string => text.toWellFormed().replaceAll('\0', '\u{FFFD}')

/** JSON values whose texts the database can hold. */
const storable = (values: Record<string, unknown>): Record<string, unknown> =>
  JSON.parse(JSON.stringify(values), (_key, value) =>
    typeof value === 'string' ? storableText(value) : value,
  )
