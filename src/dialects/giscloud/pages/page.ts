import type { Context as RequestContext } from 'hono'
import { html, raw } from 'hono/html'
import type { HtmlEscapedString } from 'hono/utils/html'
import type { AppEnv } from '../../../http/app-env.ts'

type Html = HtmlEscapedString | Promise<HtmlEscapedString>

/** Where the build puts what pages load. */
const ASSETS = '/assets/giscloud'
const MAP_LIBRARY = '/assets/ogc'

export interface Page {
  title: string
  head?: Html | ''
  body: Html
  /** Origins elsewhere that the page's map has tiles of. */
  origins?: readonly string[]
  status?: number
}

/**
 * Pages are made to stand in frames of other sites. They load nothing from elsewhere but what their maps are made of, have no
 * script in them, and tell nobody their address, which may have a key in it.
 */
const contentSecurityPolicy = (origins: readonly string[]): string =>
  [
    "default-src 'none'",
    "base-uri 'none'",
    `connect-src ${["'self'", ...origins].join(' ')}`,
    "form-action 'none'",
    'frame-ancestors *',
    `img-src ${["'self'", 'data:', 'blob:', ...origins].join(' ')}`,
    "script-src 'self'",
    "style-src 'self'",
    "worker-src 'self' blob:",
  ].join('; ')

/** Answers with a page, everything that is put into it escaped. */
export async function page(
  c: RequestContext<AppEnv>,
  { title, head = '', body, origins = [], status = 200 }: Page,
): Promise<Response> {
  const content = await html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<link rel="icon" href="/assets/ogc/icon.svg">
${head}
<link rel="stylesheet" href="${ASSETS}/page.css">
</head>
<body>
${body}
</body>
</html>`
  return c.html(content, status as 200, {
    'content-security-policy': contentSecurityPolicy(origins),
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-store',
  })
}

/** What the script of a page with a map, and its style sheet, are loaded by. */
export const mapHead: Html = html`<link rel="stylesheet" href="${MAP_LIBRARY}/maplibre-gl.css">
<script type="module" src="${ASSETS}/map.js"></script>`

/** The place of a map, and what the script draws there. */
export const mapPlace = (title: string, view: object): Html =>
  html`<div id="map" role="application" aria-label="${`Map: ${title}`}"></div>
<script type="application/json" id="map-view">${raw(jsonInHtml(view))}</script>
<noscript><p class="notice">The map needs JavaScript.</p></noscript>`

/** A page that says why there is no map. */
export const problemPage = (c: RequestContext<AppEnv>, status: number, message: string): Promise<Response> =>
  page(c, {
    ...{ title: TITLES[status] ?? 'Something went wrong', status },
    body: html`<main class="notice"><h1>${TITLES[status] ?? 'Something went wrong'}</h1>
<p>${message}</p><p><small>HTTP ${status}</small></p></main>`,
  })

const TITLES: Readonly<Record<number, string>> = {
  400: 'This address is malformed',
  401: 'The credential does not hold',
  403: 'This is not for you',
  404: 'There is no such map here',
}

/** JSON that a script element can hold. */
const jsonInHtml = (value: unknown): string =>
  JSON.stringify(value)
    .replaceAll('<', '\\u003c')
    .replaceAll('\u2028', '\\u2028')
    .replaceAll('\u2029', '\\u2029')
