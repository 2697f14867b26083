import type { PolynomialMap } from './polynomial.ts'
import type { FittedTransform } from './transform.ts'

/**
 * An affine map from pixels (columns and rows from the outer corner of the top-left pixel, rows downwards) to the
 * coordinates of a system, easting first, in GDAL's order:
 * x = [0] + [1] column + [2] row; y = [3] + [4] column + [5] row.
 */
export type GeoTransform = readonly [number, number, number, number, number, number]

/** Its inverse; null where it flattens the plane or a coefficient is not a finite number. */
export function invertGeoTransform([x0, a, b, y0, c, d]: GeoTransform): GeoTransform | null {
  const determinant = a * d - b * c
  const scale = Math.max(Math.abs(a), Math.abs(b)) * Math.max(Math.abs(c), Math.abs(d))
  if (![x0, y0, determinant].every(Number.isFinite) || !(Math.abs(determinant) > scale * FLAT)) return null
  const inverse = [d, -b, -c, a].map((value) => value / determinant) as [number, number, number, number]
  const [e, f, g, h] = inverse
  return [-(e * x0 + f * y0), e, f, -(g * x0 + h * y0), g, h]
}

/** A pixel whose sides are parallel but for this share has no area. */
const FLAT = 1e-9

/** The place of a position in the image. */
export const placeOf = (
  [x0, a, b, y0, c, d]: GeoTransform,
  column: number,
  row: number,
): [number, number] => [x0 + a * column + b * row, y0 + c * column + d * row]

/**
 * The fit whose functions are exactly an affine map and its inverse. The inverse is taken around the middle of the image,
 * so that great coordinates cost no digits.
 * @param srs `EPSG:n` of the map's coordinates; undefined for degrees
 * @param meridian see `FittedTransform`
 * @returns null where the map has no inverse
 */
export function affineFit(
  transform: GeoTransform,
  image: { width: number; height: number },
  srs: string | undefined,
  meridian: number,
): FittedTransform | null {
  const inverse = invertGeoTransform(transform)
  if (!inverse) return null
  const middle: [number, number] = [image.width / 2, image.height / 2]
  const [x0, a, b, y0, c, d] = transform
  const [, e, f, , g, h] = inverse
  return {
    method: 'p1',
    forward: linear([0, 0], [x0, a, b], [y0, c, d]),
    backward: linear(placeOf(transform, ...middle), [middle[0], e, f], [middle[1], g, h]),
    ...(srs === undefined ? {} : { srs, meridian }),
  }
}

const linear = (centre: [number, number], u: number[], v: number[]): PolynomialMap => ({
  ...{ kind: 'polynomial', order: 1, centre, scale: [1, 1], u, v },
})
