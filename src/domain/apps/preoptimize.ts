import { findPreoptimizations, switchToOriginals } from '../../store/optimized-app-files.ts'
import type { Principal, SystemPrincipal, UserPrincipal } from '../../store/principal.ts'
import type { Context } from '../context.ts'
import { JobFailedError, NotFoundError } from '../errors.ts'
import { removeJob, submitJob, waitForJob } from '../jobs.ts'
import { discardObjects } from '../storage/stored-objects.ts'
import { type AppRecord, readApp } from './apps.ts'
import { requireRight } from './change-app.ts'

export const PREOPTIMIZE = 'preoptimize'
/** How long a request waits for an app to be pre-optimized; it goes on then. */
export const PREOPTIMIZE_WAIT_MS = 55_000

/** What a job of that process works on. */
export interface PreoptimizeInputs {
  app: string
  appId: number
}

const system: SystemPrincipal = { kind: 'system', reason: 'pre-optimization of an app' }

/**
 * Makes an app's files small, puts them together and compresses them, serves that in their place, and waits for it. What is
 * under way already is waited for. Nothing happens to an app that is pre-optimized.
 * @throws NotFoundError, UnauthenticatedError, ForbiddenError, JobFailedError that says why, or that it takes longer
 */
export async function preoptimizeApp(context: Context, principal: Principal, id: string): Promise<void> {
  const { app, user } = await editable(context, principal, id)
  if (app.isPreoptimized) return
  const inputs: PreoptimizeInputs = { app: app.slug, appId: app.id }
  const [underWay] = await findPreoptimizations(context.db, system, PREOPTIMIZE, app.id)
  const jobId =
    underWay ?? (await submitJob(context, user, { process: PREOPTIMIZE, inputs: { ...inputs } })).id
  const job = await waitForJob(context, system, jobId, PREOPTIMIZE_WAIT_MS)
  if (job.status === 'successful') return
  if (job.finishedAt === null)
    throw new JobFailedError(
      `Pre-optimizing the app takes longer than ${PREOPTIMIZE_WAIT_MS / 1000} s; it goes on, and the app's metadata tell when it is done`,
    )
  const why = job.status === 'dismissed' ? 'it was dismissed' : job.message
  throw new JobFailedError(`The app cannot be pre-optimized: ${why}`)
}

/**
 * Serves an app's files as they are, and ends what would change that.
 * @throws NotFoundError, UnauthenticatedError, ForbiddenError
 */
export async function restoreApp(context: Context, principal: Principal, id: string): Promise<void> {
  const { app, user } = await editable(context, principal, id)
  for (const jobId of await findPreoptimizations(context.db, system, PREOPTIMIZE, app.id))
    await removeJob(context, system, jobId)
  const keys = await switchToOriginals(context.db, user, app.slug)
  if (keys === null) throw new NotFoundError('App', id)
  await discardObjects(context, keys)
}

async function editable(
  context: Context,
  principal: Principal,
  id: string,
): Promise<{ app: AppRecord; user: UserPrincipal }> {
  const app = await readApp(context, principal, id)
  return { app, user: requireRight(principal, app.mayEdit, 'You may not edit this app') }
}
