import type { ScriptAnalysis } from './analyse-script.ts'
import { OPTIMIZED_SOURCE_MAX_BYTES } from './limits.ts'

/** What a page loads, by paths of files that are there, its own scripts' imports included. */
export interface PageAnalysis {
  modules: string[]
  scripts: string[]
  styles: string[]
  /** Nobody can say by the addresses in it which modules are meant. */
  isComputed: boolean
}

/** A page that may load anything. */
export const UNKNOWN_PAGE: PageAnalysis = { modules: [], scripts: [], styles: [], isComputed: true }

export interface AppAnalysis {
  pages: readonly PageAnalysis[]
  /** By their paths, as far as they have been looked at. */
  scripts: Map<string, ScriptAnalysis>
  /** Bytes of the script at a path; undefined where there is none. */
  sizeOf(path: string): number | undefined
}

/** Which modules become one with which. */
export interface BundlePlan {
  /** Modules that pages load by their addresses. */
  entries: string[]
  /** These and the modules that are put into them, or into pieces that several of them share. */
  modules: string[]
}

const NOTHING: BundlePlan = { entries: [], modules: [] }

/** Whether a script is looked at: one that is larger stays as it is. */
const isRead = ({ sizeOf }: AppAnalysis, path: string): boolean => {
  const size = sizeOf(path)
  return size !== undefined && size <= OPTIMIZED_SOURCE_MAX_BYTES
}

/** Scripts that pages load, and what these load, that have not been looked at yet. `isModule` as they are loaded. */
export function unreadScripts(app: AppAnalysis): { path: string; isModule: boolean }[] {
  const modules = reachable(app, moduleRoots(app))
  const unread = (path: string) => isRead(app, path) && !app.scripts.has(path)
  const classic = app.pages.flatMap(({ scripts }) => scripts).filter((path) => !modules.has(path))
  return [
    ...[...modules].filter(unread).map((path) => ({ path, isModule: true })),
    ...[...new Set(classic)].filter(unread).map((path) => ({ path, isModule: false })),
  ]
}

/** Modules that are loaded by their address: by pages, and by scripts that are no modules. */
const moduleRoots = ({ pages, scripts }: AppAnalysis): Set<string> =>
  new Set(
    pages.flatMap((page) => [
      ...page.modules,
      ...page.scripts.flatMap((path) => scripts.get(path)?.imports ?? []),
    ]),
  )

function reachable({ scripts }: AppAnalysis, from: Iterable<string>): Set<string> {
  const reached = new Set(from)
  // A set goes on to what is added while it is gone through.
  for (const path of reached) for (const next of scripts.get(path)?.imports ?? []) reached.add(next)
  return reached
}

/**
 * Which modules can be put together. A module stays at its own address, with all it loads, so that each is there once, where it
 * asks for that address and others load it, is no module by its form, or is too large. All stay where addresses are computed,
 * for any may be meant, and where all together are too large.
 */
export function planBundles(app: AppAnalysis): BundlePlan {
  const roots = [...moduleRoots(app)].filter((path) => app.sizeOf(path) !== undefined)
  const reached = reachable(app, roots)
  const scripts = app.pages.flatMap((page) => page.scripts)
  const isComputed =
    app.pages.some((page) => page.isComputed) ||
    [...reached, ...scripts].some((path) => app.scripts.get(path)?.isComputed)
  if (isComputed) return NOTHING
  const loadedByModules = new Set([...reached].flatMap((path) => app.scripts.get(path)?.imports ?? []))
  const mustStay = (path: string): boolean => {
    const script = app.scripts.get(path)
    if (!script || script.isCommonJs) return true
    return script.usesAddress && (!roots.includes(path) || loadedByModules.has(path))
  }
  const staying = reachable(app, [...reached].filter(mustStay))
  const modules = [...reached].filter((path) => !staying.has(path)).sort()
  const bytes = modules.reduce((sum, path) => sum + app.sizeOf(path)!, 0)
  if (bytes > OPTIMIZED_SOURCE_MAX_BYTES) return NOTHING
  return { entries: roots.filter((path) => !staying.has(path)).sort(), modules }
}

/** A folder for what several modules share, in which the app has nothing. */
export function chunkFolder(paths: readonly string[]): string {
  for (let count = 0; ; count++) {
    const folder = count === 0 ? 'chunks' : `chunks-${count}`
    if (!paths.some((path) => path === folder || path.startsWith(`${folder}/`))) return folder
  }
}
