/** What an address in a file of an app leads to. */
export type AppAddress =
  /** A path of the app; `suffix` is the query and fragment. */
  | { kind: 'file'; path: string; suffix: string }
  /** So many folders above the app's own, and on from there, encoded. */
  | { kind: 'outside'; up: number; rest: string }
  /** Another host, an absolute path, a name: the same from wherever it is said. */
  | { kind: 'elsewhere' }

const OUTER = Array.from({ length: 64 }, () => '~')
const APP = [...OUTER, '-app-']
const ABSOLUTE = /^(?:[a-z][a-z0-9+.-]*:|[/\\#])/i

/** @param from the file in whose place it is said @param specifier a relative address */
export function resolveAddress(from: string, specifier: string): AppAddress {
  const text = specifier.trim()
  if (text === '' || ABSOLUTE.test(text)) return { kind: 'elsewhere' }
  const base = `https://app.invalid/${APP.join('/')}/${encodePath(from)}`
  const url = URL.parse(text, base)
  if (!url) return { kind: 'elsewhere' }
  const names = url.pathname.slice(1).split('/')
  const suffix = url.search + url.hash
  const shared = APP.findIndex((name, index) => names[index] !== name)
  if (shared >= 0)
    return { kind: 'outside', up: APP.length - shared, rest: names.slice(shared).join('/') + suffix }
  try {
    const path = names.slice(APP.length).map(decodeURIComponent).join('/')
    return { kind: 'file', path: path.normalize('NFC'), suffix }
  } catch {
    return { kind: 'elsewhere' }
  }
}

/** A specifier of a module is an address only where it begins like one; others are names. */
export const resolveModule = (from: string, specifier: string): AppAddress =>
  /^\.{1,2}\//.test(specifier) ? resolveAddress(from, specifier) : { kind: 'elsewhere' }

/** How a file of the app says the address of another, or of what lies outside; it begins with a point, as modules want it. */
export function relativeAddress(from: string, to: Exclude<AppAddress, { kind: 'elsewhere' }>): string {
  const folders = from.split('/').slice(0, -1)
  if (to.kind === 'outside') return '../'.repeat(folders.length + to.up) + to.rest
  const names = to.path.split('/')
  let shared = 0
  while (shared < folders.length && shared < names.length - 1 && folders[shared] === names[shared]) shared++
  const up = folders.length - shared
  return (up === 0 ? './' : '../'.repeat(up)) + encodePath(names.slice(shared).join('/')) + to.suffix
}

/** A path as addresses have it: nothing in it ends a string. */
export const encodePath = (path: string): string =>
  path
    .split('/')
    .map((name) => encodeURIComponent(name).replaceAll("'", '%27'))
    .join('/')
