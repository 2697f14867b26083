import { listOf, recordOf, textOf } from './json.ts'

/** What a viewer can have beside its map, each switched on by a bundle. */
const FEATURES = {
  toolset: ['toolset'],
  layers: ['toc'],
  legend: ['legend'],
  popups: ['popups', 'popups-default', 'featureinfo'],
  measure: ['measurement', 'measurement-2d', 'measure'],
  basemaps: ['basemaptoggler', 'basemapgallery', 'basemapchanger'],
  scaleBar: ['scalebar', 'scaleviewer'],
  coordinates: ['coordinateviewer', 'coordinatetransformer'],
} as const

export type Feature = keyof typeof FEATURES

/** The tools of a toolbar in their order: the names they are called by, and the feature that brings them. */
const TOOLS = {
  zoomIn: { names: ['zoomin'], feature: null },
  zoomOut: { names: ['zoomout'], feature: null },
  fullExtent: { names: ['fullextent', 'initialextent', 'homebutton', 'home', 'extent'], feature: null },
  identify: { names: ['identify', 'featureinfo', 'popup', 'popups'], feature: 'popups' },
  measure: { names: ['measure', 'measurement', 'distancemeasurement'], feature: 'measure' },
  layers: { names: ['toc', 'layers', 'layerlist'], feature: 'layers' },
  legend: { names: ['legend'], feature: 'legend' },
  basemaps: {
    names: ['basemaps', 'basemapchanger', 'basemapgallery', 'basemaptoggler'],
    feature: 'basemaps',
  },
} as const satisfies Record<string, { names: readonly string[]; feature: Feature | null }>

export type Tool = keyof typeof TOOLS

/** Names of bundles without their versions. */
const bundleName = (entry: unknown): string => (textOf(entry) ?? '').replace(/@.*$/s, '').toLowerCase()

/** The features that a configuration allows: those of `load.allowedBundles`, all without it; none that is not `enabled`. */
export function readFeatures(allowedBundles: unknown, bundles: Record<string, unknown>): Set<Feature> {
  const allowed = Array.isArray(allowedBundles) ? new Set(allowedBundles.map(bundleName)) : null
  const isOn = (name: string) =>
    (allowed === null || allowed.has(name)) && recordOf(bundles[name]).enabled !== false
  return new Set(
    (Object.entries(FEATURES) as [Feature, readonly string[]][]).flatMap(([feature, names]) =>
      names.some(isOn) ? [feature] : [],
    ),
  )
}

/**
 * The tools of all toolsets of `toolset.ToolsetManager`, in the order they are named; all there are where there is no toolset.
 * `*` stands for any names, and names may be those of map.apps (`tocToggleTool`).
 */
export function readTools(toolsetManager: unknown, features: ReadonlySet<Feature>): Tool[] {
  if (!features.has('toolset')) return []
  const { toolsets } = recordOf(toolsetManager)
  const named = listOf(toolsets).flatMap((toolset) => listOf(recordOf(toolset).tools))
  const patterns = (Array.isArray(toolsets) ? named : ['*']).flatMap((name) => textOf(name) ?? [])
  const allowed = (Object.keys(TOOLS) as Tool[]).filter((tool) => {
    const { feature } = TOOLS[tool]
    return feature === null || features.has(feature)
  })
  return [...new Set(patterns.flatMap((pattern) => allowed.filter((tool) => isNamed(tool, pattern))))]
}

function isNamed(tool: Tool, pattern: string): boolean {
  const plain = pattern
    .toLowerCase()
    .replace(/[^a-z*]/g, '')
    .replace(/(?:toggle|click)?tool$/, '')
  const expression = new RegExp(`^${plain.replaceAll('*', '.*')}$`)
  return TOOLS[tool].names.some((name) => expression.test(name))
}
