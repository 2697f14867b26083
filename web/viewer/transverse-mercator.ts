/** An ellipsoid: its semi-major axis in metres, and its flattening. */
export interface Ellipsoid {
  axis: number
  flattening: number
}

export const WGS84: Ellipsoid = { axis: 6378137, flattening: 1 / 298.257223563 }
export const GRS80: Ellipsoid = { axis: 6378137, flattening: 1 / 298.257222101 }

/** A zone of a transverse mercator projection. */
export interface Zone {
  ellipsoid: Ellipsoid
  /** Degrees. */
  centralMeridian: number
  scale: number
  /** Metres. */
  falseEasting: number
  falseNorthing: number
}

const DEGREES = 180 / Math.PI

/**
 * Longitude and latitude in degrees of a place in a zone, by Krueger's series to the fourth power of the third flattening
 * (Karney, Transverse Mercator with an accuracy of a few nanometers, J. Geodesy 85, 2011): exact to less than a millimetre
 * within the zone.
 */
export function transverseMercatorInverse(
  { ellipsoid, centralMeridian, scale, falseEasting, falseNorthing }: Zone,
  [easting, northing]: readonly [number, number],
): [longitude: number, latitude: number] {
  const { axis, flattening } = ellipsoid
  const n = flattening / (2 - flattening)
  const [n2, n3, n4] = [n ** 2, n ** 3, n ** 4]
  const rectifyingRadius = (axis / (1 + n)) * (1 + n2 / 4 + n4 / 64)
  const beta = [
    n / 2 - (2 / 3) * n2 + (37 / 96) * n3 - n4 / 360,
    n2 / 48 + n3 / 15 - (437 / 1440) * n4,
    (17 / 480) * n3 - (37 / 840) * n4,
    (4397 / 161280) * n4,
  ]
  const xi = (northing - falseNorthing) / (scale * rectifyingRadius)
  const eta = (easting - falseEasting) / (scale * rectifyingRadius)
  const sum = (term: (b: number, j: number) => number) =>
    beta.reduce((total, b, i) => total + term(b, 2 * (i + 1)), 0)
  const xiPrime = xi - sum((b, j) => b * Math.sin(j * xi) * Math.cosh(j * eta))
  const etaPrime = eta - sum((b, j) => b * Math.cos(j * xi) * Math.sinh(j * eta))
  const conformal = Math.sin(xiPrime) / Math.hypot(Math.sinh(etaPrime), Math.cos(xiPrime))
  return [
    centralMeridian + Math.atan2(Math.sinh(etaPrime), Math.cos(xiPrime)) * DEGREES,
    Math.atan(geographicTangent(conformal, flattening)) * DEGREES,
  ]
}

/** The tangent of a latitude by that of its conformal latitude (Karney, eq. 19 to 21). */
function geographicTangent(conformal: number, flattening: number): number {
  const e2 = flattening * (2 - flattening)
  const e = Math.sqrt(e2)
  let tangent = conformal
  for (let i = 0; i < 5; i++) {
    const secant = Math.hypot(1, tangent)
    const sigma = Math.sinh(e * Math.atanh((e * tangent) / secant))
    const guess = tangent * Math.hypot(1, sigma) - sigma * secant
    tangent +=
      (((conformal - guess) / Math.hypot(1, guess)) * (1 + (1 - e2) * tangent ** 2)) / ((1 - e2) * secant)
  }
  return tangent
}
