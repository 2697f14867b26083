import type { StyleSpecification } from 'maplibre-gl'
import type { Bounds } from '../map/bounds.ts'
import type { LayerNode, Picture } from '../map/layer-node.ts'

/** What the page tells of its map; `MapView` of the server. */
export interface View {
  style: StyleSpecification
  tree: LayerNode[]
  pictures: Record<string, Picture>
  bounds: Bounds
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
