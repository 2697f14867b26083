import type { Map as MapLibre } from 'maplibre-gl'
import { element } from './element.ts'
import type { LayerNode } from './layer-node.ts'
import type { Pictures } from './pictures.ts'

/** The list of layers and folders as a panel of a map. */
export function addLayerList(
  map: MapLibre,
  tree: LayerNode[],
  pictures: Pictures,
  isExpanded: boolean,
): void {
  const panel = element('details', 'panel layer-list', element('summary', '', 'Layers'))
  panel.open = isExpanded
  panel.append(layerList(map, tree, { pictures, isExpanded, hasLegend: true }))
  map.getContainer().append(panel)
}

export interface LayerListOptions {
  pictures: Pictures
  /** Whether folders are opened; where it is null, those that say so. */
  isExpanded: boolean | null
  hasLegend: boolean
  /** What else is to be done when something is shown or hidden. */
  changed?: () => void
}

/** The list of layers and folders, whose boxes show and hide them. */
export function layerList(
  map: MapLibre,
  tree: readonly LayerNode[],
  options: LayerListOptions,
): HTMLUListElement {
  const changed = () => {
    applyVisibility(map, tree, true)
    options.changed?.()
  }
  return listOf(tree, { ...options, changed })
}

type Listing = LayerListOptions & { changed: () => void }

function listOf(nodes: readonly LayerNode[], listing: Listing): HTMLUListElement {
  const list = element('ul', '')
  for (const node of nodes) list.append(itemOf(node, listing))
  return list
}

function itemOf(node: LayerNode, listing: Listing): HTMLLIElement {
  const box = element('input', '')
  box.type = 'checkbox'
  box.checked = node.isVisible
  box.addEventListener('change', () => {
    node.isVisible = box.checked
    listing.changed()
  })
  const label = element('label', '', box, ' ', node.name)
  if (!node.isFolder) {
    const item = element('li', '', label)
    const legend = listing.hasLegend ? legendOf(node, listing.pictures) : null
    if (legend) item.append(legend)
    return item
  }
  const folder = element('details', 'folder', element('summary', '', label))
  folder.open = listing.isExpanded ?? node.isExpanded ?? false
  folder.append(listOf(node.children, listing))
  return element('li', '', folder)
}

/** What the symbols of a layer mean; null where there is nothing to tell. */
export function legendOf({ legend }: LayerNode, pictures: Pictures): HTMLUListElement | null {
  const entries = legend.filter((entry) => legend.length > 1 || entry.label || entry.fill || entry.border)
  if (entries.length === 0) return null
  const list = element('ul', 'legend')
  for (const { label, kind, fill, border, picture } of entries) {
    const swatch = element('span', `swatch ${kind}`)
    swatch.style.background = fill ?? (kind === 'line' && border ? border : 'transparent')
    if (border && kind !== 'line') swatch.style.borderColor = border
    if (picture) void pictures.of(picture).then((canvas) => canvas && showIn(swatch, canvas))
    list.append(element('li', '', swatch, label))
  }
  return list
}

/** A picture small in a legend; the map has the other. */
function showIn(swatch: HTMLElement, canvas: HTMLCanvasElement): void {
  swatch.className = 'swatch'
  swatch.style.borderColor = 'transparent'
  swatch.style.background = `center / contain no-repeat url(${canvas.toDataURL()})`
}

/** Shows the layers whose boxes, and those of their folders, are checked. */
export function applyVisibility(map: MapLibre, nodes: readonly LayerNode[], isShown: boolean): void {
  for (const { isVisible, styleLayers, children } of nodes) {
    for (const id of styleLayers)
      if (map.getLayer(id)) map.setLayoutProperty(id, 'visibility', isShown && isVisible ? 'visible' : 'none')
    applyVisibility(map, children, isShown && isVisible)
  }
}
