import type { SourceSpecification } from 'maplibre-gl'
import type { Bounds } from '../map/bounds.ts'
import { geoJsonBounds } from '../map/geojson-bounds.ts'
import { type Base, fullAddress } from './addresses.ts'
import { type DrawnLayer, leafNode } from './drawn-layer.ts'
import { featureLayers } from './feature-layers.ts'
import { listOf, numberOf, recordOf, textOf } from './json.ts'
import type { LayerEntry } from './layer-entries.ts'
import { platformMap, type StyleDocument } from './platform-map.ts'
import type { Look } from './symbols.ts'
import { openStreetMap, rasterLayer, templatedTiles, webMapService } from './tile-layers.ts'

export interface LayerTools {
  base: Base
  /** The JSON at an address. @throws Error */
  fetchJson: (address: string) => Promise<unknown>
  /** How features look where their layer does not say. */
  look: Look
}

/** Features of a collection that are drawn at once. */
const ITEMS_MAX = 10_000

/** Reads what is drawn of a layer. @throws Error that says why it is not */
export function loadLayer(entry: LayerEntry, tools: LayerTools): Promise<DrawnLayer> | DrawnLayer {
  switch (entry.kind) {
    case 'map':
      return styled(entry, 'maps', tools)
    case 'layer':
      return styled(entry, 'layers', tools)
    case 'scan':
      return tileJson(entry, numbered(entry, 'maps/tile', '/tilejson.json'), tools)
    case 'mosaic':
      return tileJson(entry, numbered(entry, 'mosaics/tile', '/tilejson.json'), tools)
    case 'collection':
      return collection(entry, tools)
    case 'tilejson':
      return entry.url.includes('{z}')
        ? templatedTiles(entry, tools.base)
        : tileJson(entry, numbered(entry, 'tiles', '.json'), tools)
    case 'tiles':
      return templatedTiles(entry, tools.base)
    case 'osm':
      return openStreetMap(entry)
    case 'wms':
      return webMapService(entry, tools.base)
    case 'geojson':
      return geoJson(entry, tools)
    default:
      throw new Error(`layers of the type ${entry.type} are not drawn here`)
  }
}

/** The address that a number stands for, or that the entry has. */
const numbered = ({ url }: LayerEntry, folder: string, rest: string): string =>
  /^\d+$/.test(url)
    ? `/${folder}/${url}${rest}`
    : url.replace(/^(.*)\/(maps|mosaics|layers)\/(\d+)\/?$/, `$1/$2/tile/$3${rest}`)

async function styled(entry: LayerEntry, what: 'maps' | 'layers', { base, fetchJson }: LayerTools) {
  const path = /^\d+$/.test(entry.url) ? `/1/${what}/${entry.url}` : entry.url.replace(/[?#].*$|\/$/, '')
  const plain = path.replace(/\/(?:style|render\.iframe)$|\.json$/, '')
  const document = recordOf(await fetchJson(fullAddress(`${plain}/style`, base)))
  if (!Array.isArray(document.layers) || !Array.isArray(recordOf(document.metadata).tree))
    throw new Error('there is no map of the platform at its url')
  return platformMap(entry, document as unknown as StyleDocument)
}

async function tileJson(entry: LayerEntry, address: string, { base, fetchJson, look }: LayerTools) {
  const from = fullAddress(address, base)
  return tiled(entry, recordOf(await fetchJson(from)), look, from)
}

/** What TileJSON describes: vector tiles, where it tells their layers, else pictures. */
function tiled(entry: LayerEntry, document: Record<string, unknown>, look: Look, from: string): DrawnLayer {
  const tiles = listOf(document.tiles).flatMap((template) => {
    const text = textOf(template)
    return text === null ? [] : fullAddress(text, { page: from, platform: new URL(from).origin })
  })
  if (tiles.length === 0) throw new Error('there is no TileJSON at its url')
  const bounds = boundsOf(document.bounds)
  const [minzoom, maxzoom] = [numberOf(document.minzoom) ?? 0, numberOf(document.maxzoom) ?? 22]
  const attribution = textOf(document.attribution)
  const source = {
    ...{ tiles, minzoom, maxzoom },
    ...(bounds ? { bounds } : {}),
    ...(attribution === null ? {} : { attribution }),
  }
  const names = listOf(document.vector_layers).flatMap((layer) => textOf(recordOf(layer).id) ?? [])
  if (names.length === 0) return rasterLayer(entry, source, bounds)
  return features(entry, { type: 'vector', ...source }, { look, names, bounds, remarks: [] })
}

const boundsOf = (value: unknown): Bounds | null => {
  const numbers = listOf(value).map(numberOf)
  return numbers.length === 4 && !numbers.includes(null) ? (numbers as Bounds) : null
}

/** What is known of features beside their source. */
interface Features {
  look: Look
  /** Layers of the tiles; none for a source that has none. */
  names: readonly string[]
  bounds: Bounds | null
  remarks: string[]
}

function features(
  entry: LayerEntry,
  source: SourceSpecification,
  { look, names, bounds, remarks }: Features,
): DrawnLayer {
  const parts =
    names.length === 0
      ? [featureLayers(entry, { source: entry.key }, look)]
      : names.map((name, i) => {
          const key = i === 0 ? entry.key : `${entry.key}/${i}`
          return featureLayers({ ...entry, key }, { source: entry.key, 'source-layer': name }, look)
        })
  const layers = parts.flatMap((part) => part.layers)
  const node = leafNode(
    entry,
    layers.map(({ id }) => id),
  )
  return {
    sources: { [entry.key]: source },
    ...{ layers, bounds, pictures: {}, remarks },
    node: { ...node, legend: parts[0]!.legend },
  }
}

/** A collection of OGC API: by its tiles, or, where it has none or `mode` is `snapshot`, by its features. */
async function collection(entry: LayerEntry, tools: LayerTools): Promise<DrawnLayer> {
  const { base, fetchJson, look } = tools
  const { url, options } = entry
  const path = /^\d+$/.test(url) ? `/ogc/collections/${url}` : url.replace(/[?#].*$|\/$/, '')
  const named = textOf(options.collectionId)
  const address = fullAddress(
    named === null || path.includes('/collections/')
      ? path.replace(/\/items$/, '')
      : `${path}/collections/${encodeURIComponent(named)}`,
    base,
  )
  const document = recordOf(await fetchJson(address))
  const linkTo = (rel: string) =>
    listOf(document.links)
      .map(recordOf)
      .find((link) => link.rel === rel && /json/.test(textOf(link.type) ?? 'json'))
  const tiles = options.mode === 'snapshot' ? null : textOf(linkTo('tiles')?.href)
  if (tiles !== null) {
    const from = new URL(tiles, address).href
    return tiled(entry, recordOf(await fetchJson(from)), look, from)
  }
  const items = textOf(linkTo('items')?.href)
  if (items === null) throw new Error('there is no collection with features or tiles at its url')
  const query = new URL(items, address)
  query.searchParams.set('limit', String(ITEMS_MAX))
  const found = recordOf(await fetchJson(query.href))
  const [matched, returned] = [numberOf(found.numberMatched), numberOf(found.numberReturned)]
  const isCut = matched !== null && returned !== null && returned < matched
  return features(
    entry,
    { type: 'geojson', data: found as unknown as GeoJSON.GeoJSON },
    {
      ...{ look, names: [], bounds: geoJsonBounds(found) },
      remarks: isCut ? [`only ${returned} of its ${matched} features are shown`] : [],
    },
  )
}

async function geoJson(entry: LayerEntry, { base, fetchJson, look }: LayerTools): Promise<DrawnLayer> {
  const data = await fetchJson(fullAddress(entry.url, base))
  return features(
    entry,
    { type: 'geojson', data: data as GeoJSON.GeoJSON },
    { look, names: [], bounds: geoJsonBounds(data), remarks: [] },
  )
}
