/** A layer or folder of a map; what lies above first. */
export interface LayerNode {
  id: number | string
  name: string
  isFolder: boolean
  isVisible: boolean
  /** Whether a folder is opened, where that is said. */
  isExpanded?: boolean
  /** Layers of the style that draw it. */
  styleLayers: string[]
  legend: LegendEntry[]
  /** Of properties that have one. */
  titles: Record<string, string>
  /** How a feature is described, where that is said; null where it is not described. */
  popup?: PopupTemplate | null
  children: LayerNode[]
}

export interface PopupTemplate {
  /** With `{name}` where a property stands; null for the layer's name. */
  title: string | null
  /** Properties that are shown, in their order; null for all. */
  fields: string[] | null
}

export interface LegendEntry {
  label: string
  kind: 'point' | 'line' | 'polygon'
  /** CSS colours; null for none. */
  fill: string | null
  border: string | null
  /** Name of a picture that is drawn. */
  picture: string | null
}

/** A picture that a style names. */
export interface Picture {
  path: string
  /** Pixels of its longer side; its own for null. */
  side: number | null
}

/** All layers and folders of a tree. */
export const nodesOf = (tree: readonly LayerNode[]): LayerNode[] =>
  tree.flatMap((node) => [node, ...nodesOf(node.children)])
