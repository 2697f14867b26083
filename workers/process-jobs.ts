import type { ProcessJob } from '../durable-objects/process-job.ts'
import type { ProcessJobs } from '../src/domain/process-jobs.ts'

/** The jobs Worker's Durable Objects for jobs of every process. */
export interface ProcessBindings {
  PROCESS: DurableObjectNamespace<ProcessJob>
}

export function processJobs({ PROCESS }: ProcessBindings): ProcessJobs {
  const job = (jobId: string) => PROCESS.get(PROCESS.idFromName(jobId))
  return {
    start: (jobId) => job(jobId).start(jobId),
    wait: (jobId, waitMs) => job(jobId).wait(jobId, waitMs),
    cancel: (jobId) => job(jobId).cancelJob(jobId),
  }
}
