import type { Bbox } from '../bbox.ts'
import { lonLatExtent } from './lonlat-extent.ts'
import { crsTransform, type ReferenceSystem } from './reference-system.ts'
import { UnknownCrsError } from './unknown-crs-error.ts'

/** Steps along each side of a box in which it is followed. */
const STEPS = 24

/**
 * The smallest box of the system `to` around a box of the system `from` (smallest x, y, greatest x, y, easting first),
 * followed over its whole area. What lies outside of where `to` is used is left out. Null where nothing is left, or one of
 * the systems is not known.
 */
export function boxBetween(box: readonly number[], from: number, to: number): Bbox | null {
  if (from === to) return [...box] as Bbox
  const degrees = lonLatExtent(box, from)
  const system = knownSystem(to)
  if (!degrees || !system) return null
  const [west, south, east, north] = within(degrees, system.areaOfUse)
  if (west > east || south > north) return null
  const found: Bbox = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, -Infinity, -Infinity]
  const out = new Float64Array(2)
  for (let i = 0; i <= STEPS; i++)
    for (let j = 0; j <= STEPS; j++) {
      system.forward(west + ((east - west) * i) / STEPS, south + ((north - south) * j) / STEPS, out)
      const [x, y] = out as unknown as [number, number]
      if (!Number.isFinite(x) || !Number.isFinite(y)) continue
      found[0] = Math.min(found[0], x)
      found[1] = Math.min(found[1], y)
      found[2] = Math.max(found[2], x)
      found[3] = Math.max(found[3], y)
    }
  return found[0] <= found[2] ? found : null
}

/** The box around several, null for none. */
export const boxAround = (boxes: readonly (readonly number[])[]): Bbox | null =>
  boxes.length === 0
    ? null
    : [
        Math.min(...boxes.map((box) => box[0]!)),
        Math.min(...boxes.map((box) => box[1]!)),
        Math.max(...boxes.map((box) => box[2]!)),
        Math.max(...boxes.map((box) => box[3]!)),
      ]

function knownSystem(srid: number): ReferenceSystem | null {
  try {
    return crsTransform(srid)
  } catch (error) {
    if (error instanceof UnknownCrsError) return null
    throw error
  }
}

/** An area that crosses longitude 180 takes all longitudes. */
function within([west, south, east, north]: Bbox, area: Bbox): Bbox {
  const [left, right] = area[0] > area[2] ? [-180, 180] : [area[0], area[2]]
  return [Math.max(west, left), Math.max(south, area[1]), Math.min(east, right), Math.min(north, area[3])]
}
