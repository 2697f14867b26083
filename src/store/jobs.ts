import { and, desc, eq, inArray, or, type SQL, sql } from 'drizzle-orm'
import { actor } from './activity.ts'
import type { Database } from './database.ts'
import type { JobQuestion, JobStatus } from './job-types.ts'
import { hasRole, type Principal, type SystemPrincipal } from './principal.ts'
import { jobs } from './schema.ts'

export type { JobQuestion, JobStatus } from './job-types.ts'

const ACTIVE: JobStatus[] = ['accepted', 'running', 'waiting']

/** Among a job's inputs: how its results are to be given. No process has an input of such a name. */
const PRESENTATION = '$presentation'
/** Among a job's inputs: the layer through which its owner came to the data, whose grants hold for the job, too. */
const THROUGH = '$through'

export type JobRecord = typeof jobs.$inferSelect

export interface NewJob {
  /** Chosen by who submits it, so that its files can be stored before it. */
  id: string
  process: string
  inputs: Record<string, unknown>
  /** It asks and waits where it lacks an input; any other fails. */
  interactive: boolean
}

/** Jobs are their owner's and the administrators'; whoever knows the id of a job that is nobody's may see that one. */
const mayAccess = (principal: Principal): SQL => {
  if (principal.kind === 'system' || hasRole(principal, 'administrator')) return sql`true`
  const isNobodys = sql`${jobs.ownerId} is null`
  return principal.kind === 'user' ? or(isNobodys, eq(jobs.ownerId, principal.id))! : isNobodys
}

export async function insertJob(db: Database, principal: Principal, job: NewJob): Promise<JobRecord> {
  const layer = principal.kind === 'system' ? undefined : principal.through
  const inputs = layer === undefined ? job.inputs : { ...job.inputs, [THROUGH]: layer }
  const [record] = await db
    .insert(jobs)
    .values({ ...job, inputs, ownerId: actor(principal) })
    .returning()
  return record!
}

/** The layer through which a job's data is asked for; null where it is asked for as it is. */
export const throughOf = ({ inputs }: Pick<JobRecord, 'inputs'>): number | null =>
  (inputs[THROUGH] as number | undefined) ?? null

export async function findJob(db: Database, principal: Principal, id: string): Promise<JobRecord | null> {
  const [record] = await db
    .select()
    .from(jobs)
    .where(and(eq(jobs.id, id), mayAccess(principal)))
  return record ?? null
}

export interface JobListing {
  limit: number
  offset: number
  /** All of them unless given. */
  processes?: readonly string[]
  statuses?: readonly JobStatus[]
  /** When it was made, both ends included; null for an open one. */
  created?: { from: string | null; to: string | null }
  /** How long it has taken, or is running. */
  minSeconds?: number
  maxSeconds?: number
}

/** Seconds from the start of a job to its end, or to now; null for one that has not begun. */
const duration = sql`extract(epoch from coalesce(${jobs.finishedAt}, now()) - ${jobs.startedAt})`

/** Made at one of the ends, or between them. */
const createdWithin = ({ from, to }: { from: string | null; to: string | null }): SQL | undefined =>
  and(
    from === null ? undefined : sql`${jobs.createdAt} >= ${from}::timestamptz`,
    to === null ? undefined : sql`${jobs.createdAt} <= ${to}::timestamptz`,
  )

/** A page of the principal's own jobs, for administrators everybody's, the newest first. Nobody's are in no list. */
export async function listJobs(
  db: Database,
  principal: Principal,
  { limit, offset, processes, statuses, created, minSeconds, maxSeconds }: JobListing,
): Promise<{ records: JobRecord[]; total: number }> {
  const listed = and(
    mayAccess(principal),
    principal.kind === 'user' && !hasRole(principal, 'administrator')
      ? eq(jobs.ownerId, principal.id)
      : sql`${jobs.ownerId} is not null`,
    processes ? inArray(jobs.process, [...processes]) : undefined,
    statuses ? inArray(jobs.status, [...statuses]) : undefined,
    created ? createdWithin(created) : undefined,
    minSeconds === undefined ? undefined : sql`${duration} >= ${minSeconds}`,
    maxSeconds === undefined ? undefined : sql`${duration} <= ${maxSeconds}`,
  )
  const [records, [counted]] = await db.batch([
    db
      .select()
      .from(jobs)
      .where(listed)
      .orderBy(desc(jobs.createdAt), desc(jobs.id))
      .limit(limit)
      .offset(offset),
    db.select({ total: sql<number>`count(*)::int` }).from(jobs).where(listed),
  ])
  return { records, total: counted!.total }
}

export interface JobChange {
  status?: JobStatus
  progress?: number
  message?: string | null
  question?: JobQuestion | null
  outputs?: Record<string, unknown> | null
}

/** Notes how a job that has not ended goes on. False when it has ended, or is gone. */
export async function updateJob(
  db: Database,
  _system: SystemPrincipal,
  id: string,
  change: JobChange,
): Promise<boolean> {
  const ended = change.status && !ACTIVE.includes(change.status)
  const changed = await db
    .update(jobs)
    .set({
      ...change,
      updatedAt: sql`now()`,
      ...(change.status === 'running' ? { startedAt: sql`coalesce(${jobs.startedAt}, now())` } : {}),
      ...(ended ? { finishedAt: sql`now()` } : {}),
    })
    .where(and(eq(jobs.id, id), inArray(jobs.status, ACTIVE)))
    .returning({ id: jobs.id })
  return changed.length > 0
}

/** Puts an answer among the inputs of a job that waits; null when it does not wait, or is not the principal's. */
export async function answerJob(
  db: Database,
  principal: Principal,
  id: string,
  inputs: Record<string, unknown>,
): Promise<JobRecord | null> {
  const [record] = await db
    .update(jobs)
    .set({
      inputs: sql`${jobs.inputs} || ${JSON.stringify(inputs)}::jsonb`,
      status: 'running',
      question: null,
      message: null,
      updatedAt: sql`now()`,
    })
    .where(and(eq(jobs.id, id), eq(jobs.status, 'waiting'), mayAccess(principal)))
    .returning()
  return record ?? null
}

/** Keeps with a job how its results are to be given; no process reads it. Nothing happens to a job that is gone. */
export async function keepPresentation(
  db: Database,
  principal: Principal,
  id: string,
  presentation: Record<string, unknown>,
): Promise<void> {
  await db
    .update(jobs)
    .set({ inputs: sql`${jobs.inputs} || ${JSON.stringify({ [PRESENTATION]: presentation })}::jsonb` })
    .where(and(eq(jobs.id, id), mayAccess(principal)))
}

/** How the results of a job are to be given; null where nobody has said. */
export const presentationOf = ({ inputs }: JobRecord): Record<string, unknown> | null =>
  (inputs[PRESENTATION] as Record<string, unknown> | undefined) ?? null

/** Marks a job as dismissed unless it has ended. @returns the job as it is then; null where there is none */
export async function dismissJob(db: Database, principal: Principal, id: string): Promise<JobRecord | null> {
  const access = and(eq(jobs.id, id), mayAccess(principal))
  const [, [record]] = await db.batch([
    db
      .update(jobs)
      .set({ status: 'dismissed', finishedAt: sql`now()`, updatedAt: sql`now()`, question: null })
      .where(and(access, inArray(jobs.status, ACTIVE))),
    db.select().from(jobs).where(access),
  ])
  return record ?? null
}

/** Deletes the record of a job that has ended. */
export async function deleteJob(db: Database, principal: Principal, id: string): Promise<boolean> {
  const deleted = await db
    .delete(jobs)
    .where(
      and(eq(jobs.id, id), mayAccess(principal), sql`${jobs.status} not in ('accepted','running','waiting')`),
    )
    .returning({ id: jobs.id })
  return deleted.length > 0
}
