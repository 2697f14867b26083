import type { MiddlewareHandler } from 'hono'
import type { AppEnv } from '../../http/app-env.ts'

/** What pages of other sites may read of an answer. */
const EXPOSED = 'Allow, Content-Disposition, ETag, Location, X-Graticule-Bounds, X-Graticule-Partial'

/**
 * Lets pages of other sites read and write here, with a credential that they bring themselves: the cookie of a session is
 * not sent along. Answers are for who asked.
 */
export const crossOrigin: MiddlewareHandler<AppEnv> = async (c, next) => {
  await next()
  c.header('Access-Control-Allow-Origin', '*')
  c.header('Access-Control-Expose-Headers', EXPOSED)
  if (!c.res.headers.has('cache-control')) c.header('Cache-Control', 'private, no-cache')
}
