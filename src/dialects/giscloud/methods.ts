import type { OpenAPIHono } from '@hono/zod-openapi'
import type { AppEnv } from '../../http/app-env.ts'
import { MethodNotAllowedError } from './errors.ts'

/** Which headers scripts of other sites may send; `*` would not let `Authorization` pass. */
const REQUEST_HEADERS =
  'API-Key, API-Sessid, API-Username, API-Password, API-Version, Authorization, Content-Type, X-GIS-CLOUD-APP'

/**
 * What every path that has been mounted so far answers to the methods it does not have: OPTIONS is told what there is
 * (and so is a browser that asks on behalf of a page of another site), anything else is refused.
 */
export function mountMethods(app: OpenAPIHono<AppEnv>): void {
  for (const [path, methods] of methodsByPath(app)) {
    const allow = [...methods, ...(methods.has('GET') ? ['HEAD'] : []), 'OPTIONS'].join(', ')
    app.all(path, (c) => {
      if (c.req.method !== 'OPTIONS') throw new MethodNotAllowedError(c.req.method, allow)
      return c.body(null, 204, {
        allow,
        'access-control-allow-methods': allow,
        'access-control-allow-headers': REQUEST_HEADERS,
        'access-control-max-age': '86400',
        'cache-control': 'no-store',
      })
    })
  }
}

/** `ALL` is what the router calls middleware, which is of no method. */
const OF_NO_METHOD = 'ALL'

/** Taken from the router, which has the paths beyond the OpenAPI document, too. */
function methodsByPath(app: OpenAPIHono<AppEnv>): Map<string, Set<string>> {
  const paths = new Map<string, Set<string>>()
  for (const { path, method } of app.routes) {
    if (method === OF_NO_METHOD) continue
    paths.set(path, (paths.get(path) ?? new Set()).add(method))
  }
  return paths
}
