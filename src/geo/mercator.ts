import type { Bbox } from './bbox.ts'

/** Radius of the sphere of EPSG:3857. */
export const MERCATOR_RADIUS_METRES = 6_378_137

/** Half the width of the web mercator square: easting of longitude 180. */
export const MERCATOR_HALF_METRES = Math.PI * MERCATOR_RADIUS_METRES

/** The latitude (85.0511...) at which the web mercator square ends, north and south. */
export const MERCATOR_LATITUDE_MAX = degrees(2 * Math.atan(Math.exp(Math.PI)) - Math.PI / 2)

/** The deepest zoom that tile numbers, as 32-bit integers, allow. */
export const ZOOM_MAX = 30

const NEARLY_NOTHING = 1e-9

/** Rounding of a position to and from degrees, as a share of the world's width. */
const WORLD_ROUNDING = 1e-14

/** Inclusive range of XYZ tiles (y from the north) of one zoom. */
export interface TileRange {
  minX: number
  minY: number
  maxX: number
  maxY: number
}

/** Easting in EPSG:3857 metres of a longitude in degrees. */
export function mercatorX(lon: number): number {
  return (lon / 180) * MERCATOR_HALF_METRES
}

/** Northing in EPSG:3857 metres of a latitude in degrees; latitudes beyond the limit are taken at the limit. */
export function mercatorY(lat: number): number {
  const limited = Math.min(MERCATOR_LATITUDE_MAX, Math.max(-MERCATOR_LATITUDE_MAX, lat))
  return MERCATOR_RADIUS_METRES * Math.asinh(Math.tan(radians(limited)))
}

/** Longitude in degrees of an EPSG:3857 easting. */
export function longitudeOf(x: number): number {
  return (x / MERCATOR_HALF_METRES) * 180
}

/** Latitude in degrees of an EPSG:3857 northing. */
export function latitudeOf(y: number): number {
  return degrees(Math.atan(Math.sinh(y / MERCATOR_RADIUS_METRES)))
}

/** West, south, east, north of XYZ tile (z, x, y) in EPSG:3857 metres. */
export function tileBoundsMetres(
  z: number,
  x: number,
  y: number,
): [west: number, south: number, east: number, north: number] {
  const side = (2 * MERCATOR_HALF_METRES) / 2 ** z
  const west = x * side - MERCATOR_HALF_METRES
  const north = MERCATOR_HALF_METRES - y * side
  return [west, north - side, west + side, north]
}

/** Bounds of XYZ tile (z, x, y) in degrees. */
export function tileBounds(z: number, x: number, y: number): Bbox {
  const [west, south, east, north] = tileBoundsMetres(z, x, y)
  return [longitudeOf(west), latitudeOf(south), longitudeOf(east), latitudeOf(north)]
}

/**
 * The tiles of zoom `z` that a bbox in degrees overlaps by more than its edge (a bbox without area has the one tile
 * it lies in). What is outside the web mercator square counts as on its border.
 */
export function tileRange(bbox: Bbox, z: number): TileRange {
  const [west, south, east, north] = bbox
  const count = 2 ** z
  const column = (lon: number) => (0.5 + mercatorX(lon) / (2 * MERCATOR_HALF_METRES)) * count
  const row = (lat: number) => (0.5 - mercatorY(lat) / (2 * MERCATOR_HALF_METRES)) * count
  const [minX, maxX] = coveredCells(column(west), column(east), count)
  const [minY, maxY] = coveredCells(row(north), row(south), count)
  return { minX, minY, maxX, maxY }
}

/**
 * The least zoom whose pixels are no larger than `metresPerPixel`, so that no detail of the source is lost.
 *
 * @param metresPerPixel resolution on the ground of EPSG:3857 metres (the true one divided by the cosine of latitude)
 * @param tileSize pixels of a tile's side
 */
export function nativeZoom(metresPerPixel: number, tileSize = 256): number {
  const zoom = Math.ceil(Math.log2((2 * MERCATOR_HALF_METRES) / (tileSize * metresPerPixel)) - NEARLY_NOTHING)
  return Math.min(ZOOM_MAX, Math.max(0, zoom))
}

/** First and last cell of 0..count-1 that the interval overlaps, edges that only touch left out. */
function coveredCells(start: number, end: number, count: number): [number, number] {
  const limit = (cell: number) => Math.min(count - 1, Math.max(0, cell))
  const touch = NEARLY_NOTHING + count * WORLD_ROUNDING
  const first = limit(Math.floor(start + touch))
  return [first, Math.max(first, limit(Math.ceil(end - touch) - 1))]
}

function radians(angle: number): number {
  return (angle * Math.PI) / 180
}

function degrees(angle: number): number {
  return (angle * 180) / Math.PI
}
