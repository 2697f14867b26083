import type { PlanarFunction } from '../../geo/transform.ts'
import { resample } from '../../geo/warp/resample.ts'
import type { TargetGrid } from '../../geo/warp/target-grid.ts'
import { planWarp } from '../../geo/warp/warp.ts'

/** Pixels that lie somewhere on earth, of which windows can be read. */
export interface PlacedImage {
  /** Pixels of the whole. */
  width: number
  height: number
  /** (lon, lat) in degrees to its pixels, corner convention. */
  backward: PlanarFunction
  /** RGBA of a window that lies inside. */
  window(x0: number, y0: number, width: number, height: number): Uint8Array
}

/** RGBA of a target as a placed image shows it, bilinear; null where the image does not touch it. */
export function warpedImage(image: PlacedImage, target: TargetGrid): Uint8Array | null {
  const { width, height } = image
  const inverse = target.projection?.inverse
  const place = new Float64Array(2)
  const backward: PlanarFunction = inverse
    ? (x, y, out) => {
        inverse(x, y, place)
        image.backward(place[0]!, place[1]!, out)
      }
    : image.backward
  const source = { width, height, levels: 1, hasAlpha: true }
  const plan = planWarp({ target, backward, source, method: 'bilinear', level: 0 })
  const { window } = plan
  if (!window) return null
  const data = image.window(window.x0, window.y0, window.width, window.height)
  const out = new Uint8Array(target.width * target.height * 4)
  resample(plan, { ...window, data }, out)
  return out
}
