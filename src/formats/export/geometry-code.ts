import { GEOMETRY_CODES, type GeometryCode } from '../../geo/flat-geometry.ts'

/** The code of a geometry type's name; null for `Geometry`, which is any. */
export const geometryCodeOf = (name: string): GeometryCode | null =>
  GEOMETRY_CODES[name as keyof typeof GEOMETRY_CODES] ?? null
