import { type FlatGeometry, GEOMETRY_CODES } from '../../geo/flat-geometry.ts'

/** x0, y0, x1, y1, ... */
type Flat = number[]

/** A geometry by how its parts are drawn. */
export interface DrawnGeometry {
  points: [x: number, y: number][]
  lines: Flat[]
  /** Of each polygon all rings, without their last point, which is the first. */
  polygons: Flat[][]
  vertices: number
}

const { Point, LineString, Polygon, MultiPoint, MultiLineString } = GEOMETRY_CODES

/** The parts of a geometry, of whatever types it is made. */
export function drawnGeometry(geometry: FlatGeometry): DrawnGeometry {
  const drawn: DrawnGeometry = { points: [], lines: [], polygons: [], vertices: 0 }
  collect(geometry, drawn)
  return drawn
}

function collect(geometry: FlatGeometry, drawn: DrawnGeometry): void {
  const { type, xy } = geometry
  drawn.vertices += xy.length >> 1
  switch (type) {
    case Point:
    case MultiPoint:
      for (let i = 0; i + 1 < xy.length; i += 2) drawn.points.push([xy[i]!, xy[i + 1]!])
      return
    case LineString:
    case MultiLineString:
      drawn.lines.push(...stretches(geometry).filter((line) => line.length >= 4))
      return
    case Polygon: {
      const rings = stretches(geometry)
        .map(open)
        .filter((ring) => ring.length >= 4)
      if (rings.length > 0) drawn.polygons.push(rings)
      return
    }
    default:
      for (const part of geometry.parts ?? []) collect(part, drawn)
  }
}

function stretches({ xy, ends }: FlatGeometry): Flat[] {
  const parts: Flat[] = []
  let from = 0
  for (const to of ends?.length ? Array.from(ends) : [xy.length >> 1]) {
    const part: Flat = []
    for (let i = 2 * from; i < 2 * to; i++) part.push(xy[i]!)
    if (part.length > 0) parts.push(part)
    from = to
  }
  return parts
}

function open(ring: Flat): Flat {
  if (ring.length > 4 && ring[0] === ring.at(-2) && ring[1] === ring.at(-1)) ring.length -= 2
  return ring
}
