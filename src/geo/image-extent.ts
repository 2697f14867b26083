import type { Bbox } from './bbox.ts'
import { WEB_MERCATOR } from './crs/reference-system.ts'
import { groundFunctions } from './ground-functions.ts'
import type { FittedTransform } from './transform.ts'

/** Places are looked at along so many steps of either side. */
const STEPS = 64
/** Share of its span an extent is widened by, as the sides of an image bow in most systems between two places. */
const BOW = 1e-5
const POLE = 90
const HALF_TURN = 180

/**
 * The extent in degrees of an image that a fit places, all of it. Where that crosses longitude 180, or holds a pole, it is
 * a whole turn of longitudes; only of a fit in plain degrees are they as they come, which may be past 180. Parts of the image that are nowhere on earth, as the corners of a
 * world map are, do not count.
 * @returns null where all of the image is nowhere
 */
export function imageExtent(fit: FittedTransform, image: { width: number; height: number }): Bbox | null {
  const { forward } = groundFunctions(fit)
  const out = new Float64Array(2)
  const box: Bbox = [
    Number.POSITIVE_INFINITY,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
  ]
  let isWhole = true
  for (let j = 0; j <= STEPS; j++)
    for (let i = 0; i <= STEPS; i++) {
      forward((image.width * i) / STEPS, (image.height * j) / STEPS, out)
      const [lon, lat] = out as unknown as [number, number]
      if (!Number.isFinite(lon) || !Number.isFinite(lat)) {
        isWhole = false
        continue
      }
      box[0] = Math.min(box[0], lon)
      box[1] = Math.min(box[1], lat)
      box[2] = Math.max(box[2], lon)
      box[3] = Math.max(box[3], lat)
    }
  if (!(box[0] <= box[2])) return null
  if (fit.srs === undefined || fit.srs === `EPSG:${WEB_MERCATOR}`) return box
  return aroundPoles(fit, image, widened(box, isWhole ? BOW : 1 / STEPS))
}

function widened([west, south, east, north]: Bbox, share: number): Bbox {
  const across = (east - west) * share
  const up = (north - south) * share
  return [west - across, Math.max(-POLE, south - up), east + across, Math.min(POLE, north + up)]
}

/**
 * A box that reaches to the poles that lie in the image. It goes all the way round where it does, and where it would pass
 * longitude 180, so that both sides of that are in it.
 */
function aroundPoles(
  fit: FittedTransform,
  { width, height }: { width: number; height: number },
  box: Bbox,
): Bbox {
  const { backward } = groundFunctions(fit)
  const out = new Float64Array(2)
  const holds = [-POLE, POLE].filter((pole) => {
    backward(fit.meridian ?? 0, pole, out)
    return out[0]! > 0 && out[0]! < width && out[1]! > 0 && out[1]! < height
  })
  const [west, south, east, north] = box
  const isRound = holds.length > 0 || west < -HALF_TURN || east > HALF_TURN
  const [left, right] = isRound ? [-HALF_TURN, HALF_TURN] : [west, east]
  return [left, Math.min(south, ...holds), right, Math.max(north, ...holds)]
}
