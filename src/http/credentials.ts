import type { MiddlewareHandler, Context as RequestContext } from 'hono'
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import { auth as basicCredentials } from 'hono/utils/basic-auth'
import {
  type Account,
  accountOfPassword,
  accountOfSession,
  accountOfToken,
  SESSION_SECONDS,
} from '../domain/accounts.ts'
import { ForbiddenError, UnauthenticatedError } from '../domain/errors.ts'
import { declaredLength } from '../domain/intake/byte-limit.ts'
import { ANONYMOUS, hasRole, type UserPrincipal } from '../store/principal.ts'
import type { AppEnv } from './app-env.ts'
import { parseId } from './ids.ts'
import { mediaTypeOf } from './request-body.ts'

const SESSION_COOKIE = '_rails4_mapwarper_session'
/** A body larger than this is not searched for a token. */
const TOKEN_BODY_MAX_BYTES = 64 * 1024

/**
 * Turns whatever credential a request carries into its principal. The first that is there decides: the headers
 * `X-User-Id` and `X-User-Token`, the same as parameters `user_id` and `user_token` of the query or of a small
 * body (urlencoded, or members of a JSON object), HTTP Basic with email or login and password, the session cookie.
 * One that does not hold makes the request anonymous, so that what is public can still be read.
 */
export const credentials: MiddlewareHandler<AppEnv> = async (c, next) => {
  const account = await accountOfRequest(c)
  c.set('account', account)
  c.set('principal', account?.principal ?? ANONYMOUS)
  await next()
}

/** The account a request's credential stands for; null without one, or with one that does not hold. */
export async function accountOfRequest(c: RequestContext<AppEnv>): Promise<Account | null> {
  const context = c.var.context
  const presented =
    tokenOfHeaders(c.req.raw.headers) ?? tokenOfFields(queryOf(c)) ?? (await tokenOfBody(c.req.raw))
  if (presented) {
    const id = parseId(presented.id)
    return id === null ? null : accountOfToken(context, id, presented.token)
  }
  const basic = basicCredentials(c.req.raw)
  if (basic) return accountOfPassword(context, basic.username, basic.password)
  return sessionAccount(c)
}

/** The account behind the session cookie alone, whatever other credential there is. */
export async function sessionAccount(c: RequestContext<AppEnv>): Promise<Account | null> {
  const session = getCookie(c, SESSION_COOKIE)
  return session ? accountOfSession(c.var.context, session) : null
}

/** Whether a request brings its token along in headers or query, which no browser adds by itself. */
export const presentsToken = (request: Request): boolean =>
  (tokenOfHeaders(request.headers) ?? tokenOfFields(new URL(request.url).searchParams)) !== null

interface PresentedToken {
  id: string
  token: string
}

function tokenOfHeaders(headers: Headers): PresentedToken | null {
  const token = headers.get('x-user-token')
  return token ? { id: headers.get('x-user-id') ?? '', token } : null
}

function tokenOfFields(fields: URLSearchParams): PresentedToken | null {
  const token = fields.get('user_token')
  return token ? { id: fields.get('user_id') ?? '', token } : null
}

const queryOf = (c: RequestContext): URLSearchParams => new URL(c.req.url).searchParams

/** Reads a copy, so that the body is still there for who handles the request. */
async function tokenOfBody(request: Request): Promise<PresentedToken | null> {
  const length = declaredLength(request.headers.get('content-length'))
  if (length === null || length > TOKEN_BODY_MAX_BYTES) return null
  switch (mediaTypeOf(request.headers.get('content-type') ?? '')) {
    case 'application/x-www-form-urlencoded':
      return tokenOfFields(new URLSearchParams(await request.clone().text()))
    case 'application/json':
    case 'application/vnd.api+json':
      return tokenOfJson(await request.clone().text())
    default:
      return null
  }
}

/** Members of the outermost object; a body that is not JSON is for its handler to refuse. */
function tokenOfJson(text: string): PresentedToken | null {
  if (!text.includes('"user_token"')) return null
  try {
    const { user_id: id, user_token: token } = Object(JSON.parse(text))
    return typeof token === 'string' && token !== '' ? { id: String(id), token } : null
  } catch {
    return null
  }
}

/** The user who asks. @throws UnauthenticatedError */
export function requireUser(c: RequestContext<AppEnv>): UserPrincipal {
  const { principal } = c.var
  if (principal.kind !== 'user') throw new UnauthenticatedError()
  return principal
}

/** The administrator who asks. @throws UnauthenticatedError, ForbiddenError */
export function requireAdministrator(c: RequestContext<AppEnv>): UserPrincipal {
  const user = requireUser(c)
  if (!hasRole(user, 'administrator')) throw new ForbiddenError()
  return user
}

const cookieAttributes = (c: RequestContext) =>
  ({
    path: '/',
    httpOnly: true,
    sameSite: 'Lax',
    secure: new URL(c.req.url).protocol === 'https:',
  }) as const

export function setSessionCookie(c: RequestContext, sessionId: string): void {
  setCookie(c, SESSION_COOKIE, sessionId, { ...cookieAttributes(c), maxAge: SESSION_SECONDS })
}

export function dropSessionCookie(c: RequestContext): void {
  deleteCookie(c, SESSION_COOKIE, cookieAttributes(c))
}
