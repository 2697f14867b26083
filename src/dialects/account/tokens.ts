import { type OpenAPIHono, z } from '@hono/zod-openapi'
import type { Context as RequestContext } from 'hono'
import { type Account, accountOfPassword, beginSession, endSession } from '../../domain/accounts.ts'
import { BadCredentialError, UnauthenticatedError } from '../../domain/errors.ts'
import {
  ACCESS_TOKEN_SECONDS,
  isSignedToken,
  issueAccessToken,
  voidAccessTokens,
} from '../../domain/identity/access-tokens.ts'
import { ownPath } from '../../domain/identity/opening.ts'
import type { AppEnv } from '../../http/app-env.ts'
import { dropSessionCookie, sessionAccount, sessionIdOf, setSessionCookie } from '../../http/credentials.ts'
import { endpoint } from '../../http/endpoint.ts'
import { ForeignOriginError } from '../../http/errors.ts'
import { json } from '../../http/json.ts'
import { readBody } from '../../http/request-body.ts'
import { isOfAnotherSite } from '../../http/sound-credential.ts'
import { account, accountDocument, answer, errors } from './account-document.ts'

const RETURN_PATH_MAX_CHARACTERS = 8000

const tags = ['Tokens and sessions']
const password = z
  .object({ username: z.string().openapi({ description: 'Login or email' }), password: z.string() })
  .openapi('Password')
const token = z
  .object({ access_token: z.string(), token_type: z.literal('Bearer'), expires_in: z.number().int() })
  .openapi('AccessToken')
const passwordBody = {
  body: {
    content: {
      'application/json': { schema: password },
      'application/x-www-form-urlencoded': { schema: password },
    },
  },
}
const refusals = {
  400: answer('The body cannot be read', errors),
  401: answer('There is no such user with this password, or nobody is named', errors),
  403: answer('A page of another site asks', errors),
}

/** Bearer tokens and sessions for who has a password, and who one is. */
export function mountTokens(app: OpenAPIHono<AppEnv>): void {
  endpoint(
    app,
    {
      methods: ['post'],
      paths: ['/account/tokens'],
      tags,
      summary: 'A bearer token',
      description:
        'By user name and password in the body, or HTTP Basic. The token holds for an hour at every API of the platform, ' +
        'and is void once the user signs out or its API token is renewed.',
      request: passwordBody,
      responses: { 200: answer('The token', token), ...refusals },
    },
    async (c) => {
      const { user } = await passwordAccount(c)
      c.header('Cache-Control', 'no-store')
      return json(c, {
        access_token: await issueAccessToken(c.var.context, user),
        token_type: 'Bearer',
        expires_in: ACCESS_TOKEN_SECONDS,
      })
    },
  )

  endpoint(
    app,
    {
      methods: ['post'],
      paths: ['/account/login'],
      tags,
      summary: 'Begin a session',
      description: 'By user name and password in the body, or HTTP Basic. The session is in a cookie.',
      request: passwordBody,
      responses: { 200: answer('Who is signed in', account), ...refusals },
    },
    async (c) => {
      const { user } = await passwordAccount(c)
      setSessionCookie(c, await beginSession(c.var.context, user))
      c.header('Cache-Control', 'no-store')
      return json(c, accountDocument(user))
    },
  )

  endpoint(
    app,
    {
      methods: ['get'],
      paths: ['/account/self'],
      tags,
      summary: 'Who one is',
      responses: { 200: answer('The account behind the credential', account), 401: refusals[401] },
    },
    (c) => {
      const { account: own, credential } = c.var
      if (!own && credential !== null && credential !== 'cookie') throw wrongCredential()
      if (!own) throw new UnauthenticatedError()
      c.header('Cache-Control', 'no-store')
      return json(c, accountDocument(own.user))
    },
  )

  endpoint(
    app,
    {
      methods: ['post', 'get'],
      paths: ['/account/logout'],
      tags,
      summary: 'End a session',
      description:
        'That of the cookie. Whoever asks with a token of `POST /account/tokens` makes all of those void, and the API token.',
      request: {
        query: z.object({ return_to: z.string().optional().openapi({ description: 'Where to go then' }) }),
      },
      responses: {
        204: { description: 'It has ended' },
        303: { description: 'It has ended, and this is where to go' },
        403: refusals[403],
      },
    },
    async (c) => {
      if (isOfAnotherSite(c)) throw new ForeignOriginError()
      await endCredential(c)
      const returnTo = c.req.query('return_to')
      if (returnTo === undefined) return c.body(null, 204)
      return c.redirect(ownPath(returnTo, new URL(c.req.url).origin, RETURN_PATH_MAX_CHARACTERS), 303)
    },
  )
}

/**
 * The account whose user name and password a request has, in its body or as HTTP Basic.
 * @throws BadCredentialError, UnauthenticatedError; ForeignOriginError, for no page of another site signs anybody in
 */
async function passwordAccount(c: RequestContext<AppEnv>): Promise<Account> {
  if (isOfAnotherSite(c)) throw new ForeignOriginError()
  const { username, password: secret } = Object(await readBody(c.req.raw)) as Record<string, unknown>
  if (username === undefined && c.var.credential === 'password') {
    if (!c.var.account) throw wrongCredential()
    return c.var.account
  }
  if (typeof username !== 'string' || typeof secret !== 'string') throw new UnauthenticatedError()
  const found = await accountOfPassword(c.var.context, username.trim(), secret)
  if (!found) throw wrongCredential()
  return found
}

const wrongCredential = () => new BadCredentialError('There is no such user with this password or token')

/** Ends the session of the cookie, and makes the signed token void by which somebody asks. */
async function endCredential(c: RequestContext<AppEnv>): Promise<void> {
  const { context, credential, principal } = c.var
  const sessionId = sessionIdOf(c)
  const session = sessionId === undefined ? null : await sessionAccount(c)
  if (session) await endSession(context, session.principal, sessionId!)
  dropSessionCookie(c)
  const isSigned = credential === 'bearer' && isSignedToken(c.req.header('authorization') ?? '')
  if (isSigned && principal.kind === 'user') await voidAccessTokens(context, principal)
}
