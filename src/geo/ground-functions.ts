import { crsOfName } from './crs/crs-name.ts'
import { type FittedTransform, type PlanarFunction, planarFunction } from './transform.ts'

/** A fit as it is used: `forward` from pixels to (lon, lat) in degrees, `backward` from there to pixels. */
export interface GroundFunctions {
  forward: PlanarFunction
  backward: PlanarFunction
}

/** Makes a fit callable between pixels and degrees, by way of its reference system. NaN where that is not defined. */
export function groundFunctions({ forward, backward, srs, meridian = 0 }: FittedTransform): GroundFunctions {
  const toGround = planarFunction(forward)
  const toImage = planarFunction(backward)
  if (srs === undefined) return { forward: toGround, backward: toImage }
  const system = crsOfName(srs)
  return {
    forward(x, y, out) {
      toGround(x, y, out)
      system.inverse(out[0]!, out[1]!, out)
      out[0]! += 360 * Math.round((meridian - out[0]!) / 360)
    },
    backward(lon, lat, out) {
      system.forward(lon, lat, out)
      toImage(out[0]!, out[1]!, out)
    },
  }
}
