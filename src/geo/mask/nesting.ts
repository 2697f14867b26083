import type { MaskPolygons, MaskRing } from '../mask-polygons.ts'

interface Ring {
  polygon: number
  isHole: boolean
  positions: MaskRing
  minX: number
  minY: number
  maxX: number
  maxY: number
}

/**
 * Whether rings that nowhere meet lie as polygons should: each hole in its own shell and in no other hole of it, each
 * shell in no other polygon.
 */
export function isNestedWell(polygons: MaskPolygons): boolean {
  const rings = polygons.flatMap((polygon, index) => polygon.map((ring, r) => ringOf(ring, index, r > 0)))
  return rings.every((ring) => {
    const [x, y] = ring.positions[0]!
    const depths = new Map<number, { inShell: boolean; inHole: boolean }>()
    for (const other of rings) {
      if (other === ring || !encloses(other, x, y)) continue
      const depth = depths.get(other.polygon) ?? { inShell: false, inHole: false }
      depths.set(other.polygon, {
        inShell: depth.inShell || !other.isHole,
        inHole: depth.inHole || other.isHole,
      })
    }
    const own = depths.get(ring.polygon)
    if (ring.isHole) return (own?.inShell ?? false) && !own?.inHole
    return own === undefined && [...depths.values()].every(({ inShell, inHole }) => inShell && inHole)
  })
}

function ringOf(positions: MaskRing, polygon: number, isHole: boolean): Ring {
  const ring = {
    ...{ polygon, isHole, positions },
    minX: Number.POSITIVE_INFINITY,
    minY: Number.POSITIVE_INFINITY,
    maxX: Number.NEGATIVE_INFINITY,
    maxY: Number.NEGATIVE_INFINITY,
  }
  for (const [x, y] of positions) {
    ring.minX = Math.min(ring.minX, x)
    ring.minY = Math.min(ring.minY, y)
    ring.maxX = Math.max(ring.maxX, x)
    ring.maxY = Math.max(ring.maxY, y)
  }
  return ring
}

/** Whether a position that is not on the ring lies inside it. */
function encloses({ positions, minX, minY, maxX, maxY }: Ring, x: number, y: number): boolean {
  if (x < minX || x > maxX || y < minY || y > maxY) return false
  let inside = false
  for (let i = 1; i < positions.length; i++) {
    const [x0, y0] = positions[i - 1]!
    const [x1, y1] = positions[i]!
    if (y0 <= y !== y1 <= y && x0 + ((y - y0) / (y1 - y0)) * (x1 - x0) > x) inside = !inside
  }
  return inside
}
