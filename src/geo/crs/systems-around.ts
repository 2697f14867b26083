import type { Bbox } from '../bbox.ts'
import { epsgAreas } from './epsg-definition.ts'

/** EPSG codes of the systems in whose area of use all of an extent lies, in ascending order. */
export function systemsAround([west, south, east, north]: Bbox): number[] {
  const codes: number[] = []
  for (const { code, areaOfUse } of epsgAreas()) {
    const [areaWest, areaSouth, areaEast, areaNorth] = areaOfUse
    if (areaSouth > south || areaNorth < north) continue
    const holds =
      areaWest <= areaEast
        ? areaWest <= west && areaEast >= east
        : // The area crosses longitude 180.
          west >= areaWest || east <= areaEast
    if (holds) codes.push(code)
  }
  return codes
}
