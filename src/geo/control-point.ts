/**
 * A place found both in the scan and on the ground: pixels from the top-left corner of the image, y down,
 * and WGS 84 degrees.
 */
export interface ControlPoint {
  x: number
  y: number
  lon: number
  lat: number
}

/** The two sides a fit relates: the image (pixels) and the ground (degrees). */
export type Side = 'image' | 'ground'

/** Coordinates of one side of the control points, in the order of the points. */
export interface PointSet {
  side: Side
  x: Float64Array
  y: Float64Array
}

/** The image side (pixels) of control points. */
export function imagePoints(points: readonly ControlPoint[]): PointSet {
  return {
    side: 'image',
    x: Float64Array.from(points, (point) => point.x),
    y: Float64Array.from(points, (point) => point.y),
  }
}

/** The ground side (degrees) of control points. */
export function groundPoints(points: readonly ControlPoint[]): PointSet {
  return {
    side: 'ground',
    x: Float64Array.from(points, (point) => point.lon),
    y: Float64Array.from(points, (point) => point.lat),
  }
}

/** Arithmetic mean; NaN of nothing. */
export function mean(values: Float64Array): number {
  let sum = 0
  for (const value of values) sum += value
  return sum / values.length
}

/** Centre and isotropic scale that bring a point set into a disc of about radius 1. */
export interface Normalisation {
  x: number
  y: number
  /** Units of the point set to one normalised unit; 1 when all points coincide. */
  scale: number
}

/** The mean of a point set and the largest distance of a coordinate from it. */
export function normalisationOf(points: PointSet): Normalisation {
  const x = mean(points.x)
  const y = mean(points.y)
  let scale = 0
  for (let i = 0; i < points.x.length; i++) {
    scale = Math.max(scale, Math.abs(points.x[i]! - x), Math.abs(points.y[i]! - y))
  }
  return { x, y, scale: scale || 1 }
}
