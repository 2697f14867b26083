import type { Bbox } from './bbox.ts'
import { FitError } from './fit-error.ts'
import { type GroundFunctions, groundFunctions } from './ground-functions.ts'
import { EdgeIndex } from './mask/edge-index.ts'
import type { MaskPolygons } from './mask-polygons.ts'
import type { SuggestedOutput } from './suggested-output.ts'
import type { FittedTransform } from './transform.ts'

/** Distance of the places of an outline that are laid on the ground, px, unless there would be too many. */
const OUTLINE_STEP_PX = 16
const OUTLINE_STEPS_MAX = 4_000
/** Places along a side of the mask's box whose inside is laid on the ground, for fits that fold. */
const INNER_PLACES = 32
/** Attempts to find the ground that the backward fit draws a place on, and how near to the place counts, px. */
const APPROACHES = 4
const NEAR_PX = 0.25
const ROUNDING_PIXELS = 1e-6

/**
 * The part of a raster that a mask leaves: as many of its whole pixels as hold the mask. These are found by laying the
 * mask's outline on the ground with the forward fit, and where the backward fit, by which pixels are drawn, has it.
 *
 * @param output the raster of the whole image by the same fit
 * @throws FitError `degenerate` when nothing of the mask lies in the raster
 */
export function maskedOutput(
  fitted: FittedTransform,
  output: SuggestedOutput,
  mask: MaskPolygons,
): SuggestedOutput {
  const extent = extentOnGround(groundFunctions(fitted), mask)
  const { west, north, pixelSizeX, pixelSizeY } = output
  const columns = cells((extent[0] - west) / pixelSizeX, (extent[2] - west) / pixelSizeX, output.width)
  const rows = cells((north - extent[3]) / pixelSizeY, (north - extent[1]) / pixelSizeY, output.height)
  if (!columns || !rows)
    throw new FitError('degenerate', 'the fit lays the mask outside the world; check the points and the mask')
  const left = west + columns.from * pixelSizeX
  const top = north - rows.from * pixelSizeY
  const width = columns.to - columns.from
  const height = rows.to - rows.from
  const bbox: Bbox = [left, top - height * pixelSizeY, left + width * pixelSizeX, top]
  return { ...output, width, height, west: left, north: top, bbox }
}

/** The pixels of an axis, `to` exclusive, that positions from `least` to `most` touch; null when they miss it. */
function cells(least: number, most: number, count: number): { from: number; to: number } | null {
  const first = Math.floor(least + ROUNDING_PIXELS)
  const end = Math.max(first + 1, Math.ceil(most - ROUNDING_PIXELS))
  const from = Math.max(0, first)
  const to = Math.min(count, end)
  return from < to ? { from, to } : null
}

function extentOnGround(functions: GroundFunctions, mask: MaskPolygons): Bbox {
  const extent: Bbox = [
    Number.POSITIVE_INFINITY,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
  ]
  const include = (lon: number, lat: number) => {
    if (!Number.isFinite(lon) || !Number.isFinite(lat)) return
    extent[0] = Math.min(extent[0], lon)
    extent[1] = Math.min(extent[1], lat)
    extent[2] = Math.max(extent[2], lon)
    extent[3] = Math.max(extent[3], lat)
  }
  const ground = new Float64Array(2)
  for (const [x, y] of [...outlinePlaces(mask), ...innerPlaces(mask)]) {
    functions.forward(x, y, ground)
    include(ground[0]!, ground[1]!)
    if (approach(functions, x, y, ground)) include(ground[0]!, ground[1]!)
  }
  return extent
}

/**
 * Moves a ground position, first the forward fit's of (x, y), to where the backward fit gives (x, y): each step takes
 * back what the way to the image and back again adds. Returns whether it got there.
 */
function approach(
  { forward, backward }: GroundFunctions,
  x: number,
  y: number,
  ground: Float64Array,
): boolean {
  const image = new Float64Array(2)
  const again = new Float64Array(2)
  const target = ground.slice()
  for (let step = 0; step <= APPROACHES; step++) {
    backward(ground[0]!, ground[1]!, image)
    if (Math.hypot(image[0]! - x, image[1]! - y) <= NEAR_PX) return true
    forward(image[0]!, image[1]!, again)
    ground[0]! -= again[0]! - target[0]!
    ground[1]! -= again[1]! - target[1]!
  }
  return false
}

/** Places along the shells, corners among them. */
function* outlinePlaces(mask: MaskPolygons): Generator<[x: number, y: number]> {
  const sides = mask.flatMap(([shell]) => shell!.slice(1).map((to, i) => [shell![i]!, to] as const))
  const lengths = sides.map(([[x0, y0], [x1, y1]]) => Math.hypot(x1 - x0, y1 - y0))
  const total = lengths.reduce((sum, length) => sum + length, 0)
  const step = Math.max(OUTLINE_STEP_PX, total / OUTLINE_STEPS_MAX)
  for (const [i, [[x0, y0], [x1, y1]]] of sides.entries()) {
    const steps = Math.max(1, Math.ceil(lengths[i]! / step))
    for (let k = 0; k < steps; k++) yield [x0 + ((x1 - x0) * k) / steps, y0 + ((y1 - y0) * k) / steps]
  }
}

function* innerPlaces(mask: MaskPolygons): Generator<[x: number, y: number]> {
  const index = new EdgeIndex(mask)
  const [left, top, right, bottom] = index.bounds
  for (let row = 0; row < INNER_PLACES; row++) {
    for (let col = 0; col < INNER_PLACES; col++) {
      const x = left + ((col + 0.5) / INNER_PLACES) * (right - left)
      const y = top + ((row + 0.5) / INNER_PLACES) * (bottom - top)
      if (index.contains(x, y)) yield [x, y]
    }
  }
}
