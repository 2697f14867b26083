import type { MvtValueKind } from '../../formats/mvt.ts'
import type { Bbox } from '../../geo/bbox.ts'
import type { DatasetRecord } from '../../store/datasets.ts'
import { VALUE_KINDS } from './tile-drawing.ts'

/** Live tiles are announced to here; their addresses go on to `TILE_MATRIX_MAX`. */
const ANNOUNCED_ZOOM_MAX = 18

const WORLD: Bbox = [-180, -90, 180, 90]

/** What a field of a tile's features holds, by the words of TileJSON. */
export type FieldType = 'Number' | 'String' | 'Boolean'

/** What descriptions of a dataset's tiles (TileJSON, OGC tileset metadata) tell of. */
export interface Tileset {
  /** Name of the one layer in the tiles. */
  layer: string
  title: string
  description: string | null
  /** West, south, east, north in degrees; the world for a dataset without features. */
  bounds: Bbox
  minZoom: number
  maxZoom: number
  geometryType: DatasetRecord['geometryType']
  fields: { name: string; type: FieldType; title: string | null; description: string | null }[]
  /** Of the dataset; addresses that name it (`?v=`) may be kept for ever. */
  version: number
  isPublic: boolean
  /** Path of XYZ tiles with `{z}`, `{x}`, `{y}`, and their version. */
  xyzTemplate: string
  /** Path of OGC tiles, by the dataset's number, which no other has and never changes, with `{tileMatrixSetId}`, `{tileMatrix}`, `{tileRow}`, `{tileCol}`, and their version. */
  ogcTemplate: string
}

const FIELD_TYPES: Readonly<Record<MvtValueKind, FieldType>> = {
  boolean: 'Boolean',
  integer: 'Number',
  double: 'Number',
  text: 'String',
}

/** The vector tiles of a dataset, as its descriptions tell of them. */
export function tilesetOf(dataset: DatasetRecord): Tileset {
  const { id, name, title, abstract, extent, geometryType, version, isPublic } = dataset
  return {
    layer: name,
    title,
    description: abstract,
    bounds: extent ?? WORLD,
    minZoom: 0,
    maxZoom: ANNOUNCED_ZOOM_MAX,
    geometryType,
    fields: dataset.columns.flatMap(({ name, type, title, description }) => {
      const kind = VALUE_KINDS[type]
      return kind ? [{ name, type: FIELD_TYPES[kind], title, description }] : []
    }),
    version,
    isPublic,
    xyzTemplate: `/tiles/${id}/{z}/{x}/{y}.mvt?v=${version}`,
    ogcTemplate: `/ogc/collections/${id}/tiles/{tileMatrixSetId}/{tileMatrix}/{tileRow}/{tileCol}?v=${version}`,
  }
}
