import type { LayerSpecification, RasterSourceSpecification } from 'maplibre-gl'
import type { Bounds } from '../map/bounds.ts'
import type { Base } from './addresses.ts'
import { fullAddress } from './addresses.ts'
import { type DrawnLayer, leafNode, zoomsOf } from './drawn-layer.ts'
import { type Json, listOf, numberOf, recordOf, textOf } from './json.ts'
import type { LayerEntry } from './layer-entries.ts'

const TILE_PIXELS = 256
const TILE_ZOOM_MAX = 22
const SUBDOMAINS = ['a', 'b', 'c']

const OPEN_STREET_MAP = {
  tiles: ['https://tile.openstreetmap.org/{z}/{x}/{y}.png'],
  maxzoom: 19,
  attribution:
    '&copy; <a href="https://www.openstreetmap.org/copyright" target="_blank" rel="noopener">OpenStreetMap</a> contributors',
}

/** A layer of pictures. */
export function rasterLayer(
  entry: LayerEntry,
  source: Omit<RasterSourceSpecification, 'type'>,
  bounds: Bounds | null,
): DrawnLayer {
  const id = `${entry.key}/raster`
  const layer: LayerSpecification = {
    ...{ id, type: 'raster', source: entry.key, ...zoomsOf(entry) },
    paint: { 'raster-opacity': entry.opacity },
  }
  return {
    sources: { [entry.key]: { type: 'raster', tileSize: TILE_PIXELS, ...source } },
    ...{ layers: [layer], node: leafNode(entry, [id]), bounds, pictures: {}, remarks: [] },
  }
}

export const openStreetMap = (entry: LayerEntry): DrawnLayer => rasterLayer(entry, OPEN_STREET_MAP, null)

/** Tiles by the template of their address: `{z}/{x}/{y}`, or `{level}/{col}/{row}`. @throws Error */
export function templatedTiles(entry: LayerEntry, base: Base): DrawnLayer {
  const { options, url } = entry
  const template = url
    .replaceAll(/\{level\}/gi, '{z}')
    .replaceAll(/\{col\}/gi, '{x}')
    .replaceAll(/\{row\}/gi, '{y}')
    .replaceAll(/\{(?:s|subDomain)\}/gi, '{s}')
  if (!['{z}', '{x}', '{y}'].every((place) => template.includes(place)))
    throw new Error('its url needs {z}, {x} and {y}')
  const named = listOf(options.subDomains).flatMap((name) => textOf(name) ?? [])
  const subdomains = template.includes('{s}') ? (named.length > 0 ? named : SUBDOMAINS) : ['']
  return rasterLayer(
    entry,
    {
      tiles: subdomains.map((name) => fullAddress(template.replaceAll('{s}', name), base)),
      maxzoom: numberOf(options.maxZoom) ?? TILE_ZOOM_MAX,
      ...attributionOf(options),
    },
    null,
  )
}

/** Pictures of a WMS: `sublayers` with names, or `layers` with commas between them; `version` 1.3.0 unless told. @throws Error */
export function webMapService(entry: LayerEntry, base: Base): DrawnLayer {
  const { options, url } = entry
  const address = new URL(fullAddress(url, base))
  const names = listOf(options.sublayers).flatMap(
    (layer) => textOf(recordOf(layer).name) ?? textOf(layer) ?? [],
  )
  const layers =
    names.length > 0 ? names.join(',') : (textOf(options.layers) ?? address.searchParams.get('LAYERS'))
  if (!layers) throw new Error('it needs the names of its layers, as sublayers')
  const isOld = textOf(options.version)?.startsWith('1.1') ?? false
  const parameters = {
    ...{ SERVICE: 'WMS', REQUEST: 'GetMap', VERSION: isOld ? '1.1.1' : '1.3.0', LAYERS: layers },
    ...{ STYLES: textOf(options.styles) ?? '', [isOld ? 'SRS' : 'CRS']: 'EPSG:3857' },
    ...{ WIDTH: String(TILE_PIXELS), HEIGHT: String(TILE_PIXELS), TRANSPARENT: 'TRUE' },
    FORMAT: textOf(options.imageFormat) ?? 'image/png',
  }
  for (const name of [...address.searchParams.keys()])
    if (Object.hasOwn(parameters, name.toUpperCase()) || /^bbox$/i.test(name))
      address.searchParams.delete(name)
  for (const [name, value] of Object.entries(parameters)) address.searchParams.set(name, value)
  return rasterLayer(
    entry,
    { tiles: [`${address.href}&BBOX={bbox-epsg-3857}`], ...attributionOf(options) },
    null,
  )
}

/** What is configured is text, where MapLibre takes HTML. */
function attributionOf({ copyright, attribution }: Json): { attribution?: string } {
  const text = textOf(copyright) ?? textOf(attribution)
  return text === null ? {} : { attribution: escapedHtml(text) }
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

const escapedHtml = (text: string): string => text.replace(/[&<>"]/g, (character) => ENTITIES[character]!)
