import { html } from 'hono/html'
import type { DatasetRecord } from '../../../domain/datasets/datasets.ts'
import type { OgcContext } from '../resource.ts'
import type { SchemaDocument } from '../schema-documents.ts'
import { page } from './page.ts'
import { cellOf, collectionTrail } from './parts.ts'

/** The properties that a schema has, as a table. */
export const schemaPage = (
  c: OgcContext,
  dataset: DatasetRecord,
  title: string,
  { properties }: SchemaDocument,
): Promise<Response> =>
  page(c, {
    title: `${title} of ${dataset.title}`,
    trail: collectionTrail(c, dataset),
    body: html`<div class="wide"><table><thead><tr><th scope="col">Name</th><th scope="col">Type</th><th scope="col">Role</th><th scope="col">Title</th></tr></thead>
<tbody>${Object.entries(properties).map(
      ([name, schema]) =>
        html`<tr><td>${name}</td><td>${[schema.type, schema.format ?? schema.contentEncoding].flat().filter(Boolean).join(', ')}</td><td>${cellOf(schema['x-ogc-role'])}</td><td>${cellOf(schema.title)}</td></tr>`,
    )}</tbody></table></div>`,
  })
