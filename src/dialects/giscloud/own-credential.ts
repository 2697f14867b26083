import type { Context as RequestContext } from 'hono'
import { ForbiddenError } from '../../domain/errors.ts'
import type { AppEnv } from '../../http/app-env.ts'
import { requireUser } from '../../http/credentials.ts'
import type { UserPrincipal } from '../../store/principal.ts'

/**
 * The user who asks with a credential of his own: an application that has been let in changes neither the account nor makes
 * keys to it, which would outlast its being let in.
 * @throws UnauthenticatedError, ForbiddenError
 */
export function requireOwnCredential(c: RequestContext<AppEnv>): UserPrincipal {
  const user = requireUser(c)
  if (c.var.credential === 'bearer') throw new ForbiddenError()
  return user
}
