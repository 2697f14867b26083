import { button } from '../map/buttons.ts'
import { element } from '../map/element.ts'
import { icon } from './icons.ts'
import type { Tool } from './tools.ts'

/** Where there is room for one panel at a time, and none is open at first. */
export const isNarrow = (): boolean => matchMedia('(max-width: 44rem)').matches

/** The panels of a map, one below the other, each with a button that opens and closes it. */
export class Panels {
  readonly #container = element('div', 'panels')
  readonly #panels: { panel: HTMLElement; opener: HTMLElement }[] = []

  constructor(container: HTMLElement) {
    container.append(this.#container)
  }

  /** Adds a panel; gives the button that opens and closes it. */
  add(tool: Tool, title: string, content: HTMLElement, isOpen: boolean): HTMLButtonElement {
    const panel = element('section', `panel ${tool}`)
    panel.id = `panel-${tool}`
    panel.setAttribute('aria-label', title)
    const opener = button(title, icon(tool), () => this.#switch(panel, panel.hidden !== false))
    const closer = button(`Close: ${title}`, '\u00d7', () => {
      this.#switch(panel, false)
      opener.focus()
    })
    closer.className = 'close'
    opener.setAttribute('aria-controls', panel.id)
    panel.append(element('h2', '', title), closer, content)
    this.#container.append(panel)
    this.#panels.push({ panel, opener })
    this.#switch(panel, isOpen)
    return opener
  }

  #switch(panel: HTMLElement, isOpen: boolean): void {
    for (const { panel: other, opener } of this.#panels) {
      if (other === panel) other.hidden = !isOpen
      else if (isOpen && isNarrow()) other.hidden = true
      opener.setAttribute('aria-expanded', String(!other.hidden))
    }
  }
}
