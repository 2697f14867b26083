import type { Bbox } from '../../geo/bbox.ts'
import { groundFunctions } from '../../geo/ground-functions.ts'
import type { MaskPolygons } from '../../geo/mask-polygons.ts'
import type { FittedTransform, PlanarFunction } from '../../geo/transform.ts'
import type { Resampling } from '../../geo/warp/filters.ts'
import { applyCoverage, maskCoverage } from '../../geo/warp/mask-coverage.ts'
import { resample } from '../../geo/warp/resample.ts'
import { clearOutside, degreesAround, pixelsWithin } from '../../geo/warp/target-extent.ts'
import { gridPart, mercatorTileGrid, type TargetGrid } from '../../geo/warp/target-grid.ts'
import { planWarp } from '../../geo/warp/warp.ts'
import type { PyramidReader } from './pyramid-reader.ts'

/** The most source pixels one piece of a target may read at once (RGBA, so 16 MiB); larger ones are halved. */
export const WINDOW_MAX_PX = 4 * 1024 * 1024
/** Below this side a target is not halved again, however much it reads. */
const TARGET_MIN_PX = 16

/** Draws any raster of a rectified scan straight from the scan's pyramid. */
export class ScanRenderer {
  readonly #pyramid: PyramidReader
  readonly #backward: PlanarFunction
  readonly #bbox: Bbox
  readonly #method: Resampling
  readonly #mask: MaskPolygons | null

  /**
   * @param bbox the scan's extent; nothing is drawn outside it, wherever else the backward fit may lead
   * @param mask what is drawn of the scan; null for all of it
   */
  constructor(
    pyramid: PyramidReader,
    fit: FittedTransform,
    bbox: Bbox,
    method: Resampling,
    mask: MaskPolygons | null,
  ) {
    this.#pyramid = pyramid
    this.#backward = groundFunctions(fit).backward
    this.#bbox = bbox
    this.#method = method
    this.#mask = mask
  }

  /** RGBA of one web mercator tile, or null when the scan does not touch it. `sizePx` is its side in pixels. */
  tile(z: number, x: number, y: number, sizePx: number): Promise<Uint8Array | null> {
    return this.draw(mercatorTileGrid(z, x, y, sizePx))
  }

  /** RGBA of a target, transparent outside the scan, or null when the scan does not touch it. */
  async draw(target: TargetGrid): Promise<Uint8Array | null> {
    return pixelsWithin(target, this.#bbox) ? this.#draw(target) : null
  }

  async #draw(target: TargetGrid): Promise<Uint8Array | null> {
    const backward = this.#backwardFrom(target)
    const plan = planWarp({ target, backward, source: this.#pyramid.info, method: this.#method })
    const { window } = plan
    if (!window) return null
    const tooMuch = window.width * window.height > WINDOW_MAX_PX
    if (tooMuch && Math.min(target.width, target.height) >= 2 * TARGET_MIN_PX)
      return this.#drawQuarters(target)
    const scale = 2 ** (plan.level + 1 - this.#pyramid.info.levels)
    const coverage = this.#mask ? maskCoverage({ ...plan, scale }, this.#mask) : 'all'
    if (coverage === 'none') return null
    const data = await this.#pyramid.window(plan.level, window.x0, window.y0, window.width, window.height)
    const out = new Uint8Array(target.width * target.height * 4)
    resample(plan, { ...window, data }, out)
    if (coverage !== 'all') applyCoverage(coverage, out)
    clearOutside(out, target, this.#bbox)
    return isTransparent(out) ? null : out
  }

  /** From the coordinates of a target to pixels of the scan. */
  #backwardFrom({ projection }: TargetGrid): PlanarFunction {
    if (!projection) return this.#backward
    const inverse = degreesAround((this.#bbox[0] + this.#bbox[2]) / 2, projection)
    return (x, y, out) => {
      inverse(x, y, out)
      this.#backward(out[0]!, out[1]!, out)
    }
  }

  async #drawQuarters(target: TargetGrid): Promise<Uint8Array | null> {
    const out = new Uint8Array(target.width * target.height * 4)
    const halfWidth = target.width >> 1
    const halfHeight = target.height >> 1
    let touched = false
    for (const [col, row] of [
      [0, 0],
      [halfWidth, 0],
      [0, halfHeight],
      [halfWidth, halfHeight],
    ] as const) {
      const width = col === 0 ? halfWidth : target.width - halfWidth
      const height = row === 0 ? halfHeight : target.height - halfHeight
      const quarter = await this.draw(gridPart(target, col, row, width, height))
      if (!quarter) continue
      touched = true
      for (let y = 0; y < height; y++)
        out.set(quarter.subarray(y * width * 4, (y + 1) * width * 4), ((y + row) * target.width + col) * 4)
    }
    return touched ? out : null
  }
}

function isTransparent(rgba: Uint8Array): boolean {
  const words = new Uint32Array(rgba.buffer, rgba.byteOffset, rgba.byteLength >> 2)
  return words.every((word) => word === 0)
}
