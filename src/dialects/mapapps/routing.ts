/** Whether an address is this API's. */
export const isMapAppsPath = (pathname: string): boolean =>
  /^\/resources\/(?:apps|templates)(?:[/.]|$)/.test(pathname)

/** The path to route by: clients that encode whatever they may write `$raw` so, too. */
export const mapAppsRoute = (pathname: string): string =>
  pathname
    .replace(/^(\/resources\/apps\/[^/]+\/)%24(?=(?:raw|launch)(?:\/|$))/, '$1$$')
    .replace(/^(\/resources\/apps\/[^/]+\/\$raw\/)%24(?=index$)/, '$1$$')

/** The documentation writes the header `Authentication`, and clients that follow it send it: it means `Authorization`. */
const DOCUMENTED_HEADER = 'authentication'

/** The request with its credential where all dialects look for it; null for what is not this API's, or is as it is. */
export function mapAppsRequest(request: Request): Request | null {
  const credential = request.headers.get(DOCUMENTED_HEADER)
  if (credential === null || request.headers.has('authorization')) return null
  if (!isMapAppsPath(new URL(request.url).pathname)) return null
  const headers = new Headers(request.headers)
  headers.set('authorization', credential)
  return new Request(request, { headers })
}
