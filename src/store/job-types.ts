/** The status words of OGC API - Processes, and `waiting` for a job that has asked something. */
export type JobStatus = 'accepted' | 'running' | 'waiting' | 'successful' | 'failed' | 'dismissed'

/** What a job cannot go on without. */
export interface JobQuestion {
  /** Name of the input that answers it. */
  input: string
  /** For a person. */
  message: string
  /** What the answer may be, where that can be listed. */
  choices?: string[]
}
