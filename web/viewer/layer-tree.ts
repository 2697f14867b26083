import type { LayerNode } from '../map/layer-node.ts'
import type { DrawnLayer } from './drawn-layer.ts'
import type { LayerEntry } from './layer-entries.ts'

/** The layers and groups that a list of layers shows: those that could be read, and groups with something in them. */
export const layerTree = (
  entries: readonly LayerEntry[],
  drawn: ReadonlyMap<string, DrawnLayer>,
): LayerNode[] =>
  entries.flatMap((entry): LayerNode[] => {
    const { key, title, isVisible, isExpanded } = entry
    if (entry.kind !== 'group') {
      const node = drawn.get(key)?.node
      return node ? [node.isFolder ? { ...node, isExpanded } : node] : []
    }
    const children = layerTree(entry.children, drawn)
    if (children.length === 0) return []
    return [
      {
        ...{ id: key, name: title, isFolder: true, isVisible, isExpanded, children },
        ...{ styleLayers: [], legend: [], titles: {} },
      },
    ]
  })
