import type { MiddlewareHandler } from 'hono'
import type { AppEnv } from '../../http/app-env.ts'

/** What pages of other sites may read of an answer. */
const EXPOSED = 'Accept-Ranges, Allow, Content-Disposition, Content-Length, Content-Range, ETag, Location'

/**
 * Lets pages of other sites, and apps, which run in an origin of their own, read and write here, with a credential that they
 * bring themselves: neither cookies nor passwords that a browser has been told are sent along.
 */
export const crossOrigin: MiddlewareHandler<AppEnv> = async (c, next) => {
  await next()
  c.header('Access-Control-Allow-Origin', '*')
  c.header('Access-Control-Expose-Headers', EXPOSED)
  if (!c.res.headers.has('cache-control')) c.header('Cache-Control', 'private, no-cache')
  c.header('Vary', 'Accept, Accept-Encoding, Authorization, Cookie')
}
