import { element } from '../map/element.ts'

/** What the reader of a map should know, each once, until it is dismissed. */
export class Notices {
  readonly #list = element('ul', '')
  readonly #panel = element('section', 'panel notices', this.#list)
  readonly #told = new Set<string>()

  constructor(container: HTMLElement) {
    this.#panel.setAttribute('role', 'status')
    this.#panel.setAttribute('aria-label', 'Notices')
    this.#panel.hidden = true
    const dismiss = element('button', 'dismiss', 'Close')
    dismiss.type = 'button'
    dismiss.addEventListener('click', () => {
      this.#panel.hidden = true
      this.#list.replaceChildren()
    })
    this.#panel.append(dismiss)
    container.append(this.#panel)
  }

  tell(text: string): void {
    if (this.#told.has(text)) return
    this.#told.add(text)
    this.#list.append(element('li', '', text))
    this.#panel.hidden = false
  }
}

/** What went wrong, in words. */
export function messageOf(error: unknown): string {
  if (error instanceof DOMException && error.name === 'TimeoutError') return 'it was not answered in time'
  if (error instanceof SyntaxError) return 'what is there is not what it should be'
  if (error instanceof TypeError) return 'it cannot be reached from here'
  return error instanceof Error ? error.message : String(error)
}
