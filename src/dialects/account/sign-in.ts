import { type OpenAPIHono, z } from '@hono/zod-openapi'
import type { Context as RequestContext } from 'hono'
import { getCookie, setCookie } from 'hono/cookie'
import { html } from 'hono/html'
import { accountOfPassword, beginSession } from '../../domain/accounts.ts'
import { isSetUp } from '../../domain/identity/configuration.ts'
import { ownPath } from '../../domain/identity/opening.ts'
import { PROVIDER_NAMES, PROVIDERS } from '../../domain/identity/providers.ts'
import { newSecret, sameText } from '../../domain/tokens.ts'
import type { AppEnv } from '../../http/app-env.ts'
import { setSessionCookie } from '../../http/credentials.ts'
import { endpoint } from '../../http/endpoint.ts'
import { type Page, plainPage } from '../../http/plain-page.ts'
import { readBody } from '../../http/request-body.ts'

const RETURN_PATH_MAX_CHARACTERS = 8000
/** Holds what the form must bring along, so that nobody is signed in by a page of another site. */
const FORM_COOKIE = 'graticule_form'

const page = (description: string) => ({ description, content: { 'text/html': { schema: z.string() } } })
const tags = ['Signing in']

/** A page to sign in on, by login or email and password, and where to go then. */
export function mountSignIn(app: OpenAPIHono<AppEnv>): void {
  endpoint(
    app,
    {
      methods: ['get'],
      paths: ['/account/sign_in'],
      tags,
      summary: 'A page to sign in on',
      request: { query: z.object({ return_to: z.string().optional() }) },
      responses: { 200: page('The form') },
    },
    (c) => signInPage(c, returnPathOf(c, c.req.query('return_to'))),
  )

  endpoint(
    app,
    {
      methods: ['post'],
      paths: ['/account/sign_in'],
      tags,
      summary: 'Sign in by the form of that page',
      request: {
        body: {
          required: true,
          content: {
            'application/x-www-form-urlencoded': {
              schema: z.object({
                login: z.string().openapi({ description: 'Login or email' }),
                password: z.string(),
                return_to: z.string().optional(),
                form: z.string().openapi({ description: 'As the page has it' }),
              }),
            },
          },
        },
      },
      responses: {
        200: page('Signed in; the page leads on'),
        400: page('The form was not loaded in this browser'),
        401: page('The form again: the password is another'),
      },
    },
    async (c) => {
      const fields = await formFields(c)
      const returnTo = returnPathOf(c, fields.return_to)
      const cookie = getCookie(c, FORM_COOKIE) ?? ''
      if (cookie === '' || !sameText(fields.form, cookie))
        return signInPage(
          c,
          returnTo,
          { fault: 'The form was too old. Try again.', login: fields.login },
          400,
        )
      const account = await accountOfPassword(c.var.context, fields.login.trim(), fields.password)
      if (!account)
        return signInPage(
          c,
          returnTo,
          { fault: 'There is no such user with this password.', login: fields.login },
          401,
        )
      setSessionCookie(c, await beginSession(c.var.context, account.user))
      // Not a redirect: browsers hold those of a form to the page's policy, and applications are led back to further on.
      c.header('Refresh', `0;url=${returnTo}`)
      return plainPage(c, `Signed in as ${account.user.login}`, html`<p><a href="${returnTo}">Go on</a></p>`)
    },
  )
}

async function formFields(
  c: RequestContext,
): Promise<{ login: string; password: string; return_to: string; form: string }> {
  const body = Object(await readBody(c.req.raw)) as Record<string, unknown>
  const text = (name: string) => (typeof body[name] === 'string' ? body[name] : '')
  return {
    login: text('login'),
    password: text('password'),
    return_to: text('return_to'),
    form: text('form'),
  }
}

const originOf = (c: RequestContext): string => new URL(c.req.url).origin

const returnPathOf = (c: RequestContext, address: string | undefined): string =>
  ownPath(address ?? '', originOf(c), RETURN_PATH_MAX_CHARACTERS)

function signInPage(
  c: RequestContext<AppEnv>,
  returnTo: string,
  { fault = '', login = '' }: { fault?: string; login?: string } = {},
  status: 200 | 400 | 401 = 200,
): Page {
  const form = getCookie(c, FORM_COOKIE) || newSecret()
  setCookie(c, FORM_COOKIE, form, {
    ...{ path: '/account', httpOnly: true, sameSite: 'Lax' },
    secure: new URL(c.req.url).protocol === 'https:',
  })
  const elsewhere = PROVIDER_NAMES.filter((name) => isSetUp(c.var.context.identity, name))
  return plainPage(
    c,
    'Sign in',
    html`${fault === '' ? '' : html`<p role="alert">${fault}</p>`}
<form method="post" action="/account/sign_in">
<input type="hidden" name="form" value="${form}">
<input type="hidden" name="return_to" value="${returnTo}">
<label>Login or email <input name="login" value="${login}" autocomplete="username" required autofocus></label>
<label>Password <input name="password" type="password" autocomplete="current-password" required></label>
<button>Sign in</button>
</form>
${elsewhere.map(
  (name) =>
    html`<p><a href="/u/auth/${name}?${new URLSearchParams({ auth_origin_url: returnTo })}">Sign in with ${PROVIDERS[name].label}</a></p>`,
)}`,
    { status },
  )
}
