import { html } from 'hono/html'
import type { DatasetRecord } from '../../../domain/datasets/datasets.ts'
import { clipToWorld } from '../../../geo/bbox.ts'
import type { OgcContext } from '../resource.ts'
import type { TilesetDocument, TilesetItem } from '../tileset-document.ts'
import type { MapView } from './map.ts'
import { page } from './page.ts'
import { collectionTrail, definitions } from './parts.ts'

const mapOf = ({ id, extent, title }: DatasetRecord): MapView => ({
  bounds: extent && clipToWorld(extent),
  tiles: `/tiles/${id}.json`,
  label: `Map of the tiles of ${title}`,
})

export const tilesetsPage = (
  c: OgcContext,
  dataset: DatasetRecord,
  tilesets: readonly TilesetItem[],
): Promise<Response> =>
  page(c, {
    title: `Vector tiles of ${dataset.title}`,
    trail: collectionTrail(c, dataset),
    map: mapOf(dataset),
    body: html`<ul class="entries">${tilesets.map(
      ({ title, links }) => html`<li><a href="${links[0]!.href}">${title}</a></li>`,
    )}</ul>
<p>TileJSON: <a href="/tiles/${dataset.id}.json">/tiles/${dataset.id}.json</a></p>`,
  })

export const tilesetPage = (
  c: OgcContext,
  dataset: DatasetRecord,
  { crs, tileMatrixSetURI, layers, links }: TilesetDocument,
): Promise<Response> =>
  page(c, {
    title: `Vector tiles of ${dataset.title}`,
    trail: [...collectionTrail(c, dataset)],
    map: mapOf(dataset),
    body: definitions([
      ['Tile matrix set', tileMatrixSetURI],
      ['Reference system', crs],
      ['Layer', layers[0]!.id],
      ['Zooms', `${layers[0]!.minTileMatrix} to ${layers[0]!.maxTileMatrix}`],
      ['Tiles', links[0]!.href],
    ]),
  })
