import type { Processor } from './processor.ts'

/** How long a step pauses at most, ms. */
const PAUSE_STEP_MS = 1000

/** When it may answer, ms. */
interface Echo {
  at: number
}

/** Gives its inputs back, after the `pause` (seconds) they ask for. */
export const echo = (): Processor<Echo> => ({
  begin: async ({ job }) => ({ at: Date.now() + Number(job.inputs.pause ?? 0) * 1000 }),
  step: async ({ job }, { at }) => {
    const remaining = at - Date.now()
    if (remaining <= 0) return { outputs: job.inputs }
    await scheduler.wait(Math.min(remaining, PAUSE_STEP_MS))
    return { state: { at } }
  },
  discard: async () => {},
})
