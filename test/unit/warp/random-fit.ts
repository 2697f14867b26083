import fc from 'fast-check'
import type { ControlPoint } from '../../../src/geo/control-point.ts'
import { FitError } from '../../../src/geo/fit-error.ts'
import {
  type FittedTransform,
  fitTransform,
  type PlanarFunction,
  planarFunction,
  type ResolvedMethod,
} from '../../../src/geo/transform.ts'

export const IMAGE = { width: 1200, height: 900 }
/** Degrees of a pixel of the undisturbed image, whose top left corner is at (7, 48). */
export const DEGREES_PER_PX = 0.001

/**
 * Control points in a rough lattice over the image, each off its place by up to `spreadPx`: a distorted map.
 */
export function controlPoints(spreadPx: number): fc.Arbitrary<ControlPoint[]> {
  const offset = fc.double({ min: -spreadPx, max: spreadPx, noNaN: true })
  return fc.array(fc.tuple(offset, offset, offset, offset), { minLength: 20, maxLength: 20 }).map((offsets) =>
    offsets.map(([dx, dy, dLon, dLat], i) => {
      const x = 100 + (i % 5) * 250
      const y = 90 + Math.floor(i / 5) * 240
      return {
        x: x + dx,
        y: y + dy,
        lon: 7 + (x + dLon) * DEGREES_PER_PX,
        lat: 48 - (y + dLat) * DEGREES_PER_PX,
      }
    }),
  )
}

/** The backward function of a fit, or null when the points are refused. */
export function backwardOf(points: ControlPoint[], method: ResolvedMethod): PlanarFunction | null {
  let fit: FittedTransform
  try {
    fit = fitTransform(points, method)
  } catch (error) {
    if (error instanceof FitError) return null
    throw error
  }
  return planarFunction(fit.backward)
}
