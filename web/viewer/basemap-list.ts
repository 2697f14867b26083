import { element } from '../map/element.ts'
import type { BasemapEntry } from './configuration.ts'

/** The basemaps to choose from. */
export function basemapList(
  entries: readonly BasemapEntry[],
  selected: BasemapEntry,
  choose: (entry: BasemapEntry) => void,
): HTMLElement {
  const list = element('fieldset', 'basemap-list', element('legend', 'unseen', 'Basemap'))
  for (const entry of entries) {
    const radio = element('input', '')
    radio.type = 'radio'
    radio.name = 'basemap'
    radio.checked = entry === selected
    radio.addEventListener('change', () => choose(entry))
    list.append(element('label', '', radio, ' ', entry.title))
  }
  return list
}
