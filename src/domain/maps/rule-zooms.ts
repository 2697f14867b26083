import { MERCATOR_HALF_METRES } from '../../geo/mercator.ts'
import type { LayerRule } from '../../store/map-types.ts'

/** Side of a pixel on a screen, metres, as OGC's standards have it. */
const PIXEL_METRES = 0.000_28
/** Pixels of the sides of the tiles that zooms of rules count, and of those that MapLibre's count. */
const RULE_TILE_PIXELS = 256
const MAPLIBRE_TILE_PIXELS = 512

/** The zoom of rules at which vector tiles of a zoom are shown. */
export const zoomOfTile = (zoom: number): number => zoom + Math.log2(MAPLIBRE_TILE_PIXELS / RULE_TILE_PIXELS)

/** Whether a rule is for a zoom of the web mercator grid. */
export const isRuleOfZoom = ({ fromZoom, toZoom }: LayerRule, zoom: number): boolean =>
  zoom >= (fromZoom ?? Number.NEGATIVE_INFINITY) && zoom <= (toZoom ?? Number.POSITIVE_INFINITY)

/** MapLibre's zooms of a rule, from the first to before the second; null where there is no bound. */
export const mapLibreZooms = ({
  fromZoom,
  toZoom,
}: LayerRule): [from: number | null, before: number | null] => [
  fromZoom === undefined ? null : fromZoom - zoomOfTile(0),
  toZoom === undefined ? null : toZoom + 1 - zoomOfTile(0),
]

/**
 * MapLibre's zoom at which a map has a scale.
 * @param denominator of the scale, at the screen's pixels of 0.28 mm
 * @param latitude where that is the scale on the ground, degrees; 0 for the scale of web mercator's own metres
 */
export function zoomOfScale(denominator: number, latitude = 0): number {
  const metresPerPixel = (denominator * PIXEL_METRES) / Math.cos((latitude * Math.PI) / 180)
  return Math.log2((2 * MERCATOR_HALF_METRES) / MAPLIBRE_TILE_PIXELS / metresPerPixel)
}
