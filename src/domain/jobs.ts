import {
  answerJob,
  deleteJob,
  dismissJob,
  findJob,
  insertJob,
  type JobListing,
  type JobQuestion,
  type JobRecord,
  keepPresentation,
  listJobs,
} from '../store/jobs.ts'
import { deletePrefix, objectKeys } from '../store/objects.ts'
import type { Principal } from '../store/principal.ts'
import type { Context } from './context.ts'
import { JobStateError, NotFoundError } from './errors.ts'

export type { JobListing, JobQuestion, JobRecord, JobStatus } from '../store/jobs.ts'
export { presentationOf } from '../store/jobs.ts'

const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i

export interface JobRequest {
  /** Where the job's files have been stored before it; a new one unless given. */
  id?: string
  process: string
  /** Checked by who knows the process; JSON values. */
  inputs: Record<string, unknown>
  /** It asks and waits where it lacks an input; any other fails. */
  interactive?: boolean
}

/** Begins a job. It goes on by itself; `waitForJob` waits for its end. */
export async function submitJob(
  context: Context,
  principal: Principal,
  { id = crypto.randomUUID(), process, inputs, interactive = false }: JobRequest,
): Promise<JobRecord> {
  const record = await insertJob(context.db, principal, { id, process, inputs, interactive })
  try {
    await context.processes.start(id)
  } catch (error) {
    await dismissJob(context.db, principal, id)
    throw error
  }
  return record
}

/** @throws NotFoundError where there is none or it is somebody else's */
export async function readJob(context: Context, principal: Principal, id: string): Promise<JobRecord> {
  const record = UUID.test(id) ? await findJob(context.db, principal, id) : null
  if (!record) throw new NotFoundError('Job', id)
  return record
}

/** The job as it is when it has ended or asks something, or after `waitMs`. @throws NotFoundError */
export async function waitForJob(
  context: Context,
  principal: Principal,
  id: string,
  waitMs: number,
): Promise<JobRecord> {
  await context.processes.wait(id, waitMs)
  return readJob(context, principal, id)
}

/** Why a job has failed that nobody could have asked for better. */
export const INTERNAL_FAILURE = 'an internal error; it was tried several times'

/** What is asked, with the input that answers it and what the answer may be. */
export const questionText = ({ input, message, choices }: JobQuestion): string =>
  `${message} (the input "${input}" is missing${choices ? `; it may be ${choices.join(', ')}` : ''})`

/** A page of the principal's own jobs, the newest first. */
export const listOwnJobs = (context: Context, principal: Principal, listing: JobListing) =>
  listJobs(context.db, principal, listing)

/** Keeps with a job, for whoever asks for its results later, how they are to be given. */
export const presentJob = (
  context: Context,
  principal: Principal,
  id: string,
  presentation: Record<string, unknown>,
): Promise<void> => keepPresentation(context.db, principal, id, presentation)

/** Gives a waiting job what it asked for, and lets it go on. @throws NotFoundError, JobStateError */
export async function answerQuestion(
  context: Context,
  principal: Principal,
  id: string,
  answers: Record<string, unknown>,
): Promise<JobRecord> {
  const record = await readJob(context, principal, id)
  const answered = await answerJob(context.db, principal, id, answers)
  if (!answered) throw new JobStateError(`The job is ${record.status}; it asks nothing`)
  await context.processes.start(id)
  return answered
}

/**
 * Ends a job that has not ended: what it has made so far is undone. Of one that has, the record and its files are deleted;
 * the datasets it made stay. Returns it as it was.
 * @throws NotFoundError
 */
export async function removeJob(context: Context, principal: Principal, id: string): Promise<JobRecord> {
  const before = await readJob(context, principal, id)
  const record = await dismissJob(context.db, principal, id)
  if (!record) throw new NotFoundError('Job', id)
  // One that has ended of itself meanwhile is no longer to be dismissed.
  if (before.finishedAt === null && record.status === 'dismissed') await context.processes.cancel(id)
  else await deleteJob(context.db, principal, id)
  await deletePrefix(context.bucket, objectKeys.jobPrefix(id))
  return record
}
