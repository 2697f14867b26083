import type { OpenAPIHono } from '@hono/zod-openapi'
import { z } from '@hono/zod-openapi'
import type { Context as RequestContext } from 'hono'
import { currentToken, type SignedIn, signIn, signOut } from '../../domain/accounts.ts'
import { BadCredentialError } from '../../domain/errors.ts'
import type { AppEnv } from '../../http/app-env.ts'
import { dropSessionCookie, setSessionCookie } from '../../http/credentials.ts'
import { endpoint } from '../../http/endpoint.ts'
import { json } from '../../http/json.ts'
import { readBody } from '../../http/request-body.ts'
import { asRecord } from './envelope.ts'
import { originOf } from './requests.ts'
import { jsonAnswer, jsonBody } from './responses.ts'
import { loginError, signedInDocument, signInBody, userDocument } from './schemas.ts'
import { userResource } from './serialize.ts'

const BAD_CREDENTIAL = 'Invalid email or password.'
const tags = ['Authentication']

export function mountAuth(app: OpenAPIHono<AppEnv>): void {
  const badCredential = { 401: jsonAnswer('The credential does not hold', loginError) }

  endpoint(
    app,
    {
      methods: ['post'],
      paths: ['/api/v1/auth/sign_in'],
      tags,
      summary: 'Sign in: a session cookie and a new token, which voids the one before',
      request: jsonBody(signInBody),
      responses: { 200: jsonAnswer('The user and the token', signedInDocument), ...badCredential },
    },
    async (c) => {
      const { user, principal, token } = await openSession(c)
      return json(c, { data: userResource(user, originOf(c), principal), meta: { auth_token: token } })
    },
  )

  endpoint(
    app,
    {
      methods: ['post'],
      paths: ['/u/sign_in'],
      tags,
      summary: 'Sign in by cookie',
      request: jsonBody(signInBody),
      responses: { 201: jsonAnswer('The user', userDocument), ...badCredential },
    },
    async (c) => {
      const { user, principal } = await openSession(c)
      return json(c, { data: userResource(user, originOf(c), principal) }, 201)
    },
  )

  endpoint(
    app,
    {
      methods: ['delete'],
      paths: ['/api/v1/auth/sign_out'],
      tags,
      summary: 'Sign out: ends all sessions and voids the token',
      responses: {
        200: jsonAnswer('Signed out', z.object({})),
        422: jsonAnswer('Nobody was signed in', z.object({})),
      },
    },
    async (c) => {
      const { principal } = c.var
      if (principal.kind !== 'user') return json(c, {}, 422)
      await signOut(c.var.context, principal)
      dropSessionCookie(c)
      return json(c, {})
    },
  )

  endpoint(
    app,
    {
      methods: ['get'],
      paths: ['/api/v1/auth/validate_token'],
      tags,
      summary: 'Whether a credential still holds',
      responses: {
        200: jsonAnswer('The user and the token that is valid now', signedInDocument),
        ...badCredential,
      },
    },
    (c) => {
      const { account, context, credential } = c.var
      // Whoever holds a key, or was let in, is not told the token: it would outlast either.
      if (!account || credential === 'key' || credential === 'bearer')
        throw new BadCredentialError(BAD_CREDENTIAL)
      c.header('Cache-Control', 'no-store')
      const { user, principal } = account
      return json(c, {
        data: userResource(user, originOf(c), principal),
        meta: { auth_token: currentToken(context, user) },
      })
    },
  )
}

/** Signs in with the email and password in the body, under `user` or bare. @throws BadCredentialError */
async function openSession(c: RequestContext<AppEnv>): Promise<SignedIn> {
  const body = asRecord(await readBody(c.req.raw))
  const { email, password } = asRecord(body?.user) ?? body ?? {}
  if (typeof email !== 'string' || typeof password !== 'string') throw new BadCredentialError(BAD_CREDENTIAL)
  const signedIn = await signIn(c.var.context, email, password)
  setSessionCookie(c, signedIn.sessionId)
  c.header('Cache-Control', 'no-store')
  return signedIn
}
