import { type FlatGeometry, GEOMETRY_CODES } from './flat-geometry.ts'

/** Name of a geometry's type; `Geometry` stands for any. */
export type GeometryTypeName = keyof typeof GEOMETRY_CODES | 'Geometry'
export type CoordinateDimensions = 'XY' | 'XYZ' | 'XYM' | 'XYZM'

/** What the geometries of many features have in common. Plain JSON. */
export interface GeometryCensus {
  /** Of every type that has been met, 2 to the power of its code. */
  types: number
  /** Heights, or measures, are there; those that are other than 0 are counted apart. */
  hasZ: boolean
  hasM: boolean
  hasHeights: boolean
  /** Smallest x, y, greatest x, y; null while there is nothing. */
  extent: [number, number, number, number] | null
}

export const newGeometryCensus = (): GeometryCensus => ({
  ...{ types: 0, hasZ: false, hasM: false, hasHeights: false, extent: null },
})

/** Counts one geometry in. */
export function countGeometry(census: GeometryCensus, geometry: FlatGeometry): void {
  census.types |= 1 << geometry.type
  countCoordinates(census, geometry)
}

function countCoordinates(census: GeometryCensus, { xy, z, m, parts }: FlatGeometry): void {
  if (z) {
    census.hasZ = true
    for (let i = 0; i < z.length && !census.hasHeights; i++) census.hasHeights = z[i] !== 0
  }
  if (m) census.hasM = true
  let [minX, minY, maxX, maxY] = census.extent ?? NOTHING
  for (let i = 0; i + 1 < xy.length; i += 2) {
    const x = xy[i]!
    const y = xy[i + 1]!
    if (x < minX) minX = x
    if (x > maxX) maxX = x
    if (y < minY) minY = y
    if (y > maxY) maxY = y
  }
  if (maxX >= minX && maxY >= minY) census.extent = [minX, minY, maxX, maxY]
  for (const part of parts ?? []) countCoordinates(census, part)
}

const NOTHING = [
  Number.POSITIVE_INFINITY,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
] as const

/** A type and the one of several of it. */
const FAMILIES = [
  ['Point', 'MultiPoint'],
  ['LineString', 'MultiLineString'],
  ['Polygon', 'MultiPolygon'],
] as const

const bit = (name: keyof typeof GEOMETRY_CODES): number => 1 << GEOMETRY_CODES[name]

/**
 * The narrowest type that holds every geometry counted: one type, that of several where there are single ones too, or any.
 * @param declared what the file says; it stays where it holds them all
 * @returns null where there is no geometry and none is declared
 */
export function narrowestType(
  { types }: GeometryCensus,
  declared: GeometryTypeName | null,
): GeometryTypeName | null {
  if (types === 0) return declared
  if (declared && declared !== 'Geometry' && holds(declared, types)) return declared
  const names = Object.keys(GEOMETRY_CODES) as (keyof typeof GEOMETRY_CODES)[]
  return names.find((name) => holds(name, types)) ?? 'Geometry'
}

function holds(type: keyof typeof GEOMETRY_CODES, types: number): boolean {
  const single = FAMILIES.find(([, multi]) => multi === type)?.[0]
  return (types & ~(bit(type) | (single ? bit(single) : 0))) === 0
}

/** @param keepsZ heights that are all 0 count as well */
export function dimensionsOf(
  { hasZ, hasM, hasHeights }: GeometryCensus,
  keepsZ: boolean,
): CoordinateDimensions {
  const z = hasZ && (hasHeights || keepsZ)
  return z ? (hasM ? 'XYZM' : 'XYZ') : hasM ? 'XYM' : 'XY'
}

/** Whether what was counted can be degrees. */
export function looksGeographic({ extent }: GeometryCensus): boolean {
  if (!extent) return true
  const [minX, minY, maxX, maxY] = extent
  return minX >= -180 && maxX <= 360 && minY >= -90 && maxY <= 90
}
