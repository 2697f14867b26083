import type { Bbox } from './bbox.ts'
import { FitError } from './fit-error.ts'
import { groundFunctions } from './ground-functions.ts'
import type { FittedTransform, PlanarFunction } from './transform.ts'
import { type Extent, warpedExtent } from './warped-extent.ts'

/**
 * A north-up raster in EPSG:4326 that holds a whole warped image. Sizes are degrees a pixel, such that the image's
 * diagonal keeps its number of pixels; the two differ by at most one pixel over the whole raster.
 */
export interface SuggestedOutput {
  width: number
  height: number
  west: number
  north: number
  pixelSizeX: number
  pixelSizeY: number
  bbox: Bbox
}

const BORDER_STEPS = 20
const BORDER_SHRINKS_PIXELS = [0, 0.001, 0.01, 0.1, 1]
const SIDE_PIXELS_MAX = 2 ** 31 - 1
const LATITUDE_MAX = 90
const LONGITUDE_SPAN_MAX = 360
const ROUNDING_PIXELS = 1e-6

/** A fit that lays more than this share of the extent's height or width outside the world is refused. */
export const OUTSIDE_WORLD_SHARE_MAX = 0.5

/**
 * Size, resolution and extent of the raster that `gdalwarp` makes of an image by this fit (the algorithm of GDAL's
 * GDALSuggestedWarpOutput2 for a transformer without reprojection): the edges are sampled through the forward fit,
 * the whole image too where an edge does not come back through the backward fit, and a pixel size is shrunk a
 * little when the right or bottom border would miss the image everywhere.
 *
 * Beyond GDAL the raster is cut, by whole rows, at the poles: margins of a world map may reach over them. Longitudes
 * may pass 180 degrees.
 *
 * @param width of the source image, pixels
 * @param height of the source image, pixels
 * @throws FitError `degenerate` when the fit lays a part of the image at infinity, has no extent, or more than
 *   `OUTSIDE_WORLD_SHARE_MAX` of it is beyond the poles or over a full turn of longitude
 */
export function suggestedOutput(fitted: FittedTransform, width: number, height: number): SuggestedOutput {
  const { forward, backward } = groundFunctions(fitted)
  const { extent, diagonal } = warpedExtent(forward, backward, { width, height })
  const pixelSize = diagonal / Math.sqrt(width ** 2 + height ** 2)
  const output = rasterOf(extent, pixelSize, forward, backward)
  refuseOutsideWorld(output)
  return cutAtPoles(output)
}

function rasterOf(
  extent: Extent,
  pixelSize: number,
  forward: PlanarFunction,
  backward: PlanarFunction,
): SuggestedOutput {
  const { west, north } = extent
  const width = Math.trunc((extent.east - west) / pixelSize + 0.5)
  const height = Math.trunc((north - extent.south) / pixelSize + 0.5)
  if (!(width >= 1 && height >= 1 && width <= SIDE_PIXELS_MAX && height <= SIDE_PIXELS_MAX)) {
    throw new FitError(
      'degenerate',
      'the fit flattens the image to a line; add points farther apart or use a transform of lower order',
    )
  }
  const pixelSizeX = fittingPixelSize(pixelSize, width, (candidate, ratio, out) => {
    out[0] = west + width * candidate
    out[1] = north - pixelSize * ratio * height
    return comesBack(out, forward, backward, candidate, pixelSize)
  })
  const pixelSizeY = fittingPixelSize(pixelSize, height, (candidate, ratio, out) => {
    out[0] = west + pixelSizeX * ratio * width
    out[1] = north - height * candidate
    return comesBack(out, forward, backward, pixelSizeX, candidate)
  })
  return {
    width,
    height,
    west,
    north,
    pixelSizeX,
    pixelSizeY,
    bbox: bboxOf(west, north, width, height, pixelSizeX, pixelSizeY),
  }
}

/** The first of a few slightly smaller sizes for which some place of the border comes back; the size itself if none. */
function fittingPixelSize(
  pixelSize: number,
  pixels: number,
  borderComesBack: (candidate: number, ratio: number, out: Float64Array) => boolean,
): number {
  const out = new Float64Array(2)
  for (const shrink of BORDER_SHRINKS_PIXELS) {
    const candidate = pixelSize - (pixelSize * shrink) / pixels
    for (let step = 0; step <= BORDER_STEPS; step++) {
      if (borderComesBack(candidate, step / BORDER_STEPS, out)) return candidate
    }
  }
  return pixelSize
}

/** Whether the ground position in `out` returns to within a pixel of itself by way of the image; overwrites it. */
function comesBack(
  out: Float64Array,
  forward: PlanarFunction,
  backward: PlanarFunction,
  toleranceX: number,
  toleranceY: number,
): boolean {
  const lon = out[0]!
  const lat = out[1]!
  backward(lon, lat, out)
  forward(out[0]!, out[1]!, out)
  return Math.abs(out[0]! - lon) <= toleranceX && Math.abs(out[1]! - lat) <= toleranceY
}

function bboxOf(
  west: number,
  north: number,
  width: number,
  height: number,
  pixelSizeX: number,
  pixelSizeY: number,
): Bbox {
  return [west, north - height * pixelSizeY, west + width * pixelSizeX, north]
}

function refuseOutsideWorld({ bbox: [west, south, east, north] }: SuggestedOutput): void {
  const beyondPoles = Math.max(0, north - LATITUDE_MAX) + Math.max(0, -LATITUDE_MAX - south)
  const overFullTurn = east - west - LONGITUDE_SPAN_MAX
  if (
    beyondPoles > OUTSIDE_WORLD_SHARE_MAX * (north - south) ||
    overFullTurn > OUTSIDE_WORLD_SHARE_MAX * (east - west)
  ) {
    throw new FitError(
      'degenerate',
      `the fit spreads the image over longitudes ${west.toFixed(1)} to ${east.toFixed(1)} and latitudes ` +
        `${south.toFixed(1)} to ${north.toFixed(1)}, mostly outside the world; correct misplaced points, add some near ` +
        "the image's corners, or use a transform of lower order",
    )
  }
}

function cutAtPoles(output: SuggestedOutput): SuggestedOutput {
  const { west, width, pixelSizeX, pixelSizeY, bbox } = output
  const rowsAbove = Math.max(0, Math.ceil((bbox[3] - LATITUDE_MAX) / pixelSizeY - ROUNDING_PIXELS))
  const rowsBelow = Math.max(0, Math.ceil((-LATITUDE_MAX - bbox[1]) / pixelSizeY - ROUNDING_PIXELS))
  if (rowsAbove + rowsBelow === 0) return output
  const height = output.height - rowsAbove - rowsBelow
  const north = output.north - rowsAbove * pixelSizeY
  if (height < 1) throw new FitError('degenerate', 'the fit lays the image across a pole; check the points')
  return { ...output, height, north, bbox: bboxOf(west, north, width, height, pixelSizeX, pixelSizeY) }
}
