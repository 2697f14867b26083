import { isPublicHost } from './address.ts'
import { declaredLength, limitBytes } from './byte-limit.ts'
import { FetchRefusedError, formatBytes } from './errors.ts'

export const URL_MAX_BYTES = 100 * 1024 * 1024
export const URL_FIRST_BYTE_MAX_MS = 30_000
export const URL_TOTAL_MAX_MS = 60_000
export const REDIRECTS_MAX = 5

const USER_AGENT = 'Graticule/1.0 (fetches images its users name)'
const REDIRECT_STATUSES = [301, 302, 303, 307, 308]

export interface SafeFetchOptions {
  /** `host:port` pairs, exactly as they are written in the URL, that are fetched although they are private. */
  allow?: readonly string[]
  maxBytes?: number
  firstByteMs?: number
  totalMs?: number
  fetch?: typeof fetch
}

export interface FetchedResource {
  /** Where the last redirect led. */
  url: URL
  headers: Headers
  /** To be read to its end or left early; it throws `FetchRefusedError` like `safeFetch` does. */
  body: AsyncIterable<Uint8Array>
}

/** `FETCH_ALLOW`'s text, `host:port,host:port`, as a list. */
export function parseFetchAllow(text: string | undefined): string[] {
  return (text ?? '')
    .split(',')
    .map((pair) => pair.trim().toLowerCase())
    .filter((pair) => pair !== '')
}

/**
 * Fetches an address that a user named: http and https only, no credentials in it, public hosts only, redirects
 * followed by hand and each checked anew, the first byte within `firstByteMs`, everything within `totalMs`, at most
 * `maxBytes` by the answer's `Content-Length` and by counting. Throws `FetchRefusedError`.
 *
 * What is checked is the host as it is written. A public name that resolves to a private address is not found out:
 * a Worker has no resolver before its fetch. In production that leads nowhere, as Cloudflare's egress reaches public
 * addresses only; whoever runs this where the network lets a Worker reach private machines must filter its egress.
 */
export async function safeFetch(address: string, options: SafeFetchOptions = {}): Promise<FetchedResource> {
  const deadline = startDeadline(
    options.firstByteMs ?? URL_FIRST_BYTE_MAX_MS,
    options.totalMs ?? URL_TOTAL_MAX_MS,
  )
  try {
    const { url, response } = await followRedirects(parseUrl(address), options, deadline)
    const maxBytes = options.maxBytes ?? URL_MAX_BYTES
    if (!response.ok) await refuse(response, 'status', `it answered with status ${response.status}`)
    if ((declaredLength(response.headers.get('content-length')) ?? 0) > maxBytes) {
      await refuse(response, 'too-large', tooLarge(maxBytes).message)
    }
    const body = limitBytes(readBody(response, deadline), maxBytes, () => tooLarge(maxBytes))
    return { url, headers: response.headers, body }
  } catch (error) {
    deadline.end()
    throw asRefusal(error, deadline)
  }
}

/** Throws `FetchRefusedError` unless `url` may be fetched. */
export function checkUrl(url: URL, allow: readonly string[]): void {
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new FetchRefusedError('scheme', `the scheme ${url.protocol} is not fetched`)
  }
  if (url.username !== '' || url.password !== '') {
    throw new FetchRefusedError('credentials', 'an address with credentials is not fetched')
  }
  const port = url.port || (url.protocol === 'https:' ? '443' : '80')
  if (!allow.includes(`${url.hostname}:${port}`) && !isPublicHost(url.hostname)) {
    throw new FetchRefusedError('private-address', `${url.hostname} is not a public host`)
  }
}

async function followRedirects(
  start: URL,
  options: SafeFetchOptions,
  deadline: Deadline,
): Promise<{ url: URL; response: Response }> {
  const fetcher = options.fetch ?? fetch
  let url = start
  for (let redirects = 0; redirects <= REDIRECTS_MAX; redirects++) {
    checkUrl(url, options.allow ?? [])
    const response = await deadline.race(
      fetcher(url.href, {
        redirect: 'manual',
        signal: deadline.signal,
        headers: { 'user-agent': USER_AGENT, accept: 'image/*, */*;q=0.5' },
      }),
    )
    const location = response.headers.get('location')
    if (!REDIRECT_STATUSES.includes(response.status) || location === null) return { url, response }
    await response.body?.cancel()
    url = parseUrl(location, url)
  }
  throw new FetchRefusedError('redirects', `it redirects more than ${REDIRECTS_MAX} times`)
}

async function* readBody(
  response: Response,
  deadline: Deadline,
): AsyncGenerator<Uint8Array, void, undefined> {
  const reader = response.body?.getReader()
  try {
    for (;;) {
      const next = await deadline.race(reader?.read() ?? Promise.resolve({ done: true, value: undefined }))
      deadline.firstByteCame()
      if (next.done) return
      yield next.value
    }
  } catch (error) {
    throw asRefusal(error, deadline)
  } finally {
    deadline.end()
    // After a normal end this does nothing; after an early one it frees the connection.
    await reader?.cancel().catch(() => undefined)
  }
}

interface Deadline {
  signal: AbortSignal
  /** Settles as `work` does, or rejects once the time is up. */
  race<T>(work: Promise<T>): Promise<T>
  firstByteCame(): void
  end(): void
}

function startDeadline(firstByteMs: number, totalMs: number): Deadline {
  const controller = new AbortController()
  const expired = Promise.withResolvers<never>()
  expired.promise.catch(() => undefined)
  const expire = (what: string) => {
    const error = new FetchRefusedError('timeout', what)
    controller.abort(error)
    expired.reject(error)
  }
  const first = setTimeout(expire, firstByteMs, `no byte came within ${firstByteMs} ms`)
  const total = setTimeout(expire, totalMs, `it was not complete within ${totalMs} ms`)
  return {
    signal: controller.signal,
    race: (work) => Promise.race([work, expired.promise]),
    firstByteCame: () => clearTimeout(first),
    end: () => {
      clearTimeout(first)
      clearTimeout(total)
    },
  }
}

function parseUrl(text: string, base?: URL): URL {
  if (!URL.canParse(text, base?.href)) throw new FetchRefusedError('malformed', 'it is not a URL')
  return new URL(text, base)
}

async function refuse(response: Response, reason: 'status' | 'too-large', message: string): Promise<never> {
  await response.body?.cancel()
  throw new FetchRefusedError(reason, message)
}

function tooLarge(maxBytes: number): FetchRefusedError {
  return new FetchRefusedError('too-large', `it is larger than the limit of ${formatBytes(maxBytes)}`)
}

function asRefusal(error: unknown, deadline: Deadline): FetchRefusedError {
  if (error instanceof FetchRefusedError) return error
  if (deadline.signal.aborted) return deadline.signal.reason as FetchRefusedError
  return new FetchRefusedError('unreachable', 'it cannot be reached', error)
}
