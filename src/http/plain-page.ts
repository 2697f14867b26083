import { randomBytes } from 'node:crypto'
import type { Context as RequestContext } from 'hono'
import { html, raw } from 'hono/html'
import type { ContentfulStatusCode } from 'hono/utils/http-status'

/** Markup whose values have been escaped. */
export type Markup = ReturnType<typeof html>
export type Page = Response | Promise<Response>

const STYLE = `body{font:1rem/1.5 system-ui,sans-serif;max-width:34rem;margin:12vh auto;padding:0 1rem;color:#222}
h1{font-size:1.3rem}button{font:inherit;padding:.4rem 1rem;margin-right:.5rem}strong{overflow-wrap:anywhere}
label{display:block;margin:.8rem 0}input{font:inherit;display:block;width:100%;box-sizing:border-box;padding:.4rem}
[role=alert]{border-left:.25rem solid #b00020;padding-left:.75rem;color:#b00020}`

export interface PageOptions {
  status?: ContentfulStatusCode
  /** A script of the page's own. */
  script?: string
  /** A style sheet in the place of the plain one. */
  style?: string
  /** Whether it shows pictures of this site. */
  showsPictures?: boolean
  /** Where a form may lead beside this site, as sources of a content security policy. */
  formTargets?: readonly string[]
}

/**
 * A page on its own: it loads nothing but pictures of this site where it shows some, runs no script but its own, is in no
 * frame and in no cache, and no address that is gone to from it learns where it was.
 */
export function plainPage(
  c: RequestContext,
  title: string,
  body: Markup,
  { status = 200, script = '', style = STYLE, showsPictures = false, formTargets = [] }: PageOptions = {},
): Page {
  const nonce = randomBytes(16).toString('base64url')
  c.header(
    'Content-Security-Policy',
    `default-src 'none'; script-src 'nonce-${nonce}'; style-src 'nonce-${nonce}'; ` +
      `${showsPictures ? "img-src 'self'; " : ''}` +
      `form-action ${["'self'", ...formTargets].join(' ')}; base-uri 'none'; frame-ancestors 'none'`,
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
<style nonce="${nonce}">${raw(style)}</style>
<h1>${title}</h1>
${body}
${script === '' ? '' : html`<script nonce="${nonce}">${raw(script)}</script>`}
</html>
`,
    status,
  )
}
