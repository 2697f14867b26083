import type { Context as RequestContext } from 'hono'
import type { AppEnv } from '../../http/app-env.ts'
import { isAddedByBrowsers } from '../../http/credentials.ts'
import { ANONYMOUS, type Principal } from '../../store/principal.ts'
import { InvalidParameterError } from './errors.ts'

const CALLBACK_MAX_CHARACTERS = 100
const CALLBACK = /^[A-Za-z_$][\w$]*(?:\.[A-Za-z_$][\w$]*|\[\d{1,9}\])*$/

/** The function that an answer is to call as a script; null where none is asked for. @throws InvalidParameterError */
export function callbackOf(c: RequestContext): string | null {
  const name = c.req.query('callback')
  if (name === undefined || name === '') return null
  if (name.length > CALLBACK_MAX_CHARACTERS || !CALLBACK.test(name))
    throw new InvalidParameterError('callback', 'must be the name of a function')
  return name
}

/**
 * Who asks. A script can be put into the page of any site, which then has what it says: what a browser adds to requests by
 * itself counts for nothing there.
 */
export function askingPrincipal(c: RequestContext<AppEnv>, callback: string | null): Principal {
  const { principal, credential } = c.var
  return callback !== null && isAddedByBrowsers(credential) ? ANONYMOUS : principal
}
