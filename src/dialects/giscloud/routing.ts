import { getPath } from 'hono/utils/url'

const METHODS = ['GET', 'POST', 'PUT', 'DELETE']

/** Whether an address is this API's: `/1/...`, however many slashes there are. */
export const isGisCloudPath = (pathname: string): boolean => /^\/+1(\/|$)/.test(pathname)

/**
 * The request as it is routed, and as clients mean it: the version from the path or the header `API-Version`, one slash for
 * many, the method of `_method`. Null for what is not this API's.
 */
export function gisCloudRequest(request: Request): Request | null {
  const url = new URL(request.url)
  const byHeader = request.headers.get('api-version') === '1' && !isGisCloudPath(url.pathname)
  if (!byHeader && !isGisCloudPath(url.pathname)) return null
  const path = url.pathname.replaceAll(/\/{2,}/g, '/')
  const pathname = byHeader ? `/1${path}` : path
  const asked = url.searchParams.get('_method')?.toUpperCase()
  const method = asked && METHODS.includes(asked) ? asked : request.method
  if (pathname === url.pathname && method === request.method) return request
  url.pathname = pathname
  const hasBody = method !== 'GET' && request.body !== null
  return new Request(url, {
    method,
    headers: request.headers,
    ...(hasBody ? { body: request.body, duplex: 'half' } : {}),
  } as RequestInit)
}

/** The path to route by: `.json` at its end says the form, which is JSON anyway. */
export function pathWithoutJson(request: Request): string {
  const path = getPath(request)
  // Files and directories of the storage may be named so.
  if (/^\/1\/storage\/fs\//.test(path)) return path
  return path.endsWith('.json') ? path.slice(0, -'.json'.length) : path
}
