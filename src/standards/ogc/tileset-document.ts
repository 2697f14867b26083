import type { DatasetRecord } from '../../domain/datasets/datasets.ts'
import { tilesetOf } from '../../domain/datasets/tiles.ts'
import { type TileMatrixSet, tileLimits } from '../../geo/tile-matrix-set.ts'
import { CRS84 } from './crs.ts'
import { type Link, ogcRel } from './links.ts'
import { COLUMN_SCHEMAS } from './property-schema.ts'

export interface TilesetItem {
  title: string
  dataType: 'vector'
  crs: string
  tileMatrixSetURI: string
  links: Link[]
}

const MVT = 'application/vnd.mapbox-vector-tile'

/** Dimensions that geometries have, where the type tells. */
const GEOMETRY_DIMENSIONS: Readonly<Record<string, number>> = {
  ...{ Point: 0, MultiPoint: 0, LineString: 1, MultiLineString: 1, Polygon: 2, MultiPolygon: 2 },
}

const schemeLink = (set: TileMatrixSet, root: string): Link => ({
  ...{ href: `${root}/tileMatrixSets/${set.id}`, rel: ogcRel('tiling-scheme') },
  ...{ type: 'application/json', title: set.title },
})

/** A tileset as a list has it. @param url of the list */
export function tilesetItem(
  { title }: DatasetRecord,
  set: TileMatrixSet,
  url: string,
  root: string,
): TilesetItem {
  return {
    ...{ title: `${title} (${set.id})`, dataType: 'vector', crs: set.crs, tileMatrixSetURI: set.uri },
    links: [
      { href: `${url}/${set.id}`, rel: 'self', type: 'application/json', title: `${title} (${set.id})` },
      schemeLink(set, root),
    ],
  }
}

/** The description of a tileset (20-057, 8; 17-083r4, 7). */
export function tilesetDocument(dataset: DatasetRecord, set: TileMatrixSet, root: string) {
  const { origin } = new URL(root)
  const { layer, title, description, bounds, minZoom, maxZoom, geometryType, fields, ogcTemplate } =
    tilesetOf(dataset)
  const [west, south, east, north] = bounds
  const dimension = GEOMETRY_DIMENSIONS[geometryType ?? '']
  const columns = new Map(dataset.columns.map((column) => [column.name, column]))
  return {
    ...{ title, ...(description ? { description } : {}), dataType: 'vector' as const },
    ...{ crs: set.crs, tileMatrixSetURI: set.uri },
    tileMatrixSetLimits: Array.from({ length: maxZoom - minZoom + 1 }, (_, i) =>
      tileLimits(set, bounds, minZoom + i),
    ),
    boundingBox: { lowerLeft: [west, south], upperRight: [east, north], crs: CRS84.uri },
    centerPoint: { coordinates: [(west + east) / 2, (south + north) / 2], crs: CRS84.uri },
    layers: [
      {
        ...{ id: layer, title, dataType: 'vector' as const },
        ...(dimension === undefined ? {} : { geometryDimension: dimension }),
        ...{ minTileMatrix: String(minZoom), maxTileMatrix: String(maxZoom) },
        propertiesSchema: {
          type: 'object',
          properties: Object.fromEntries(
            fields.map(({ name }) => [name, COLUMN_SCHEMAS[columns.get(name)!.type]]),
          ),
        },
      },
    ],
    links: [
      {
        ...{ href: origin + ogcTemplate.replace('{tileMatrixSetId}', set.id), rel: 'item', templated: true },
        ...{ type: MVT, title: 'Tiles' },
      },
      schemeLink(set, root),
      {
        href: `${origin}/tiles/${dataset.id}.json`,
        rel: 'describedby',
        type: 'application/json',
        title: 'TileJSON',
      },
    ] as Link[],
  }
}
export type TilesetDocument = ReturnType<typeof tilesetDocument>
