import type { Context as RequestContext } from 'hono'
import { html } from 'hono/html'
import { groupNames } from '../../domain/apps/app-groups.ts'
import type { AppRecord } from '../../domain/apps/apps.ts'
import type { AppEnv } from '../../http/app-env.ts'
import { type Markup, type Page, plainPage } from '../../http/plain-page.ts'
import { hasRole } from '../../store/principal.ts'
import type { ListQuery } from './app-query.ts'
import { OVERVIEW_STYLE } from './overview-style.ts'

/** Apps of one page, unless it is asked for others. */
export const OVERVIEW_APPS = 24

interface Listed {
  total: number
  records: readonly AppRecord[]
}

/** Apps as a page that needs no script: what they are, and where to launch, export and look into them. */
export function overviewPage(c: RequestContext<AppEnv>, query: ListQuery, { total, records }: Listed): Page {
  const body = html`${account(c)}
${searchForm(c, query)}
<p>${summary(query, total, records.length)}</p>
<ul class="apps">${records.map((app) => card(app))}</ul>
${paging(c, query, total)}`
  return plainPage(c, 'Apps', body, { style: OVERVIEW_STYLE, showsPictures: true })
}

/** The page with some parameters changed, an empty one left out. */
function addressWith(c: RequestContext, changes: Readonly<Record<string, string>>): string {
  const url = new URL(c.req.url)
  for (const [name, value] of Object.entries(changes))
    if (value === '') url.searchParams.delete(name)
    else url.searchParams.set(name, value)
  return `${url.pathname}${url.search}`
}

function account(c: RequestContext<AppEnv>): Markup {
  const { principal, credential } = c.var
  const here = encodeURIComponent(addressWith(c, {}))
  if (principal.kind !== 'user')
    return html`<p class="account"><a href="/account/sign_in?return_to=${here}">Sign in</a></p>`
  return html`<p class="account">${principal.login}
${credential === 'cookie' ? html` · <a href="/account/logout?return_to=${here}">Sign out</a>` : ''}</p>`
}

/** Parameters of the list that the form does not show go with it. */
const CARRIED = ['filter', 'sort', 'f']

function searchForm(c: RequestContext<AppEnv>, { search, isEditable }: ListQuery): Markup {
  const { principal } = c.var
  const edits = hasRole(principal, 'editor') || hasRole(principal, 'administrator')
  const carried = CARRIED.map((name) => [name, c.req.query(name) ?? ''] as const).filter(
    ([, value]) => value !== '',
  )
  return html`<form role="search" method="get">
${carried.map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`)}
<label>Search <input type="search" name="search" value="${search}" placeholder="Title, id or description"></label>
${edits ? html`<label class="flag"><input type="checkbox" name="edit" value="true"${isEditable ? html` checked` : ''}> Only those I may edit</label>` : ''}
<button>Search</button>
</form>`
}

function summary({ offset }: ListQuery, total: number, shown: number): string {
  if (total === 0) return 'There is no such app.'
  if (shown === 0) return `${total} ${total === 1 ? 'app' : 'apps'}`
  return `${offset + 1} to ${offset + shown} of ${total} ${total === 1 ? 'app' : 'apps'}`
}

function card(app: AppRecord): Markup {
  const path = `/resources/apps/${app.slug}`
  const groups = groupNames(app.audience)
  const title = app.title.trim() === '' ? app.slug : app.title
  return html`<li>
<a class="launch" href="${path}/index.html">
${app.hasThumbnail ? html`<img src="${path}/thumbnail.png" alt="" loading="lazy" width="320" height="180">` : html`<span class="blank" aria-hidden="true">${[...title][0]}</span>`}
<strong>${title}</strong></a>
<p class="facts"><code>${app.slug}</code>${app.mayEdit ? html` <span class="state ${app.editorState.toLowerCase()}">${app.editorState.toLowerCase()}</span>` : ''}${app.isPreoptimized ? html` <span class="state">pre-optimized</span>` : ''}</p>
${app.description === '' ? '' : html`<p class="description">${app.description}</p>`}
<p class="facts">${groups.length === 0 ? 'For everyone' : `For ${groups.join(', ')}`}${app.createdBy === null ? '' : ` · by ${app.createdBy}`} ·
<time datetime="${app.modifiedAt.toISOString()}">${app.modifiedAt.toISOString().slice(0, 10)}</time></p>
${app.mayExtract ? html`<p class="links"><a href="${path}.zip" download>Export</a> <a href="${path}/$raw/$index">Files</a> <a href="${path}.json">Meta data</a></p>` : ''}
</li>`
}

function paging(c: RequestContext, { offset, limit }: ListQuery, total: number): Markup {
  const size = limit ?? OVERVIEW_APPS
  if (size === 0) return html``
  const from = (start: number) => addressWith(c, { range: `${start}-${start + size - 1}` })
  return html`<nav aria-label="Pages">
${offset > 0 ? html`<a rel="prev" href="${from(Math.max(0, offset - size))}">Previous</a>` : ''}
${offset + size < total ? html`<a rel="next" href="${from(offset + size)}">Next</a>` : ''}
</nav>`
}
