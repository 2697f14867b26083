import type { Bbox } from '../bbox.ts'
import { crsTransform, type ReferenceSystem, WGS_84 } from './reference-system.ts'
import { UnknownCrsError } from './unknown-crs-error.ts'

/** Steps along each side of a box in which it is followed. */
const STEPS = 24

/**
 * The smallest longitudes and latitudes around a box of a reference system (smallest x, y, greatest x, y, easting first),
 * followed over its whole area. Where part of the box lies outside of what the system reaches, the system's area of use
 * stands in for it. Null where the system is not known.
 */
export function lonLatExtent(extent: readonly number[], srid: number): Bbox | null {
  const [minX, minY, maxX, maxY] = extent as Bbox
  if (srid === WGS_84) return clamp([minX, minY, maxX, maxY])
  const system = knownSystem(srid)
  if (!system) return null
  const found: Bbox = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, -Infinity, -Infinity]
  const include = (lon: number, lat: number) => {
    found[0] = Math.min(found[0], lon)
    found[1] = Math.min(found[1], lat)
    found[2] = Math.max(found[2], lon)
    found[3] = Math.max(found[3], lat)
  }
  const out = new Float64Array(2)
  let isWhole = true
  for (let i = 0; i <= STEPS; i++)
    for (let j = 0; j <= STEPS; j++) {
      system.inverse(minX + ((maxX - minX) * i) / STEPS, minY + ((maxY - minY) * j) / STEPS, out)
      if (Number.isFinite(out[0]) && Number.isFinite(out[1])) include(out[0]!, out[1]!)
      else isWhole = false
    }
  if (!isWhole) {
    const [west, south, east, north] = system.areaOfUse
    include(west > east ? -180 : west, south)
    include(west > east ? 180 : east, north)
  }
  return clamp(found)
}

function knownSystem(srid: number): ReferenceSystem | null {
  try {
    return crsTransform(srid)
  } catch (error) {
    if (error instanceof UnknownCrsError) return null
    throw error
  }
}

const clamp = ([west, south, east, north]: Bbox): Bbox => [
  Math.min(180, Math.max(-180, west)),
  Math.min(90, Math.max(-90, south)),
  Math.min(180, Math.max(-180, east)),
  Math.min(90, Math.max(-90, north)),
]
