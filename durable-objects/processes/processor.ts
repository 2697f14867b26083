import type { Context } from '../../src/domain/context.ts'
import type { JobRecord } from '../../src/domain/jobs.ts'
import type { Principal } from '../../src/store/principal.ts'

/** One job as its processor sees it. */
export interface ProcessRun {
  context: Context
  /** Who asked for it, with the rights of now. */
  principal: Principal
  /** Its inputs with every answer that was given since. */
  job: JobRecord
  /** The job's own tables; all of them go when it has ended. */
  sql: SqlStorage
  /** Tells how far it is, per cent, and with what. Never more often than every second or so. */
  report(progress: number, message?: string): Promise<void>
  /** Whether the job is still wanted. */
  goesOn(): boolean
}

/** What a step has come to: a state to go on from, or the end. */
export type StepResult<State> = { state: State } | { outputs: Record<string, unknown> }

/**
 * How jobs of one process are done, step by step: a step does a bounded piece (some seconds, some MiB) and returns the
 * state to go on from, which is stored (JSON, some kB) before the next begins. A step must be idempotent: a crash repeats
 * the one that was under way. One instance serves one job for as long as its Durable Object lives; what it keeps in memory
 * must be had again from `run` and `state` alone.
 *
 * Steps throw `PermanentFailure` for what trying again will not mend, its message for the person who asked, and
 * `QuestionError` for an input that is missing: an interactive job then waits for it and repeats the step.
 */
export interface Processor<State> {
  /** The state to begin with. */
  begin(run: ProcessRun): Promise<State>
  step(run: ProcessRun, state: State): Promise<StepResult<State>>
  /** Undoes whatever is left of a job that failed or is not wanted; its files in the bucket are deleted by the caller. */
  discard(run: ProcessRun, state: State | null): Promise<void>
}
