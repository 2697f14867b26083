import proj4 from 'proj4'
import { type EpsgDefinition, epsgDefinitions } from './epsg-definition.ts'

/** What the types of proj4 leave out of a parsed definition. */
interface Projection {
  projName: string
  a: number
  b: number
  to_meter?: number
  from_greenwich?: number
  forward(point: { x: number; y: number }): { x: number; y: number } | null | undefined
}

/** Axes of an ellipsoid, and the coordinates of a place, are the same within this many metres. */
const AXIS_TOLERANCE_METRES = 0.02
const PLACE_TOLERANCE_METRES = 0.01
const UNIT_TOLERANCE = 1e-9
const MERIDIAN_TOLERANCE_RADIANS = 1e-9

/**
 * EPSG codes of the systems that a definition in well-known text (either version, Esri's among them) is the same as:
 * ellipsoid, prime meridian and unit agree, and so do the coordinates of places all over the area of use. Datums are not
 * compared; what differs in them alone is told apart by names. In ascending order.
 * @returns nothing for text that proj4 does not understand
 */
export function systemsLike(wkt: string): number[] {
  const wanted = parse(wkt)
  if (!wanted) return []
  const codes: number[] = []
  for (const { code, definition } of epsgDefinitions())
    if (maySame(wanted, definition.proj4) && isSame(wanted, definition)) codes.push(code)
  return codes
}

function parse(definition: string): Projection | null {
  try {
    return new proj4.Proj(definition) as unknown as Projection
  } catch {
    return null
  }
}

/** Sorts out most definitions before they are parsed. */
const maySame = ({ projName }: Projection, text: string): boolean =>
  isGeographic(projName) === /\+proj=(?:longlat|latlong)\b/.test(text)

const isGeographic = (name: string): boolean => /^(?:longlat|latlong|identity)$/i.test(name)

function isSame(wanted: Projection, definition: EpsgDefinition): boolean {
  const candidate = parse(definition.proj4)
  if (!candidate) return false
  if (Math.abs(candidate.a - wanted.a) > AXIS_TOLERANCE_METRES) return false
  if (Math.abs(candidate.b - wanted.b) > AXIS_TOLERANCE_METRES) return false
  if (differs(candidate.from_greenwich ?? 0, wanted.from_greenwich ?? 0, MERIDIAN_TOLERANCE_RADIANS))
    return false
  if (isGeographic(wanted.projName)) return true
  if (differs(candidate.to_meter ?? 1, wanted.to_meter ?? 1, UNIT_TOLERANCE)) return false
  return placesOf(definition).every(([lon, lat]) => {
    const [x, y] = project(candidate, lon, lat)
    const [wantedX, wantedY] = project(wanted, lon, lat)
    return Math.hypot(x - wantedX, y - wantedY) <= PLACE_TOLERANCE_METRES
  })
}

/** The middle of the area of use and places half-way to its corners. */
function placesOf({ areaOfUse: [west, south, east, north] }: EpsgDefinition): [lon: number, lat: number][] {
  const width = (east < west ? east + 360 : east) - west
  const at = (x: number, y: number): [number, number] => [west + width * x, south + (north - south) * y]
  return [at(0.5, 0.5), at(0.25, 0.25), at(0.75, 0.25), at(0.25, 0.75), at(0.75, 0.75)]
}

function project(projection: Projection, lon: number, lat: number): [number, number] {
  try {
    const point = projection.forward({ x: (lon * Math.PI) / 180, y: (lat * Math.PI) / 180 })
    return point ? [point.x, point.y] : [Number.NaN, Number.NaN]
  } catch {
    return [Number.NaN, Number.NaN]
  }
}

const differs = (a: number, b: number, tolerance: number): boolean => Math.abs(a - b) > tolerance
