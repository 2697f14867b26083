import type { Processor } from './processor.ts'

/** Gives its inputs back. */
export const echo = (): Processor<null> => ({
  begin: async () => null,
  step: async ({ job }) => ({ outputs: job.inputs }),
  discard: async () => {},
})
