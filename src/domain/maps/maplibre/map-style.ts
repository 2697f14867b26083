import type { DatasetRecord } from '../../../store/datasets.ts'
import type { LayerRecord } from '../layers.ts'
import {
  type LayerStyle,
  type LayerView,
  type LegendEntry,
  layerStyle,
  type StylePicture,
  sourceName,
} from './layer-style.ts'
import type { StyleLayer } from './rule-layers.ts'
import { originsOf, type StyleSource } from './sources.ts'

/** A style of MapLibre's (https://maplibre.org/maplibre-style-spec/), as JSON. */
export interface MapStyle {
  version: 8
  name: string
  sources: Record<string, StyleSource>
  layers: StyleLayer[]
}

/** A layer or folder as a list of layers shows it, what lies above first. */
export interface LayerNode {
  id: number
  name: string
  isFolder: boolean
  isVisible: boolean
  /** Layers of the style that draw it. */
  styleLayers: string[]
  legend: LegendEntry[]
  titles: Record<string, string>
  children: LayerNode[]
}

export interface DrawnMap {
  style: MapStyle
  tree: LayerNode[]
  /** The pictures that the style names. */
  pictures: Record<string, StylePicture>
  /** Origins elsewhere that its sources are of. */
  origins: string[]
}

export interface MapDrawing {
  name: string
  /** `r,g,b`; null for white. */
  background: string | null
  /** The lowest first. */
  layers: readonly LayerRecord[]
  /** What the layers show, by their numbers. */
  datasets: ReadonlyMap<number, DatasetRecord>
  /** Layers and folders that are shown, whatever they say themselves; null leaves it to them. */
  visibility: ReadonlySet<number> | null
  /** Conditions that features of layers have to fulfil, by the layers' numbers. */
  expressions: ReadonlyMap<number, string>
  view: Omit<LayerView, 'where'>
}

/** Layers of a style; what lies above those is left out. */
export const STYLE_LAYERS_MAX = 5000

/** The style of a map: layers from the lowest up, then their labels, and the tree of its folders. */
export function mapStyle(drawing: MapDrawing): DrawnMap {
  const { name, background, layers, datasets, expressions, view } = drawing
  const styles = new Map(
    layers
      .filter(({ type }) => type !== 'folder')
      .map((layer) => [
        layer.id,
        layerStyle(layer, datasets.get(layer.id) ?? null, {
          ...view,
          where: expressions.get(layer.id) ?? '',
        }),
      ]),
  )
  const tree = treeOf(drawing, styles)
  const shown = new Set(shownOf(tree))
  let room = STYLE_LAYERS_MAX
  const drawn = layers.flatMap((layer) => {
    const style = styles.get(layer.id)
    if (!style?.source) return []
    room -= style.shapes.length + style.labels.length
    return room < 0 ? [] : [{ layer, style, source: style.source }]
  })
  const placed = (part: 'shapes' | 'labels') =>
    drawn.flatMap(({ layer, style }) =>
      style[part].map((styled) =>
        shown.has(layer.id) ? styled : { ...styled, layout: { ...styled.layout, visibility: 'none' } },
      ),
    )
  return {
    style: {
      version: 8,
      name,
      sources: Object.fromEntries(drawn.map(({ layer, source }) => [sourceName(layer), source])),
      layers: [backgroundLayer(background), ...placed('shapes'), ...placed('labels')],
    },
    tree,
    pictures: Object.assign({}, ...drawn.map(({ style }) => style.pictures)),
    origins: [...new Set(drawn.flatMap(({ source }) => originsOf(source)))],
  }
}

const WHITE = '255,255,255'
const COLOR = /^\s*\d{1,3}\s*,\s*\d{1,3}\s*,\s*\d{1,3}\s*$/

const backgroundLayer = (color: string | null): StyleLayer => ({
  ...{ id: 'background', type: 'background' },
  paint: { 'background-color': `rgb(${color && COLOR.test(color) ? color : WHITE})` },
})

/** Layers by their folders, the uppermost first. A layer whose folder is not seen is in none. */
function treeOf({ layers, visibility }: MapDrawing, styles: ReadonlyMap<number, LayerStyle>): LayerNode[] {
  const known = new Set(layers.map(({ id }) => id))
  const placed = new Set<number>()
  const within = (parentId: number | null, isForced: boolean): LayerNode[] =>
    layers
      .filter((layer) => folderOf(layer, known) === parentId && !placed.has(layer.id))
      .toReversed()
      .map((layer) => {
        placed.add(layer.id)
        const isNamed = isForced || (visibility?.has(layer.id) ?? false)
        const children = layer.type === 'folder' ? within(layer.id, isNamed) : []
        const style = styles.get(layer.id)
        return {
          ...{ id: layer.id, name: layer.name, isFolder: layer.type === 'folder', children },
          isVisible: visibility ? isNamed || children.some((child) => child.isVisible) : layer.isVisible,
          styleLayers: style ? [...style.shapes, ...style.labels].map(({ id }) => id) : [],
          legend: style?.legend ?? [],
          titles: style?.titles ?? {},
        }
      })
  const tree = within(null, false)
  // Folders that lie in one another.
  return [
    ...tree,
    ...layers.filter(({ id }) => !placed.has(id)).flatMap(({ parentId }) => within(parentId, false)),
  ]
}

const folderOf = ({ parentId }: LayerRecord, known: ReadonlySet<number>): number | null =>
  parentId !== null && known.has(parentId) ? parentId : null

/** Numbers of the layers that are shown: with all the folders they are in. */
const shownOf = (nodes: readonly LayerNode[]): number[] =>
  nodes.flatMap(({ id, isVisible, children }) => (isVisible ? [id, ...shownOf(children)] : []))
