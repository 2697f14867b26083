import { groundFunctions } from './ground-functions.ts'
import { MERCATOR_LATITUDE_MAX, mercatorX, mercatorY } from './mercator.ts'
import type { FittedTransform, PlanarFunction } from './transform.ts'

const SAMPLES_PER_SIDE = 5

/**
 * EPSG:3857 metres that a pixel of the source image covers: the median over the image of the root of the area that
 * the forward fit gives a pixel. Parts of the image beyond the limits of web mercator are left out.
 *
 * @param width of the source image, pixels
 * @param height of the source image, pixels
 * @returns NaN when no sampled part of the image is within the limits
 */
export function mercatorMetresPerPixel(fitted: FittedTransform, width: number, height: number): number {
  const { forward } = groundFunctions(fitted)
  const sizes: number[] = []
  for (let row = 0; row < SAMPLES_PER_SIDE; row++) {
    for (let column = 0; column < SAMPLES_PER_SIDE; column++) {
      const x = ((column + 0.5) / SAMPLES_PER_SIDE) * width
      const y = ((row + 0.5) / SAMPLES_PER_SIDE) * height
      const size = Math.sqrt(pixelArea(forward, x, y))
      if (size > 0) sizes.push(size)
    }
  }
  sizes.sort((a, b) => a - b)
  return sizes[sizes.length >> 1] ?? Number.NaN
}

/** Area in square mercator metres of the pixel around (x, y); NaN outside the limits of the projection. */
function pixelArea(forward: PlanarFunction, x: number, y: number): number {
  const right = difference(forward, x - 0.5, y, x + 0.5, y)
  const down = difference(forward, x, y - 0.5, x, y + 0.5)
  return Math.abs(right[0] * down[1] - right[1] * down[0])
}

function difference(
  forward: PlanarFunction,
  xA: number,
  yA: number,
  xB: number,
  yB: number,
): [number, number] {
  const a = new Float64Array(2)
  const b = new Float64Array(2)
  forward(xA, yA, a)
  forward(xB, yB, b)
  if (!(Math.max(Math.abs(a[1]!), Math.abs(b[1]!)) < MERCATOR_LATITUDE_MAX)) return [Number.NaN, Number.NaN]
  return [mercatorX(b[0]!) - mercatorX(a[0]!), mercatorY(b[1]!) - mercatorY(a[1]!)]
}
