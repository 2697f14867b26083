import type { Context as RequestContext } from 'hono'
import { html } from 'hono/html'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { type Markup, type Page, plainPage } from '../../http/plain-page.ts'

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
  plainPage(
    c,
    `Signed in as ${credentials.name}`,
    html`<p>This window closes by itself as soon as <strong>${origin}</strong> has taken notice. You may close it.</p>`,
    { script: deliveryScript(credentials, origin) },
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
  plainPage(
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
): Page => plainPage(c, title, html`<p>${message}</p>`, { status })
