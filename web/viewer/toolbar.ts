import { button, toggle } from '../map/buttons.ts'
import { element } from '../map/element.ts'
import type { Identify } from '../map/identify.ts'
import { Measure } from '../map/measure.ts'
import type { AppMap } from './app-map.ts'
import { icon } from './icons.ts'
import type { Tool } from './tools.ts'

export interface ToolbarSubject {
  appMap: AppMap
  identify: Identify
  /** Buttons that open panels, by their tools. */
  openers: Partial<Record<Tool, HTMLButtonElement>>
}

/** The tools of an app in their order. */
export function addToolbar(
  container: HTMLElement,
  tools: readonly Tool[],
  { appMap, identify, openers }: ToolbarSubject,
): void {
  const { map } = appMap
  const measure = new Measure(map, false)
  // One press on the map is for one tool.
  let isIdentifyingAfter = false
  const identifying = toggle('Identify', icon('identify'), identify.isOn, (isOn) => {
    identify.isOn = isOn
    if (isOn && measuring.getAttribute('aria-pressed') === 'true') measuring.click()
  })
  const measuring = toggle('Measure a distance', icon('measure'), false, (isOn) => {
    measure.switchTo(isOn)
    if (isOn) isIdentifyingAfter = identify.isOn
    const isDue = isOn ? identify.isOn : isIdentifyingAfter && !identify.isOn
    if (isDue) identifying.click()
  })
  const buttons: Partial<Record<Tool, () => HTMLButtonElement>> = {
    zoomIn: () => button('Zoom in', icon('zoomIn'), () => map.zoomIn()),
    zoomOut: () => button('Zoom out', icon('zoomOut'), () => map.zoomOut()),
    fullExtent: () => button('Full extent', icon('fullExtent'), () => appMap.showAll(true)),
    identify: () => identifying,
    measure: () => measuring,
  }
  const bar = element('div', 'panel toolbar')
  bar.setAttribute('role', 'toolbar')
  bar.setAttribute('aria-label', 'Tools')
  for (const tool of tools) {
    const made = openers[tool] ?? buttons[tool]?.()
    if (made) bar.append(made)
  }
  if (bar.childElementCount > 0) container.append(bar)
  container.append(measure.output)
}
