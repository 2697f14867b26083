import type { Principal } from '../../../store/principal.ts'
import type { Context } from '../../context.ts'
import { UnauthenticatedError } from '../../errors.ts'
import { type JobRecord, submitJob } from '../../jobs.ts'
import { PLANS, type ProcessingName, type ProcessingRequests } from './plans.ts'

export type { ProcessingName, ProcessingRequests } from './plans.ts'

/** What the outputs of a process that makes a dataset of another are. */
export interface ProcessingOutputs {
  datasets: {
    id: number
    name: string
    features: number
    /** What was left out, for a person. */
    warnings: string[]
  }[]
}

/**
 * Begins a process that makes a new dataset, the principal's own, of one that it may view.
 * @throws UnauthenticatedError, NotFoundError, ValidationError (named as the request's members)
 */
export async function startProcessing<Name extends ProcessingName>(
  context: Context,
  principal: Principal,
  process: Name,
  request: ProcessingRequests[Name],
): Promise<JobRecord> {
  if (principal.kind === 'anonymous') throw new UnauthenticatedError()
  await PLANS[process](context, principal, request)
  return submitJob(context, principal, { process, inputs: { ...request } })
}
