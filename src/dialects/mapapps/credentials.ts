import type { MiddlewareHandler } from 'hono'
import type { AppEnv } from '../../http/app-env.ts'
import { isAddedByBrowsers } from '../../http/credentials.ts'
import { ForeignOriginError } from '../../http/errors.ts'
import { isFromElsewhere, isSafeMethod, requireSoundCredential } from '../../http/sound-credential.ts'

/**
 * Refuses a credential that does not hold. One that browsers add by themselves, a password they have been told among them,
 * changes nothing for a page of another site, which is what every app is.
 */
export const soundCredentials: MiddlewareHandler<AppEnv> = async (c, next) => {
  requireSoundCredential(c)
  const { credential, account } = c.var
  // Clients that send a password themselves tell no origin; browsers tell it of whatever changes something.
  const isUnasked = credential === 'cookie' || c.req.header('origin') !== undefined
  if (
    account &&
    !isSafeMethod(c.req.method) &&
    isAddedByBrowsers(credential) &&
    isUnasked &&
    isFromElsewhere(c)
  )
    throw new ForeignOriginError()
  await next()
}
