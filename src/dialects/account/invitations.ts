import { type OpenAPIHono, z } from '@hono/zod-openapi'
import type { Context as RequestContext } from 'hono'
import { html } from 'hono/html'
import { PASSWORD_MIN_CHARACTERS } from '../../domain/accounts.ts'
import { ValidationError } from '../../domain/errors.ts'
import { readInvitation, setFirstPassword } from '../../domain/identity/users.ts'
import type { AppEnv } from '../../http/app-env.ts'
import { endpoint } from '../../http/endpoint.ts'
import { type Page, plainPage } from '../../http/plain-page.ts'
import { readBody } from '../../http/request-body.ts'

const page = (description: string) => ({ description, content: { 'text/html': { schema: z.string() } } })
const tags = ['Invitations']
const paths = ['/account/invitations/{secret}'] as const
const params = z.object({ secret: z.string() })
const OVER = page('There is no such invitation, or it is over')

/** Where somebody for whom an account was made sets its password. */
export function mountInvitations(app: OpenAPIHono<AppEnv>): void {
  endpoint(
    app,
    {
      methods: ['get'],
      paths,
      tags,
      summary: 'A page to set the first password on',
      request: { params },
      responses: { 200: page('The form'), 404: OVER },
    },
    async (c) => {
      const login = await readInvitation(c.var.context, secretOf(c))
      return login === null ? overPage(c) : passwordPage(c, login)
    },
  )

  endpoint(
    app,
    {
      methods: ['post'],
      paths,
      tags,
      summary: 'Set the first password, once',
      request: {
        params,
        body: {
          required: true,
          content: { 'application/x-www-form-urlencoded': { schema: z.object({ password: z.string() }) } },
        },
      },
      responses: { 200: page('It is set'), 404: OVER, 422: page('The form again: it cannot be a password') },
    },
    async (c) => {
      const { context } = c.var
      const login = await readInvitation(context, secretOf(c))
      if (login === null) return overPage(c)
      const { password } = Object(await readBody(c.req.raw)) as { password?: unknown }
      try {
        const set = await setFirstPassword(context, secretOf(c), typeof password === 'string' ? password : '')
        if (set === null) return overPage(c)
      } catch (error) {
        if (!(error instanceof ValidationError)) throw error
        return passwordPage(c, login, error.message)
      }
      return plainPage(
        c,
        'The password is set',
        html`<p>The account <strong>${login}</strong> is yours. <a href="/account/sign_in">Sign in</a></p>`,
      )
    },
  )
}

const secretOf = (c: RequestContext): string => c.req.param('secret') ?? ''

const passwordPage = (c: RequestContext, login: string, fault?: string): Page =>
  plainPage(
    c,
    'Set your password',
    html`<p>An account has been made for you: <strong>${login}</strong>. It is opened by the password you choose now.</p>
${fault === undefined ? '' : html`<p role="alert">${fault}</p>`}
<form method="post">
<input type="hidden" name="login" value="${login}" autocomplete="username">
<label>Password <input name="password" type="password" autocomplete="new-password" minlength="${PASSWORD_MIN_CHARACTERS}" required autofocus></label>
<button>Set password</button>
</form>`,
    { status: fault === undefined ? 200 : 422 },
  )

const overPage = (c: RequestContext): Page =>
  plainPage(
    c,
    'This invitation is over',
    html`<p>It has been used, or is older than seven days. Ask whoever sent it for another one, or
<a href="/account/sign_in">sign in</a> if you have set a password already.</p>`,
    { status: 404 },
  )
