import type { ControlPoint } from './control-point.ts'
import { groundPoints, imagePoints } from './control-point.ts'
import { FitError } from './fit-error.ts'
import { fitHelmert } from './helmert.ts'
import { fitPolynomial, type PolynomialMap, polynomialFunction } from './polynomial.ts'
import type { PolynomialOrder } from './polynomial-terms.ts'
import { fitProjective, type ProjectiveMap, projectiveFunction } from './projective.ts'
import { fitThinPlateSpline, type ThinPlateSplineMap, thinPlateSplineFunction } from './thin-plate-spline.ts'

export type TransformMethod = 'auto' | 'p1' | 'p2' | 'p3' | 'tps' | 'helmert' | 'projective'
export type ResolvedMethod = Exclude<TransformMethod, 'auto'>

/** A map of the plane to the plane as plain JSON; `planarFunction` makes it callable. */
export type PlanarMap = PolynomialMap | ThinPlateSplineMap | ProjectiveMap

/** Writes the two outputs for (x, y) to `out[0]` and `out[1]`. */
export type PlanarFunction = (x: number, y: number, out: Float64Array) => void

/**
 * A fit, as plain JSON. `forward` maps pixels to the ground, `backward` the ground to pixels; the ground is (lon, lat)
 * or, in a fit that has an `srs`, (x, y) of that system: `groundFunctions` goes to degrees and back in either case. For polynomials and
 * thin plate splines the two are fitted independently with the roles swapped, as GDAL does, so that one is not the
 * inverse of the other; for helmert and projective `backward` is the exact inverse.
 */
export interface FittedTransform {
  method: ResolvedMethod
  forward: PlanarMap
  backward: PlanarMap
  /** `EPSG:n`; absent for plain degrees. */
  srs?: string
  /** Longitudes that come out of `srs` are turned to within 180 degrees of this one. */
  meridian?: number
}

/** What the ground coordinates of a fit count. */
export type GroundUnit = 'degree' | 'length'

interface MethodTraits {
  needed: number
  name: string
  fit(points: readonly ControlPoint[], unit: GroundUnit): { forward: PlanarMap; backward: PlanarMap }
}

const METHODS: Record<ResolvedMethod, MethodTraits> = {
  p1: { needed: 3, name: 'a 1st order polynomial', fit: (points) => fitBothWays(points, 1) },
  p2: { needed: 6, name: 'a 2nd order polynomial', fit: (points) => fitBothWays(points, 2) },
  p3: { needed: 10, name: 'a 3rd order polynomial', fit: (points) => fitBothWays(points, 3) },
  tps: { needed: 3, name: 'a thin plate spline', fit: fitThinPlateSpline },
  helmert: { needed: 2, name: 'a Helmert fit', fit: fitHelmert },
  projective: { needed: 4, name: 'a projective fit', fit: fitProjective },
}

/** How many control points a method needs at least. */
export function requiredPoints(method: TransformMethod): number {
  return METHODS[resolveMethod(method, 0)].needed
}

/** The method that `auto` stands for with so many points: p2 from 6 points on, else p1 (never p3), as in GDAL. */
export function resolveMethod(method: TransformMethod, pointCount: number): ResolvedMethod {
  if (method !== 'auto') return method
  return pointCount >= METHODS.p2.needed ? 'p2' : 'p1'
}

/**
 * Fits a transform to control points in plain degrees, or in any plane whose coordinates stand in the place of `lon`
 * and `lat`.
 *
 * @throws FitError `too-few-points` (with `needed` and `have`), `too-many-points` (tps), or `degenerate` when the points do not determine
 *   the transform or a coordinate is not a finite number; the message gives the reason and the remedy
 */
export function fitTransform(
  points: readonly ControlPoint[],
  method: TransformMethod,
  unit: GroundUnit = 'degree',
): FittedTransform {
  const resolved = resolveMethod(method, points.length)
  const traits = METHODS[resolved]
  refuseNonFinite(points)
  if (points.length < traits.needed) throw tooFewPoints(traits, points.length)
  return { method: resolved, ...traits.fit(points, unit) }
}

/**
 * Makes a map callable; the function allocates nothing. A projective map yields NaN beyond its horizon; the others are finite for finite input.
 */
export function planarFunction(map: PlanarMap): PlanarFunction {
  switch (map.kind) {
    case 'polynomial':
      return polynomialFunction(map)
    case 'thin-plate-spline':
      return thinPlateSplineFunction(map)
    case 'projective':
      return projectiveFunction(map)
  }
}

function fitBothWays(
  points: readonly ControlPoint[],
  order: PolynomialOrder,
): { forward: PolynomialMap; backward: PolynomialMap } {
  const image = imagePoints(points)
  const ground = groundPoints(points)
  return { forward: fitPolynomial(image, ground, order), backward: fitPolynomial(ground, image, order) }
}

function refuseNonFinite(points: readonly ControlPoint[]): void {
  points.forEach((point, i) => {
    for (const key of ['x', 'y', 'lon', 'lat'] as const) {
      if (!Number.isFinite(point[key])) {
        throw new FitError(
          'degenerate',
          `point ${i + 1}: ${key} is ${point[key]}; it must be a finite number`,
        )
      }
    }
  })
}

function tooFewPoints(traits: MethodTraits, have: number): FitError {
  const { needed, name } = traits
  const fallback = (['p2', 'p1', 'helmert'] as const).find((method) => METHODS[method].needed <= have)
  return new FitError(
    'too-few-points',
    `${name} needs at least ${needed} control points, there are ${have}; add ${needed - have} more${
      fallback ? ` or use ${fallback}` : ''
    }`,
    { needed, have },
  )
}
