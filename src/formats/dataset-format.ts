import { isFlatGeobuf } from './flatgeobuf/reader.ts'
import { FormatError } from './format-error.ts'
import { looksLikeXml, XML_PROLOG_MAX_BYTES, xmlRoot } from './xml-prolog.ts'
import { isZip } from './zip-archive.ts'

/** What a file can be imported as. */
export type DatasetFormat =
  | 'zip'
  | 'tiff'
  | 'gpkg'
  | 'fgb'
  | 'geojson'
  | 'csv'
  | 'shp'
  | 'kml'
  | 'gpx'
  | 'gml'
  | 'mif'
  | 'tab'
  | 'dxf'

/** So much of a file's beginning tells what it is. */
export const SNIFFED_BYTES = XML_PROLOG_MAX_BYTES

const startsWith = (head: Uint8Array, text: string, at = 0): boolean =>
  [...text].every((character, i) => head[at + i] === character.charCodeAt(0))

const GEOPACKAGE_IDS = ['GPKG', 'GP10', 'GP11']
const APPLICATION_ID_AT = 68
const TABLE_EXTENSIONS = /\.(?:csv|tsv|tab|txt)$/i

/** What is known by its first bytes and not read, with what to say of it. */
const OTHERS: readonly [test: (head: Uint8Array) => boolean, what: string][] = [
  [(head) => startsWith(head, 'SQLite format 3\0'), 'an SQLite database that is no GeoPackage'],
  [(head) => startsWith(head, 'AutoCAD Binary DXF'), 'a binary DXF; save it as text (ASCII) DXF'],
  [(head) => startsWith(head, 'AC10') && head[6] === 0, 'a DWG drawing; save it as DXF'],
  [(head) => startsWith(head, '%PDF'), 'a PDF'],
  [
    (head) => startsWith(head, '\x89PNG') || (head[0] === 0xff && head[1] === 0xd8),
    'a picture without georeference',
  ],
  [(head) => startsWith(head, 'PAR1'), 'a Parquet file'],
  [(head) => startsWith(head, '\x1f\x8b'), 'packed by gzip; unpack it, or make it a zip archive'],
  [(head) => startsWith(head, 'Rar!') || startsWith(head, '7z\xbc\xaf'), 'an archive other than zip'],
]

/**
 * What a file is, by its content; its name only tells apart what is plain text.
 * @param head the first `SNIFFED_BYTES` bytes, fewer where the file has no more
 * @throws FormatError `unknown-format` with what it looks like; `xml-doctype`, `bad-xml`
 */
export function sniffFormat(head: Uint8Array, name: string): DatasetFormat {
  if (head.length === 0) throw new FormatError('unknown-format', 'the file is empty')
  if (isZip(head)) return 'zip'
  if (isFlatGeobuf(head)) return 'fgb'
  if (isTiff(head)) return 'tiff'
  if (isGeoPackage(head)) return 'gpkg'
  if (head[0] === 0 && head[1] === 0 && head[2] === 0x27 && head[3] === 0x0a) return 'shp'
  for (const [test, what] of OTHERS) if (test(head)) throw unknown(what)
  if (looksLikeXml(head)) return xmlFormat(head)
  return textFormat(head, name)
}

const isTiff = (head: Uint8Array): boolean =>
  ['II*\0', 'MM\0*', 'II+\0', 'MM\0+'].some((magic) => startsWith(head, magic))

const isGeoPackage = (head: Uint8Array): boolean =>
  startsWith(head, 'SQLite format 3\0') &&
  GEOPACKAGE_IDS.some((id) => startsWith(head, id, APPLICATION_ID_AT))

function xmlFormat(head: Uint8Array): DatasetFormat {
  const { name, namespaces } = xmlRoot(head)
  if (name === 'kml') return 'kml'
  if (name === 'gpx') return 'gpx'
  if (namespaces.some((namespace) => /opengis\.net\/(?:gml|wfs)/.test(namespace))) return 'gml'
  throw unknown(`XML whose root element <${name.slice(0, 40)}> is none of KML, GPX and GML`)
}

function textFormat(head: Uint8Array, name: string): DatasetFormat {
  const isWide = (head[0] === 0xff && head[1] === 0xfe) || (head[0] === 0xfe && head[1] === 0xff)
  const sample = head.subarray(0, 64 * 1024)
  if (sample.includes(0) && !isWide) throw unknown('a binary file of a kind that is not known here')
  const text = new TextDecoder(isWide ? (head[0] === 0xff ? 'utf-16le' : 'utf-16be') : 'latin1')
    .decode(sample)
    .replace(/^(?:\ufeff|\u00ef\u00bb\u00bf)/, '')
    .trimStart()
  if (/^!table\b/i.test(text)) return 'tab'
  if (/^version\s+\d+\s+charset\b/i.test(text)) return 'mif'
  if (/^(?:999\r?\n.*\r?\n\s*)*0\s*\r?\n\s*SECTION\b/.test(text)) return 'dxf'
  if (text.replaceAll('\x1e', '').trimStart().startsWith('{')) return 'geojson'
  if (text.startsWith('[')) throw unknown('JSON that is not GeoJSON')
  if (TABLE_EXTENSIONS.test(name) || looksLikeTable(text)) return 'csv'
  throw unknown('text of a kind that is not known here; a table is called .csv')
}

/** Two lines or more that a delimiter cuts into as many cells, two or more. */
function looksLikeTable(text: string): boolean {
  const lines = text
    .split(/\r\n?|\n/)
    .slice(0, 5)
    .filter((line) => line !== '')
  return [',', ';', '\t', '|'].some((delimiter) => {
    const counts = lines.map((line) => line.split(delimiter).length)
    return counts.length > 1 && counts[0]! > 1 && counts.every((count) => count === counts[0])
  })
}

const unknown = (what: string): FormatError =>
  new FormatError('unknown-format', `the file cannot be imported: it is ${what}`)
