import { html } from 'hono/html'
import type { OgcContext } from '../resource.ts'
import { page } from './page.ts'

/** The conformance classes, by standard. */
export const conformancePage = (
  c: OgcContext,
  classes: Readonly<Record<string, readonly string[]>>,
): Promise<Response> =>
  page(c, {
    title: 'Conformance',
    body: html`${Object.entries(classes).map(
      ([standard, uris]) =>
        html`<h2>${standard}</h2><ul>${uris.map((uri) => html`<li><a href="${uri}">${uri}</a></li>`)}</ul>`,
    )}`,
  })
