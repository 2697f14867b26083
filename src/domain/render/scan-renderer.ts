import type { Bbox } from '../../geo/bbox.ts'
import { type FittedTransform, type PlanarFunction, planarFunction } from '../../geo/transform.ts'
import type { Resampling } from '../../geo/warp/filters.ts'
import { resample } from '../../geo/warp/resample.ts'
import { mercatorTileGrid, type TargetGrid } from '../../geo/warp/target-grid.ts'
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

  /** @param bbox the scan's extent; nothing is drawn outside it, wherever else the backward fit may lead */
  constructor(pyramid: PyramidReader, fit: FittedTransform, bbox: Bbox, method: Resampling) {
    this.#pyramid = pyramid
    this.#backward = planarFunction(fit.backward)
    this.#bbox = bbox
    this.#method = method
  }

  /** RGBA of one web mercator tile, or null when the scan does not touch it. `sizePx` is its side in pixels. */
  tile(z: number, x: number, y: number, sizePx: number): Promise<Uint8Array | null> {
    return this.draw(mercatorTileGrid(z, x, y, sizePx))
  }

  /** RGBA of a target, transparent outside the scan, or null when the scan does not touch it. */
  async draw(target: TargetGrid): Promise<Uint8Array | null> {
    const inside = this.#inside(target)
    return inside.touched ? this.#draw(target, inside) : null
  }

  async #draw(target: TargetGrid, inside: Inside): Promise<Uint8Array | null> {
    const plan = planWarp({
      target,
      backward: this.#backward,
      source: this.#pyramid.info,
      method: this.#method,
    })
    const { window } = plan
    if (!window) return null
    const tooMuch = window.width * window.height > WINDOW_MAX_PX
    if (tooMuch && Math.min(target.width, target.height) >= 2 * TARGET_MIN_PX)
      return this.#drawQuarters(target)
    const data = await this.#pyramid.window(plan.level, window.x0, window.y0, window.width, window.height)
    const out = new Uint8Array(target.width * target.height * 4)
    resample(plan, { ...window, data }, out)
    clip(out, target, inside)
    return isTransparent(out) ? null : out
  }

  /** The columns and rows of a target whose centres lie in the scan's extent. */
  #inside(target: TargetGrid): Inside {
    const [west, south, east, north] = this.#bbox
    const columns = { from: 0, to: target.width }
    while (columns.from < target.width && target.geoX(columns.from + 0.5) < west) columns.from++
    while (columns.to > columns.from && target.geoX(columns.to - 0.5) > east) columns.to--
    const rows = { from: 0, to: target.height }
    while (rows.from < target.height && target.geoY(rows.from + 0.5) > north) rows.from++
    while (rows.to > rows.from && target.geoY(rows.to - 0.5) < south) rows.to--
    return { columns, rows, touched: columns.to > columns.from && rows.to > rows.from }
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
      const quarter = await this.draw({
        width,
        height,
        geoX: (position) => target.geoX(position + col),
        geoY: (position) => target.geoY(position + row),
      })
      if (!quarter) continue
      touched = true
      for (let y = 0; y < height; y++)
        out.set(quarter.subarray(y * width * 4, (y + 1) * width * 4), ((y + row) * target.width + col) * 4)
    }
    return touched ? out : null
  }
}

interface Inside {
  columns: { from: number; to: number }
  rows: { from: number; to: number }
  touched: boolean
}

function clip(rgba: Uint8Array, { width, height }: TargetGrid, { columns, rows }: Inside): void {
  rgba.fill(0, 0, rows.from * width * 4)
  rgba.fill(0, rows.to * width * 4)
  if (columns.from === 0 && columns.to === width) return
  for (let y = rows.from; y < Math.min(rows.to, height); y++) {
    rgba.fill(0, y * width * 4, (y * width + columns.from) * 4)
    rgba.fill(0, (y * width + columns.to) * 4, (y + 1) * width * 4)
  }
}

function isTransparent(rgba: Uint8Array): boolean {
  const words = new Uint32Array(rgba.buffer, rgba.byteOffset, rgba.byteLength >> 2)
  return words.every((word) => word === 0)
}
