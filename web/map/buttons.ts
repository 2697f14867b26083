import { element } from './element.ts'

/** A button with a sign, and with a title for who does not know it. */
export function button(title: string, sign: string | Node, press: () => void): HTMLButtonElement {
  const made = element('button', '', sign)
  made.type = 'button'
  made.title = title
  made.setAttribute('aria-label', title)
  made.addEventListener('click', press)
  return made
}

/** A button that is on or off. */
export function toggle(
  title: string,
  sign: string | Node,
  isOn: boolean,
  change: (isOn: boolean) => void,
): HTMLButtonElement {
  const made = button(title, sign, () => {
    const next = made.getAttribute('aria-pressed') !== 'true'
    made.setAttribute('aria-pressed', String(next))
    change(next)
  })
  made.setAttribute('aria-pressed', String(isOn))
  return made
}
