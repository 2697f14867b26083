import type { StyleSpecification } from 'maplibre-gl'

/** What the page tells of its map; `MapView` of the server. */
export interface View {
  style: StyleSpecification
  tree: LayerNode[]
  pictures: Record<string, Picture>
  bounds: [west: number, south: number, east: number, north: number]
  zoom: number | null
  maxZoom: number | null
  focus: { address: string; isViewKept: boolean } | null
  attribution: string | null
  isImperial: boolean
  styleSheet: string | null
  features: {
    toolbar: boolean
    layerList: boolean
    isLayerListExpanded: boolean
    popups: boolean
    scaleBar: boolean
    isFlat: boolean
    isZoomLocked: boolean
    hasAttribution: boolean
    hasControls: boolean
    width: string
    height: string
  }
}

export interface Picture {
  path: string
  /** Pixels of its longer side; its own for null. */
  side: number | null
}

/** A layer or folder; what lies above first. */
export interface LayerNode {
  id: number
  name: string
  isFolder: boolean
  isVisible: boolean
  styleLayers: string[]
  legend: LegendEntry[]
  titles: Record<string, string>
  children: LayerNode[]
}

export interface LegendEntry {
  label: string
  kind: 'point' | 'line' | 'polygon'
  fill: string | null
  border: string | null
  picture: string | null
}

/** All layers and folders of a tree. */
export const nodesOf = (tree: readonly LayerNode[]): LayerNode[] =>
  tree.flatMap((node) => [node, ...nodesOf(node.children)])

/** An element with a class, and with what it has in it: texts stay texts. */
export function element<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  className: string,
  ...content: (Node | string)[]
): HTMLElementTagNameMap[Name] {
  const made = document.createElement(name)
  if (className) made.className = className
  made.append(...content)
  return made
}
