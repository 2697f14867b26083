/**
 * Makes `build/epsg.mjs` out of the epsg-index package: a table of the two-dimensional reference systems of the EPSG
 * dataset that proj4 can compute, as one text.
 */
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import proj4 from 'proj4'
import { CORRECTED_SHIFTS, MISSING_SHIFTS, SHIFTS_OF_GRIDS } from './epsg-datum-shifts.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const OUTPUT = `${ROOT}build/epsg.mjs`
const STAMP = `${OUTPUT}.sha256`
/** The numbers EPSG itself gives to coordinate reference systems; the package mixes in those of others. */
const CODE_MIN = 1024
const CODE_MAX = 32767
/** A definition must lead back to where it began, degrees. */
const RETURN_TOLERANCE_DEGREES = 1e-6

/** One entry of the package. */
interface IndexEntry {
  code: string
  kind: string
  name: string
  proj4: string | null
  wkt: string | null
  unit: string | null
  /** North, west, south, east of the area of use, degrees. */
  bbox: [north: number, west: number, south: number, east: number] | null
}

/** Axes in another order or direction than the definition and text say. */
const UNDECLARED_AXES = [5482, 8044, 8045, 9895]
/** Systems whose text the package lacks and whose authority counts the northing first, by their names. */
const NORTHING_FIRST_WITHOUT_TEXT =
  /^(Tokyo 1892|NGO 1948 \(Oslo\)|MGI \(Ferro\)|Tananarive \(Paris\)|Vanua Levu 1915) \//
/** Polar systems with the easting first; the text of neither axis's direction says which is which. */
const isPolarEastingFirst = (entry: IndexEntry): boolean =>
  /\+proj=(stere|laea) \+lat_0=-?90 /.test(`${entry.proj4} `) && !/\(N,E\)/.test(entry.name)

/** Whether the authority counts the northing, or the latitude, first. */
function isNorthingFirst(entry: IndexEntry): boolean {
  if (entry.kind === 'CRS-GEOGCRS') return !entry.name.endsWith('(lon-lat)')
  // The package's texts name the axes of systems that begin with the easting, and of no others.
  if (entry.wkt === null) return NORTHING_FIRST_WITHOUT_TEXT.test(entry.name)
  if (/AXIS\[[^\]]*,EAST\],AXIS\[[^\]]*,NORTH\]/.test(entry.wkt)) return false
  return !entry.proj4?.includes('+axis=') && !isPolarEastingFirst(entry)
}

/** The definition without what says nothing to proj4js, its datum shift put right; null where there is none to have. */
function definitionOf(entry: IndexEntry): string | null {
  let text = ` ${entry.proj4} `
  const grid = / \+nadgrids=("[^"]*"|\S+)/.exec(text)?.[1]
  if (grid !== undefined && grid !== '@null') {
    const shift = SHIFTS_OF_GRIDS.get(grid)
    if (shift === undefined) return null
    text = text.replace(/ \+nadgrids=("[^"]*"|\S+)/, ` +towgs84=${shift}`)
  }
  text = text
    .replace(/ \+datum=NAD27/, ` +ellps=clrk66 +towgs84=${SHIFTS_OF_GRIDS.get('NTv2_0.gsb')}`)
    .replace(/ \+towgs84=(\S+)/, (_, shift) => ` +towgs84=${CORRECTED_SHIFTS.get(shift) ?? shift}`)
  const missing = MISSING_SHIFTS.get(entry.name.split(' / ')[0]!)
  if (missing !== undefined && !/ \+(towgs84|datum)=/.test(text)) text += `+towgs84=${missing} `
  return text.replaceAll(/ \+(no_defs|wktext|type=crs|units=m)(?= )/g, '').trim()
}

/** Whether proj4js computes the system, there and back, at some places of its area of use. */
function computes(definition: string, [north, west, south, east]: NonNullable<IndexEntry['bbox']>): boolean {
  const width = east < west ? east + 360 - west : east - west
  try {
    const converter = proj4('EPSG:4326', definition)
    return [0.25, 0.5, 0.75].every((share) => {
      const lon = ((west + width * share + 540) % 360) - 180
      const lat = south + (north - south) * share
      const [backLon, backLat] = converter.inverse(converter.forward([lon, lat], true), true) as [
        number,
        number,
      ]
      const turn = Math.abs(backLon - lon) % 360
      return Math.max(Math.min(turn, 360 - turn), Math.abs(backLat - lat)) < RETURN_TOLERANCE_DEGREES
    })
  } catch {
    return false
  }
}

/** Lines of `code`, `n` for northing first or nothing, `west south east north`, definition; parted by tabs. */
export function tableOf(entries: readonly IndexEntry[]): string {
  const lines = entries.flatMap((entry) => {
    const code = Number(entry.code)
    const isPlane = entry.kind === 'CRS-PROJCRS' || (entry.kind === 'CRS-GEOGCRS' && entry.unit !== 'grad')
    if (!isPlane || !entry.proj4 || !entry.bbox || code < CODE_MIN || code > CODE_MAX) return []
    if (UNDECLARED_AXES.includes(code)) return []
    const definition = definitionOf(entry)
    if (definition === null || !computes(definition, entry.bbox)) return []
    const [north, west, south, east] = entry.bbox
    return `${code}\t${isNorthingFirst(entry) ? 'n' : ''}\t${west} ${south} ${east} ${north}\t${definition}`
  })
  return `\n${lines.join('\n')}\n`
}

/** Writes the table, unless the one there was made from the same inputs. */
export async function buildEpsg(): Promise<void> {
  const require = createRequire(import.meta.url)
  const source = require.resolve('epsg-index/all.json')
  const stamp = createHash('sha256')
  for (const path of [
    source,
    require.resolve('proj4/package.json'),
    fileURLToPath(import.meta.url),
    fileURLToPath(new URL('epsg-datum-shifts.ts', import.meta.url)),
  ])
    stamp.update(await readFile(path))
  const digest = stamp.digest('hex')
  const previous = await readFile(STAMP, 'utf8').catch(() => '')
  if (previous === digest && existsSync(OUTPUT)) return
  const entries: Record<string, IndexEntry> = JSON.parse(await readFile(source, 'utf8'))
  const table = tableOf(Object.values(entries).sort((a, b) => Number(a.code) - Number(b.code)))
  await mkdir(`${ROOT}build`, { recursive: true })
  // A process that builds at the same time writes the same bytes; the rename keeps readers from half a file.
  const temporary = `${OUTPUT}.${process.pid}`
  await writeFile(temporary, `export default ${JSON.stringify(table)}\n`)
  await rename(temporary, OUTPUT)
  await writeFile(STAMP, digest)
}

if (import.meta.main) await buildEpsg()
