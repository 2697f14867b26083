import type { MapView } from './map-view.ts'

/** A style of MapLibre's that stands alone, with what clients that draw more than a style can know in its metadata. */
export interface StyleDocument {
  version: 8
  name: string
  metadata: {
    /** Layers and folders, what lies above first, with the layers of the style that draw each. */
    tree: MapView['tree']
    /** Addresses of the pictures that the style names. */
    pictures: MapView['pictures']
    /** West, south, east, north in degrees. */
    bounds: number[]
    /** HTML. */
    attribution: string | null
    isImperial: boolean
  }
  sources: MapView['style']['sources']
  layers: MapView['style']['layers']
}

export function styleDocument(origin: string, view: MapView): StyleDocument {
  const { style, tree, pictures, bounds, attribution, isImperial } = view
  const { version, name, sources, layers } = style
  const addressed = Object.fromEntries(
    Object.entries(pictures).map(([id, { path, side }]) => [id, { path: origin + path, side }]),
  )
  return {
    ...{ version, name },
    metadata: { tree, pictures: addressed, bounds, attribution, isImperial },
    ...{ sources, layers },
  }
}
