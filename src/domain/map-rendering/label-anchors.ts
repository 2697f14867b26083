import type { DrawnGeometry } from './drawn-geometry.ts'

/** Where a label belongs to, in the unit of the geometry. */
export type LabelAnchor =
  | { kind: 'point'; x: number; y: number }
  | { kind: 'polygon'; x: number; y: number }
  /** `angle` in radians, clockwise as it is seen, so that text along it is upright; `length` of the stretch it lies on. */
  | { kind: 'line'; x: number; y: number; angle: number; length: number }

/** Heights at which a polygon is looked for its widest place, as shares of its height; corners seldom lie at them. */
const HEIGHTS = [0.503, 0.397, 0.611, 0.293, 0.709, 0.191, 0.811]
/** By how much a place has to be wider to be preferred to one nearer to the middle. */
const PREFERENCE = 1.15

/** Where a feature's label belongs; null where it has no place. Of several parts the greatest has it. */
export function labelAnchor({ points, lines, polygons }: DrawnGeometry): LabelAnchor | null {
  const polygon = greatest(polygons, ([exterior]) => boxArea(exterior!))
  if (polygon) return anchorOfPolygon(polygon)
  const line = greatest(lines, lengthOf)
  if (line) return anchorOfLine(line)
  const [point] = points
  return point ? { kind: 'point', x: point[0], y: point[1] } : null
}

function greatest<Item>(items: readonly Item[], sizeOf: (item: Item) => number): Item | undefined {
  let best: Item | undefined
  let most = Number.NEGATIVE_INFINITY
  for (const item of items) {
    const size = sizeOf(item)
    if (size > most) {
      most = size
      best = item
    }
  }
  return best
}

function extentOf(xy: readonly number[]): [number, number, number, number] {
  const extent: [number, number, number, number] = [Infinity, Infinity, -Infinity, -Infinity]
  for (let i = 0; i < xy.length; i += 2) {
    extent[0] = Math.min(extent[0], xy[i]!)
    extent[1] = Math.min(extent[1], xy[i + 1]!)
    extent[2] = Math.max(extent[2], xy[i]!)
    extent[3] = Math.max(extent[3], xy[i + 1]!)
  }
  return extent
}

function boxArea(xy: readonly number[]): number {
  const [minX, minY, maxX, maxY] = extentOf(xy)
  return (maxX - minX) * (maxY - minY)
}

/** The middle of the widest stretch inside, of some horizontal lines. */
function anchorOfPolygon(rings: readonly number[][]): LabelAnchor {
  const [minX, minY, maxX, maxY] = extentOf(rings[0]!)
  let best = { x: (minX + maxX) / 2, y: (minY + maxY) / 2, width: 0 }
  for (const share of HEIGHTS) {
    const y = minY + (maxY - minY) * share
    const widest = greatest(stretchesInside(rings, y), ([from, to]) => to - from)
    if (!widest) continue
    const width = widest[1] - widest[0]
    if (width > best.width * PREFERENCE) best = { x: (widest[0] + widest[1]) / 2, y, width }
  }
  return { kind: 'polygon', x: best.x, y: best.y }
}

/** Where a horizontal line lies inside a polygon. */
function stretchesInside(rings: readonly number[][], y: number): [from: number, to: number][] {
  const crossings: number[] = []
  for (const ring of rings)
    for (let i = 0, before = ring.length - 2; i < ring.length; before = i, i += 2) {
      const [y0, y1] = [ring[before + 1]!, ring[i + 1]!]
      if (y0 <= y === y1 <= y) continue
      crossings.push(ring[before]! + ((y - y0) / (y1 - y0)) * (ring[i]! - ring[before]!))
    }
  crossings.sort((a, b) => a - b)
  const stretches: [number, number][] = []
  for (let i = 0; i + 1 < crossings.length; i += 2) stretches.push([crossings[i]!, crossings[i + 1]!])
  return stretches
}

function lengthOf(line: readonly number[]): number {
  let length = 0
  for (let i = 2; i < line.length; i += 2)
    length += Math.hypot(line[i]! - line[i - 2]!, line[i + 1]! - line[i - 1]!)
  return length
}

/** The share of a line's length around its middle by which its direction is told. */
const DIRECTION_SHARE = 0.1

/** The middle of a line, and its direction there. */
function anchorOfLine(line: readonly number[]): LabelAnchor {
  const length = lengthOf(line)
  const [x, y] = placeAt(line, length / 2)
  const [fromX, fromY] = placeAt(line, length * (0.5 - DIRECTION_SHARE))
  const [toX, toY] = placeAt(line, length * (0.5 + DIRECTION_SHARE))
  const angle = Math.atan2(toY - fromY, toX - fromX)
  const upright = Math.abs(angle) > Math.PI / 2 ? angle - Math.sign(angle) * Math.PI : angle
  return { kind: 'line', x, y, angle: upright, length }
}

function placeAt(line: readonly number[], distance: number): [x: number, y: number] {
  let left = distance
  for (let i = 2; i < line.length; i += 2) {
    const [x, y] = [line[i - 2]!, line[i - 1]!]
    const [dx, dy] = [line[i]! - x, line[i + 1]! - y]
    const step = Math.hypot(dx, dy)
    if (step >= left && step > 0) return [x + (dx * left) / step, y + (dy * left) / step]
    left -= step
  }
  return [line.at(-2)!, line.at(-1)!]
}
