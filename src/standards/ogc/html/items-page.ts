import { html } from 'hono/html'
import type { FeaturePage } from '../../../domain/datasets/features.ts'
import { clipToWorld } from '../../../geo/bbox.ts'
import { collectionUrl } from '../collection-id.ts'
import { addressWith, type Link, rootOf } from '../links.ts'
import { queryOf } from '../parameters.ts'
import type { OgcContext } from '../resource.ts'
import { page } from './page.ts'
import { cellOf, collectionTrail, pageNavigation } from './parts.ts'

interface Feature {
  id: number | string
  properties: Record<string, unknown> | null
}

/** Features as a table, with a map of them. */
export function itemsPage(
  c: OgcContext,
  { dataset, features: texts, numberMatched, numberReturned }: FeaturePage,
  links: readonly Link[],
): Promise<Response> {
  const features = texts.map((text) => JSON.parse(text) as Feature)
  const url = `${collectionUrl(rootOf(c.req.raw), dataset)}/items`
  const wanted = queryOf(c.req.raw).get('properties')?.split(',')
  const names = dataset.columns
    .map(({ name }) => name)
    .filter((name) => wanted === undefined || wanted.includes(name))
  const hasMap = dataset.geometryType !== null && numberReturned > 0
  return page(c, {
    title: `Features of ${dataset.title}`,
    trail: collectionTrail(c, dataset),
    map: hasMap
      ? {
          bounds: dataset.extent && clipToWorld(dataset.extent),
          features: addressWith(c.req.raw, { f: 'json', crs: null }),
          items: url,
          label: 'Map of the features of this page',
        }
      : null,
    body: html`${filterForm(c)}
<p>${numberReturned} of ${numberMatched} features</p>
<div class="wide"><table><thead><tr><th scope="col">Id</th>${names.map(
      (name) => html`<th scope="col"><a href="${sortedBy(c.req.raw, name)}">${name}</a></th>`,
    )}</tr></thead>
<tbody>${features.map(
      ({ id, properties }) =>
        html`<tr><td><a href="${url}/${id}">${id}</a></td>${names.map(
          (name) => html`<td>${short(cellOf(properties?.[name]))}</td>`,
        )}</tr>`,
    )}</tbody></table></div>
${pageNavigation(links)}`,
  })
}

const CELL_MAX_CHARACTERS = 120
const short = (text: string): string =>
  text.length > CELL_MAX_CHARACTERS ? `${text.slice(0, CELL_MAX_CHARACTERS)}…` : text

/** The same features in the order of a property; the other way round where they are in its order already. */
function sortedBy(request: Request, name: string): string {
  const isAscending = [name, ` ${name}`].includes(queryOf(request).get('sortby') ?? '')
  return addressWith(request, { sortby: `${isAscending ? '-' : ''}${name}`, after: null, offset: null })
}

/** A line for a filter; what else the address says stays as it is. */
function filterForm(c: OgcContext) {
  const query = queryOf(c.req.raw)
  const kept = [...query].filter(
    ([name]) => !['filter', 'after', 'offset', 'user_id', 'user_token'].includes(name),
  )
  return html`<form role="search">${kept.map(
    ([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`,
  )}<label for="filter">Filter (CQL2)</label>
<input id="filter" name="filter" value="${query.get('filter') ?? ''}" autocomplete="off" spellcheck="false">
<button>Show</button></form>`
}
