import type { PlanarFunction } from '../transform.ts'

/**
 * A raster to be filled, as seen by the kernel: which longitude a column has and which latitude a row; or, where it has
 * a projection, which coordinates of that.
 */
export interface TargetGrid {
  /** Columns. */
  width: number
  /** Rows, counted from the north. */
  height: number
  /** Longitude in degrees, or x, at a fractional column; 0 is the west edge, a pixel's centre is at `col + 0.5`. */
  geoX(col: number): number
  /** Latitude in degrees, or y, at a fractional row; 0 is the north edge, a pixel's centre is at `row + 0.5`. */
  geoY(row: number): number
  /** What (x, y) are coordinates of; absent where they are degrees. */
  projection?: Projection
}

/** Between (lon, lat) in degrees and the coordinates of a plane; NaN where it is not defined. */
export interface Projection {
  forward: PlanarFunction
  inverse: PlanarFunction
}

/** A part of a grid: `width` x `height` pixels from (`col`, `row`) on. */
export function gridPart(
  grid: TargetGrid,
  col: number,
  row: number,
  width: number,
  height: number,
): TargetGrid {
  return {
    ...grid,
    width,
    height,
    geoX: (position) => grid.geoX(position + col),
    geoY: (position) => grid.geoY(position + row),
  }
}

/**
 * The grid of one web mercator tile (EPSG:3857 square, x from the west, y from the north).
 *
 * @param z zoom, 0 is one tile for the world
 * @param sizePx width and height of the tile in pixels
 */
export function mercatorTileGrid(z: number, x: number, y: number, sizePx: number): TargetGrid {
  const tiles = 2 ** z
  return {
    width: sizePx,
    height: sizePx,
    geoX: (col) => ((x + col / sizePx) / tiles) * 360 - 180,
    geoY: (row) => (Math.atan(Math.sinh(Math.PI * (1 - (2 * (y + row / sizePx)) / tiles))) * 180) / Math.PI,
  }
}

/**
 * A north-up grid in EPSG:4326.
 *
 * @param west longitude of the west edge, degrees
 * @param north latitude of the north edge, degrees
 * @param degreesPerPixelX positive width of a pixel
 * @param degreesPerPixelY positive height of a pixel
 */
export function geographicGrid(
  west: number,
  north: number,
  degreesPerPixelX: number,
  degreesPerPixelY: number,
  width: number,
  height: number,
): TargetGrid {
  return {
    width,
    height,
    geoX: (col) => west + col * degreesPerPixelX,
    geoY: (row) => north - row * degreesPerPixelY,
  }
}
