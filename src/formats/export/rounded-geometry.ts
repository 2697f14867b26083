import type { FlatGeometry } from '../../geo/flat-geometry.ts'

/** A geometry whose x and y have so many decimals. */
export function roundedGeometry(geometry: FlatGeometry, decimals: number): FlatGeometry {
  const scale = 10 ** decimals
  const { xy, parts } = geometry
  return {
    ...geometry,
    xy: Float64Array.from(xy, (value) => Math.round(value * scale) / scale),
    ...(parts ? { parts: parts.map((part) => roundedGeometry(part, decimals)) } : {}),
  }
}

/** Whether all x and y are numbers, none of them infinite. */
export function isFiniteGeometry({ xy, parts }: FlatGeometry): boolean {
  for (let i = 0; i < xy.length; i++) if (!Number.isFinite(xy[i])) return false
  return (parts ?? []).every(isFiniteGeometry)
}
