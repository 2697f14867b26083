import { OpenAPIHono, z } from '@hono/zod-openapi'
import { createUser, signUp } from '../../domain/accounts.ts'
import { ForbiddenError } from '../../domain/errors.ts'
import type { AppEnv } from '../../http/app-env.ts'
import { requireOwnCredential } from '../../http/credentials.ts'
import { endpoint } from '../../http/endpoint.ts'
import { json } from '../../http/json.ts'
import { readBody } from '../../http/request-body.ts'
import { hasRole, ROLES } from '../../store/principal.ts'
import { account, accountDocument, answer, errors } from './account-document.ts'
import { accountRequest } from './account-request.ts'
import { answerError } from './errors.ts'
import { mountInvitations } from './invitations.ts'
import { mountSignIn } from './sign-in.ts'
import { mountTokens } from './tokens.ts'

const newAccount = z
  .object({ login: z.string(), email: z.email(), password: z.string().min(8) })
  .openapi('NewAccount')
const newUser = newAccount.extend({ roles: z.array(z.enum(ROLES)).optional() }).openapi('NewUser')
const refusals = {
  400: answer('The body cannot be read', errors),
  422: answer('What is wrong with it', errors),
}

/** Our own face of accounts: sign-up for everyone, accounts with roles for administrators. */
export function accounts(): OpenAPIHono<AppEnv> {
  const app = new OpenAPIHono<AppEnv>()
  app.onError(answerError)

  endpoint(
    app,
    {
      methods: ['post'],
      paths: ['/account/sign_up'],
      summary: 'Make an account',
      request: { body: { required: true, content: { 'application/json': { schema: newAccount } } } },
      responses: { 201: answer('The new account', account), ...refusals },
    },
    async (c) => {
      const { roles: _given, ...request } = accountRequest(await readBody(c.req.raw))
      return json(c, accountDocument(await signUp(c.var.context, request)), 201)
    },
  )

  endpoint(
    app,
    {
      methods: ['post'],
      paths: ['/account/users'],
      summary: 'Make an account with roles, as an administrator',
      request: { body: { required: true, content: { 'application/json': { schema: newUser } } } },
      responses: {
        201: answer('The new account', account),
        401: answer('Nobody is signed in', errors),
        403: answer('Who is signed in is no administrator', errors),
        ...refusals,
      },
    },
    async (c) => {
      const user = requireOwnCredential(c)
      if (!hasRole(user, 'administrator')) throw new ForbiddenError()
      const request = accountRequest(await readBody(c.req.raw))
      return json(c, accountDocument(await createUser(c.var.context, user, request)), 201)
    },
  )

  mountSignIn(app)
  mountTokens(app)
  mountInvitations(app)

  app.doc31('/docs/account/openapi.json', (c) => ({
    openapi: '3.1.0',
    info: { title: 'Accounts', version: '1' },
    servers: [{ url: new URL(c.req.url).origin }],
  }))
  return app
}
