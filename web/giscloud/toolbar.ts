import type { LngLatBoundsLike, Map as MapLibre } from 'maplibre-gl'
import { button, toggle } from '../map/buttons.ts'
import { element } from '../map/element.ts'
import type { Identify } from '../map/identify.ts'
import { Measure } from '../map/measure.ts'

export interface ToolbarSubject {
  bounds: LngLatBoundsLike
  identify: Identify
  isZoomLocked: boolean
  isImperial: boolean
}

/** The tools of a map: zoom, full extent, identify, measure. */
export function addToolbar(
  map: MapLibre,
  { bounds, identify, isZoomLocked, isImperial }: ToolbarSubject,
): void {
  const bar = element('div', 'panel toolbar')
  bar.setAttribute('role', 'toolbar')
  bar.setAttribute('aria-label', 'Tools')
  if (!isZoomLocked) {
    bar.append(button('Zoom in', '+', () => map.zoomIn()))
    bar.append(button('Zoom out', '\u2212', () => map.zoomOut()))
    bar.append(button('Full extent', '\u2922', () => map.fitBounds(bounds, { padding: 20 })))
  }
  const measure = new Measure(map, isImperial)
  const identifying = toggle('Identify', 'i', identify.isOn, (isOn) => {
    identify.isOn = isOn
    if (isOn && measuring.getAttribute('aria-pressed') === 'true') measuring.click()
  })
  const measuring = toggle('Measure a distance', '\u2194', false, (isOn) => {
    measure.switchTo(isOn)
    if (isOn && identify.isOn) identifying.click()
  })
  bar.append(identifying, measuring)
  map.getContainer().append(bar, measure.output)
}
