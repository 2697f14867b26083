import { html } from 'hono/html'
import type { TileMatrixSet } from '../../../geo/tile-matrix-set.ts'
import type { OgcContext } from '../resource.ts'
import type { TileMatrixSetDocument } from '../tile-matrix-sets.ts'
import { page } from './page.ts'
import { definitions } from './parts.ts'

export const tileMatrixSetsPage = (c: OgcContext, sets: readonly TileMatrixSet[]): Promise<Response> =>
  page(c, {
    title: 'Tile matrix sets',
    body: html`<ul class="entries">${sets.map(
      ({ id, title }) => html`<li><a href="/ogc/tileMatrixSets/${id}">${id}</a><p>${title}</p></li>`,
    )}</ul>`,
  })

export const tileMatrixSetPage = (
  c: OgcContext,
  { id, title, uri, crs, tileMatrices }: TileMatrixSetDocument,
): Promise<Response> =>
  page(c, {
    title: id,
    trail: [{ href: '/ogc/tileMatrixSets', text: 'Tile matrix sets' }],
    body: html`<p>${title}</p>
${definitions([
  ['URI', uri],
  ['Reference system', crs],
])}
<div class="wide"><table><thead><tr><th scope="col">Matrix</th><th scope="col">Scale</th><th scope="col">Cell</th><th scope="col">Columns</th><th scope="col">Rows</th></tr></thead>
<tbody>${tileMatrices.map(
      (matrix) =>
        html`<tr><td>${matrix.id}</td><td>1 : ${Math.round(matrix.scaleDenominator)}</td><td>${matrix.cellSize}</td><td>${matrix.matrixWidth}</td><td>${matrix.matrixHeight}</td></tr>`,
    )}</tbody></table></div>`,
  })
