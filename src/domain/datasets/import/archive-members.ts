import { FormatError } from '../../../formats/format-error.ts'
import type { ZipEntry, ZipLimits } from '../../../formats/zip-archive.ts'

/** Archives of datasets: files, and bytes unpacked. */
export const ARCHIVE_LIMITS: ZipLimits = {
  maxEntries: 1000,
  maxEntryBytes: 1024 * 1024 * 1024,
  maxTotalBytes: 2 * 1024 * 1024 * 1024,
}

/** A file to be unpacked, and under which name. */
export interface ArchiveMember {
  entry: ZipEntry
  /** Without folders; safe. */
  name: string
}

/** Files that belong together: the first is the one to be opened. */
export interface MemberSet {
  /** Of the main file without its extension, for a person. */
  title: string
  members: ArchiveMember[]
}

/** Extensions of main files, with those of the files beside them. */
export const COMPANIONS: Readonly<Record<string, readonly string[]>> = {
  shp: ['shx', 'dbf', 'prj', 'cpg'],
  tab: ['dat', 'map', 'id'],
  mif: ['mid'],
  tif: ['tfw', 'tifw', 'wld'],
  tiff: ['tfw', 'tiffw', 'wld'],
  gml: ['xsd'],
}
const SINGLES = [
  'gpkg',
  'geojson',
  'geojsonl',
  'geojsons',
  'ndjson',
  'json',
  'kml',
  'gpx',
  'fgb',
  'dxf',
  'csv',
  'tsv',
  'txt',
]
/** Of which an archive may hold several. */
const MANIFOLD = ['shp', 'tab', 'mif']
/** What an archive is packed for, the likeliest first; notes and metadata come last. */
const PRECEDENCE = [
  ...MANIFOLD,
  'gpkg',
  'fgb',
  'kml',
  'gml',
  'gpx',
  'geojson',
  'geojsonl',
  'geojsons',
  'ndjson',
  'dxf',
  'tif',
  'tiff',
  'csv',
  'tsv',
  'json',
  'txt',
]

const NAMES_SHOWN_MAX = 10

interface Named {
  entry: ZipEntry
  /** Lower case, folders included: what tells sets apart. */
  stem: string
  extension: string
  base: string
}

/**
 * Which files of an archive are datasets: all sets of shapefiles, or of MapInfo files, or one file of any other format.
 * Names lose their folders, and an archive with a path that leaves it is refused: it was not made to be unpacked here.
 * @throws FormatError `bad-archive` with what is there, where nothing or too much can be imported
 */
export function datasetMembers(entries: readonly ZipEntry[]): MemberSet[] {
  const strayed = entries.find(({ path }) => leavesTheArchive(path))
  if (strayed) throw bad(`the path ${JSON.stringify(strayed.path.slice(0, 100))} leads out of it`)
  const files = entries.map(named)
  const nested = files.find(({ extension }) => extension === 'zip' || extension === 'kmz')
  const mains = files.filter(({ extension }) => extension in COMPANIONS || SINGLES.includes(extension))
  const kind = PRECEDENCE.find((extension) => mains.some((file) => file.extension === extension))
  if (kind === undefined) throw nothingIn(files, nested)
  const chosen = mainsOf(kind, mains)
  return chosen.map((main, i) => {
    const companions = COMPANIONS[kind] ?? []
    const beside = files.filter(({ stem, extension }) => stem === main.stem && companions.includes(extension))
    const members = [main, ...beside].map(({ entry, extension }) => ({ entry, name: `${i}.${extension}` }))
    return { title: main.base, members }
  })
}

/** Whether a path is absolute, begins with a drive, or climbs. */
const leavesTheArchive = (path: string): boolean =>
  /^(?:[/\\]|[a-z]:)/i.test(path) || path.split(/[/\\]/).includes('..')

function mainsOf(kind: string, mains: readonly Named[]): Named[] {
  const found = mains.filter(({ extension }) => extension === kind)
  if (MANIFOLD.includes(kind)) return distinct(found)
  // The root of a KMZ is the file nearest to the archive's own.
  if (kind === 'kml') return [found.find(({ stem }) => stem === 'doc') ?? found[0]!]
  if (found.length > 1)
    throw bad(
      `it holds several files (${listed(found.map(({ entry }) => entry.path))}); import them one by one`,
    )
  return found
}

function distinct(found: Named[]): Named[] {
  return found.filter(({ stem }, i) => found.findIndex((other) => other.stem === stem) === i)
}

function named(entry: ZipEntry): Named {
  const path = entry.path.replaceAll('\\', '/')
  const file = path.slice(path.lastIndexOf('/') + 1)
  const dot = file.lastIndexOf('.')
  const base = dot > 0 ? file.slice(0, dot) : file
  const extension = dot > 0 ? file.slice(dot + 1).toLowerCase() : ''
  return {
    entry,
    base,
    extension,
    stem: path.slice(0, path.length - (dot > 0 ? extension.length + 1 : 0)).toLowerCase(),
  }
}

function nothingIn(files: readonly Named[], nested: Named | undefined): FormatError {
  if (nested)
    return bad(
      `it holds another archive (${JSON.stringify(nested.entry.path.slice(0, 100))}); unpack that first`,
    )
  if (files.length === 0) return bad('it is empty')
  return bad(`none of its files (${listed(files.map(({ entry }) => entry.path))}) can be imported`)
}

function listed(paths: readonly string[]): string {
  const shown = paths
    .slice(0, NAMES_SHOWN_MAX)
    .map((path) => path.slice(0, 60))
    .join(', ')
  return paths.length > NAMES_SHOWN_MAX ? `${shown} and ${paths.length - NAMES_SHOWN_MAX} more` : shown
}

const bad = (why: string): FormatError =>
  new FormatError('bad-archive', `the archive cannot be imported: ${why}`)
