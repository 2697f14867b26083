import { FitError } from './fit-error.ts'
import type { PlanarFunction } from './transform.ts'

const STEPS_MIN = 20
const STEPS_MAX = 100
const PIXELS_PER_STEP = 50
const SIGN_CHANGE_HALVINGS = 16

/** Ground extent in degrees. */
export interface Extent {
  west: number
  south: number
  east: number
  north: number
}

interface ImageSize {
  width: number
  height: number
}

/**
 * Places in the image and where they are on the ground, as x, y, x, y, ... The first `rows` runs of `rowLength`
 * places each follow a row of the image from left to right; the last place is the bottom-right corner.
 */
interface Sampling {
  image: Float64Array
  ground: Float64Array
  rowLength: number
  rows: number
}

/**
 * Where an image lands on the ground: its extent, and the length in degrees of its diagonal from the top-left to the
 * bottom-right corner (of the extent's diagonal where that runs along a meridian or parallel). The edges of the image
 * are sampled, and the whole of it where an edge does not come back through the backward fit.
 *
 * @throws FitError `degenerate` when a sample has no finite position
 */
export function warpedExtent(
  forward: PlanarFunction,
  backward: PlanarFunction,
  size: ImageSize,
): { extent: Extent; diagonal: number } {
  const wanted = Math.trunc(Math.min(size.width, size.height) / PIXELS_PER_STEP + 0.5)
  const steps = Math.max(STEPS_MIN, Math.min(STEPS_MAX, wanted))
  const edges = sample(forward, edgePositions(size, steps), steps + 1, 2)
  const sampling = returns(edges, backward, size, steps)
    ? edges
    : sample(forward, gridPositions(size, steps), steps + 1, steps + 1)
  const extent = extentOf(sampling, forward)
  return { extent, diagonal: diagonalOf(sampling, extent) }
}

/** Positions along the top, bottom, left and right edge. */
function edgePositions({ width, height }: ImageSize, steps: number): number[] {
  const ratios = ratiosOf(steps)
  return [
    ...ratios.flatMap((ratio) => [ratio * width, 0]),
    ...ratios.flatMap((ratio) => [ratio * width, height]),
    ...ratios.flatMap((ratio) => [0, ratio * height]),
    ...ratios.flatMap((ratio) => [width, ratio * height]),
  ]
}

function gridPositions({ width, height }: ImageSize, steps: number): number[] {
  const ratios = ratiosOf(steps)
  return ratios.flatMap((down) => ratios.flatMap((right) => [right * width, down * height]))
}

function ratiosOf(steps: number): number[] {
  return Array.from({ length: steps + 1 }, (_, step) => (step === steps ? 1 : step * (1 / steps)))
}

function sample(forward: PlanarFunction, positions: number[], rowLength: number, rows: number): Sampling {
  const image = Float64Array.from(positions)
  const ground = new Float64Array(image.length)
  const out = new Float64Array(2)
  for (let i = 0; i < image.length; i += 2) {
    forward(image[i]!, image[i + 1]!, out)
    if (!Number.isFinite(out[0]) || !Number.isFinite(out[1])) {
      throw new FitError(
        'degenerate',
        `the fit lays the image at (${Math.round(image[i]!)}, ${Math.round(image[i + 1]!)}) beyond its horizon; add points near there or use p1`,
      )
    }
    ground.set(out, i)
  }
  return { image, ground, rowLength, rows }
}

/** Whether every sample comes back through the backward fit to within a step of where it was taken. */
function returns(sampling: Sampling, backward: PlanarFunction, size: ImageSize, steps: number): boolean {
  const { image, ground } = sampling
  const out = new Float64Array(2)
  for (let i = 0; i < image.length; i += 2) {
    backward(ground[i]!, ground[i + 1]!, out)
    const nearX = Math.abs(out[0]! - image[i]!) <= size.width / steps
    const nearY = Math.abs(out[1]! - image[i + 1]!) <= size.height / steps
    if (!nearX || !nearY) return false
  }
  return true
}

function extentOf(sampling: Sampling, forward: PlanarFunction): Extent {
  const extent: Extent = {
    west: Number.POSITIVE_INFINITY,
    south: Number.POSITIVE_INFINITY,
    east: Number.NEGATIVE_INFINITY,
    north: Number.NEGATIVE_INFINITY,
  }
  const { image, ground, rowLength, rows } = sampling
  for (let i = 0; i < ground.length; i += 2) {
    const index = i / 2
    if (index < rowLength * rows && index % rowLength > 0 && ground[i - 2]! * ground[i]! < 0) {
      includeSignChange(extent, forward, image[i - 2]!, image[i]!, image[i + 1]!, ground[i - 2]!)
    }
    include(extent, ground[i]!, ground[i + 1]!)
  }
  return extent
}

/** Closes in on the place between two positions of a row where the longitude changes its sign. */
function includeSignChange(
  extent: Extent,
  forward: PlanarFunction,
  xBefore: number,
  xAfter: number,
  y: number,
  lonBefore: number,
): void {
  const out = new Float64Array(2)
  let before = xBefore
  let after = xAfter
  for (let i = 0; i < SIGN_CHANGE_HALVINGS; i++) {
    const middle = (before + after) / 2
    forward(middle, y, out)
    include(extent, out[0]!, out[1]!)
    if (lonBefore * out[0]! < 0) after = middle
    else before = middle
  }
}

function include(extent: Extent, lon: number, lat: number): void {
  extent.west = Math.min(extent.west, lon)
  extent.south = Math.min(extent.south, lat)
  extent.east = Math.max(extent.east, lon)
  extent.north = Math.max(extent.north, lat)
}

function diagonalOf({ ground }: Sampling, extent: Extent): number {
  const deltaLon = ground[ground.length - 2]! - ground[0]!
  const deltaLat = ground[ground.length - 1]! - ground[1]!
  if (deltaLon !== 0 && deltaLat !== 0) return Math.sqrt(deltaLon ** 2 + deltaLat ** 2)
  return Math.sqrt((extent.east - extent.west) ** 2 + (extent.north - extent.south) ** 2)
}
