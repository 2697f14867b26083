/** What a layer is to its map. */
export type LayerType = 'point' | 'line' | 'polygon' | 'tile' | 'wms' | 'wfs' | 'folder' | 'raster'

export const LAYER_TYPES: readonly LayerType[] = [
  'point',
  'line',
  'polygon',
  'tile',
  'wms',
  'wfs',
  'folder',
  'raster',
]

export type MapUnits = 'meter' | 'foot' | 'foot_us' | 'degree'

export const MAP_UNITS: readonly MapUnits[] = ['meter', 'foot', 'foot_us', 'degree']

/** Where a layer has its data from, as its client gave it: `type` and what belongs to it (`src`, `url`, `layer`, ...). */
export type LayerSource = { type?: string; src?: string } & Record<string, unknown>

/** A colour, 0 to 255 each. */
export type Rgb = readonly [red: number, green: number, blue: number]

/**
 * How the features that fulfil an expression are drawn, in pixels of a screen. What is null or absent is not drawn, or drawn
 * the platform's own way.
 */
export interface LayerRule {
  /** Features it is for, in the language of `where`; empty for all of them. */
  expression: string
  isVisible: boolean
  /** What the legend says. */
  label?: string
  fill?: Rgb | null
  border?: Rgb | null
  borderWidth?: number
  /** Diameter of a point, width of a line. */
  width?: number
  /** Lengths of strokes and gaps. */
  dashes?: number[]
  /** Path of a picture in the storage of the layer's owner, or address of one, at the place of a point. */
  icon?: string
  /** The same for a pattern that polygons are filled with. */
  hatch?: string
  iconsOverlap?: boolean
  labels?: LabelRule
  /** Zoom levels (of the web mercator grid) it is for, both included. */
  fromZoom?: number
  toZoom?: number
  /** The rule as its client wrote it, for what is not told above. */
  original: Record<string, unknown>
}

/** Labels of features. */
export interface LabelRule {
  /** Property whose value is written. */
  property: string
  font?: string
  /** Pixels. */
  size?: number
  color?: Rgb
  outline?: Rgb | null
}
