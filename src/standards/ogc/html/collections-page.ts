import { html } from 'hono/html'
import type { DatasetRecord } from '../../../domain/datasets/datasets.ts'
import { collectionUrl } from '../collection-id.ts'
import { type Link, rootOf } from '../links.ts'
import type { OgcContext } from '../resource.ts'
import { page } from './page.ts'
import { pageNavigation } from './parts.ts'

interface Listed {
  records: readonly DatasetRecord[]
  total: number
  offset: number
  links: readonly Link[]
}

/** A page of the collections. */
export const collectionsPage = (
  c: OgcContext,
  { records, total, offset, links }: Listed,
): Promise<Response> =>
  page(c, {
    title: 'Collections',
    body: html`<p>${
      total === 0
        ? 'There are none yet. Upload a file through the process “import”, or make an empty collection.'
        : `${offset + 1} to ${offset + records.length} of ${total}`
    }</p>
<ul class="entries">${records.map(
      (dataset) => html`<li><a href="${collectionUrl(rootOf(c.req.raw), dataset)}">${dataset.title}</a>
<p>${kindOf(dataset)}${dataset.isPublic ? '' : ', private'}</p>
${dataset.abstract ? html`<p>${dataset.abstract}</p>` : ''}</li>`,
    )}</ul>
${pageNavigation(links)}`,
  })

const number = new Intl.NumberFormat('en')

/** What a collection is, in a few words. */
export function kindOf({ form, geometryType, featureCount }: DatasetRecord): string {
  if (form === 'raster') return 'Raster'
  const features = `${number.format(featureCount)} ${featureCount === 1 ? 'feature' : 'features'}`
  if (geometryType === null) return `${features} without geometry`
  return geometryType === 'Geometry' ? features : `${features}, ${geometryType}`
}
