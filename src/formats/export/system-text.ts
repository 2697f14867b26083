/**
 * The well-known text (WKT 1) of a reference system with its axes, which a text from a database may lack; who reads it
 * would then take a system that counts the latitude first for one that does not.
 */
export function withAxes(wkt: string, northingFirst: boolean): string {
  if (/\bAXIS\[/.test(wkt)) return wkt
  const isGeographic = wkt.startsWith('GEOGCS[')
  const [east, north] = isGeographic ? ['Longitude', 'Latitude'] : ['Easting', 'Northing']
  const axes = [`AXIS["${east}",EAST]`, `AXIS["${north}",NORTH]`]
  if (northingFirst) axes.reverse()
  // Axes stand behind the last unit, in front of the whole system's authority.
  const authority = /,AUTHORITY\["[^"]*","[^"]*"\]\]$/.exec(wkt)
  const end = authority?.index ?? wkt.length - 1
  return `${wkt.slice(0, end)},${axes.join(',')}${wkt.slice(end)}`
}
