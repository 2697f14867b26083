import type { LayerRecord } from '../layers.ts'

/** A source of a MapLibre style, as JSON. */
export type StyleSource =
  | { type: 'vector'; tiles: string[]; minzoom: number; maxzoom: number; bounds: number[] }
  | { type: 'raster'; url: string; tileSize: number }
  | { type: 'raster'; tiles: string[]; tileSize: number; maxzoom?: number; attribution?: string }
  | { type: 'geojson'; data: string }

const OPEN_STREET_MAP = {
  tiles: ['https://tile.openstreetmap.org/{z}/{x}/{y}.png'],
  maxzoom: 19,
  attribution:
    '&copy; <a href="https://www.openstreetmap.org/copyright" target="_blank" rel="noopener">OpenStreetMap</a> contributors',
}
const SUBDOMAINS = ['a', 'b', 'c']
const TILE_PIXELS = 256
/** Features that are asked of a feature service. */
const WFS_FEATURES_MAX = 2000

/** The source of a layer whose pictures or features come from elsewhere; null where its address is none that browsers load. */
export function sourceElsewhere({ type, source }: Pick<LayerRecord, 'type' | 'source'>): StyleSource | null {
  switch (type) {
    case 'tile':
      return tiled(String(source.src ?? source.url ?? ''))
    case 'wms':
      return webMapService(source)
    case 'wfs':
      return webFeatureService(source)
    default:
      return null
  }
}

function tiled(template: string): StyleSource | null {
  if (/^(osm|openstreetmap)$/i.test(template.trim()))
    return { type: 'raster', tileSize: TILE_PIXELS, ...OPEN_STREET_MAP }
  const hasPlaces = ['{z}', '{x}', '{y}'].every((place) => template.includes(place))
  if (!hasPlaces || !addressOf(template.replace('{s}', 'a'))) return null
  const tiles = template.includes('{s}')
    ? SUBDOMAINS.map((subdomain) => template.replaceAll('{s}', subdomain))
    : [template]
  return { type: 'raster', tileSize: TILE_PIXELS, tiles }
}

function webMapService({ url, layer, layers, style, version }: LayerRecord['source']): StyleSource | null {
  const address = addressOf(url)
  if (!address) return null
  const isNew = String(version ?? '').startsWith('1.3')
  setParameters(address, {
    SERVICE: 'WMS',
    REQUEST: 'GetMap',
    VERSION: isNew ? '1.3.0' : '1.1.1',
    LAYERS: String(layer ?? layers ?? ''),
    STYLES: String(style ?? ''),
    [isNew ? 'CRS' : 'SRS']: 'EPSG:3857',
    WIDTH: String(TILE_PIXELS),
    HEIGHT: String(TILE_PIXELS),
    FORMAT: 'image/png',
    TRANSPARENT: 'TRUE',
  })
  return { type: 'raster', tileSize: TILE_PIXELS, tiles: [`${address.href}&BBOX={bbox-epsg-3857}`] }
}

function webFeatureService({ url, layer_id, version }: LayerRecord['source']): StyleSource | null {
  const address = addressOf(url)
  if (!address) return null
  const isNew = !String(version ?? '').startsWith('1.')
  setParameters(address, {
    SERVICE: 'WFS',
    REQUEST: 'GetFeature',
    VERSION: isNew ? '2.0.0' : '1.1.0',
    [isNew ? 'TYPENAMES' : 'TYPENAME']: String(layer_id ?? ''),
    OUTPUTFORMAT: 'application/json',
    SRSNAME: 'EPSG:4326',
    [isNew ? 'COUNT' : 'MAXFEATURES']: String(WFS_FEATURES_MAX),
  })
  return { type: 'geojson', data: address.href }
}

/** Sets parameters of an address in the place of those of the same name in whatever case. */
function setParameters({ searchParams }: URL, parameters: Record<string, string>): void {
  for (const name of [...searchParams.keys()])
    if (Object.hasOwn(parameters, name.toUpperCase()) || name.toUpperCase() === 'BBOX')
      searchParams.delete(name)
  for (const [name, value] of Object.entries(parameters)) searchParams.set(name, value)
}

function addressOf(text: unknown): URL | null {
  const url = typeof text === 'string' && URL.canParse(text) ? new URL(text) : null
  const isLoaded = url && /^https?:$/.test(url.protocol) && url.username === '' && url.password === ''
  return isLoaded ? url : null
}

/** The origins that a source's addresses are of, for who allows them; none for those of this site. */
export function originsOf(source: StyleSource): string[] {
  if (source.type === 'vector') return []
  const addresses = source.type === 'geojson' ? [source.data] : 'tiles' in source ? source.tiles : []
  return addresses.map((address) => new URL(address).origin)
}
