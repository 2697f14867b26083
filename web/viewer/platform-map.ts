import type { LayerSpecification, SourceSpecification } from 'maplibre-gl'
import type { Bounds } from '../map/bounds.ts'
import type { LayerNode, Picture } from '../map/layer-node.ts'
import { type DrawnLayer, zoomsOf } from './drawn-layer.ts'
import type { LayerEntry } from './layer-entries.ts'

/** A map, or a layer of one, as `GET /1/maps/{id}/style` tells it. */
export interface StyleDocument {
  metadata: {
    tree: LayerNode[]
    pictures: Record<string, Picture>
    bounds: Bounds
    attribution: string | null
  }
  sources: Record<string, SourceSpecification>
  layers: LayerSpecification[]
}

/** What draws a map of the platform, without its background; nothing of it is called like anything of another. */
export function platformMap(entry: LayerEntry, document: StyleDocument): DrawnLayer {
  const { metadata, sources } = document
  const named = (name: string) => `${entry.key}/${name}`
  const layers = document.layers.filter(({ type }) => type !== 'background')
  const credited = metadata.attribution ? { attribution: metadata.attribution } : {}
  return {
    sources: Object.fromEntries(
      Object.entries(sources).map(([name, source], i) => [
        named(name),
        (i === 0 ? { ...source, ...credited } : source) as SourceSpecification,
      ]),
    ),
    layers: layers.map((layer) => withOpacity(placed(layer, entry, named), entry.opacity)),
    node: nodeOf(entry, metadata.tree, named),
    bounds: metadata.bounds,
    pictures: metadata.pictures,
    remarks: [],
  }
}

function placed(
  layer: LayerSpecification,
  entry: LayerEntry,
  named: (name: string) => string,
): LayerSpecification {
  const { minzoom = 0, maxzoom = 24 } = zoomsOf(entry)
  const { source } = layer as { source?: string }
  return {
    ...layer,
    id: named(layer.id),
    ...(source === undefined ? {} : { source: named(source) }),
    minzoom: Math.max(minzoom, layer.minzoom ?? 0),
    maxzoom: Math.min(maxzoom, layer.maxzoom ?? 24),
  } as LayerSpecification
}

/** Paint properties that make a layer transparent, by the layer's type. */
const OPACITIES: Readonly<Record<string, readonly string[]>> = {
  fill: ['fill-opacity'],
  line: ['line-opacity'],
  circle: ['circle-opacity', 'circle-stroke-opacity'],
  symbol: ['text-opacity', 'icon-opacity'],
  raster: ['raster-opacity'],
}

function withOpacity(layer: LayerSpecification, opacity: number): LayerSpecification {
  if (opacity === 1) return layer
  const paint: Record<string, unknown> = { ...layer.paint }
  for (const name of OPACITIES[layer.type] ?? []) {
    const own = paint[name] ?? 1
    paint[name] = typeof own === 'number' ? own * opacity : ['*', opacity, own]
  }
  return { ...layer, paint } as LayerSpecification
}

/** A map is a folder of its layers; a single layer is a layer. */
function nodeOf(entry: LayerEntry, tree: readonly LayerNode[], named: (name: string) => string): LayerNode {
  const renamed = (node: LayerNode): LayerNode => ({
    ...{ ...node, id: named(String(node.id)), styleLayers: node.styleLayers.map(named) },
    children: node.children.map(renamed),
  })
  const nodes = tree.map(renamed)
  const [single] = nodes
  const common = { id: entry.key, name: entry.title, isVisible: entry.isVisible }
  return entry.kind === 'layer' && single
    ? { ...single, ...common }
    : { ...common, isFolder: true, styleLayers: [], legend: [], titles: {}, children: nodes }
}
