/**
 * The same points turned together by whole 360 degrees, so that the mean of their longitudes lies between -180 and
 * 180: maps of longitudes that count from 0 to 360 come to lie where tiles are. No points are moved against others.
 * @param points with `lon` in degrees
 */
export function turnedIntoWorld<P extends { lon: number }>(points: readonly P[]): P[] {
  const mean = points.reduce((sum, { lon }) => sum + lon, 0) / (points.length || 1)
  const turn = Math.abs(mean) > 180 ? 360 * Math.round(mean / 360) : 0
  return points.map((point) => ({ ...point, lon: point.lon - turn }))
}
