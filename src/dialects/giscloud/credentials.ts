import type { MiddlewareHandler, Context as RequestContext } from 'hono'
import type { AppEnv } from '../../http/app-env.ts'
import { ForeignOriginError } from '../../http/errors.ts'
import { isFromElsewhere, isSafeMethod, requireSoundCredential } from '../../http/sound-credential.ts'

/** Where forms of our own pages are sent to; each carries a ticket that only its page knows. */
const OWN_FORMS = /^\/1\/oauth2\/authorize$/

/**
 * Refuses a credential that does not hold (`requireSoundCredential`). A cookie alone changes nothing for a page of another
 * site.
 */
export const soundCredentials: MiddlewareHandler<AppEnv> = async (c, next) => {
  requireSoundCredential(c)
  if (c.var.credential === 'cookie' && c.var.account && isForeignChange(c)) throw new ForeignOriginError()
  await next()
}

function isForeignChange(c: RequestContext<AppEnv>): boolean {
  if (isSafeMethod(c.req.method) || OWN_FORMS.test(c.req.path)) return false
  return c.req.query('_method') !== undefined || isFromElsewhere(c)
}
