import type { Bbox } from './bbox.ts'
import { MERCATOR_HALF_METRES, mercatorX, mercatorY } from './mercator.ts'

/** The deepest matrix of either set. */
export const TILE_MATRIX_MAX = 24

/** Side of a tile in the pixels that scales count with. */
const TILE_PIXELS = 256
/** Metres of such a pixel (OGC 17-083r4, 6.1). */
const PIXEL_METRES = 0.00028
/** Metres of a degree at the equator of WGS 84. */
const DEGREE_METRES = (2 * Math.PI * 6_378_137) / 360

const NEARLY_NOTHING = 1e-9

/** A set of square tiles that are quartered from one matrix to the next (OGC 17-083r4, annex D). */
export interface TileMatrixSet {
  id: 'WebMercatorQuad' | 'WorldCRS84Quad'
  title: string
  uri: string
  crs: string
  wellKnownScaleSet: string
  /** Of the system its tiles are in, easting first. */
  srid: 3857 | 4326
  orderedAxes: readonly [string, string]
  /** Top left corner, easting and northing. */
  origin: readonly [number, number]
  /** Columns and rows of matrix 0. */
  columns: number
  rows: number
  /** Side of a tile of matrix 0, in units of the system. */
  side: number
  /** Metres of a unit. */
  unitMetres: number
}

export const WEB_MERCATOR_QUAD: TileMatrixSet = {
  id: 'WebMercatorQuad',
  title: 'Google Maps Compatible for the World',
  uri: 'http://www.opengis.net/def/tilematrixset/OGC/1.0/WebMercatorQuad',
  crs: 'http://www.opengis.net/def/crs/EPSG/0/3857',
  wellKnownScaleSet: 'http://www.opengis.net/def/wkss/OGC/1.0/GoogleMapsCompatible',
  srid: 3857,
  orderedAxes: ['X', 'Y'],
  origin: [-MERCATOR_HALF_METRES, MERCATOR_HALF_METRES],
  columns: 1,
  rows: 1,
  side: 2 * MERCATOR_HALF_METRES,
  unitMetres: 1,
}

const WORLD_CRS84_QUAD: TileMatrixSet = {
  id: 'WorldCRS84Quad',
  title: 'CRS84 for the World',
  uri: 'http://www.opengis.net/def/tilematrixset/OGC/1.0/WorldCRS84Quad',
  crs: 'http://www.opengis.net/def/crs/OGC/1.3/CRS84',
  wellKnownScaleSet: 'http://www.opengis.net/def/wkss/OGC/1.0/GoogleCRS84Quad',
  srid: 4326,
  orderedAxes: ['Lon', 'Lat'],
  origin: [-180, 90],
  columns: 2,
  rows: 1,
  side: 180,
  unitMetres: DEGREE_METRES,
}

/** Every set that tiles are served in, by its id. */
export const TILE_MATRIX_SETS: ReadonlyMap<string, TileMatrixSet> = new Map(
  [WEB_MERCATOR_QUAD, WORLD_CRS84_QUAD].map((set) => [set.id, set]),
)

/** One matrix of a set, by the names of OGC 17-083r4. */
export interface TileMatrix {
  id: string
  scaleDenominator: number
  /** Units of the system a pixel. */
  cellSize: number
  pointOfOrigin: readonly [number, number]
  tileWidth: number
  tileHeight: number
  matrixWidth: number
  matrixHeight: number
}

export function tileMatrix(set: TileMatrixSet, zoom: number): TileMatrix {
  const cellSize = set.side / TILE_PIXELS / 2 ** zoom
  return {
    id: String(zoom),
    scaleDenominator: (cellSize * set.unitMetres) / PIXEL_METRES,
    cellSize,
    pointOfOrigin: set.origin,
    tileWidth: TILE_PIXELS,
    tileHeight: TILE_PIXELS,
    matrixWidth: set.columns * 2 ** zoom,
    matrixHeight: set.rows * 2 ** zoom,
  }
}

/** A tile by its matrix, and its row and column from the top left. */
export interface TilePlace {
  zoom: number
  row: number
  column: number
}

/** Whether the set has such a tile. */
export const hasTile = ({ columns, rows }: TileMatrixSet, { zoom, row, column }: TilePlace): boolean =>
  zoom <= TILE_MATRIX_MAX && row < rows * 2 ** zoom && column < columns * 2 ** zoom

/** Smallest x and y, greatest x and y of a tile in the set's system. */
export function tileBox(
  { origin, side }: TileMatrixSet,
  { zoom, row, column }: TilePlace,
): [minX: number, minY: number, maxX: number, maxY: number] {
  const length = side / 2 ** zoom
  const minX = origin[0] + column * length
  const maxY = origin[1] - row * length
  return [minX, maxY - length, minX + length, maxY]
}

/** First and last row and column, by the names of OGC 20-057. */
export interface TileLimits {
  tileMatrix: string
  minTileRow: number
  maxTileRow: number
  minTileCol: number
  maxTileCol: number
}

/** The tiles of a matrix that a bbox in degrees touches by more than its edge. */
export function tileLimits(set: TileMatrixSet, bbox: Bbox, zoom: number): TileLimits {
  const [west, south, east, north] = bbox
  const isMercator = set.srid === 3857
  const x = isMercator ? mercatorX : (lon: number) => lon
  const y = isMercator ? mercatorY : (lat: number) => lat
  const length = set.side / 2 ** zoom
  const [minTileCol, maxTileCol] = cells(
    (x(west) - set.origin[0]) / length,
    (x(east) - set.origin[0]) / length,
    set.columns * 2 ** zoom,
  )
  const [minTileRow, maxTileRow] = cells(
    (set.origin[1] - y(north)) / length,
    (set.origin[1] - y(south)) / length,
    set.rows * 2 ** zoom,
  )
  return { tileMatrix: String(zoom), minTileRow, maxTileRow, minTileCol, maxTileCol }
}

function cells(start: number, end: number, count: number): [number, number] {
  const within = (cell: number) => Math.min(count - 1, Math.max(0, cell))
  const first = within(Math.floor(start + NEARLY_NOTHING))
  return [first, Math.max(first, within(Math.ceil(end - NEARLY_NOTHING) - 1))]
}
