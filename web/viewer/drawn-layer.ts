import type { LayerSpecification, SourceSpecification } from 'maplibre-gl'
import type { Bounds } from '../map/bounds.ts'
import type { LayerNode, Picture, PopupTemplate } from '../map/layer-node.ts'
import { type Json, listOf, recordOf, textOf } from './json.ts'
import type { LayerEntry } from './layer-entries.ts'

/** What draws a layer. */
export interface DrawnLayer {
  sources: Record<string, SourceSpecification>
  /** The lowest first. */
  layers: LayerSpecification[]
  /** As a list of layers shows it. */
  node: LayerNode
  /** Null where they are not known. */
  bounds: Bounds | null
  /** Pictures that the layers name. */
  pictures: Record<string, Picture>
  /** What its reader should know. */
  remarks: string[]
}

/** The zooms at which an entry is shown, as members of a layer of a style. */
export const zoomsOf = ({ minZoom, maxZoom }: LayerEntry): { minzoom?: number; maxzoom?: number } => ({
  ...(minZoom === null ? {} : { minzoom: clampedZoom(minZoom) }),
  ...(maxZoom === null ? {} : { maxzoom: clampedZoom(maxZoom) }),
})

const clampedZoom = (zoom: number): number => Math.min(24, Math.max(0, zoom))

/** The node of an entry that is one layer. */
export function leafNode(entry: LayerEntry, styleLayers: string[]): LayerNode {
  const popup = popupOf(entry.options)
  return {
    ...{ id: entry.key, name: entry.title, isFolder: false, isVisible: entry.isVisible },
    ...{ styleLayers, legend: [], titles: titlesOf(entry.options), children: [] },
    ...(popup === undefined ? {} : { popup }),
  }
}

const fieldInfosOf = ({ popupTemplate }: Json): Json[] => {
  const { content, fieldInfos } = recordOf(popupTemplate)
  const inContent = listOf(content).flatMap((part) => listOf(recordOf(part).fieldInfos))
  return [...listOf(fieldInfos), ...inContent].map(recordOf)
}

const titlesOf = (options: Json): Record<string, string> =>
  Object.fromEntries(
    fieldInfosOf(options).flatMap(({ fieldName, label }) => {
      const [name, title] = [textOf(fieldName), textOf(label)]
      return name !== null && title !== null ? [[name, title]] : []
    }),
  )

/** The template of an entry's popups, as the ArcGIS API for JavaScript has it: a title, and fields. */
function popupOf(options: Json): PopupTemplate | null | undefined {
  if (options.popupEnabled === false) return null
  const title = textOf(recordOf(options.popupTemplate).title)
  const fields = fieldInfosOf(options).flatMap(({ fieldName, visible }) =>
    visible === false ? [] : (textOf(fieldName) ?? []),
  )
  return title === null && fields.length === 0
    ? undefined
    : { title, fields: fields.length > 0 ? fields : null }
}
