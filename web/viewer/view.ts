import type { Bounds } from '../map/bounds.ts'
import { type Json, numberOf, recordOf } from './json.ts'
import { inverseOf, isGeographic } from './reference-systems.ts'

/** What is shown first. */
export interface InitialView {
  /** Null where that is left to the layers. */
  bounds: Bounds | null
  center: [longitude: number, latitude: number] | null
  /** MapLibre's. */
  zoom: number | null
  minZoom: number | null
  maxZoom: number | null
  isGlobe: boolean
  /** What cannot be done of what is configured. */
  faults: string[]
}

const DEFAULT_WKID = 4326
const LATITUDE_MAX = 85.051129
/** Denominator of the scale of MapLibre's zoom 0 at the equator, at 96 dots an inch. */
const SCALE_OF_ZOOM_0 = 295_828_763.795
/** Points along each side of an extent that are looked at: sides of other systems are not straight in degrees. */
const SIDE_POINTS = 8

/** MapLibre's zoom for the denominator of a scale. */
export const zoomOfScale = (denominator: number): number => Math.log2(SCALE_OF_ZOOM_0 / denominator)

/** The member `view` of `map-init.Config`. */
export function readView(view: Json): InitialView {
  const faults: string[] = []
  const constraints = recordOf(view.constraints)
  const scaled = (value: unknown): number | null => {
    const denominator = numberOf(value)
    return denominator !== null && denominator > 0 ? zoomOfScale(denominator) : null
  }
  return {
    bounds: view.extent === undefined ? null : boundsOf(recordOf(view.extent), faults),
    center: view.center === undefined ? null : centerOf(view.center, faults),
    zoom: numberOf(view.zoom) ?? scaled(view.scale),
    minZoom: numberOf(constraints.minZoom) ?? scaled(constraints.minScale),
    maxZoom: numberOf(constraints.maxZoom) ?? scaled(constraints.maxScale),
    isGlobe: /^3d$/i.test(String(view.viewmode ?? '')),
    faults,
  }
}

function boundsOf(extent: Json, faults: string[]): Bounds | null {
  const [xmin, ymin, end, ymax] = ['xmin', 'ymin', 'xmax', 'ymax'].map((name) => numberOf(extent[name]))
  const wkid = wkidOf(extent)
  const inverse = inverseOf(wkid)
  if (!inverse) {
    faults.push(unknownSystem('extent', wkid))
    return null
  }
  if (xmin == null || ymin == null || end == null || ymax == null) {
    faults.push('The extent needs numbers for xmin, ymin, xmax and ymax')
    return null
  }
  // What goes over the antimeridian may say so by its order.
  const xmax = end < xmin && isGeographic(wkid) ? end + 360 : end
  const places = Array.from({ length: SIDE_POINTS + 1 }, (_, i) => i / SIDE_POINTS).flatMap((share) => {
    const [x, y] = [xmin + (xmax - xmin) * share, ymin + (ymax - ymin) * share]
    return [inverse([x, ymin]), inverse([x, ymax]), inverse([xmin, y]), inverse([xmax, y])]
  })
  const longitudes = places.map(([longitude]) => longitude)
  const latitudes = places.map(([, latitude]) => Math.max(-LATITUDE_MAX, Math.min(LATITUDE_MAX, latitude)))
  const isOnEarth = [...longitudes, ...latitudes].every(Number.isFinite)
  if (!isOnEarth || xmin > xmax || ymin > ymax || longitudes.some((longitude) => Math.abs(longitude) > 540)) {
    faults.push('The extent is nowhere on the earth')
    return null
  }
  return [Math.min(...longitudes), Math.min(...latitudes), Math.max(...longitudes), Math.max(...latitudes)]
}

/** A place as `{x, y, spatialReference}`, `{longitude, latitude}` or `[longitude, latitude]`. */
function centerOf(center: unknown, faults: string[]): [number, number] | null {
  const place = Array.isArray(center) ? { x: center[0], y: center[1] } : recordOf(center)
  const { longitude, latitude } = place as Json
  const [x, y] = [numberOf(place.x ?? longitude), numberOf(place.y ?? latitude)]
  const wkid = wkidOf(place)
  const found = x === null || y === null ? null : inverseOf(wkid)?.([x, y])
  if (found?.every(Number.isFinite) && Math.abs(found[1]) <= 90) return [...found]
  faults.push(inverseOf(wkid) ? 'The centre is no place on the earth' : unknownSystem('centre', wkid))
  return null
}

function wkidOf(place: Json): number {
  const { latestWkid, wkid } = recordOf(place.spatialReference)
  return numberOf(latestWkid) ?? numberOf(wkid) ?? DEFAULT_WKID
}

const unknownSystem = (what: string, wkid: number): string =>
  `The ${what} is in the system ${wkid}, which is not known here: use 4326, 3857 or a zone of UTM`
