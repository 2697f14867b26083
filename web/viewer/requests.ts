// What the app asks for it asks as everyone; a key in the fragment of the page's address, `#api_key=...`, which no server is
// told with the page, opens what the platform shows its owner.

const SECONDS_MAX = 30
/** What the platform serves to whoever asks, and to pages of other origins only where they ask without further headers. */
const ASSETS = '/assets/'

export interface Requests {
  fetched: (address: string) => Promise<Response>
  fetchJson: (address: string) => Promise<unknown>
  /** How the map asks for an address. */
  transformRequest: (url: string) => { url: string; headers?: Record<string, string> }
}

/** @param platform the origin that the key is told to, and no other */
export function requestsTo(platform: string): Requests {
  const key = new URLSearchParams(location.hash.slice(1)).get('api_key')
  const headersFor = (address: string): Record<string, string> => {
    const { origin, pathname } = new URL(address, location.href)
    return key && origin === platform && !pathname.startsWith(ASSETS) ? { 'API-Key': key } : {}
  }
  async function fetched(address: string): Promise<Response> {
    const response = await fetch(address, {
      headers: { accept: 'application/geo+json, application/json, */*;q=0.8', ...headersFor(address) },
      signal: AbortSignal.timeout(SECONDS_MAX * 1000),
    })
    if (!response.ok) throw new Error(refusalOf(response.status))
    return response
  }
  return {
    fetched,
    fetchJson: async (address) => (await fetched(address)).json(),
    transformRequest: (url) => {
      const headers = headersFor(url)
      return Object.keys(headers).length > 0 ? { url, headers } : { url }
    },
  }
}

export const refusalOf = (status: number): string =>
  [401, 403, 404].includes(status)
    ? `there is none, or it is not for everyone (${status})`
    : `it was not answered (${status})`
