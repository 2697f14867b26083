import { html } from 'hono/html'
import type { Link } from '../links.ts'
import type { OgcContext } from '../resource.ts'
import { page } from './page.ts'

/** The first page: where everything is. */
export const landingPage = (c: OgcContext, description: string, links: readonly Link[]): Promise<Response> =>
  page(c, {
    title: 'Graticule',
    body: html`<p>${description}</p>
<ul class="cards">${distinct(links).map(({ href, title }) => html`<li><a href="${href}">${title}</a></li>`)}</ul>`,
  })

/** One link for each address: machines are told some of them under two relations. */
const distinct = (links: readonly Link[]): Link[] => [
  ...new Map(links.map((link) => [link.href, link])).values(),
]
