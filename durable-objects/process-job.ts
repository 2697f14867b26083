import type { Context } from '../src/domain/context.ts'
import { QuestionError } from '../src/domain/errors.ts'
import { openDatabase } from '../src/store/database.ts'
import { findJob, type JobChange, type JobRecord as JobRow, updateJob } from '../src/store/jobs.ts'
import { deletePrefix, objectKeys } from '../src/store/objects.ts'
import { ANONYMOUS, type Principal, type SystemPrincipal } from '../src/store/principal.ts'
import { findUser } from '../src/store/users.ts'
import { processJobs } from '../workers/process-jobs.ts'
import { type JobBindings, scanJobs } from '../workers/scan-jobs.ts'
import type { JobEnv } from './environment.ts'
import { JobObject, type JobRecord, PermanentFailure } from './job-object.ts'
import { PROCESSORS } from './processes/index.ts'
import type { Processor, ProcessRun } from './processes/processor.ts'

const PROCESS = 'process'
/** How often, at most, progress is written down. */
const REPORT_EVERY_MS = 1000

interface ProcessWork extends JobRecord {
  jobId: string
  /** What the processor goes on from; absent before it has begun. */
  state?: { value: unknown }
  /** It has asked something and does nothing until it is answered. */
  isWaiting: boolean
}

const runner: SystemPrincipal = { kind: 'system', reason: 'process' }

/** Does one job of whatever process: loads its record, hands it to its processor step by step and notes what comes of it. */
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
    if (job && !job.isWaiting) return
    await this.begin(PROCESS, { ...job, jobId, isWaiting: false, attempts: 0 })
  }

  /** See `ProcessJobs.wait`. */
  async wait(_jobId: string, waitMs: number): Promise<void> {
    if (this.job(PROCESS)?.isWaiting) return
    await this.waitFor(PROCESS, waitMs)
  }

  /** See `ProcessJobs.cancel`. */
  async cancelJob(jobId: string): Promise<void> {
    const job = this.job(PROCESS)
    const row = await findJob(openDatabase(this.env), runner, jobId)
    this.end(PROCESS)
    await this.stepEnded()
    if (row && job) await this.#discard(row, job)
    await this.cancel()
  }

  protected override async step(_name: string, job: ProcessWork): Promise<ProcessWork | null> {
    this.#wasStarted = false
    const row = await findJob(openDatabase(this.env), runner, job.jobId)
    if (!row || row.finishedAt !== null) return this.#forget()
    const run = await this.#run(row, job)
    const processor = this.#open(row)
    try {
      if (!job.state) {
        await this.#note(row.id, { status: 'running', progress: 0 })
        return { ...job, state: { value: await processor.begin(run) } }
      }
      const result = await processor.step(run, job.state.value)
      if ('state' in result) return { ...job, state: { value: result.state } }
      await this.#note(row.id, {
        ...{ status: 'successful', progress: 100, message: null, outputs: result.outputs },
      })
      return this.#forget()
    } catch (error) {
      if (!(error instanceof QuestionError)) throw error
      if (!row.interactive) throw new PermanentFailure(error.message)
      await this.#note(row.id, { status: 'waiting', question: error.question, message: error.message })
      this.release(PROCESS)
      return { ...job, isWaiting: !this.#wasStarted }
    }
  }

  protected override async abandon(_name: string, job: ProcessWork, reason: string): Promise<void> {
    const row = await findJob(openDatabase(this.env), runner, job.jobId)
    if (row) await this.#discard(row, job)
    await deletePrefix(this.env.BUCKET, objectKeys.jobPrefix(job.jobId))
    await this.#note(job.jobId, { status: 'failed', message: reason })
    this.#forget()
  }

  /** A job that waits sets no alarm. */
  protected override isIdle(job: ProcessWork): boolean {
    return job.isWaiting
  }

  async #discard(row: JobRow, job: ProcessWork): Promise<void> {
    await this.#open(row).discard(await this.#run(row, job), job.state ? job.state.value : null)
  }

  #open({ process }: JobRow): Processor<unknown> {
    const make = PROCESSORS[process]
    if (!make) throw new PermanentFailure(`there is no process ${process}`)
    this.#processor ??= make()
    return this.#processor
  }

  async #run(row: JobRow, job: ProcessWork): Promise<ProcessRun> {
    return {
      context: this.#context(),
      principal: await this.#principalOf(row),
      job: row,
      sql: this.ctx.storage.sql,
      report: (progress, message) => this.#report(row.id, progress, message),
      goesOn: () => this.job(PROCESS)?.jobId === job.jobId,
    }
  }

  /** Who asked, once an instance: somebody who has lost rights meanwhile is stopped by the next. */
  async #principalOf({ ownerId }: JobRow): Promise<Principal> {
    if (this.#principal?.ownerId !== ownerId) {
      const user = ownerId === null ? null : await findUser(openDatabase(this.env), runner, { id: ownerId })
      if (ownerId !== null && !user) throw new PermanentFailure('the user who asked for it is gone')
      const found: Principal = user
        ? { kind: 'user', id: user.id, login: user.login, roles: user.roles }
        : ANONYMOUS
      this.#principal = { ownerId, found }
    }
    return this.#principal.found
  }

  async #report(jobId: string, progress: number, message?: string): Promise<void> {
    if (Date.now() - this.#reportedAt < REPORT_EVERY_MS) return
    this.#reportedAt = Date.now()
    const change = { progress: Math.max(0, Math.min(99, Math.round(progress))) }
    await this.#note(jobId, message === undefined ? change : { ...change, message })
  }

  async #note(jobId: string, change: JobChange): Promise<void> {
    await updateJob(openDatabase(this.env), runner, jobId, change)
  }

  /** The job's own tables go with it. */
  #forget(): null {
    this.#processor = null
    const tables = this.ctx.storage.sql
      .exec<{ name: string }>(
        "select name from sqlite_master where type = 'table' and name not like '\\_cf%' escape '\\'",
      )
      .toArray()
    for (const { name } of tables) this.ctx.storage.sql.exec(`drop table "${name}"`)
    return null
  }

  #context(): Context {
    return {
      db: openDatabase(this.env),
      bucket: this.env.BUCKET,
      jobs: scanJobs(this.env),
      processes: processJobs(this.env),
      authSecret: '',
      fetchAllow: this.env.FETCH_ALLOW?.split(',').filter((pair) => pair !== '') ?? [],
      identity: {},
    }
  }
}
