import { type ControlPoint, groundPoints, imagePoints, mean, type PointSet } from './control-point.ts'
import { placeOf } from './degeneracy.ts'
import { decompose } from './least-squares.ts'

export interface ImageSize {
  width: number
  height: number
}

/** Something about control points that a person should look at. */
export interface PointWarning {
  /** Stable; `detail` is for a person and counts points from 1 in the order they are given. */
  code: string
  detail: string
  /** Indices of the points it is about; empty when about all. */
  points: number[]
}

/** Points in a strip of this share of its length count as on one line. */
const LINE_WIDTH_MAX = 0.02
/** Points whose hull is a smaller share of the image leave most of it to extrapolation. */
const HULL_SHARE_MIN = 0.2
const POINTS_TOLD_MAX = 10

/**
 * What is wrong with control points whatever is fitted to them: repeated positions (`repeated-point`,
 * `repeated-image-position`, `repeated-ground-position`), all on or almost on one line (`collinear`), outside the image
 * (`outside-image`), or in a small part of it (`poor-distribution`). The last two need the size of the image.
 */
export function pointWarnings(points: readonly ControlPoint[], image: ImageSize | null): PointWarning[] {
  const sides = [imagePoints(points), groundPoints(points)]
  return [
    ...repeats(points),
    ...sides.flatMap(collinear),
    ...(image ? [...outside(points, image), ...gathered(points, image)] : []),
  ]
}

/** "points 1, 2 and 5", with no more than ten numbers. */
export function pointNames(indices: readonly number[]): string {
  const numbers = indices.slice(0, POINTS_TOLD_MAX).map((index) => String(index + 1))
  const more = indices.length - numbers.length
  const last = more > 0 ? `${more} more` : numbers.pop()
  return numbers.length === 0 ? `point ${last}` : `points ${numbers.join(', ')} and ${last}`
}

function repeats(points: readonly ControlPoint[]): PointWarning[] {
  const warnings: PointWarning[] = []
  const warn = (code: string, indices: number[], what: string) =>
    warnings.push({ code, detail: `${pointNames(indices)} ${what}`, points: indices })
  const imageKey = ({ x, y }: ControlPoint) => `${x} ${y}`
  const groundKey = ({ lon, lat }: ControlPoint) => `${lon} ${lat}`
  for (const group of groups(points, (point) => `${imageKey(point)} ${groundKey(point)}`))
    warn('repeated-point', group, 'are the same point')
  const sides = [
    ['image', imageKey, groundKey, 'share a position in the image, but not on the ground'],
    ['ground', groundKey, imageKey, 'share a position on the ground, but not in the image'],
  ] as const
  for (const [side, shared, other, what] of sides)
    for (const group of groups(points, shared))
      if (new Set(group.map((index) => other(points[index]!))).size > 1)
        warn(`repeated-${side}-position`, group, what)
  return warnings
}

/** Indices of the points that have a key in common, two and more of them. */
function groups(points: readonly ControlPoint[], key: (point: ControlPoint) => string): number[][] {
  const byKey = Map.groupBy(points.keys(), (index) => key(points[index]!))
  return [...byKey.values()].filter((group) => group.length > 1)
}

function collinear(points: PointSet): PointWarning[] {
  if (points.x.length < 3) return []
  const { values } = decompose([centred(points.x), centred(points.y)])
  if (!(values[1]! < LINE_WIDTH_MAX * values[0]!)) return []
  const detail = `the ${points.x.length} points lie on one line, or almost, ${placeOf(points)}; add points off it`
  return [{ code: 'collinear', detail, points: [] }]
}

function centred(values: Float64Array): Float64Array {
  const middle = mean(values)
  return values.map((value) => value - middle)
}

function outside(points: readonly ControlPoint[], { width, height }: ImageSize): PointWarning[] {
  const indices = [...points.keys()].filter((index) => {
    const { x, y } = points[index]!
    return !(x >= 0 && x <= width && y >= 0 && y <= height)
  })
  if (indices.length === 0) return []
  const verb = indices.length === 1 ? 'lies' : 'lie'
  const detail = `${pointNames(indices)} ${verb} outside the image of ${width} x ${height} pixels`
  return [{ code: 'outside-image', detail, points: indices }]
}

function gathered(points: readonly ControlPoint[], { width, height }: ImageSize): PointWarning[] {
  if (points.length < 3) return []
  const share = hullArea(points) / (width * height)
  if (share >= HULL_SHARE_MIN) return []
  const percent = share * 100 < 1 ? 'less than 1' : String(Math.round(share * 100))
  const detail = `the points enclose ${percent} % of the image; add points near its edges`
  return [{ code: 'poor-distribution', detail, points: [] }]
}

/** Area of the convex hull in the image (Andrew 1979, monotone chain; the shoelace formula). */
function hullArea(points: readonly ControlPoint[]): number {
  const sorted = points.toSorted((a, b) => a.x - b.x || a.y - b.y)
  const ring = [...chain(sorted), ...chain(sorted.toReversed())]
  return (
    ring.reduce((sum, { x, y }, i) => {
      const next = ring[(i + 1) % ring.length]!
      return sum + x * next.y - next.x * y
    }, 0) / 2
  )
}

/** One side of the hull of points in order, without its last point. */
function chain(sorted: readonly ControlPoint[]): ControlPoint[] {
  const hull: ControlPoint[] = []
  for (const point of sorted) {
    while (hull.length > 1 && turn(hull.at(-2)!, hull.at(-1)!, point) <= 0) hull.pop()
    hull.push(point)
  }
  return hull.slice(0, -1)
}

const turn = (a: ControlPoint, b: ControlPoint, c: ControlPoint): number =>
  (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x)
