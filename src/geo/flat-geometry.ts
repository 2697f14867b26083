/** Geometry types by the numbers of OGC Simple Features' well-known binary. */
export const GEOMETRY_CODES = {
  Point: 1,
  LineString: 2,
  Polygon: 3,
  MultiPoint: 4,
  MultiLineString: 5,
  MultiPolygon: 6,
  GeometryCollection: 7,
} as const
export type GeometryCode = (typeof GEOMETRY_CODES)[keyof typeof GEOMETRY_CODES]

/**
 * A geometry in flat arrays, as FlatGeobuf has it. Points, lines and multi points have their coordinates in `xy`; polygons
 * and multi lines have those of all rings or lines one after the other, `ends` telling (in points, not numbers) where each
 * of them ends; multi polygons and collections have `parts`. An empty geometry has no coordinates, or no parts.
 */
export interface FlatGeometry {
  type: GeometryCode
  /** x0, y0, x1, y1, ... */
  xy: ArrayLike<number>
  /** One height a point. */
  z?: ArrayLike<number> | null
  /** One measure a point. */
  m?: ArrayLike<number> | null
  /** Where each ring, or line, ends: the number of points up to it. */
  ends?: ArrayLike<number> | null
  parts?: readonly FlatGeometry[] | null
}
