import { getPath } from 'hono/utils/url'

const METHODS = ['GET', 'POST', 'PUT', 'DELETE']

/** The map under whose address a layer was asked for. */
export const MAP_OF_LAYER_HEADER = 'x-map-of-layer'
const LAYER_OF_MAP = /^\/1\/maps\/(\d+)(?=\/layers\/[^/]+)/

/** Whether an address is this API's: `/1/...`, however many slashes there are. */
export const isGisCloudPath = (pathname: string): boolean => /^\/+1(\/|$)/.test(pathname)

/**
 * The request as it is routed, and as clients mean it: the version from the path or the header `API-Version`, one slash for
 * many, the method of `_method`, a layer's own address for the one under its map. Null for what is not this API's.
 */
export function gisCloudRequest(request: Request): Request | null {
  const url = new URL(request.url)
  const byHeader = namesVersion(request) && !isGisCloudPath(url.pathname)
  if (!byHeader && !isGisCloudPath(url.pathname)) return null
  const path = url.pathname.replaceAll(/\/{2,}/g, '/')
  const versioned = byHeader ? `/1${path}` : path
  const map = LAYER_OF_MAP.exec(versioned)?.[1]
  const pathname = versioned.replace(LAYER_OF_MAP, '/1')
  const asked = url.searchParams.get('_method')?.toUpperCase()
  const method = asked && METHODS.includes(asked) ? asked : request.method
  if (pathname === url.pathname && method === request.method) return request
  url.pathname = pathname
  const headers = new Headers(request.headers)
  if (map !== undefined) headers.set(MAP_OF_LAYER_HEADER, map)
  const hasBody = method !== 'GET' && request.body !== null
  return new Request(url, {
    method,
    headers,
    ...(hasBody ? { body: request.body, duplex: 'half' } : {}),
  } as RequestInit)
}

/** Whether a header tells the version, or a browser asks on behalf of a page of another site if it might. */
const namesVersion = ({ method, headers }: Request): boolean =>
  headers.get('api-version') === '1' ||
  (method === 'OPTIONS' &&
    /(^|[\s,])api-version([\s,]|$)/i.test(headers.get('access-control-request-headers') ?? ''))

/** The path to route by: `.json` at its end says the form, which is JSON anyway. */
export function pathWithoutJson(request: Request): string {
  const path = getPath(request)
  // Files and directories of the storage may be named so.
  if (/^\/1\/storage\/fs\//.test(path)) return path
  return path.endsWith('.json') ? path.slice(0, -'.json'.length) : path
}
