import { type Json, listOf, numberOf, recordOf, textOf } from './json.ts'
import { zoomOfScale } from './view.ts'

/** How layers are drawn, and the names that configurations have for it; case, `_` and `-` aside. */
const KINDS = {
  map: ['MAP', 'GRATICULEMAP'],
  layer: ['LAYER', 'MAPLAYER', 'GRATICULELAYER'],
  scan: ['SCAN'],
  mosaic: ['MOSAIC'],
  collection: ['DATASET', 'COLLECTION', 'OGCFEATURE', 'OGCFEATURES', 'OGCAPIFEATURES'],
  tilejson: ['TILEJSON', 'VECTORTILE', 'VECTORTILES'],
  tiles: ['WEBTILE', 'WEBTILED', 'XYZ', 'TILE', 'TILES'],
  osm: ['OSM', 'OPENSTREETMAP'],
  wms: ['WMS', 'DIRECTWMS'],
  geojson: ['GEOJSON'],
  group: ['GROUP'],
} as const

export type LayerKind = keyof typeof KINDS

/** Kinds by addresses, for layers that do not tell their type. */
const ADDRESSES: readonly (readonly [pattern: RegExp, kind: LayerKind])[] = [
  [/\{(?:z|level)\}/, 'tiles'],
  [/\/1\/maps\/\d+/, 'map'],
  [/\/1\/layers\/\d+/, 'layer'],
  [/\/ogc\/collections\/[^/]+/, 'collection'],
  [/\/(?:mosaics|layers)\/(?:tile\/)?\d+/, 'mosaic'],
  [/\/maps\/(?:tile\/)?\d+/, 'scan'],
  [/\/tiles\/\d+(?:\.json)?$|tilejson\.json|tiles\.json/, 'tilejson'],
  [/\.geojson(?:[?#]|$)/i, 'geojson'],
]

/** A layer of a configuration. */
export interface LayerEntry {
  /** Nothing else of the map is called so. */
  key: string
  title: string
  /** Null for one that is not drawn here. */
  kind: LayerKind | null
  /** As it was configured, for messages. */
  type: string
  url: string
  isVisible: boolean
  /** 0 to 1. */
  opacity: number
  /** MapLibre's; null for no bound. */
  minZoom: number | null
  maxZoom: number | null
  isExpanded: boolean
  /** What lies above comes first. */
  children: LayerEntry[]
  /** Everything that is said of it. */
  options: Json
}

/** The layers of a list, as configurations have it: what lies above comes first. */
export function readLayers(layers: unknown, prefix = 'layer'): LayerEntry[] {
  return listOf(layers).map((layer, i) => readLayer(recordOf(layer), `${prefix}-${i}`))
}

export function readLayer(options: Json, key: string): LayerEntry {
  const url = textOf(options.url) ?? textOf(options.urlTemplate) ?? ''
  const type = textOf(options.type)
  const kind = type === null ? kindOfAddress(options, url) : kindOfType(type)
  const scale = (value: unknown): number | null => {
    const denominator = numberOf(value)
    return denominator !== null && denominator > 0 ? zoomOfScale(denominator) : null
  }
  return {
    ...{ key, kind, url, options },
    title: textOf(options.title) ?? textOf(options.id) ?? (url || 'Layer'),
    type: type ?? 'without a type',
    isVisible: options.visible !== false,
    opacity: Math.min(1, Math.max(0, numberOf(options.opacity) ?? 1)),
    minZoom: scale(options.minScale),
    maxZoom: scale(options.maxScale),
    isExpanded: options.expanded === true,
    children: kind === 'group' ? readLayers(options.layers, key) : [],
  }
}

function kindOfType(type: string): LayerKind | null {
  const name = type.toUpperCase().replace(/[^A-Z0-9]/g, '')
  const found = Object.entries(KINDS).find(([, names]) => (names as readonly string[]).includes(name))
  return (found?.[0] as LayerKind | undefined) ?? null
}

function kindOfAddress({ layers }: Json, url: string): LayerKind | null {
  if (url === '') return Array.isArray(layers) ? 'group' : null
  return ADDRESSES.find(([pattern]) => pattern.test(url))?.[1] ?? null
}

/** The layers that are drawn, without their groups; what lies above comes first. */
export const leavesOf = (entries: readonly LayerEntry[]): LayerEntry[] =>
  entries.flatMap((entry) => (entry.kind === 'group' ? leavesOf(entry.children) : [entry]))
