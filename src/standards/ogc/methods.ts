import type { OpenAPIHono } from '@hono/zod-openapi'
import type { AppEnv } from '../../http/app-env.ts'
import { MethodNotAllowedError } from './errors.ts'

/** What a body of a request may be, by the last segments of a path; OPTIONS tells it. */
const ACCEPTED: readonly { path: RegExp; headers: Record<string, string> }[] = [
  { path: /\/items$/, headers: { 'Accept-Post': 'application/geo+json, application/json' } },
  { path: /\/items\/\{\w+\}$/, headers: { 'Accept-Patch': 'application/merge-patch+json' } },
]

/** Which headers scripts of other sites may send; `*` would not let `Authorization` pass. */
const REQUEST_HEADERS =
  'Accept, API-Key, Authorization, Content-Crs, Content-Type, If-Match, If-None-Match, If-Unmodified-Since, Prefer, X-User-Id, X-User-Token'

/**
 * What every path that has been declared so far answers to the methods it does not have: OPTIONS is told what there is
 * (and so is a browser that asks on behalf of a page of another site), anything else is refused.
 */
export function mountMethods(app: OpenAPIHono<AppEnv>): void {
  for (const [path, methods] of declaredMethods(app)) {
    const allow = [...methods, ...(methods.has('GET') ? ['HEAD'] : []), 'OPTIONS'].join(', ')
    const accepted = ACCEPTED.find((entry) => entry.path.test(path))
    app.all(path.replaceAll(/\{(\w+)\}/g, ':$1'), (c) => {
      if (c.req.method !== 'OPTIONS') throw new MethodNotAllowedError(c.req.method, allow)
      return c.body(null, 200, {
        allow,
        'access-control-allow-methods': allow,
        'access-control-allow-headers': REQUEST_HEADERS,
        'access-control-max-age': '86400',
        'cache-control': 'no-store',
        'content-length': '0',
        ...accepted?.headers,
      })
    })
  }
}

function declaredMethods(app: OpenAPIHono<AppEnv>): Map<string, Set<string>> {
  const paths = new Map<string, Set<string>>()
  for (const definition of app.openAPIRegistry.definitions) {
    if (definition.type !== 'route') continue
    const { path, method } = definition.route
    paths.set(path, (paths.get(path) ?? new Set()).add(method.toUpperCase()))
  }
  return paths
}
