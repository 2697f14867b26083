import type { OpenAPIHono } from '@hono/zod-openapi'
import type { AppEnv } from './app-env.ts'

/** There is something at this address, but it does not know the method. */
export class MethodNotAllowedError extends Error {
  override readonly name = 'MethodNotAllowedError'
  /** What it knows, as the header `Allow` has it. */
  readonly allow: string

  constructor(method: string, allow: string) {
    super(`${method} is not supported here; there is ${allow}`)
    this.allow = allow
  }
}

/**
 * What every path that has been mounted so far answers to the methods it does not have: OPTIONS is told what there is
 * (and so is a browser that asks on behalf of a page of another site), anything else is refused.
 * @param requestHeaders which scripts of other sites may send; `*` would not let `Authorization` pass
 */
export function mountMethodsOf(app: OpenAPIHono<AppEnv>, requestHeaders: string): void {
  for (const [path, methods] of methodsByPath(app)) {
    const allow = [...methods, ...(methods.has('GET') ? ['HEAD'] : []), 'OPTIONS'].join(', ')
    app.all(path, (c) => {
      if (c.req.method !== 'OPTIONS') throw new MethodNotAllowedError(c.req.method, allow)
      return c.body(null, 204, {
        allow,
        'access-control-allow-methods': allow,
        'access-control-allow-headers': requestHeaders,
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
