const DEGREES_BETWEEN_LINES = 10
/** Where web mercator ends. */
const LATITUDE_MAX = 85

/** Meridians and parallels. */
export function graticule(): GeoJSON.FeatureCollection {
  const lines: GeoJSON.Position[][] = []
  for (let lon = -180; lon <= 180; lon += DEGREES_BETWEEN_LINES)
    lines.push([
      [lon, -LATITUDE_MAX],
      [lon, LATITUDE_MAX],
    ])
  for (let lat = -80; lat <= 80; lat += DEGREES_BETWEEN_LINES)
    lines.push([
      [-180, lat],
      [180, lat],
    ])
  const geometry = { type: 'MultiLineString', coordinates: lines } as const
  return { type: 'FeatureCollection', features: [{ type: 'Feature', properties: {}, geometry }] }
}
