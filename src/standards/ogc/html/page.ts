import type { Context as RequestContext } from 'hono'
import { html } from 'hono/html'
import type { HtmlEscapedString } from 'hono/utils/html'
import type { AppEnv } from '../../../http/app-env.ts'
import { addressWith } from '../links.ts'
import { type MapView, mapFigure } from './map.ts'

export type Html = HtmlEscapedString | Promise<HtmlEscapedString>

/** Where the build puts what pages load. */
const ASSETS = '/assets/ogc'

/**
 * Nothing from elsewhere, no script in the page. The map's workers are modules of this origin; its images are made of
 * its own tiles.
 */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "base-uri 'none'",
  "connect-src 'self'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "img-src 'self' data: blob:",
  "script-src 'self'",
  "style-src 'self'",
  "worker-src 'self' blob:",
].join('; ')

export interface Step {
  href: string
  text: string
}

export interface Page {
  title: string
  /** The pages above this one, the topmost first. */
  trail?: readonly Step[]
  body: Html
  map?: MapView | null
  status?: number
  /** Whether the document is given as JSON as well. */
  hasJson?: boolean
}

/** Answers with a page of the face, everything that is put into it escaped. */
export async function page(
  c: RequestContext<AppEnv>,
  { title, trail = [], body, map = null, status = 200, hasJson = true }: Page,
): Promise<Response> {
  const { account } = c.var
  const content = await html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<link rel="icon" href="${ASSETS}/icon.svg">
<link rel="stylesheet" href="${ASSETS}/page.css">
${
  map
    ? html`<link rel="stylesheet" href="${ASSETS}/maplibre-gl.css">
<script type="module" src="${ASSETS}/map.js"></script>`
    : ''
}
<link rel="canonical" href="${addressWith(c.req.raw, { f: null })}">
</head>
<body>
<a class="skip" href="#content">Skip to the content</a>
<header>
<nav aria-label="Where this is"><ol>${[{ href: '/ogc', text: 'Graticule' }, ...trail].map(
    ({ href, text }) => html`<li><a href="${href}">${text}</a></li>`,
  )}</ol></nav>
<p>${account ? `Signed in as ${account.user.login}` : ''}</p>
</header>
<main id="content">
<h1>${title}</h1>
${map ? mapFigure(map) : ''}
${body}
</main>
<footer>${hasJson ? html`<a href="${addressWith(c.req.raw, { f: 'json' })}" rel="alternate">As JSON</a> ` : ''}<a href="/ogc/api.html">API</a></footer>
</body>
</html>`
  return c.html(content, status as 200, {
    'content-security-policy': CONTENT_SECURITY_POLICY,
    'referrer-policy': 'same-origin',
    'x-content-type-options': 'nosniff',
  })
}
