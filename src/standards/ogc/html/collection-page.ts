import { html } from 'hono/html'
import type { DatasetRecord } from '../../../domain/datasets/datasets.ts'
import { clipToWorld } from '../../../geo/bbox.ts'
import type { CollectionDocument } from '../collection-document.ts'
import { collectionUrl } from '../collection-id.ts'
import { rootOf } from '../links.ts'
import type { OgcContext } from '../resource.ts'
import { kindOf } from './collections-page.ts'
import type { MapView } from './map.ts'
import { page } from './page.ts'
import { definitions } from './parts.ts'

/** A collection with its map. */
export function collectionPage(
  c: OgcContext,
  dataset: DatasetRecord,
  document: CollectionDocument,
): Promise<Response> {
  const url = collectionUrl(rootOf(c.req.raw), dataset)
  const { title, abstract, form, columns, extent, modifiedAt, isPublic } = dataset
  return page(c, {
    title,
    trail: [{ href: '/ogc/collections', text: 'Collections' }],
    map: mapOf(dataset, `${url}/items`),
    body: html`${abstract ? html`<p>${abstract}</p>` : ''}
${form === 'vector' ? html`<p class="actions"><a class="button" href="${url}/items">Features</a></p>` : ''}
${definitions([
  ['What it is', kindOf(dataset)],
  ['Who sees it', isPublic ? 'Everyone' : 'Those it is shared with'],
  ['Extent', extent ? extent.map((value) => value.toFixed(5)).join(', ') : null],
  ['Kept in', document.storageCrs ?? null],
  ['Changed', modifiedAt.toISOString()],
  ['Identifier', document.id],
])}
${
  form === 'vector'
    ? html`<h2>Properties</h2>
<div class="wide"><table><thead><tr><th scope="col">Name</th><th scope="col">Type</th><th scope="col">Description</th></tr></thead>
<tbody>${columns.map(
        ({ name, type, title: columnTitle, description }) =>
          html`<tr><td>${name}</td><td>${type}</td><td>${[columnTitle, description].filter(Boolean).join('. ')}</td></tr>`,
      )}</tbody></table></div>
<p class="actions"><a href="${url}/schema">Schema</a> <a href="${url}/queryables">Queryables</a> <a href="${url}/sortables">Sortables</a>
${dataset.geometryType === null ? '' : html`<a href="${url}/tiles">Vector tiles</a>`}</p>`
    : ''
}`,
  })
}

function mapOf({ id, extent, geometryType, form, title }: DatasetRecord, items: string): MapView | null {
  const tiles = `/tiles/${id}.json`
  const view = { bounds: extent && clipToWorld(extent), label: `Map of ${title}` }
  if (form === 'raster') return { ...view, images: tiles }
  return geometryType === null ? null : { ...view, tiles, items }
}
