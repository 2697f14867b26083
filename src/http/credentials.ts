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
import { accountOfKey } from '../domain/identity/api-keys.ts'
import { accountOfAccessToken } from '../domain/identity/oauth-tokens.ts'
import { declaredLength } from '../domain/intake/byte-limit.ts'
import { ANONYMOUS, hasRole, type UserPrincipal } from '../store/principal.ts'
import type { AppEnv } from './app-env.ts'
import { parseId } from './ids.ts'
import { mediaTypeOf } from './request-body.ts'

const SESSION_COOKIE = '_rails4_mapwarper_session'
/** A body larger than this is not searched for a token. */
const TOKEN_BODY_MAX_BYTES = 64 * 1024

/** By what a request says who asks; a cookie alone is one that nobody need have meant. */
export type CredentialKind = 'key' | 'token' | 'bearer' | 'password' | 'session' | 'cookie' | 'unknown'

/** Whether a browser adds such a credential by itself, for the page of whatever site. */
export const isAddedByBrowsers = (kind: CredentialKind | null): boolean =>
  kind === 'cookie' || kind === 'password'

/** What a request says of who asks, and the account that it stands for; null where it does not hold. */
export interface Presented {
  kind: CredentialKind
  account: Account | null
}

/**
 * Turns whatever credential a request carries into its principal. One that does not hold makes the request anonymous, so
 * that what is public can still be read; a dialect that refuses it finds `credential` without an `account`.
 */
export const credentials: MiddlewareHandler<AppEnv> = async (c, next) => {
  const presented = AUTHENTICATES_CLIENTS.test(c.req.path) ? null : await presentedBy(c)
  const account = presented?.account ?? null
  c.set('credential', presented?.kind ?? null)
  c.set('account', account)
  c.set('principal', account?.principal ?? ANONYMOUS)
  await next()
}

/** Where the header `Authorization` is that of an OAuth 2 client, not of a user. */
const AUTHENTICATES_CLIENTS = /^\/1\/oauth2\/(token|revoke)$/

/**
 * The credential that a request carries. The first that is there decides: an API key as parameter `api_key` or header
 * `API-Key`; the headers `X-User-Id` and `X-User-Token`, the same as parameters `user_id` and `user_token` of the query or
 * of a small body (urlencoded, or members of a JSON object); the header `Authorization` with an OAuth 2 access token
 * (Bearer), or with email or login and password (Basic); the headers `API-Username` and `API-Password`; a session's value
 * in the header `API-Sessid`, or in its cookie.
 */
export async function presentedBy(c: RequestContext<AppEnv>): Promise<Presented | null> {
  const { context } = c.var
  const { headers } = c.req.raw
  const query = queryOf(c)
  const key = query.get('api_key') || headers.get('api-key')
  if (key) return { kind: 'key', account: await accountOfKey(context, key) }
  const token = tokenOfHeaders(headers) ?? tokenOfFields(query) ?? (await tokenOfBody(c.req.raw))
  if (token) {
    const id = parseId(token.id)
    return { kind: 'token', account: id === null ? null : await accountOfToken(context, id, token.token) }
  }
  if (headers.has('authorization')) return authorizationOf(c)
  const login = headers.get('api-username')
  if (login !== null) {
    const password = headers.get('api-password') ?? ''
    return { kind: 'password', account: await accountOfPassword(context, login, password) }
  }
  const session = headers.get('api-sessid')
  if (session) return { kind: 'session', account: await accountOfSession(context, session) }
  return getCookie(c, SESSION_COOKIE) ? { kind: 'cookie', account: await sessionAccount(c) } : null
}

async function authorizationOf(c: RequestContext<AppEnv>): Promise<Presented> {
  const { context } = c.var
  const [, bearer] = /^bearer +(\S+) *$/i.exec(c.req.header('authorization') ?? '') ?? []
  if (bearer) return { kind: 'bearer', account: await accountOfAccessToken(context, bearer) }
  const basic = basicCredentials(c.req.raw)
  if (!basic) return { kind: 'unknown', account: null }
  return { kind: 'password', account: await accountOfPassword(context, basic.username, basic.password) }
}

/** The value of the session cookie, whether it holds or not. */
export const sessionIdOf = (c: RequestContext): string | undefined => getCookie(c, SESSION_COOKIE)

/** The account behind the session cookie alone, whatever other credential there is. */
export async function sessionAccount(c: RequestContext<AppEnv>): Promise<Account | null> {
  const session = sessionIdOf(c)
  return session ? accountOfSession(c.var.context, session) : null
}

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

/**
 * The user who asks with a credential of his own: an application that he has let in (OAuth 2) neither changes the account nor
 * is told or makes anything that would outlast its being let in.
 * @throws UnauthenticatedError, ForbiddenError
 */
export function requireOwnCredential(c: RequestContext<AppEnv>): UserPrincipal {
  const user = requireUser(c)
  if (c.var.credential === 'bearer') throw new ForbiddenError()
  return user
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
