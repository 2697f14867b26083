import type { JobQuestion } from '../../../domain/jobs.ts'

/** The job has no results, or not yet. */
export class ResultNotReadyError extends Error {
  override readonly name = 'ResultNotReadyError'
}

/** The job failed; the message says why. */
export class ProcessFailedError extends Error {
  override readonly name = 'ProcessFailedError'
  /** What it would have had to know. */
  readonly question: JobQuestion | null
  /** Nobody could have asked for it better. */
  readonly isInternal: boolean

  constructor(message: string, question: JobQuestion | null, isInternal: boolean) {
    super(message)
    this.question = question
    this.isInternal = isInternal
  }
}

/** A file has no such bytes. */
export class RangeNotSatisfiableError extends Error {
  override readonly name = 'RangeNotSatisfiableError'
  /** How large it is, as the header `Content-Range` tells. */
  readonly contentRange: string

  constructor(contentRange: string) {
    super('The file has no such bytes')
    this.contentRange = contentRange
  }
}
