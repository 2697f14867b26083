import type { MiddlewareHandler } from 'hono'
import type { AppEnv } from './app-env.ts'

export interface CrossOriginOptions {
  /** Headers of answers that pages of other sites may read. */
  exposed: readonly string[]
  /** Headers of requests that answers depend on; not told unless given. */
  vary?: readonly string[]
}

/**
 * Lets pages of other sites, and apps, which run in an origin of their own, read and write, with a credential that they bring
 * themselves: neither cookies nor passwords that a browser has been told are sent along. Answers are for who asked, unless
 * they say otherwise.
 */
export const crossOrigin =
  ({ exposed, vary = [] }: CrossOriginOptions): MiddlewareHandler<AppEnv> =>
  async (c, next) => {
    await next()
    c.header('Access-Control-Allow-Origin', '*')
    c.header('Access-Control-Expose-Headers', exposed.join(', '))
    if (!c.res.headers.has('cache-control')) c.header('Cache-Control', 'private, no-cache')
    if (vary.length > 0) c.header('Vary', vary.join(', '))
  }
