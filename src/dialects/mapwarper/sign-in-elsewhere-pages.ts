import { randomBytes } from 'node:crypto'
import type { Context as RequestContext } from 'hono'
import { html, raw } from 'hono/html'
import type { ContentfulStatusCode } from 'hono/utils/http-status'

/** Markup whose values have been escaped. */
type Markup = ReturnType<typeof html>
type Page = Response | Promise<Response>

const STYLE = `body{font:1rem/1.5 system-ui,sans-serif;max-width:34rem;margin:12vh auto;padding:0 1rem;color:#222}
h1{font-size:1.3rem}button{font:inherit;padding:.4rem 1rem;margin-right:.5rem}strong{overflow-wrap:anywhere}`

/** What a window is given that was opened to sign in, for the page that opened it. */
export interface Credentials {
  message: 'deliverCredentials'
  auth_token: string
  uid: string
  id: string
  name: string
  email: string
  provider: string
}

/**
 * A value as a literal of a script inside a page. JSON is JavaScript (ECMA-262, from 2019); what HTML or an old parser
 * would see in it is written as escapes.
 */
export const scriptLiteral = (value: unknown): string =>
  JSON.stringify(value).replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )

/** The documented script, but that it tells nobody except the page that was named when the window was opened. */
const deliveryScript = (credentials: Credentials, origin: string): string => `
var data = ${scriptLiteral(credentials)};
var origin = ${scriptLiteral(origin)};
window.addEventListener('message', function (event) {
  if (event.data !== 'requestCredentials' || event.origin !== origin || !event.source) return;
  event.source.postMessage(data, origin);
  window.close();
});
function requestCredentials() {
  return data;
}
`

/** Hands the credentials to pages of one origin that ask for them by a message. */
export const deliveryPage = (c: RequestContext, credentials: Credentials, origin: string): Page =>
  page(
    c,
    `Signed in as ${credentials.name}`,
    html`<p>This window closes by itself as soon as <strong>${origin}</strong> has taken notice. You may close it.</p>`,
    200,
    deliveryScript(credentials, origin),
  )

export interface Choice {
  value: string
  label: string
}

/** Puts a question; the answer is posted to `action` as `decision`, with what is asked about sealed in `ticket`. */
export const questionPage = (
  c: RequestContext,
  title: string,
  explanation: Markup,
  form: { action: string; ticket: string; choices: readonly Choice[] },
): Page =>
  page(
    c,
    title,
    html`${explanation}
<form method="post" action="${form.action}">
<input type="hidden" name="ticket" value="${form.ticket}">
${form.choices.map(({ value, label }) => html`<button name="decision" value="${value}">${label}</button>`)}
</form>`,
  )

/** Says how a sign-in ended. */
export const noticePage = (
  c: RequestContext,
  title: string,
  message: string,
  status: ContentfulStatusCode,
): Page => page(c, title, html`<p>${message}</p>`, status)

/**
 * A page on its own: it loads nothing, runs no script but its own, is in no frame and in no cache, and no address that
 * is gone to from it learns where it was.
 */
function page(
  c: RequestContext,
  title: string,
  body: Markup,
  status: ContentfulStatusCode = 200,
  script = '',
): Page {
  const nonce = randomBytes(16).toString('base64url')
  c.header(
    'Content-Security-Policy',
    `default-src 'none'; script-src 'nonce-${nonce}'; style-src 'nonce-${nonce}'; form-action 'self'; ` +
      `base-uri 'none'; frame-ancestors 'none'`,
  )
  c.header('X-Frame-Options', 'DENY')
  c.header('X-Content-Type-Options', 'nosniff')
  c.header('Referrer-Policy', 'no-referrer')
  c.header('Cache-Control', 'no-store')
  return c.html(
    html`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${title}</title>
<style nonce="${nonce}">${raw(STYLE)}</style>
<h1>${title}</h1>
${body}
${script === '' ? '' : html`<script nonce="${nonce}">${raw(script)}</script>`}
</html>
`,
    status,
  )
}
