import type { Bbox } from '../../geo/bbox.ts'
import { type ReferenceSystem, WEB_MERCATOR, WGS_84 } from '../../geo/crs/reference-system.ts'
import { MERCATOR_HALF_METRES, MERCATOR_RADIUS_METRES } from '../../geo/mercator.ts'
import { type PlaneBox, systemGrid } from '../../geo/warp/system-grid.ts'
import { windowOf } from '../../geo/warp/target-extent.ts'
import type { TargetGrid } from '../../geo/warp/target-grid.ts'

/** Size of a pixel by which denominators of scales are told (OGC 05-078r4, 10.2), metres. */
export const PIXEL_METRES = 0.00028
/** Length of a degree by which they are told for systems in degrees: on the equator of WGS 84, metres. */
const DEGREE_METRES = (MERCATOR_RADIUS_METRES * Math.PI) / 180
/** Denominator of the scale of zoom level 0 of the web mercator grid with tiles of 256 pixels. */
const ZOOM_0_DENOMINATOR = (2 * Math.PI * MERCATOR_RADIUS_METRES) / (256 * PIXEL_METRES)
/** Width of the world in systems that go on around it. */
const TURN_UNITS: Readonly<Record<number, number>> = {
  [WEB_MERCATOR]: 2 * MERCATOR_HALF_METRES,
  [WGS_84]: 360,
}
/** The world is repeated so often to either side, at most. */
const TURNS_MAX = 2
/** Against the rounding of a scale that is a level's own. */
const ZOOM_SLACK = 0.01
/** The largest scale there is: 1 to this. */
const DENOMINATOR_MIN = 1
/** How far around a system's area of use features are projected, degrees. */
const BEYOND_AREA_DEGREES = 15
/** Beyond this latitude nothing is projected. */
const LATITUDE_MAX = 89

/** What a picture shows: a box of a reference system in so many pixels, which are square. */
export interface Frame {
  system: ReferenceSystem
  /** Smallest x, y, greatest x, y. */
  box: PlaneBox
  /** Pixels. */
  width: number
  height: number
  unitsPerPixel: number
  scaleDenominator: number
  /** The deepest zoom level of the web mercator grid that is no larger than the scale. */
  zoom: number
  /** Whole turns to the east of where longitudes are -180 to 180: where the frame shows the world, which goes on around. */
  turns: readonly number[]
  /** Pixels of a turn. */
  turnPx: number
}

export interface PictureSize {
  width: number
  height: number
}

/**
 * The frame of so many pixels around the middle of a box: at a scale, or else the one that just shows all of the box.
 * @param scaleDenominator at 0.28 mm a pixel; null for all of the box
 */
export function frameAround(
  system: ReferenceSystem,
  [minX, minY, maxX, maxY]: PlaneBox,
  { width, height }: PictureSize,
  scaleDenominator: number | null,
): Frame {
  const metresPerUnit = system.metresPerUnit ?? DEGREE_METRES
  const unitsOf = (denominator: number) => (denominator * PIXEL_METRES) / metresPerUnit
  const fitting = Math.max((maxX - minX) / width, (maxY - minY) / height, unitsOf(DENOMINATOR_MIN))
  const unitsPerPixel = scaleDenominator === null ? fitting : unitsOf(scaleDenominator)
  const [x, y] = [(minX + maxX) / 2, (minY + maxY) / 2]
  const [halfX, halfY] = [(unitsPerPixel * width) / 2, (unitsPerPixel * height) / 2]
  const denominator = (unitsPerPixel * metresPerUnit) / PIXEL_METRES
  const turnUnits = TURN_UNITS[system.code] ?? 0
  return {
    system,
    box: [x - halfX, y - halfY, x + halfX, y + halfY],
    turns: turnUnits > 0 ? turnsBetween((x - halfX) / turnUnits, (x + halfX) / turnUnits) : [0],
    turnPx: turnUnits / unitsPerPixel,
    ...{ width, height, unitsPerPixel },
    scaleDenominator: denominator,
    zoom: Math.max(0, Math.floor(Math.log2(ZOOM_0_DENOMINATOR / denominator) + ZOOM_SLACK)),
  }
}

/** The turns from one position to another, told in turns; of too many those around the middle. */
function turnsBetween(from: number, to: number): number[] {
  const middle = Math.round((from + to) / 2)
  const first = Math.max(Math.floor(from + 0.5), middle - TURNS_MAX)
  const last = Math.min(Math.ceil(to - 0.5), middle + TURNS_MAX)
  return Array.from({ length: Math.max(1, last - first + 1) }, (_, i) => first + i)
}

/** The frame's pixels as the warp kernel fills them. */
export const gridOf = ({ system, box, width, height }: Frame): TargetGrid =>
  systemGrid(system, box, width, height)

/** The frame's box with so many pixels more on each side; where it shows the world more than once, around all of that. */
export function boxWith({ box, unitsPerPixel, turns, turnPx }: Frame, marginPx: number): PlaneBox {
  const margin = marginPx * unitsPerPixel
  const [west, east] = withinTurn(box[0] - margin, box[2] + margin, turns, turnPx * unitsPerPixel)
  return [west, box[1] - margin, east, box[3] + margin]
}

/** What of the first turn a stretch shows, which may lie in others. */
function withinTurn(
  from: number,
  to: number,
  turns: readonly number[],
  turn: number,
): [from: number, to: number] {
  if (turns.length === 1) return [from - turns[0]! * turn, to - turns[0]! * turn]
  return [-turn / 2, turn / 2]
}

/** What of the earth a frame with its margin may show, as far as its system leads there, degrees. */
export function degreesOf(frame: Frame, marginPx: number): Bbox {
  // Without a turn's end in it, a stretch is one on the first turn, too.
  const box = boxWith(frame, marginPx)
  const { system, width, height } = frame
  const area = reachOf(system)
  const window = windowOf(systemGrid(system, box, width, height))
  if (!window) return area
  const [west, south, east, north] = window
  const shown: Bbox = [
    Math.max(west, area[0]),
    Math.max(south, area[1]),
    Math.min(east, area[2]),
    Math.min(north, area[3]),
  ]
  // Where they have nothing in common, a place without area that nothing lies in.
  return shown[0] < shown[2] && shown[1] < shown[3] ? shown : [area[0], area[1], area[0], area[1]]
}

/** Where places can be projected to a system without going wild. */
function reachOf({ code, metresPerUnit, areaOfUse }: ReferenceSystem): Bbox {
  if (metresPerUnit === null) return [-180, -90, 180, 90]
  if (code === WEB_MERCATOR) return [-180, -LATITUDE_MAX, 180, LATITUDE_MAX]
  const [west, south, east, north] = areaOfUse
  const isAcross = west > east
  return [
    isAcross ? -180 : Math.max(-180, west - BEYOND_AREA_DEGREES),
    Math.max(-LATITUDE_MAX, south - BEYOND_AREA_DEGREES),
    isAcross ? 180 : Math.min(180, east + BEYOND_AREA_DEGREES),
    Math.min(LATITUDE_MAX, north + BEYOND_AREA_DEGREES),
  ]
}
