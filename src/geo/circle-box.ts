import type { Bbox } from './bbox.ts'

/** The shorter half axis of WGS 84: a distance spans no greater angle anywhere. */
const RADIUS_MIN_METRES = 6_356_752
/** For what a sphere and an ellipsoid differ by. */
const MARGIN = 1.01

const degrees = (radians: number): number => (radians * 180) / Math.PI

/**
 * The box in degrees around everything within a distance of a place. Its west is the greater where it crosses longitude 180;
 * it goes around the world where it has a pole in it. After the formula for the bounding latitudes and longitudes of a
 * spherical circle, which touches its meridians at asin(sin r / cos latitude) from its centre.
 */
export function circleBox(lon: number, lat: number, metres: number): Bbox {
  const angle = (metres / RADIUS_MIN_METRES) * MARGIN
  const south = lat - degrees(angle)
  const north = lat + degrees(angle)
  if (south <= -90 || north >= 90) return [-180, Math.max(south, -90), 180, Math.min(north, 90)]
  const width = degrees(Math.asin(Math.min(1, Math.sin(angle) / Math.cos((lat * Math.PI) / 180))))
  if (width >= 180) return [-180, south, 180, north]
  return [turned(lon - width), south, turned(lon + width), north]
}

/** A longitude between -180 and 180. */
const turned = (lon: number): number => (lon < -180 ? lon + 360 : lon > 180 ? lon - 360 : lon)
