// What the page was opened with opens what it asks for: as a header, and of its own site alone.

/** Parameters of the page's address that say who asks, and the headers that say the same. */
const CREDENTIALS: Readonly<Record<string, string>> = {
  api_key: 'API-Key',
  user_id: 'X-User-Id',
  user_token: 'X-User-Token',
}

const headers: Record<string, string> = Object.fromEntries(
  [...new URLSearchParams(location.search)].flatMap(([name, value]) => {
    const header = Object.hasOwn(CREDENTIALS, name) ? CREDENTIALS[name] : undefined
    return header && value ? [[header, value]] : []
  }),
)

const isOwn = (address: string): boolean => new URL(address, location.href).origin === location.origin

/** How the map asks for an address. */
export const transformRequest = (url: string): { url: string; headers?: Record<string, string> } =>
  isOwn(url) ? { url, headers } : { url }

/** An answer that is one. @throws Error */
export async function fetched(address: string): Promise<Response> {
  const response = await fetch(address, isOwn(address) ? { headers } : {})
  if (!response.ok) throw new Error(`${response.status} ${response.statusText}`)
  return response
}
