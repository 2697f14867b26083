import { element } from '../map/element.ts'
import type { Configuration } from './configuration.ts'

/** Parameters of the page that are passed on to what it is configured by. */
const PASSED_ON = ['preview', 'autorefresh']

/** Address of the app's configuration, beside the page. */
export function configurationAddress(): string {
  const address = new URL('app.json', location.href)
  const query = new URLSearchParams(location.search)
  for (const name of PASSED_ON) {
    const value = query.get(name)
    if (value !== null) address.searchParams.set(name, value)
  }
  address.hash = ''
  return address.href
}

/** @throws Error */
export async function readAppJson(address: string): Promise<unknown> {
  const response = await fetch(address, { cache: 'no-cache' })
  if (!response.ok) throw new Error(`app.json was not answered (${response.status})`)
  return response.json()
}

/** Tells what the app is called, and what it is. */
export function dressPage({ title, description, previewState }: Configuration, container: HTMLElement): void {
  document.title = title
  container.setAttribute('aria-label', `Map: ${title}`)
  const [heading, text] = [document.getElementById('title'), document.getElementById('description')]
  if (heading) heading.textContent = title
  if (text) text.textContent = description
  if (text) text.hidden = description === ''
  if (previewState !== null) heading?.after(element('p', 'preview', `Preview, ${previewState}`))
}

/** Loads the page anew once the app has been changed. */
export function watchApp(address: string, { refreshSeconds, modifiedAt }: Configuration): void {
  if (refreshSeconds === null) return
  const look = async () => {
    const { properties } = Object(await readAppJson(address)) as { properties?: { modifiedAt?: unknown } }
    if (properties?.modifiedAt !== modifiedAt) location.reload()
  }
  setInterval(
    () => look().catch((error: unknown) => console.warn('No look at the app:', error)),
    refreshSeconds * 1000,
  )
}
