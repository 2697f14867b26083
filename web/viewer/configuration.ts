import { type Json, listOf, numberOf, recordOf, textOf } from './json.ts'
import { type LayerEntry, readLayers } from './layer-entries.ts'
import { type Feature, readFeatures, readTools, type Tool } from './tools.ts'
import { type InitialView, readView } from './view.ts'

/** A map to lay layers on. */
export interface BasemapEntry {
  id: string
  title: string
  isSelected: boolean
  /** The name of one, a layer, or a list of layers. */
  basemap: unknown
}

/** What the viewer reads of an app.json. */
export interface Configuration {
  title: string
  description: string
  /** Origin of the platform that root-relative addresses are of; null for the one that the viewer is from. */
  platform: string | null
  basemaps: BasemapEntry[]
  /** What lies above first. */
  layers: LayerEntry[]
  view: InitialView
  features: Set<Feature>
  tools: Tool[]
  /** State of an app that is shown before it is published. */
  previewState: string | null
  /** Seconds after which the app is looked up anew; null for never. */
  refreshSeconds: number | null
  /** When the app was changed, for who compares. */
  modifiedAt: number | null
}

/** Reads an app.json as the server gives it. What it has of other types than it should is not there. */
export function readConfiguration(document: unknown): Configuration {
  const { properties: told, load, bundles: configured } = recordOf(document)
  const [properties, bundles] = [recordOf(told), recordOf(configured)]
  const component = (bundle: string, name: string): Json => recordOf(recordOf(bundles[bundle])[name])
  const { basemaps, map, view } = component('map-init', 'Config')
  const { allowedBundles } = recordOf(load)
  const features = readFeatures(allowedBundles, bundles)
  const isSwitchedOn = (bundle: string) => listOf(allowedBundles).includes(bundle)
  const interval = numberOf(component('autorefresh', 'Config').interval)
  return {
    title: textOf(properties.title) ?? textOf(properties.id) ?? 'Map',
    description: textOf(properties.description) ?? '',
    platform: originOf(properties.platform),
    basemaps: listOf(basemaps).map((basemap, i) => readBasemap(recordOf(basemap), i)),
    layers: readLayers(recordOf(map).layers),
    view: readView(recordOf(view)),
    features,
    tools: readTools(component('toolset', 'ToolsetManager'), features),
    previewState: isSwitchedOn('preview')
      ? (textOf(component('preview', 'Config').editorState) ?? 'DRAFT')
      : null,
    refreshSeconds: isSwitchedOn('autorefresh') && interval !== null && interval > 0 ? interval : null,
    modifiedAt: numberOf(properties.modifiedAt),
  }
}

function readBasemap({ id, title, selected, basemap }: Json, index: number): BasemapEntry {
  const name = textOf(id) ?? `basemap-${index}`
  return { id: name, title: textOf(title) ?? name, isSelected: selected === true, basemap: basemap ?? name }
}

function originOf(address: unknown): string | null {
  const text = textOf(address)
  if (text === null || !URL.canParse(text)) return null
  const { protocol, origin } = new URL(text)
  return protocol === 'https:' || protocol === 'http:' ? origin : null
}
