import type { MiddlewareHandler, Context as RequestContext } from 'hono'
import { BadCredentialError } from '../../domain/errors.ts'
import type { AppEnv } from '../../http/app-env.ts'
import { ForeignOriginError } from '../../http/errors.ts'
import { mediaTypeOf } from '../../http/request-body.ts'

/** Where forms of our own pages are sent to; each carries a ticket that only its page knows. */
const OWN_FORMS = /^\/1\/oauth2\/authorize$/
const SAFE_METHODS = ['GET', 'HEAD', 'OPTIONS']
/** What a form of another site's page can declare its body to be. */
const FORM_TYPES = ['', 'text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data']

/**
 * Refuses a credential that does not hold, wherever it stands; but a cookie, which a browser goes on sending when its
 * session is over, makes a stranger. A cookie alone changes nothing for a page of another site.
 */
export const soundCredentials: MiddlewareHandler<AppEnv> = async (c, next) => {
  const { credential, account } = c.var
  if (credential !== null && credential !== 'cookie' && !account)
    throw new BadCredentialError(`The ${NAMES[credential]} is unknown, or no longer valid`)
  if (credential === 'cookie' && account && isForeignChange(c)) throw new ForeignOriginError()
  await next()
}

const NAMES = {
  key: 'API key',
  token: 'token',
  bearer: 'access token',
  password: 'user name or password',
  session: 'session',
  unknown: 'credential',
} as const

function isForeignChange(c: RequestContext): boolean {
  if (SAFE_METHODS.includes(c.req.method) || OWN_FORMS.test(c.req.path)) return false
  const origin = c.req.header('origin')
  if (c.req.query('_method') !== undefined) return true
  if (origin !== undefined) return origin !== new URL(c.req.url).origin
  return c.req.method === 'POST' && FORM_TYPES.includes(mediaTypeOf(c.req.header('content-type') ?? ''))
}
