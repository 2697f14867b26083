import { type Ellipsoid, GRS80, transverseMercatorInverse, WGS84 } from './transverse-mercator.ts'

type Position = readonly [number, number]
/** Degrees of a place in a system. */
type Inverse = (place: Position) => Position

const EARTH_RADIUS = 6378137
const DEGREES = 180 / Math.PI
/** WGS 84, ETRS89, NAD83, and WGS 84 with heights: the same within a metre or two. */
const GEOGRAPHIC = [4326, 4258, 4269, 4979]
const WEB_MERCATOR = [3857, 102100, 102113, 900913]
const FALSE_NORTHING_SOUTH = 10_000_000

/** Zones of UTM by ranges of numbers, the first of which is of the zone named. */
const UTM: readonly { from: number; to: number; zone: number; ellipsoid: Ellipsoid; isSouth?: boolean }[] = [
  { from: 25828, to: 25838, zone: 28, ellipsoid: GRS80 },
  { from: 26901, to: 26923, zone: 1, ellipsoid: GRS80 },
  { from: 32601, to: 32660, zone: 1, ellipsoid: WGS84 },
  { from: 32701, to: 32760, zone: 1, ellipsoid: WGS84, isSouth: true },
]

const ofMercator: Inverse = ([x, y]) => [
  (x / EARTH_RADIUS) * DEGREES,
  (2 * Math.atan(Math.exp(y / EARTH_RADIUS)) - Math.PI / 2) * DEGREES,
]

/** Whether a system's places are degrees. */
export const isGeographic = (wkid: number): boolean => GEOGRAPHIC.includes(wkid)

/** How places in a system become degrees; null for a system that is not known here. @param wkid EPSG's or Esri's number */
export function inverseOf(wkid: number): Inverse | null {
  if (isGeographic(wkid)) return (place) => place
  if (WEB_MERCATOR.includes(wkid)) return ofMercator
  const range = UTM.find(({ from, to }) => wkid >= from && wkid <= to && Number.isInteger(wkid))
  if (!range) return null
  const zone = {
    ellipsoid: range.ellipsoid,
    centralMeridian: (range.zone + wkid - range.from) * 6 - 183,
    ...{ scale: 0.9996, falseEasting: 500_000, falseNorthing: range.isSouth ? FALSE_NORTHING_SOUTH : 0 },
  }
  return (place) => transverseMercatorInverse(zone, place)
}
