import { type HtmlTag, htmlTags } from '../../../formats/html-tags.ts'
import { resolveAddress, resolveModule } from './addresses.ts'

/** A script that stands in a page. */
export interface InlineScript {
  isModule: boolean
  /** As it stands there, behind as many lines and columns. */
  text: string
}

/** What a page loads from its own app, by paths. */
export interface PageReferences {
  /** Modules, by a script's `src` or a map of imports. */
  modules: string[]
  /** Scripts that are no modules. */
  scripts: string[]
  styles: string[]
  inline: InlineScript[]
  /** A map of imports says of addresses that others are meant. */
  hasMappedAddresses: boolean
  /** Against what addresses in it are resolved: itself, or what `base` names; null for somewhere else. */
  base: string | null
}

const SCRIPT_TYPES = /^$|^(?:text|application)\/(?:x-)?(?:java|ecma)script(?:;|$)/

/** Reads what a page loads. */
export function pageReferences(path: string, page: string): PageReferences {
  const found: PageReferences = {
    ...{ modules: [], scripts: [], styles: [], inline: [] },
    hasMappedAddresses: false,
    base: path,
  }
  let hasBase = false
  for (const tag of htmlTags(page)) {
    const href = tag.attributes.get('href')
    if (tag.name === 'base' && href !== undefined && !hasBase) {
      hasBase = true
      found.base = baseOf(path, href)
    } else if (tag.name === 'link' && href !== undefined) {
      const rels = (tag.attributes.get('rel') ?? '').toLowerCase().split(/\s+/)
      if (rels.includes('stylesheet')) addFile(found.styles, found.base, href)
    } else if (tag.name === 'script') addScript(found, tag, page)
  }
  return found
}

function baseOf(path: string, href: string): string | null {
  if (href.trim() === '') return path
  const address = resolveAddress(path, href)
  return address.kind === 'file' ? address.path : null
}

function addScript(found: PageReferences, { attributes, text, textAt }: HtmlTag, page: string): void {
  const type = (attributes.get('type') ?? '').trim().toLowerCase()
  const source = attributes.get('src')
  const isModule = type === 'module'
  if (type === 'importmap') addImportMap(found, text)
  else if (!isModule && !SCRIPT_TYPES.test(type)) return
  else if (source !== undefined) addFile(isModule ? found.modules : found.scripts, found.base, source)
  else if (text.trim() !== '') found.inline.push({ isModule, text: placeOf(page, textAt) + text })
}

/** As many lines and columns as stand before a place. */
function placeOf(page: string, at: number): string {
  const lines = page.slice(0, at).split('\n')
  return '\n'.repeat(lines.length - 1) + ' '.repeat(lines.at(-1)!.length)
}

function addFile(paths: string[], base: string | null, source: string): void {
  const address = base === null ? null : resolveAddress(base, source)
  if (address?.kind === 'file' && !paths.includes(address.path)) paths.push(address.path)
}

/** Its targets are modules; one that is no JSON maps nothing. */
function addImportMap(found: PageReferences, text: string): void {
  const map = recordOf(parsed(text))
  const imports = Object.entries(recordOf(map.imports))
  found.hasMappedAddresses ||=
    Object.keys(recordOf(map.scopes)).length > 0 ||
    imports.some(([name]) => /^(?:\.{0,2}\/|[a-z]+:)/i.test(name))
  for (const [, target] of imports) {
    const address =
      typeof target === 'string' && found.base !== null ? resolveModule(found.base, target) : null
    // What ends with a slash is a folder; nobody knows which of its modules are meant.
    if (address?.kind !== 'file') continue
    if (address.path === '' || address.path.endsWith('/')) found.hasMappedAddresses = true
    else if (!found.modules.includes(address.path)) found.modules.push(address.path)
  }
}

const recordOf = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
