import { parseDecimal, plainDecimal } from './decimals.ts'
import { firstLine, valuesOf } from './delimited.ts'
import type { GcpFileContent, GcpFormat } from './gcp-format.ts'
import { type NumberNames, PointReader } from './point-reader.ts'

const NAMES: NumberNames = { x: 'pixel', y: 'line', easting: 'easting', northing: 'northing' }
const OPTION = /(^|\s)-gcp\s/
const ELEMENT = /<GCP\s([^<>]*)>/g
const REPORT = /^[ \t]*GCP\[/m

/**
 * What GDAL's tools take and print: lines `pixel line easting northing [elevation]`, pixels from the top-left corner
 * with y down. Also read: `-gcp` options (of a command or an option file, with `-a_srs`), the GCPs of a VRT, and those
 * that gdalinfo prints. Elevations are not kept.
 */
export const gdal: GcpFormat = {
  name: 'gdal',

  recognises(text) {
    if (/<GCP\s/.test(text) || REPORT.test(text) || OPTION.test(text)) return true
    const line = firstLine(text)
    const values = valuesOf(line)
    return (
      !/[,;\t]/.test(line) && [4, 5].includes(values.length) && values.every((v) => parseDecimal(v) !== null)
    )
  },

  read(text) {
    if (/<GCP\s/.test(text)) return readElements(text)
    if (REPORT.test(text)) return readReport(text)
    return OPTION.test(text) ? readOptions(text) : readLines(text)
  },

  write: (points) =>
    points.map(({ x, y, lon, lat }) => `${[x, y, lon, lat].map(plainDecimal).join(' ')}\n`).join(''),
}

function readLines(text: string): GcpFileContent {
  const reader = new PointReader(NAMES)
  for (const [index, line] of text.split(/\r\n|\n|\r/).entries()) {
    if (/^\s*(#|$)/.test(line)) continue
    const [x, y, easting, northing] = line.trim().split(/[\s,;]+/)
    reader.add({ place: `line ${index + 1}`, x, y, easting, northing })
  }
  return { points: reader.finish(), crs: null, imageSize: null }
}

/** `-gcp pixel line easting northing [elevation] ...`, over as many lines as it likes. */
function readOptions(text: string): GcpFileContent {
  const words = text
    .split(/\r\n|\n|\r/)
    .flatMap((line, index) =>
      (line.match(/"[^"]*"|'[^']*'|\S+/g) ?? []).map((word) => ({ word, line: index + 1 })),
    )
    .filter(({ word }) => word !== '\\')
  const reader = new PointReader(NAMES)
  let crs: string | null = null
  words.forEach(({ word, line }, at) => {
    if (word === '-a_srs') crs = words[at + 1]?.word.replace(/^["']|["']$/g, '') ?? null
    if (word !== '-gcp') return
    const [x, y, easting, northing] = words.slice(at + 1, at + 5).map((next) => next.word)
    reader.add({ place: `line ${line}`, x, y, easting, northing })
  })
  return { points: reader.finish(), crs, imageSize: null }
}

/** The `GCPList` of a VRT. */
function readElements(text: string): GcpFileContent {
  const reader = new PointReader(NAMES)
  let line = 1
  let counted = 0
  for (const match of text.matchAll(ELEMENT)) {
    line += text.slice(counted, match.index).match(/\n/g)?.length ?? 0
    counted = match.index
    const attributes = attributesOf(match[1]!)
    reader.add({
      place: `line ${line}`,
      x: attributes.get('Pixel'),
      y: attributes.get('Line'),
      easting: attributes.get('X'),
      northing: attributes.get('Y'),
      name: attributes.get('Info'),
    })
  }
  const list = /<GCPList\s([^<>]*)>/.exec(text)?.[1] ?? ''
  return { points: reader.finish(), crs: attributesOf(list).get('Projection') ?? null, imageSize: null }
}

const ENTITIES: Record<string, string> = { quot: '"', apos: "'", lt: '<', gt: '>', amp: '&' }

const attributesOf = (text: string): Map<string, string> =>
  new Map(
    Array.from(text.matchAll(/\b([A-Za-z]+)="([^"]*)"/g), ([, name, value]) => [
      name!,
      value!.replace(/&(quot|apos|lt|gt|amp);/g, (_, entity: string) => ENTITIES[entity]!),
    ]),
  )

/** gdalinfo's `GCP[  0]: Id=, Info=` and, on the next line, `(pixel,line) -> (easting,northing,elevation)`. */
function readReport(text: string): GcpFileContent {
  const lines = text.split(/\r\n|\n|\r/)
  const reader = new PointReader(NAMES)
  for (const [index, line] of lines.entries()) {
    const head = /^\s*GCP\[[^\]]*\]:(.*)$/.exec(line)
    if (!head) continue
    const [, x, y, easting, northing] =
      /^\s*\(([^(),]*),([^(),]*)\) -> \(([^(),]*),([^(),]*)(?:,[^(),]*)?\)\s*$/.exec(
        lines[index + 1] ?? '',
      ) ?? []
    const info = head[1]!.indexOf('Info=')
    const name = info < 0 ? null : head[1]!.slice(info + 'Info='.length).trim()
    reader.add({ place: `line ${index + 2}`, x, y, easting, northing, name })
  }
  const first = lines.findIndex((line) => REPORT.test(line))
  const title = lines.findIndex((line) => /^\s*GCP Projection\s*=/.test(line))
  const wkt =
    title < 0
      ? ''
      : lines
          .slice(title, first)
          .join('\n')
          .replace(/^[^=]*=/, '')
  return { points: reader.finish(), crs: wkt.trim() || null, imageSize: null }
}
