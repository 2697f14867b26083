import {
  type Esbuild,
  EsbuildExhaustedError,
  type EsbuildSource,
  startEsbuild,
} from '../../../formats/esbuild/esbuild.ts'
import { FormatError } from '../../../formats/format-error.ts'
import { CALL_LEASE_MS, TURN_WAIT_MAX_MS } from './limits.ts'
import type { Optimized } from './optimizer.ts'
import type { Starter } from './within-memory.ts'

/** How often a call looks whether another has ended: whoever goes on with one more call comes later, ms. */
const TURN_POLL_MS = 10

/** Does a call with an esbuild of its own, unless others are under way for as long as it waits. */
export type OneAtATime = <Result>(work: (start: Starter) => Promise<Result>) => Promise<Optimized<Result>>

/**
 * Lets one call at a time have an esbuild; others wait for their turn. It is started anew in a call where it has come to its
 * end, and stopped with the call: what it waits for belongs to the request it was started in.
 */
export function oneAtATime(source: EsbuildSource, waitMs = TURN_WAIT_MAX_MS): OneAtATime {
  let busyUntil = 0
  return async (work) => {
    const end = Date.now() + waitMs
    while (Date.now() < busyUntil) {
      if (Date.now() >= end) return { kind: 'busy' }
      await new Promise((resolve) => setTimeout(resolve, TURN_POLL_MS))
    }
    // A call that is given up from outside never comes to its end.
    const lease = Date.now() + CALL_LEASE_MS
    busyUntil = lease
    let running: Esbuild | null = null
    const start: Starter = async () => {
      running ??= await startEsbuild(source)
      const { build, transform, stop } = running
      const ended = (error: unknown): never => {
        if (error instanceof EsbuildExhaustedError) running = null
        throw error
      }
      return {
        build: (options) => build(options).catch(ended),
        transform: (text, options) => transform(text, options).catch(ended),
        stop,
      }
    }
    try {
      return { kind: 'made', result: await work(start) }
    } catch (error) {
      if (error instanceof FormatError) return { kind: 'failed', message: error.message }
      throw error
    } finally {
      ;(running as Esbuild | null)?.stop()
      if (busyUntil === lease) busyUntil = 0
    }
  }
}
