import { type ReferenceSystem, WEB_MERCATOR, WGS_84 } from '../crs/reference-system.ts'
import { latitudeOf, longitudeOf } from '../mercator.ts'
import type { TargetGrid } from './target-grid.ts'

/** West, south, east, north in the coordinates of a reference system, easting first. */
export type PlaneBox = readonly [minX: number, minY: number, maxX: number, maxY: number]

/**
 * A raster whose edges are a box of a reference system: columns along x from the least, rows along y from the greatest.
 * In WGS 84 and web mercator columns have a longitude and rows a latitude of their own, which the kernel samples
 * fastest.
 */
export function systemGrid(
  { code, forward, inverse }: ReferenceSystem,
  [minX, minY, maxX, maxY]: PlaneBox,
  width: number,
  height: number,
): TargetGrid {
  const x = (col: number) => minX + (col / width) * (maxX - minX)
  const y = (row: number) => maxY - (row / height) * (maxY - minY)
  if (code === WGS_84) return { width, height, geoX: x, geoY: y }
  if (code === WEB_MERCATOR)
    return { width, height, geoX: (col) => longitudeOf(x(col)), geoY: (row) => latitudeOf(y(row)) }
  return { width, height, geoX: x, geoY: y, projection: { forward, inverse } }
}
