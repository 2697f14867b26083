import type { FlatGeometry } from './flat-geometry.ts'

/** A geometry all of whose parts have heights where one has, and measures likewise; those that are added are 0. */
export function uniformDimensions(geometry: FlatGeometry): FlatGeometry {
  if (!geometry.parts) return geometry
  const has = { z: false, m: false, plain: 0, all: 0 }
  note(geometry, has)
  if (!(has.z || has.m) || has.plain === 0) return geometry
  return filled(geometry, has.z, has.m)
}

interface Found {
  z: boolean
  m: boolean
  /** Parts without heights, or without measures; none of them tells that all are alike. */
  plain: number
  all: number
}

function note({ parts, xy, z, m }: FlatGeometry, found: Found): void {
  if (parts) {
    for (const part of parts) note(part, found)
    return
  }
  if (xy.length === 0) return
  if (found.all > 0 && (found.z !== Boolean(z) || found.m !== Boolean(m))) found.plain++
  found.all++
  found.z ||= Boolean(z)
  found.m ||= Boolean(m)
}

function filled(geometry: FlatGeometry, hasZ: boolean, hasM: boolean): FlatGeometry {
  if (geometry.parts) return { ...geometry, parts: geometry.parts.map((part) => filled(part, hasZ, hasM)) }
  const zeros = () => new Float64Array(geometry.xy.length >> 1)
  return {
    ...geometry,
    ...(hasZ ? { z: geometry.z ?? zeros() } : {}),
    ...(hasM ? { m: geometry.m ?? zeros() } : {}),
  }
}
