import { html, raw } from 'hono/html'
import type { Bbox } from '../../../geo/bbox.ts'
import type { Html } from './page.ts'

/** What a page's map shows. */
export interface MapView {
  /** West, south, east, north in degrees; null for the world. */
  bounds: Bbox | null
  /** Address of the TileJSON of vector tiles. */
  tiles?: string
  /** Address of GeoJSON in CRS84. */
  features?: string
  /** Address of the TileJSON of a raster's tiles. */
  images?: string
  /** Address of the features, where what is pressed leads to its own page. */
  items?: string
  /** For who does not see it. */
  label: string
}

/** The place of a map; the script of the page draws what the element's data tell. */
export const mapFigure = ({ label, ...view }: MapView): Html =>
  html`<figure><div id="map" role="application" aria-label="${label}"></div>
<script type="application/json" id="map-view">${raw(jsonInHtml(view))}</script>
<noscript>The map needs JavaScript.</noscript></figure>`

/** JSON that a script element can hold. */
const jsonInHtml = (value: unknown): string =>
  JSON.stringify(value)
    .replaceAll('<', '\\u003c')
    .replaceAll('\u2028', '\\u2028')
    .replaceAll('\u2029', '\\u2029')
