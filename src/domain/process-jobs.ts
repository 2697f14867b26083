/** Work that runs on its own, each job in its own Durable Object. */
export interface ProcessJobs {
  /** Begins a job whose record is there, or goes on with one that has been answered. Calling it again changes nothing. */
  start(jobId: string): Promise<void>
  /** Waits until the job has ended or asks something, at most `waitMs`. */
  wait(jobId: string, waitMs: number): Promise<void>
  /** Stops a job and undoes what it has made so far. */
  cancel(jobId: string): Promise<void>
}
