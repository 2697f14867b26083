/** Names that ArcGIS, GDAL and people give to systems without telling their code. */
const CODES_BY_NAME: Record<string, string> = {
  'wgs 84': 'EPSG:4326',
  gcs_wgs_1984: 'EPSG:4326',
  'wgs 84 / pseudo-mercator': 'EPSG:3857',
  wgs_1984_web_mercator_auxiliary_sphere: 'EPSG:3857',
}

const WKT = /^\s*\w+\s*[[(]\s*"([^"]*)"/
const IDENTIFIER = /^\s*(?:ID|AUTHORITY)\s*[[(]\s*"([A-Za-z]+)"\s*,\s*"?(\w+)"?/i

/**
 * What to call a reference system that a file defines: of WKT, of either version, the outermost identifier
 * (`EPSG:4326`), or else what its name stands for, or else its name; anything else is a name already.
 */
export function crsNameOf(definition: string): string {
  const name = WKT.exec(definition)?.[1]
  if (name === undefined) return definition.trim()
  return identifierOf(definition) ?? CODES_BY_NAME[name.toLowerCase()] ?? name
}

/** The identifier that stands directly inside the outermost brackets of WKT. */
function identifierOf(wkt: string): string | null {
  let depth = 0
  let quoted = false
  let found: string | null = null
  for (let i = 0; i < wkt.length; i++) {
    const char = wkt[i]!
    if (char === '"') quoted = !quoted
    if (quoted) continue
    if (char === '[' || char === '(') depth++
    else if (char === ']' || char === ')') depth--
    else if (depth === 1 && char === ',') {
      const match = IDENTIFIER.exec(wkt.slice(i + 1, i + 100))
      if (match) found = `${match[1]}:${match[2]}`.toUpperCase()
    }
  }
  return found
}
