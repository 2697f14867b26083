import type { JobEnv } from '../../../durable-objects/environment.ts'

/** When a call fails: before it reaches its service, or after, when only the answer is lost. */
export type Moment = 'before' | 'after'

/** Calls to one service: counts them all, and lets those fail that `fails` names by their number, from 1. */
export class FaultyService {
  calls = 0
  failures = 0
  /** Looks at what is there at the moment of a failure; its own calls do not count. */
  atFailure: (() => Promise<void>) | undefined
  #isLooking = false
  readonly #moment: Moment
  readonly #fails: (call: number) => boolean

  constructor(moment: Moment = 'before', fails: (call: number) => boolean = () => false) {
    this.#moment = moment
    this.#fails = fails
  }

  async call<T>(work: () => Promise<T>): Promise<T> {
    if (this.#isLooking) return work()
    const call = ++this.calls
    if (!this.#fails(call)) return work()
    this.failures++
    if (this.#moment === 'after') await work()
    this.#isLooking = true
    try {
      await this.atFailure?.()
    } finally {
      this.#isLooking = false
    }
    throw new Error(this.#moment === 'before' ? `call ${call} fails` : `the answer to call ${call} is lost`)
  }
}

const BUCKET_CALLS = new Set<string | symbol>(['get', 'put', 'head', 'delete', 'list'])

/** The bucket, whose calls go through `service` where `concerns` says so of their name and key. */
export function faultyBucket(
  bucket: R2Bucket,
  service: FaultyService,
  concerns: (name: string, key: unknown) => boolean = () => true,
): R2Bucket {
  return new Proxy(bucket, {
    get(target, name) {
      const value = Reflect.get(target, name)
      if (typeof value !== 'function') return value
      const call = value.bind(target) as (...args: unknown[]) => Promise<unknown>
      if (!BUCKET_CALLS.has(name)) return call
      return (...args: unknown[]) =>
        concerns(String(name), args[0]) ? service.call(() => call(...args)) : call(...args)
    },
  })
}

export const withBucket = (env: JobEnv, bucket: R2Bucket): JobEnv => ({ ...env, BUCKET: bucket })

/** Runs `work` while every request to the database's endpoint goes through `service`. */
export async function withDatabase<T>(service: FaultyService, work: () => Promise<T>): Promise<T> {
  const fetch = globalThis.fetch
  globalThis.fetch = ((input: RequestInfo, init?: RequestInit) =>
    String(input instanceof Request ? input.url : input).endsWith('/sql')
      ? service.call(() => fetch(input, init))
      : fetch(input, init)) as typeof fetch
  try {
    return await work()
  } finally {
    globalThis.fetch = fetch
  }
}
