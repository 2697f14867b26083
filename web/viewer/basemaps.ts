import type { LayerSpecification, SourceSpecification } from 'maplibre-gl'
import { graticule } from '../map/graticule.ts'
import type { BasemapEntry } from './configuration.ts'
import type { DrawnLayer } from './drawn-layer.ts'
import { listOf, recordOf, textOf } from './json.ts'
import { readLayer } from './layer-entries.ts'
import { type LayerTools, loadLayer } from './load-layer.ts'

/** What a basemap is drawn by; the lowest first. */
export interface Basemap {
  sources: Record<string, SourceSpecification>
  layers: LayerSpecification[]
}

/** Everything of a basemap is called so first. */
const BASEMAP_PREFIX = 'basemap'
/** Whether a source or a layer of a style is of the basemap. */
export const isOfBasemap = (name: string): boolean => name.startsWith(`${BASEMAP_PREFIX}/`)
/** The basemap of a map that has none that is known. */
const DEFAULT_BASEMAP: BasemapEntry = { id: 'world', title: 'World', isSelected: true, basemap: 'world' }
/** Land and borders: Natural Earth, 1:110 million, simplified. */
const WORLD = new URL('./world.geojson', import.meta.url).href

const LIGHT = { ground: '#dde8ee', land: '#f6f5f1', coast: '#aebfc8', border: '#cfd2cd', line: '#cbd9e0' }
const DARK = { ground: '#131c24', land: '#222d36', coast: '#465a68', border: '#394652', line: '#1f2b35' }

type NamedBasemap = (colours: typeof LIGHT, tools: LayerTools) => Basemap

/** Names of basemaps, as a configuration has them. */
const NAMED: Readonly<Record<string, NamedBasemap>> = {
  world: (colours) => ({
    sources: {
      ...lines(),
      'basemap/world': { type: 'geojson', data: WORLD, attribution: 'Natural Earth' },
    },
    layers: [
      ground(colours.ground),
      {
        ...{ id: 'basemap/land', type: 'fill', source: 'basemap/world' },
        filter: ['==', ['get', 'kind'], 'land'],
        paint: { 'fill-color': colours.land },
      },
      lineLayer('graticule', 'basemap/graticule', colours.line),
      {
        ...lineLayer('borders', 'basemap/world', colours.border),
        filter: ['==', ['get', 'kind'], 'borders'],
      } as LayerSpecification,
      {
        ...lineLayer('coast', 'basemap/world', colours.coast),
        filter: ['==', ['get', 'kind'], 'land'],
      } as LayerSpecification,
    ],
  }),
  graticule: (colours) => ({
    sources: lines(),
    layers: [ground(colours.land), lineLayer('graticule', 'basemap/graticule', colours.coast)],
  }),
  blank: (colours) => ({ sources: {}, layers: [ground(colours.land)] }),
  osm: (colours, tools) =>
    withGround(colours, [
      loadLayer(readLayer({ type: 'OSM' }, `${BASEMAP_PREFIX}/osm`), tools) as DrawnLayer,
    ]),
}

const ALIASES: Readonly<Record<string, string>> = {
  none: 'blank',
  openstreetmap: 'osm',
}

const namedBasemap = (basemap: unknown): NamedBasemap | null => {
  const name = (textOf(basemap) ?? '').toLowerCase()
  const plain = Object.hasOwn(ALIASES, name) ? ALIASES[name]! : name
  return Object.hasOwn(NAMED, plain) ? NAMED[plain]! : null
}

/** The basemaps that can be drawn, one at least, and the titles of those that cannot. */
export function knownBasemaps(entries: readonly BasemapEntry[]): {
  known: BasemapEntry[]
  unknown: string[]
} {
  const isKnown = ({ basemap }: BasemapEntry) => typeof basemap !== 'string' || namedBasemap(basemap) !== null
  const known = entries.filter(isKnown)
  return {
    known: known.length > 0 ? known : [DEFAULT_BASEMAP],
    unknown: entries.filter((entry) => !isKnown(entry)).map(({ title }) => title),
  }
}

export const selectedBasemap = (entries: readonly BasemapEntry[]): BasemapEntry =>
  entries.find(({ isSelected }) => isSelected) ?? entries[0]!

/** Reads what draws a basemap: one by name, a layer, or a list of layers, the uppermost first. @throws Error */
export async function loadBasemap(
  { basemap }: BasemapEntry,
  isDark: boolean,
  tools: LayerTools,
): Promise<Basemap> {
  const colours = isDark ? DARK : LIGHT
  const named = namedBasemap(basemap)
  if (named) return named(colours, tools)
  const given = Array.isArray(basemap) ? basemap : [basemap]
  const flat = given.flatMap((layer) => {
    const { type, layers } = recordOf(layer)
    return /^group$/i.test(textOf(type) ?? '') ? listOf(layers) : [layer]
  })
  const drawn = await Promise.all(
    flat.map((layer, i) => loadLayer(readLayer(recordOf(layer), `${BASEMAP_PREFIX}/${i}`), tools)),
  )
  return withGround(colours, drawn.toReversed())
}

/** Layers on the colour of the ground. @param drawn the lowest first */
const withGround = ({ ground: colour }: typeof LIGHT, drawn: readonly DrawnLayer[]): Basemap => ({
  sources: Object.assign({}, ...drawn.map(({ sources }) => sources)),
  layers: [ground(colour), ...drawn.flatMap(({ layers }) => layers)],
})

const ground = (colour: string): LayerSpecification => ({
  ...{ id: 'basemap/ground', type: 'background' },
  paint: { 'background-color': colour },
})

const lines = (): Basemap['sources'] => ({ 'basemap/graticule': { type: 'geojson', data: graticule() } })

const lineLayer = (name: string, source: string, colour: string): LayerSpecification => ({
  ...{ id: `basemap/${name}`, type: 'line', source },
  paint: { 'line-color': colour, 'line-width': 1 },
})
