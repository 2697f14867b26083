import { intersection, setPrecision } from 'polyclip-ts'
import type { MaskPolygons } from '../mask-polygons.ts'
import { findContacts } from './contacts.ts'
import { MaskError } from './mask-error.ts'
import { isNestedWell } from './nesting.ts'
import { cleanPolygons, doubleArea, keptPolygons, type RawPolygons } from './rings.ts'

/**
 * Positions nearer than this count as one while polygons are cut, px. Of each of these, the last of which is none,
 * cutting fails at some crossings, hardly ever of all.
 */
const PRECISIONS_PX = [1e-9, 1e-12, undefined]
/** Rounding to the grid of positions may make edges meet anew; they are cut until nothing changes any more. */
const ROUNDS_MAX = 6

/**
 * Makes a mask of what was drawn: rings closed, repeated positions left out, positions rounded to 1/1024 px, what lies
 * outside the image cut off. Polygons that overlap are united. A ring that crosses itself covers what it winds around
 * a number of times other than zero; a hole takes away what it covers. Polygons without fault come back as they are.
 *
 * @param polygons full resolution pixels, y down
 * @param width of the image, pixels
 * @param height of the image, pixels
 * @returns polygons whose edges do not cross, and of which none overlaps another
 * @throws MaskError `degenerate`, `too-intricate`, `unrepairable`, `outside`; the message says which polygon and why
 */
export function repairMask(polygons: RawPolygons, width: number, height: number): MaskPolygons {
  let current = cleanPolygons(polygons)
  const { crossings, touch } = findContacts(current)
  if (crossings === 0 && !touch && isWithin(current, width, height) && isNestedWell(current)) return current
  for (let round = 0; round < ROUNDS_MAX; round++) {
    const raw = cutToImage(current, width, height, PRECISIONS_PX[round % PRECISIONS_PX.length])
    if (!raw) continue
    const cut = keptPolygons(raw)
    if (cut.length === 0) throw nothingLeft(current, width, height)
    const found = findContacts(cut)
    if (found.crossings === 0 && (!found.touch || isSame(cut, current))) return cut
    current = cut
  }
  throw new MaskError(
    'unrepairable',
    'the outline crosses itself in a way that cannot be repaired; draw it anew',
  )
}

/** What the image has of the polygons; null where cutting fails. */
function cutToImage(
  polygons: MaskPolygons,
  width: number,
  height: number,
  precision: number | undefined,
): RawPolygons | null {
  const image: [number, number][] = [
    [0, 0],
    [width, 0],
    [width, height],
    [0, height],
    [0, 0],
  ]
  setPrecision(precision)
  try {
    return intersection(
      polygons.map((rings) => rings.map((ring) => ring.map(([x, y]) => [x, y] as [number, number]))),
      [[image]],
    )
  } catch {
    return null
  }
}

const isSame = (a: MaskPolygons, b: MaskPolygons): boolean => JSON.stringify(a) === JSON.stringify(b)

const isWithin = (polygons: MaskPolygons, width: number, height: number): boolean =>
  polygons.every(([shell]) => shell!.every(([x, y]) => x >= 0 && y >= 0 && x <= width && y <= height))

function nothingLeft(polygons: MaskPolygons, width: number, height: number): MaskError {
  if (polygons.every(([shell]) => doubleArea(shell!) === 0))
    return new MaskError('degenerate', 'the mask has no area')
  return new MaskError(
    'outside',
    `the mask keeps nothing of the image, which has ${width} x ${height} pixels`,
  )
}
