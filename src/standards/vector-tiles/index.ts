import type { DrawingRoute } from '../../http/drawing-route.ts'
import { archiveEndpoint } from './archive-endpoint.ts'
import { layerTileEndpoint, layerTilejsonEndpoint } from './layer-endpoints.ts'
import { ogcTileEndpoint, xyzTileEndpoint } from './tile-endpoint.ts'
import { tilejsonEndpoint } from './tilejson-endpoint.ts'

const path = (pattern: string) => new RegExp(`^/${pattern}$`)
const part = (name: string) => `(?<${name}>[^/]+)`

/** Vector tiles of datasets by their addresses (XYZ, OGC API - Tiles), their description, and their archive. */
export const vectorTileRoutes: readonly DrawingRoute[] = [
  {
    path: path(`tiles/${part('id')}/${part('z')}/${part('x')}/${part('y')}\\.(?:mvt|pbf)`),
    answer: xyzTileEndpoint,
  },
  {
    path: path(
      `ogc/collections/${part('id')}/tiles/${part('set')}/${part('matrix')}/${part('row')}/${part('column')}`,
    ),
    answer: ogcTileEndpoint,
  },
  { path: path(`tiles/${part('id')}\\.json`), answer: tilejsonEndpoint },
  {
    path: path('1/layers/(?<id>\\d{1,10})/tiles/(?<z>\\d{1,2})/(?<x>\\d{1,9})/(?<y>\\d{1,9})\\.(?:mvt|pbf)'),
    answer: layerTileEndpoint,
  },
  { path: path('1/layers/(?<id>\\d{1,10})/tiles(?:\\.json)?'), answer: layerTilejsonEndpoint },
  { path: path(`tiles/${part('id')}\\.pmtiles`), answer: archiveEndpoint },
]
