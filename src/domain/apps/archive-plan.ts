import { FormatError } from '../../formats/format-error.ts'
import type { ZipEntry } from '../../formats/zip-archive.ts'
import { type PlannedFile, pathOfEntry } from '../storage/unpack-archive.ts'
import { appPathFault, CONFIG_PATH } from './app-paths.ts'

const refusal = (message: string): FormatError => new FormatError('bad-zip', message)
const shown = (path: string): string => JSON.stringify(path.slice(0, 200))

/**
 * The files that an archive brings for an app. Its `app.json` lies at the archive's root, or in the one folder that has
 * everything, which is taken off all paths.
 * @throws FormatError for an archive that is laid out otherwise, and for paths that cannot be
 */
export function planAppArchive(entries: readonly ZipEntry[]): PlannedFile[] {
  const found = entries.map((entry) => ({ entry, path: pathOfEntry(entry) }))
  const folder = rootOf(found.map(({ path }) => path))
  const planned = found.map(({ entry, path }) => {
    if (!path.startsWith(folder)) throw refusal(`the archive's file ${shown(path)} lies outside of ${folder}`)
    return { entry, path: path.slice(folder.length) }
  })
  for (const { path } of planned) {
    const fault = appPathFault(path)
    if (fault !== null) throw refusal(`the archive has a file ${shown(path)}, whose path ${fault}`)
  }
  requireApart(planned.map(({ path }) => path))
  return planned
}

/** The folder that `app.json` lies in, with its slash; empty for the root. */
function rootOf(paths: readonly string[]): string {
  if (paths.includes(CONFIG_PATH)) return ''
  const roots = paths.filter((path) => path.endsWith(`/${CONFIG_PATH}`) && path.split('/').length === 2)
  if (roots.length === 1) return roots[0]!.slice(0, -CONFIG_PATH.length)
  throw refusal(
    roots.length === 0
      ? `the archive has no ${CONFIG_PATH}, neither at its root nor in a folder that has everything`
      : `the archive has more than one ${CONFIG_PATH}: ${roots.slice(0, 3).join(', ')}`,
  )
}

/** Refuses paths of which two are one, or one is beneath another, where case is of no account. */
function requireApart(paths: readonly string[]): void {
  const seen = new Set<string>()
  for (const path of paths) {
    const folded = path.toLowerCase()
    if (seen.has(folded)) throw refusal(`the archive has the file ${shown(path)} twice`)
    seen.add(folded)
  }
  for (const path of seen)
    for (let at = path.indexOf('/'); at >= 0; at = path.indexOf('/', at + 1))
      if (seen.has(path.slice(0, at)))
        throw refusal(`the archive has ${shown(path.slice(0, at))} as a file and as a folder`)
}
