import type { Context as RequestContext } from 'hono'
import { BadCredentialError } from '../domain/errors.ts'
import type { AppEnv } from './app-env.ts'
import { mediaTypeOf } from './request-body.ts'

const SAFE_METHODS = ['GET', 'HEAD', 'OPTIONS']
/** What a form of another site's page can declare its body to be. */
const FORM_TYPES = ['', 'text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data']

const NAMES = {
  key: 'API key',
  token: 'token',
  bearer: 'access token',
  password: 'user name or password',
  session: 'session',
  unknown: 'credential',
} as const

/**
 * Refuses a credential that does not hold, wherever it stands; but a cookie, which a browser goes on sending when its
 * session is over, makes a stranger.
 * @throws BadCredentialError
 */
export function requireSoundCredential(c: RequestContext<AppEnv>): void {
  const { credential, account } = c.var
  if (credential !== null && credential !== 'cookie' && !account)
    throw new BadCredentialError(`The ${NAMES[credential]} is unknown, or no longer valid`)
}

export const isSafeMethod = (method: string): boolean => SAFE_METHODS.includes(method)

/** Whether a request that changes something comes, or may come, from a page of another site. */
export function isFromElsewhere(c: RequestContext<AppEnv>): boolean {
  const origin = c.req.header('origin')
  if (origin !== undefined) return origin !== new URL(c.req.url).origin
  return c.req.method === 'POST' && FORM_TYPES.includes(mediaTypeOf(c.req.header('content-type') ?? ''))
}

/** Whether a browser tells that a page of another site is behind a request. */
export function isOfAnotherSite(c: RequestContext): boolean {
  const site = c.req.header('sec-fetch-site')
  if (site !== undefined) return site !== 'same-origin' && site !== 'none'
  const origin = c.req.header('origin')
  return origin !== undefined && origin !== new URL(c.req.url).origin
}
