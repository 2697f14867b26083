import type { Map as MapLibre } from 'maplibre-gl'
import { element, type LayerNode, type LegendEntry } from './view.ts'

/** The list of layers and folders, whose boxes show and hide them. */
export function addLayerList(map: MapLibre, tree: LayerNode[], isExpanded: boolean): void {
  const panel = element('details', 'panel layer-list', element('summary', '', 'Layers'))
  panel.open = isExpanded
  panel.append(listOf(tree, isExpanded, () => applyVisibility(map, tree, true)))
  map.getContainer().append(panel)
}

function listOf(nodes: readonly LayerNode[], isExpanded: boolean, changed: () => void): HTMLUListElement {
  const list = element('ul', '')
  for (const node of nodes) list.append(itemOf(node, isExpanded, changed))
  return list
}

function itemOf(node: LayerNode, isExpanded: boolean, changed: () => void): HTMLLIElement {
  const box = element('input', '')
  box.type = 'checkbox'
  box.checked = node.isVisible
  box.addEventListener('change', () => {
    node.isVisible = box.checked
    changed()
  })
  const label = element('label', '', box, ' ', node.name)
  if (!node.isFolder) {
    const item = element('li', '', label)
    const entries = node.legend.filter(
      (entry) => node.legend.length > 1 || entry.label || entry.fill || entry.border,
    )
    if (entries.length > 0) item.append(legendOf(entries))
    return item
  }
  const folder = element('details', 'folder', element('summary', '', label))
  folder.open = isExpanded
  folder.append(listOf(node.children, isExpanded, changed))
  return element('li', '', folder)
}

function legendOf(entries: readonly LegendEntry[]): HTMLUListElement {
  const list = element('ul', 'legend')
  for (const { label, kind, fill, border } of entries) {
    const swatch = element('span', `swatch ${kind}`)
    swatch.style.background = fill ?? (kind === 'line' && border ? border : 'transparent')
    if (border && kind !== 'line') swatch.style.borderColor = border
    list.append(element('li', '', swatch, label))
  }
  return list
}

/** Shows the layers whose boxes, and those of their folders, are checked. */
function applyVisibility(map: MapLibre, nodes: readonly LayerNode[], isShown: boolean): void {
  for (const { isVisible, styleLayers, children } of nodes) {
    for (const id of styleLayers)
      if (map.getLayer(id)) map.setLayoutProperty(id, 'visibility', isShown && isVisible ? 'visible' : 'none')
    applyVisibility(map, children, isShown && isVisible)
  }
}
