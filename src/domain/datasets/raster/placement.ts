import { type Bbox, clipToWorld } from '../../../geo/bbox.ts'
import { type ReferenceSystem, WGS_84 } from '../../../geo/crs/reference-system.ts'
import { FitError } from '../../../geo/fit-error.ts'
import { affineFit, type GeoTransform, placeOf } from '../../../geo/geo-transform.ts'
import { imageExtent } from '../../../geo/image-extent.ts'
import { type SuggestedOutput, suggestedOutput } from '../../../geo/suggested-output.ts'
import type { FittedTransform } from '../../../geo/transform.ts'
import { ValidationError } from '../../errors.ts'
import { zoomRange } from '../../render/tile-pyramid.ts'

/** Where a raster lies, as a rectification says it. */
export interface RasterPlacement {
  srid: number
  /** Exactly the affine map of the file. */
  fit: FittedTransform
  /** A grid of degrees for the raster, and the extent in degrees of all of it. */
  output: SuggestedOutput
  /** Smallest x, y, greatest x, y in the raster's own system, easting first. */
  nativeExtent: number[]
  minZoom: number
  maxZoom: number
  /** What of it cannot be shown. */
  warnings: string[]
}

interface Size {
  width: number
  height: number
}

/** How far over a pole a raster of degrees may reach: half a pixel of a coarse world grid, which some programs count so. */
const OVER_POLE_DEGREES = 3

/** @throws ValidationError where the coordinates are none of the system's */
export function placeRaster(transform: GeoTransform, system: ReferenceSystem, image: Size): RasterPlacement {
  const { width, height } = image
  const srs = system.code === WGS_84 ? undefined : `EPSG:${system.code}`
  const fit = affineFit(transform, image, srs, meridianOf(transform, system, image))
  if (!fit)
    throw fault(
      'has pixels without area: its georeference maps all of them to a line, or to numbers too great',
    )
  const bbox = imageExtent(fit, image)
  if (!bbox || bbox[1] < -90 - OVER_POLE_DEGREES || bbox[3] > 90 + OVER_POLE_DEGREES)
    throw fault(`has coordinates that are none of EPSG:${system.code}; give the system they are of as crs`)
  const corners = [
    placeOf(transform, 0, 0),
    placeOf(transform, width, 0),
    placeOf(transform, 0, height),
    placeOf(transform, width, height),
  ]
  const xs = corners.map(([x]) => x)
  const ys = corners.map(([, y]) => y)
  return {
    ...{ srid: system.code, fit, output: { ...gridOf(fit, bbox, image), bbox } },
    nativeExtent: [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)],
    ...zoomRange(fit, bbox, width, height),
    warnings: warningsOf(bbox),
  }
}

const fault = (message: string) => new ValidationError([{ attribute: 'file', message }])

/** The longitude of the raster's middle; where that is nowhere, of the middle of where the system is used. */
function meridianOf(
  transform: GeoTransform,
  { inverse, areaOfUse }: ReferenceSystem,
  { width, height }: Size,
): number {
  const out = new Float64Array(2)
  inverse(...placeOf(transform, width / 2, height / 2), out)
  return Number.isFinite(out[0]) ? out[0]! : (areaOfUse[0] + areaOfUse[2]) / 2
}

/** The grid `gdalwarp` would make; where that is not of all of the raster, as around a pole, one with as long a diagonal. */
function gridOf(fit: FittedTransform, bbox: Bbox, image: Size): SuggestedOutput {
  const suggested = suggestedGrid(fit, image)
  if (suggested && isAlmost(suggested.bbox, bbox, GRID_PIXELS_OFF * suggested.pixelSizeX)) return suggested
  const [west, south, east, north] = clipToWorld(bbox)
  const size = Math.hypot(east - west, north - south) / Math.hypot(image.width, image.height)
  const columns = Math.max(1, Math.round((east - west) / size))
  const rows = Math.max(1, Math.round((north - south) / size))
  return {
    ...{ width: columns, height: rows, west, north, bbox },
    ...{ pixelSizeX: (east - west) / columns, pixelSizeY: (north - south) / rows },
  }
}

/** The grid ends with a whole pixel, and the sides of the extent are a little beyond those of the raster. */
const GRID_PIXELS_OFF = 2

const isAlmost = (one: Bbox, other: Bbox, tolerance: number): boolean =>
  one.every((edge, i) => Math.abs(edge - other[i]!) <= tolerance)

function suggestedGrid(fit: FittedTransform, { width, height }: Size): SuggestedOutput | null {
  try {
    return suggestedOutput(fit, width, height)
  } catch (error) {
    if (error instanceof FitError) return null
    throw error
  }
}

/** Beyond this latitude web mercator, and so every tile, ends. */
const TILES_END = 85.0511

function warningsOf([west, south, east, north]: Bbox): string[] {
  const warnings: string[] = []
  if (south < -TILES_END || north > TILES_END)
    warnings.push(`tiles end at latitude ${TILES_END}; what lies beyond is in the file alone`)
  if (west < -180 || east > 180) warnings.push('the part beyond longitude 180 is not drawn')
  return warnings
}
